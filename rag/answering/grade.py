"""Provisional certainty of the body of evidence behind a verdict, with the reason for every step.

A reading of GRADE (Guyatt et al. 2011, J Clin Epidemiol 64:383-394; imprecision: ibid. 64:1283-1293) by
fixed rules over what abstracts show: start at high for randomised evidence and at low for the rest, take
away for five domains, never add. It is not a GRADE rating: most domains cannot be judged from abstracts,
unknown is not "no concern", and so our own rating never exceeds moderate. The starting level and the
changes of all domains add up to the level, between very low and high.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Literal

from rag.records import BestLevel, Certainty, CertaintyLevel, Domain, EvidenceBody, Source, VerdictKind
from rag.text.sentences import sentences
from rag.text.wording import causal_overreach, too_strong, verdict_words

__all__ = ["causal_overreach", "grade", "too_strong", "verdict_words"]

_LEVELS: tuple[CertaintyLevel, ...] = ("very_low", "low", "moderate", "high")
_RANK: dict[EvidenceBody, int] = {
    "randomised": 5,
    "observational": 4,
    "uncontrolled": 3,
    "mechanism": 2,
    "opinion": 1,
    "none": 0,
}
_DIRECTION = {"supported": "supports", "not_supported": "opposes"}
FEW_PARTICIPANTS = 400
"""Below this many participants a result is imprecise: GRADE's rule of thumb (Guyatt 2011, imprecision)."""
FEW_CASES = 10
WELL_READ = 0.7
"""Probability of a stance from which its direction counts as well read."""
HIGH_HETEROGENEITY = 75.0
"""I squared, per cent, from which heterogeneity counts as considerable (Cochrane Handbook, 10.10.2)."""

_WORD = r"(?P<word>very[\s-]low|low|moderate|high)"
_OWN_GRADE = re.compile(
    rf"\b{_WORD}(?:[\s-]to[\s-](?P<other>very[\s-]low|low|moderate|high))?[\s-]+"
    rf"(?:certainty\b|quality[\s-]+(?:of\s+)?(?:the\s+)?evidence\b)"
    rf"|\b(?:certainty|quality)\s+of\s+(?:the\s+)?(?:available\s+|overall\s+)?evidence\s+(?:\w+\s+){{0,4}}?"
    rf"(?:was|is|were|as|:)\s+(?:\w+\s+){{0,3}}?(?P<word2>very\s+low|low|moderate|high)\b"
    rf"|\bGRADE\b[^.;]{{0,40}}?(?:[:,=]|\bas\b|\bwas\b|\bis\b)\s*(?P<word3>very\s+low|low|moderate|high)\b",
    re.IGNORECASE,
)
_WANTED = re.compile(r"\b(?:needed|required|warranted|further|future|lack\w*|no|more)\b", re.IGNORECASE)
"""Words of a sentence that wishes for such evidence and does not report it."""
_OWN_CLASS = re.compile(
    r"\bclass\s+(?:I{1,3}|IV)[ab]?\b[^.]{0,40}?\b(?:level|LOE)\b[^.]{0,20}?\b(?:A|B|C)(?:-\w+)?\b"
    r"|\blevel(?:\s+of\s+evidence)?[:\s]+(?:\d[ab]?|I{1,3}V?|IV)\b|\bgrade\s+[ABC]\s+recommendation\b",
    re.IGNORECASE,
)
_NUMBER = r"[-−–]?\d+(?:\.\d+)?"
_INTERVAL = re.compile(
    rf"(?P<measure>\b(?:a?OR|a?RR|a?HR|SMD|WMD|MD|(?:odds|risk|rate|hazard|relative)\s+(?:ratio|risk)s?|"
    rf"(?:mean|risk|absolute)\s+(?:\w+\s+)?difference)\b)[^;]{{0,60}}?(?:CI|confidence\s+interval)"
    rf"[^\d−–-]{{0,12}}(?P<low>{_NUMBER})\s*(?:to|[-−–,;]|and)\s*(?P<high>{_NUMBER})",
    re.IGNORECASE,
)
_RATIO = re.compile(r"OR|RR|HR|ratio|relative\s+risk", re.IGNORECASE)
_I_SQUARED = re.compile(
    r"\bI\s*(?:\(2\)|²|2|\^2)\s*(?:=|of|was|:)?\s*(?P<value>\d+(?:\.\d+)?)\s*%", re.IGNORECASE
)
_BIAS = re.compile(
    r"\b(?:open[- ]label(?:led)?|un-?blinded|non-?blinded|single[- ]blind(?:ed)?|high\s+risk\s+of\s+bias|"
    r"(?:serious|critical)\s+risk\s+of\s+bias|methodological(?:ly)?\s+(?:weak\w*|limitations?|poor)|"
    r"(?:poor|low)\s+methodological\s+quality|high\s+(?:rate\s+of\s+)?(?:drop-?out|attrition)|"
    r"lost\s+to\s+follow-?up|small\s+sample\s+size)\b",
    re.IGNORECASE,
)


def grade(kind: VerdictKind, sources: Sequence[Source], supporting: Mapping[int, Sequence[str]]) -> Certainty:
    """Rate the certainty of the evidence behind a verdict.

    Args:
        kind: the verdict.
        sources: every source of the answer, with design, screening and stance.
        supporting: for each source number that carries a statement or the verdict, its quotes that
            passed their check. Only these sources, and direct sources that point the other way, count.

    Returns:
        The certainty. Without a direct source it is ``very_low`` if indirect sources carry statements, and
        ``not_assessable`` if nothing does. ``studies`` counts distinct direct articles on both sides;
        ``participants`` is their sum only when each states its number and no review stands beside
        another study, since a review may hold that study already.
    """
    carrying = [one for one in _usable(sources) if one.n in supporting]
    if kind == "not_answerable" or not carrying:
        return Certainty("not_assessable")
    direct = [] if kind == "no_direct_evidence" else [one for one in carrying if one.screening.direct]
    body = _body(kind, direct or carrying)
    against = _against(kind, sources) if direct else []
    everyone = _distinct([*direct, *against])
    quotes = {one.n: tuple(supporting.get(one.n, ())) for one in body}
    people = _participants(everyone)
    start = 4 if direct and body[0].design.body == "randomised" else 2
    if direct:
        domains = [
            _starting_point(body),
            _risk_of_bias(body),
            _inconsistency(kind, body, against, len(_distinct(direct)), quotes),
            _indirectness(body),
            _imprecision(body, people, quotes),
            _publication_bias(body, against),
            *_reading(kind, body),
        ]
    else:
        domains = list(_without_direct(carrying))
    level = max(1, min(4, start + sum(domain.change for domain in domains)))
    ceiling = _ceiling(kind, level, direct=bool(direct))
    level += ceiling.change
    own = _own_rating(body, quotes, level) if direct else None
    level += own.change if own else 0
    levels = [one.design.level for one in direct if one.design.level is not None]
    return Certainty(
        level=_LEVELS[level - 1],
        domains=tuple(filter(None, (own, *domains, ceiling))),
        best_level=BestLevel(level=min(levels, default=None)),
        direct=bool(direct),
        studies=len(everyone),
        participants=people,
    )


# --- The body of evidence --------------------------------------------------------------------------------


def _usable(sources: Iterable[Source]) -> list[Source]:
    return [one for one in sources if not one.found.article.barred and one.design.body != "none"]


def _distinct(sources: Iterable[Source]) -> list[Source]:
    return list({one.found.article.id: one for one in sources}.values())


def _body(kind: VerdictKind, sources: Sequence[Source]) -> list[Source]:
    """The sources whose certainty is rated: those that point the verdict's way, of the strongest kind."""
    agreeing = [one for one in sources if one.stance.direction == _DIRECTION.get(kind)] or list(sources)
    best = max(_RANK[one.design.body] for one in agreeing)
    return _distinct(one for one in agreeing if _RANK[one.design.body] == best)


def _against(kind: VerdictKind, sources: Sequence[Source]) -> list[Source]:
    """Direct sources that point away from the verdict; on a conflict, those of the smaller side."""
    usable = [one for one in _usable(sources) if one.screening.direct]
    sides = {
        side: [one for one in usable if one.stance.direction == side] for side in ("supports", "opposes")
    }
    if kind == "conflicting":
        return min(sides.values(), key=len)
    return {"supported": sides["opposes"], "not_supported": sides["supports"]}.get(kind, [])


def _participants(sources: Sequence[Source]) -> int | None:
    counts = [one.design.participants for one in sources]
    stated = [count for count in counts if count is not None]
    overlap = len(sources) > 1 and any(one.design.review for one in sources)
    return sum(stated) if stated and len(stated) == len(counts) and not overlap else None


def _without_direct(cited: Sequence[Source]) -> Iterator[Domain]:
    """The domains where only indirect sources are cited: what they found on something else rates nothing."""
    yield _rated("starting point", 0, "Starts at low: no source is direct evidence, whatever its design.")
    for name in ("risk of bias", "inconsistency"):
        yield _unknown(name, "No source is direct evidence, so there is nothing to judge.")
    if all(one.design.body == "mechanism" for one in cited):
        yield _rated("indirectness", -2, "Only animal or laboratory work, and none on what was asked.")
    else:
        reasons = Counter(reason for one in cited for reason in one.screening.because)
        because, count = max(reasons.items(), key=lambda row: row[1], default=("no direct match", len(cited)))
        told = f"No cited source is about what was asked ({count} of {len(cited)}: {because})."
        yield _rated("indirectness", -2, told)
    for name in ("imprecision", "publication bias"):
        yield _unknown(name, "No source is direct evidence, so there is nothing to judge.")


# --- The domains -------------------------------------------------------------------------------------------


def _rated(name: str, change: int, reason: str, quote: str = "") -> Domain:
    return Domain(name, "rated", change, reason, quote)


def _unknown(name: str, reason: str) -> Domain:
    return Domain(name, "not_assessable", 0, reason)


def _starting_point(body: Sequence[Source]) -> Domain:
    names = ", ".join(sorted({one.design.name for one in body}))
    start = "high, as for randomised evidence" if body[0].design.body == "randomised" else "low"
    if start == "low":
        start = "low, as for evidence that is not randomised"
    return _rated("starting point", 0, f"Starts at {start} ({names}).")


def _risk_of_bias(body: Sequence[Source]) -> Domain:
    name = "risk of bias"
    kind = body[0].design.body
    if kind == "uncontrolled":
        return _rated(name, -2, "Only reports without a comparison group.")
    if kind == "opinion":
        return _rated(name, -2, "Only narrative reviews or guidelines; they present no study of their own.")
    if kind == "mechanism":
        return _unknown(name, "Not judged for animal or laboratory work.")
    doubts = [(one, match) for one in body for match in [_search(_BIAS, one)] if match]
    if doubts and len(doubts) == len(body):
        reason = "Every source that counts names a weakness of its method."
        return _rated(name, -1, reason, doubts[0][1])
    return _unknown(name, "Abstracts do not tell enough of randomisation, blinding and drop-out to judge it.")


def _inconsistency(
    kind: VerdictKind,
    body: Sequence[Source],
    against: Sequence[Source],
    direct: int,
    quotes: Mapping[int, Sequence[str]],
) -> Domain:
    """Whether direct sources contradict each other; ``direct`` is how many are cited, of any strength."""
    name = "inconsistency"
    strength = _RANK[body[0].design.body]
    comparable = [one for one in against if _RANK[one.design.body] >= strength]
    if kind == "conflicting" or comparable:
        quote = next((one.stance.span.text for one in comparable or against if one.stance.span), "")
        return _rated(name, -1, "Sources of comparable strength point in opposite directions.", quote)
    for text in chain.from_iterable(quotes.values()):
        match = _I_SQUARED.search(text)
        if match and float(match["value"]) >= HIGH_HETEROGENEITY:
            return _rated(name, -1, "The pooled studies differ considerably.", match[0])
    if against:
        return _rated(name, 0, "Only weaker sources point the other way; they are listed as dissent.")
    if direct == 1:
        return _unknown(name, "One direct source; nothing to compare it with.")
    agreeing = [one for one in body if one.stance.direction == _DIRECTION.get(kind)]
    if len(agreeing) >= 2:
        return _rated(name, 0, f"{len(agreeing)} direct sources point the same way; none points the other.")
    if all(one.stance.direction == "silent" for one in body):
        return _unknown(name, "The direct sources were not read as pointing one way, so none was compared.")
    reason = f"Of the {direct} direct sources cited, fewer than two of the strongest kind point the same way."
    return _unknown(name, reason)


def _indirectness(body: Sequence[Source]) -> Domain:
    name = "indirectness"
    if body[0].design.body == "mechanism":
        return _rated(name, -2, "Only animal or laboratory work.")
    return _rated(name, 0, "The sources are about the population and the intervention asked about.")


def _imprecision(body: Sequence[Source], people: int | None, quotes: Mapping[int, Sequence[str]]) -> Domain:
    name = "imprecision"
    for text in chain.from_iterable(quotes.values()):
        for interval in _INTERVAL.finditer(text):
            change = _width(interval)
            if change:
                reason = "The confidence interval includes both no effect and an important one."
                return _rated(name, change, reason, interval[0])
    if people is None:
        counts = [one.design.participants for one in body]
        people = counts[0] if len(counts) == 1 else None
    if people is not None and people < FEW_PARTICIPANTS:
        return _rated(name, -1, f"Few participants: {people} in all, fewer than {FEW_PARTICIPANTS}.")
    if people is None:
        return _unknown(name, "The number of participants is not stated clearly by every source.")
    return _rated(name, 0, f"{people} participants.")


def _width(interval: re.Match[str]) -> Literal[0, -1, -2]:
    """How far a confidence interval reaches to either side of no effect: nothing, -1 or -2."""
    low, high = (float(re.sub(r"^[−–]", "-", interval[side])) for side in ("low", "high"))
    if not _RATIO.search(interval["measure"]) or re.search("difference", interval["measure"], re.IGNORECASE):
        return -1 if low < 0 < high else 0
    if not low < 1 < high or low < 0:
        return 0
    if low < 0.5 and high > 2:
        return -2
    return -1 if low < 0.75 or high > 1.25 else 0


def _publication_bias(body: Sequence[Source], against: Sequence[Source]) -> Domain:
    name = "publication bias"
    counts = [one.design.participants for one in body]
    few = sum(count or 0 for count in counts) <= FEW_CASES
    if body[0].design.body == "uncontrolled" and few and not against:
        return _rated(name, -1, "A few cases that all point one way; failures are published less often.")
    return _unknown(name, "Cannot be judged from the sources found.")


def _reading(kind: VerdictKind, body: Sequence[Source]) -> Iterator[Domain]:
    """Rate down where the direction itself, read by rules from the conclusions, is not well read."""
    speaking = [one.stance.score for one in body if one.stance.direction != "silent"]
    if kind not in ("supported", "not_supported") or not speaking:
        return
    best = max(speaking)
    unsure = best < WELL_READ
    reason = f"Which way the sources point was read by a program, with a probability of {best:.0%} at best."
    yield _rated("reading of the direction", -1 if unsure else 0, reason)


def _ceiling(kind: VerdictKind, level: int, *, direct: bool) -> Domain:
    if not direct:
        return _rated("ceiling", min(0, 1 - level), "Without a direct source the certainty is very low.")
    if kind in ("conflicting", "uncertain"):
        return _rated("ceiling", min(0, 2 - level), "The direction is not settled: never above low.")
    return _rated("ceiling", min(0, 3 - level), "Rated from abstracts alone: never above moderate.")


# --- The sources' own ratings ------------------------------------------------------------------------------


def _own_rating(body: Sequence[Source], quotes: Mapping[int, Sequence[str]], level: int) -> Domain | None:
    """What a source says of its own certainty, quoted; it may lower our level and never raises it."""
    name = "the source's own rating"
    for one in body:
        stated = _stated_ratings(quotes[one.n]) or _stated_ratings(_texts(one))
        if not stated:
            continue
        words = {word for word, _ in stated}
        if len(words) > 1:
            reason = "The source gives different ratings for different outcomes; none is applied."
            return Domain(name, "reported_by_source", 0, reason, stated[0][1])
        change = min(0, _LEVELS.index(words.pop()) + 1 - level)
        reason = "A source rates its own evidence."
        return Domain(name, "reported_by_source", change, reason, stated[0][1])
    for one in body:
        classed = _search(_OWN_CLASS, one)
        if classed:
            reason = "A source uses another scale; it is quoted and not converted."
            return Domain(name, "reported_by_source", 0, reason, classed)
    return None


def _stated_ratings(texts: Iterable[str]) -> list[tuple[CertaintyLevel, str]]:
    """Each rating that the texts report of their evidence, with its sentence word for word."""
    return [
        (_word(match), sentence.text)
        for text in texts
        for sentence in sentences(text)
        if not _WANTED.search(sentence.text)
        for match in _OWN_GRADE.finditer(sentence.text)
    ]


def _word(match: re.Match[str]) -> CertaintyLevel:
    words = (match["other"], match["word"], match["word2"], match["word3"])
    found = [re.sub(r"[\s-]+", "_", word.lower()) for word in words if word]
    return min((level for level in _LEVELS if level in found), key=_LEVELS.index)


def _texts(source: Source) -> list[str]:
    return [section.text for section in source.found.article.sections]


def _search(pattern: re.Pattern[str], source: Source) -> str | None:
    """The sentence of the source in which ``pattern`` is first found, word for word."""
    for text in _texts(source):
        for sentence in sentences(text):
            if pattern.search(sentence.text):
                return sentence.text
    return None
