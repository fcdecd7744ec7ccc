"""Words tied to certainty, and the check that a sentence does not claim more.

High: "reduces"; moderate: "probably reduces"; low: "may reduce"; very low: "the evidence is very
uncertain" (GRADE guidelines 26, Santesso et al. 2020, doi:10.1016/j.jclinepi.2019.10.014). What stands in
quotation marks is a source's own wording and is not judged here; nor is a sentence that says which study
found it, in the past tense.
"""

from __future__ import annotations

import re

from rag.records import CertaintyLevel, EvidenceBody, VerdictKind
from rag.text.sentences import sentences

_ALLOWED: dict[CertaintyLevel, int] = {"high": 4, "moderate": 3, "low": 2, "very_low": 1, "not_assessable": 1}

_OPENINGS: dict[VerdictKind, tuple[str, str, str, str]] = {
    "supported": ("Yes.", "Probably yes.", "Possibly yes.", "Very uncertain, leaning towards yes."),
    "not_supported": ("No.", "Probably no.", "Possibly no.", "Very uncertain, leaning towards no."),
}
"""Openings at high, moderate, low and very low certainty."""
_UNGRADED: dict[VerdictKind, str] = {
    "conflicting": "The evidence conflicts:",
    "uncertain": "Uncertain:",
    "no_direct_evidence": "No direct evidence was found.",
    "not_answerable": "Not answerable here.",
}

_CAUSAL_STEMS = {
    "reduc": ("e", "es", "ed"), "increas": ("e", "es", "ed"), "improv": ("e", "es", "ed"),
    "decreas": ("e", "es", "ed"), "lower": ("", "s", "ed"), "prevent": ("", "s", "ed"),
    "caus": ("e", "es", "ed"), "eliminat": ("e", "es", "ed"), "cur": ("e", "es", "ed"),
    "rais": ("e", "es", "ed"), "worsen": ("", "s", "ed"), "prolong": ("", "s", "ed"),
    "shorten": ("", "s", "ed"), "delay": ("", "s", "ed"), "protect": ("", "s", "ed"),
    "halv": ("e", "es", "ed"), "doubl": ("e", "es", "ed"), "induc": ("e", "es", "ed"),
    "affect": ("", "s", "ed"), "trigger": ("", "s", "ed"), "promot": ("e", "es", "ed"),
    "enhanc": ("e", "es", "ed"), "diminish": ("", "es", "ed"), "benefit": ("", "s", "ed"),
}  # fmt: skip
_BASE = "|".join(f"{stem}{ends[0]}" for stem, ends in _CAUSAL_STEMS.items())
_PRESENT = "|".join(f"{stem}{ends[1]}" for stem, ends in _CAUSAL_STEMS.items())
_PAST = "|".join(f"{stem}{ends[2]}" for stem, ends in _CAUSAL_STEMS.items())

_HEDGE = r"(?P<hedge>probably|likely|may|might|could|can|possibly|perhaps|seems?\s+to|appears?\s+to)"
_MODAL = r"(?:does|do|did|will|would|may|might|could|can|should|must|probably|likely|possibly|to)"
_CAUSAL = (
    rf"(?:{_MODAL}\s+(?:not\s+|probably\s+|possibly\s+)*(?:{_BASE}|lead\s+to|result\s+in)|"
    rf"(?:{_PRESENT}|{_PAST}|leads?\s+to|led\s+to|results?\s+in|resulted\s+in))"
)
_CLAIM = re.compile(
    rf"\b(?:{_CAUSAL}|(?:is|are|was|were|be)\s+(?:not\s+|more\s+|less\s+|highly\s+|clearly\s+|very\s+)*"
    r"(?:effective|ineffective|superior|inferior|safe|unsafe|harmful|beneficial|indicated|contraindicated|"
    r"associated\s+with|a\s+risk\s+factor|recommended|useful|equivalent|accurate)|(?:has|have|had)\s+no\s+effect|"
    r"makes?\s+no\s+difference|works?\b|(?:proves?|proven|establish(?:es|ed)|confirms?|demonstrat(?:es|ed)|definitely|"
    r"clearly|certainly|undoubtedly))\b",
    re.IGNORECASE,
)
_HEDGED = re.compile(rf"\b{_HEDGE}\b", re.IGNORECASE)
_STRENGTH = {"probably": 3, "likely": 3}
_DOUBT = re.compile(
    r"\b(?:very\s+uncertain|uncertain|unclear|not\s+clear|unknown|not\s+known|conflict\w*|insufficient|"
    r"no\s+(?:direct\s+)?evidence|not\s+answerable|does?\s+not\s+settle)\b",
    re.IGNORECASE,
)
_ANSWER = re.compile(
    r"^\W*(?:(?P<hedge>probably|possibly|likely|perhaps)\s+)?(?P<word>yes|no)\b(?=\W*(?:$|[,.:;]))", re.I
)
_ATTRIBUTED = re.compile(
    r"^\W*(?:in|among)\s+(?:a|an|one|this|the|two|three|\d+|our)\b[^,:]*\b(?:trial|study|studies|trials|report|"
    r"review|series|analysis|meta-analysis|cohort|summary)\b|^\W*(?:a|an|one|two|three|the|this)\b[^,:]{0,80}"
    r"\b(?:trials?|stud(?:y|ies)|reports?|reviews?|series|(?:meta-)?analys[ei]s)\b[^,:]{0,60}\b(?:found|reported|"
    r"observed|showed|saw)\b|^\W*our\s+summary\s+of\b",
    re.IGNORECASE,
)
_PAST_ONLY = re.compile(
    rf"^(?:{_PAST}|led\s+to|resulted\s+in|did\b.*|was\b.*|were\b.*|had\s+no\s+effect)$", re.I
)
_QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"")
_ADVERBIAL_COMPARATIVE = re.compile(r"\b(?:to\s+(?:" + _BASE + r"))$", re.IGNORECASE)

_CAUSAL_CLAIM = re.compile(
    rf"\b(?:{_CAUSAL}|because\s+of|due\s+to|owing\s+to|thanks\s+to|caused\s+by|is\s+effective|"
    r"are\s+effective|is\s+responsible\s+for)\b",
    re.IGNORECASE,
)


_NO_PROOF = "The estimates are imprecise: an effect is not excluded."


def verdict_words(kind: VerdictKind, level: CertaintyLevel, imprecise: bool = False) -> str:
    """The opening words of a verdict line of ``kind`` at ``level``, with their stop.

    Args:
        kind: of the verdict.
        level: its certainty.
        imprecise: whether the estimates behind it are: what was not shown may still be there.

    Returns:
        ``Possibly yes.`` for ``supported`` at ``low``; kinds without a direction open alike at any level.
    """
    if kind in _UNGRADED:
        return _UNGRADED[kind]
    opening = _OPENINGS[kind][4 - _ALLOWED[level]]
    return f"{opening} {_NO_PROOF}" if imprecise and kind == "not_supported" else opening


def too_strong(text: str, level: CertaintyLevel) -> str | None:
    """The first words of ``text`` that claim more than ``level`` allows, or None.

    Args:
        text: a sentence or several, without markers.
        level: the certainty of the evidence behind it; ``not_assessable`` allows what ``very_low`` does.
    """
    allowed = _ALLOWED[level]
    for sentence in sentences(_QUOTED.sub(" ", text)):
        words = _exceeding(sentence.text, allowed)
        if words is not None:
            return words
    return None


def _exceeding(sentence: str, allowed: int) -> str | None:
    if answer := _ANSWER.match(sentence):
        hedge = (answer["hedge"] or "").lower()
        strength = _STRENGTH.get(hedge, 2) if hedge else 4
        if strength > allowed:
            return answer[0].strip()
    if allowed == 4 or _DOUBT.search(sentence):
        return None
    attributed = _ATTRIBUTED.match(sentence)
    for claim in _CLAIM.finditer(sentence):
        words = claim[0]
        if _ADVERBIAL_COMPARATIVE.search(words) and not _HEDGED.search(sentence[: claim.start()][-40:]):
            continue  # "used to reduce pain" names an aim
        if attributed and _PAST_ONLY.match(words):
            continue
        near = " ".join(sentence[: claim.end()].split()[-8:])
        hedges = [hedge["hedge"].lower() for hedge in _HEDGED.finditer(near)]
        if min((_STRENGTH.get(hedge, 2) for hedge in hedges), default=4) > allowed:
            return f"{hedges[-1]} {words}" if hedges and hedges[-1] not in words.lower() else words
    return None


def causal_overreach(text: str, body: EvidenceBody) -> str | None:
    """The first unhedged causal words of ``text``, where its source cannot show a cause; else None.

    Args:
        text: a statement, without markers; quoted words are the source's own.
        body: the body of evidence of the source's design. Only randomised evidence shows a cause;
            elsewhere "is associated with" is the wording.
    """
    if body == "randomised":
        return None
    for sentence in sentences(_QUOTED.sub(" ", text)):
        for claim in _CAUSAL_CLAIM.finditer(sentence.text):
            near = " ".join(sentence.text[: claim.end()].split()[-8:])
            if claim[0].lower().startswith("to ") or _HEDGED.search(near) or _DOUBT.search(sentence.text):
                continue
            return claim[0]
    return None
