"""How many people a text says were studied, read only where it is said clearly."""

from __future__ import annotations

import re
from collections.abc import Iterable

from rag.text.sentences import sentences

_WORDS = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety"
)
_VALUES = dict(zip(_WORDS.split(), [*range(1, 20), *range(20, 100, 10)], strict=True))
_WORD = rf"(?:{'|'.join([*_VALUES, 'hundred', 'thousand'])})"
_SPELT = rf"{_WORD}(?:(?:\s+and\s+|[\s-]+){_WORD})*"
_DIGITS = r"\d{1,3}(?:[,\u2009\u202f\u00a0 ]\d{3})+|\d+"
_NUMBER = rf"(?<![\w.,/-])(?P<n>{_DIGITS}|{_SPELT})(?![\w/%]|[.,]\d|-(?:year|month|week|day)|\s*%)"
_PEOPLE = (
    r"(?:patients|participants|subjects|individuals|adults|children|adolescents|infants|neonates|newborns|"
    r"women|men|persons|people|volunteers|veterans|residents|students|workers|mothers|pregnancies|"
    r"respondents|athletes|boys|girls|males|females|survivors|cases|outpatients|inpatients|"
    r"toddlers|employees|users|recipients|carriers|candidates)"
)
_NOT_PEOPLE = (
    r"cent(?:er|re)s|hospitals|sites|clinics|practices|units|departments|institutions|countries|villages|schools|"
    r"clusters|communities|homes|eyes|knees|hips|teeth|limbs|samples|specimens|biopsies|scans|records|studies|"
    r"trials|articles|reports|events|episodes|procedures|visits"
)
_BETWEEN = rf"(?:\s+(?!(?:of|with|in|from|to|was|were|{_NOT_PEOPLE})\b|\d+\b(?!-))[\w’'/-]+){{0,8}}?\s+"
_PEOPLE_AHEAD = rf"(?:[\w-]+\s+){{0,3}}{_PEOPLE}\b"
_COUNT = rf"{_NUMBER}{_BETWEEN}{_PEOPLE}\b"
_ENTERED = (
    r"(?:enrolled|included|recruited|randomi[sz]ed|randomly|analy[sz]ed|studied|investigated|evaluated|"
    r"assessed|examined|identified|reviewed|treated|followed|surveyed|interviewed|assigned|allocated|"
    r"participated|completed|underwent|entered|took\s+part|responded)"
)
_NO_VERB = r"(?:(?!\b(?:were|was|had|has|have|received|underwent|developed|died|showed)\b)[^.;])*"

_STATED = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\ba\s+total\s+(?:sample\s+)?(?:of|population\s+of)\s+{_COUNT}",
        rf"\b(?:sample|cohort|population)\s+(?:comprised|consisted\s+of|included|of)\s+{_COUNT}",
        rf"\b(?:we|study|trial|analysis|cohort|review|investigators|authors)\s+(?:\w+ly\s+)?{_ENTERED}"
        rf"(?:\s+data\s+(?:of|from|on))?\s+{_COUNT}",
        rf"(?:^|[.;:]\s*|\bin\s+which\s+|\boverall,\s+|\bin\s+total,\s+|"
        rf"\bin\s+(?:this|our|the\s+present)\s+[\w\s-]{{0,40}},\s+){_COUNT}"
        rf"(?:[^.;]{{0,90}}?\s|\s)(?:(?:were|was|had\s+been)\s+(?:\w+ly\s+)?)?{_ENTERED}\b",
        rf"\b{_COUNT}\s+were\s+analy[sz]ed\b",
        rf"(?<!of )(?<!and )\b{_COUNT}\s+(?:(?:were|had\s+been)\s+(?:\w+ly\s+)?{_ENTERED}|who\s+underwent)\b",
        rf"\b(?:randomi[sz]ed|enrolled|recruited)\s+{_COUNT}",
        rf"^{_COUNT}(?:\s*\((?:[^()]|\([^()]*\))*\))?\s+(?:with|aged|undergoing|attending|scheduled|from)\b{_NO_VERB}(?:[.;]|$)",
        rf"\b(?:studies|trials|RCTs|articles|cohorts)\b(?:\s*\([^)]*\))?,?\s+(?:\w+ing|with|that\s+included)\s+{_COUNT}",
    )
)
_LISTED = re.compile(
    rf"\b(?P<of>\d|{_WORD})\s+(?:cohorts|groups|arms|populations)\b\s*(?:[:,(]|of\b|—|-)(?P<parts>[^.]+)",
    re.IGNORECASE,
)
_COUNTED = re.compile(_COUNT, re.IGNORECASE)
_ONE_ARM = re.compile(
    rf"^\s*(?:to|into)\b[^.;\d]{{0,80}}?(?:,|\band)\s+(?:the\s+)?(?:other\s+)?(?:{_DIGITS}|{_SPELT})"
    r"\s+(?:\w+\s+)?(?:to|received|on)\b",
    re.IGNORECASE,
)
"""What follows the count of one arm: "65 patients were randomised to oil, 61 to water"."""
_ARMS = re.compile(
    r"\b(?:allocated|assigned|randomi[sz]ed)\b|\b(?:group|arm|cohort)s?\s*[(\[]\s*n\s*=", re.IGNORECASE
)
_ARM = re.compile(rf"[(\[]\s*n\s*=\s*(?P<n>{_DIGITS})(?![\d.])", re.IGNORECASE)
_NESTED = re.compile(
    r"\b(?:of\s+(?:whom|which|these|those)|complet|withdr[ae]w|died|lost|dropped|exclud|women|men|females?|males?"
    rf"|screened|eligible|{_NOT_PEOPLE})",
    re.IGNORECASE,
)
"""Words of a sentence whose bracketed numbers may count some people twice, or no people."""
_BRACKETED = re.compile(rf"\b{_PEOPLE}\b[^.;()]{{0,60}}\(\s*n\s*=\s*(?P<n>{_DIGITS})\s*\)", re.IGNORECASE)
_GLUED = re.compile(rf"(\d)({_PEOPLE})\b", re.IGNORECASE)
_ONLY = re.compile(r"\bonly\s+$", re.IGNORECASE)
_CAPITAL_N = re.compile(rf"\bN\s*=\s*(?P<n>{_DIGITS})(?![\d.])")
_ANY_N = re.compile(r"\bn\s*=\s*\d", re.IGNORECASE)
_NOT_ALL = re.compile(
    r"\b(?:screened|eligible|invited|approached|of\s+(?:the|these|whom|those)|subset|subgroup|each|"
    r"per\s+(?:group|arm)|controls?|respectively|remaining|other|excluded|died|group|arm|will\s+be)\b"
    rf"|\(\s*\d+(?:\.\d+)?\s*%|\band\s+(?:{_DIGITS}|{_WORD})\s+(?!(?:to|and|or|-)\b){_PEOPLE_AHEAD}",
    re.IGNORECASE,
)


def number(words: str) -> int:
    """The value of a count in digits (``1,099``) or words (``one thousand ninety-nine``)."""
    if words[0].isdigit():
        return int(re.sub(r"\D", "", words))
    total = part = 0
    for word in re.findall(r"[a-z]+", words.lower()):
        if word == "hundred":
            part = max(part, 1) * 100
        elif word == "thousand":
            total, part = total + max(part, 1) * 1000, 0
        else:
            part += _VALUES.get(word, 0)
    return total + part


def participants(texts: Iterable[str]) -> int | None:
    """The number of people that the study of these texts is about.

    Args:
        texts: the title and the sections of one abstract, in order.

    Returns:
        The number if every clear statement of a total gives the same one, or if one of them names the
        people analysed; where no total is stated, the sum of the arms or cohorts that one sentence lists.
        None when there is none, or when they differ: a wrong count misleads more than a missing one.
    """
    whole = tuple(_GLUED.sub(r"\1 \2", text) for text in texts)
    totals = set(_totals(whole))
    if len(totals) > 1:
        analysed = {n for n, phrase in totals if re.search(r"analy[sz]ed", phrase, re.IGNORECASE)}
        if len(analysed) == 1:
            return analysed.pop()
    capital = [number(match["n"]) for text in whole for match in _CAPITAL_N.finditer(text)]
    counts = {n for n, _ in totals} or set(capital if len(capital) == 1 else _sums(whole))
    if not counts and sum(len(_ANY_N.findall(text)) for text in whole) == 1:
        counts = {number(match["n"]) for text in whole for match in _BRACKETED.finditer(text)}
    return counts.pop() if len(counts) == 1 else None


def _totals(texts: Iterable[str]) -> Iterable[tuple[int, str]]:
    for text in texts:
        for pattern in _STATED:
            for match in pattern.finditer(text):
                if not (
                    _NOT_ALL.search(match[0])
                    or _ONLY.search(text[: match.start("n")])
                    or _ONE_ARM.match(text[match.end() :])
                ):
                    yield number(match["n"]), match[0].lower()


def _sums(texts: Iterable[str]) -> set[int]:
    """What the arms or cohorts of each sentence that lists them come to."""
    found = set()
    for text in texts:
        for listed in _LISTED.finditer(text):
            parts = [number(match["n"]) for match in _COUNTED.finditer(listed["parts"])]
            if len(parts) == number(listed["of"]):
                found.add(sum(parts))
        for clause in (part for span in sentences(text) for part in span.text.split(";")):
            first, *rest = [number(match["n"]) for match in _ARM.finditer(clause)] or [0]
            if rest and _ARMS.search(clause) and not _NESTED.search(clause):
                found.add(first if len(rest) > 1 and first >= sum(rest) else first + sum(rest))
    return found
