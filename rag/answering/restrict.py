"""Restrictions that a follow-up puts on the evidence: "only RCTs since 2015", "in English".

A restriction leaves out what it does not fit and says so: evidence that is left out may point the other way.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from rag.records import Certainty, Design, Domain, Excluded, Notice, Source

_KINDS: dict[str, tuple[str, Callable[[Design], bool]]] = {
    "randomised trials": (
        r"RCTs?|randomi[sz]ed(?: controlled)? (?:trials?|studies|evidence)|randomi[sz]ed",
        lambda design: design.body == "randomised" and not design.review,
    ),
    "systematic reviews": (
        r"(?:systematic )?reviews?|meta-?\s?analys[ei]s",
        lambda design: design.review,
    ),
    "cohort studies": (r"cohort studies|cohorts?", lambda design: "cohort" in design.name),
    "case-control studies": (r"case-control studies", lambda design: "case-control" in design.name),
    "observational studies": (
        r"observational (?:studies|evidence)",
        lambda design: design.body == "observational" and not design.review,
    ),
    "case reports and case series": (
        r"case (?:reports?|series)(?: and case (?:reports?|series))?",
        lambda design: design.name in ("case report", "case series"),
    ),
    "guidelines": (r"guidelines?", lambda design: design.name == "guideline"),
    "studies in people": (
        r"(?:human studies|studies in (?:humans|people)|in humans|humans)",
        lambda design: design.body != "mechanism",
    ),
}
"""Kinds of study that a reader may ask for: how they are asked for, and which designs they are."""
_LANGUAGES = {
    "English": "eng", "German": "ger", "French": "fre", "Spanish": "spa", "Italian": "ita",
    "Portuguese": "por", "Chinese": "chi", "Japanese": "jpn", "Russian": "rus",
}  # fmt: skip
"""Language -> its MARC code in MEDLINE records."""
_YEAR = r"((?:19|20)\d\d)"
_SINCE = re.compile(
    rf"\b(?:since|from|(?:published )?in or after)(?: the year)? {_YEAR}(?: on(?:wards?)?)?\b", re.I
)
_AFTER = re.compile(rf"\b(?:after|newer than|later than|more recent than) {_YEAR}\b", re.I)
_UNTIL = re.compile(rf"\b(?:until|up to|to) {_YEAR}\b", re.I)
_BEFORE = re.compile(rf"\b(?:before|older than|earlier than|prior to) {_YEAR}\b", re.I)
_BETWEEN = re.compile(rf"\bbetween {_YEAR} and {_YEAR}\b", re.I)
_LAST_YEARS = re.compile(r"\b(?:in |from |of )?the (?:last|past) (\d{1,2}|two|three|five|ten) years\b", re.I)
_COUNTS = {"two": 2, "three": 3, "five": 5, "ten": 10}
_NEWER = re.compile(r"\b(?:(?:any|some|is there|are there)\b.{0,10})?\b(?:newer|more recent|later)\b", re.I)
_LANGUAGE = re.compile(rf"\b(?:written |published )?in ({'|'.join(_LANGUAGES)})\b", re.I)
_LIFTED = re.compile(
    r"^\W*(?:ok(?:ay)?|and|now)?\W*(?:use |show |include |back to )?(?:all|any) (?:the )?"
    r"(?:studies|designs?|years|evidence|languages?|articles)(?: again)?\W*$"
    r"|^\W*(?:remove|drop|lift|no|without)(?: (?:the|any|more))* (?:filters?|limits?|restrictions?)\W*$",
    re.I,
)
_FILLER = re.compile(
    r"\b(?:and|but|ok(?:ay)?|now|then|please|only|just|restrict(?:ed)?|limit(?:ed)?|filter(?:ed)?|show|me|give|use|to"
    r"|with|from|the|any|some|is|are|there|what|about|how|that|which|were|was|published|written|articles?|papers?"
    r"|studies|study|trials?|evidence|data|research|results?|publications?|sources?|it|them|same|by|for|in|of)\b|\W+",
    re.I,
)
_ASKED = re.compile(r"\b(?:only|just|restrict(?:ed)?|limit(?:ed)?|filter(?:ed)?)\b", re.I)


@dataclass(frozen=True, slots=True)
class Restriction:
    """What evidence a reader wants to see; an empty field restricts nothing. Years are inclusive."""

    kinds: tuple[str, ...] = ()
    since: int | None = None
    until: int | None = None
    languages: tuple[str, ...] = ()

    def __str__(self) -> str:
        """In words that ``requested`` reads back, e.g. ``randomised trials, since 2015, in English``."""
        return ", ".join(
            (
                *((" and ".join(self.kinds),) if self.kinds else ()),
                *((f"since {self.since}",) if self.since else ()),
                *((f"until {self.until}",) if self.until else ()),
                *((f"in {' and in '.join(self.languages)}",) if self.languages else ()),
            )
        )

    def studies(self) -> str:
        """In words with their noun: ``studies since 2015``; empty where nothing is restricted."""
        words = str(self)
        return words if self.kinds or not words else f"studies {words}"


NONE = Restriction()


def requested(text: str, newest: int | None, this_year: int) -> tuple[Restriction | None, str]:
    """Read the restriction that a follow-up asks for.

    Args:
        text: the follow-up.
        newest: year of the newest source that was cited; "newer" means after it.
        this_year: "the last five years" counts from it.

    Returns:
        The restriction, ``NONE`` where the reader lifts one, None where none is asked for; and what else the
        follow-up asks. Words such as "randomised" within a question restrict nothing.
    """
    if _LIFTED.search(text):
        return NONE, ""
    rest = text
    found: dict[str, str] = {}
    for name, pattern in (*_TIMES.items(), ("language", _LANGUAGE)):
        for match in pattern.finditer(rest):
            found[name] = f"{found.get(name, '')} {' '.join(filter(None, match.groups()))}".strip()
        rest = pattern.sub(" ", rest)
    kinds = [kind for kind, (pattern, _) in _KINDS.items() if re.search(rf"\b(?:{pattern})\b", rest, re.I)]
    for kind in kinds:
        rest = re.sub(rf"\b(?:{_KINDS[kind][0]})\b", " ", rest, flags=re.I)
    newer = _NEWER.search(rest) is not None
    rest = _NEWER.sub(" ", rest)
    alone = not _FILLER.sub("", rest)
    if not (kinds or found or newer) or not (alone or _ASKED.search(text)):
        return None, text
    since, until = _years(found, this_year)
    if newer and newest is not None:
        since = max(newest + 1, since or 0)
    languages = tuple(one for one in _LANGUAGES if one.lower() in found.get("language", "").lower().split())
    other = "" if alone else re.sub(r"\s+", " ", _ASKED.sub(" ", rest)).strip(" ,;.")
    return Restriction(tuple(kinds), since, until, languages), other


_TIMES = {
    "between": _BETWEEN,
    "last": _LAST_YEARS,
    "since": _SINCE,
    "after": _AFTER,
    "until": _UNTIL,
    "before": _BEFORE,
}


def _years(found: dict[str, str], this_year: int) -> tuple[int | None, int | None]:
    since = until = None
    if "between" in found:
        since, until = sorted(map(int, found["between"].split()[:2]))
    if "last" in found:
        count = found["last"].split()[0].lower()
        since = this_year - (_COUNTS.get(count) or int(count))
    if "since" in found:
        since = int(found["since"].split()[0])
    if "after" in found:
        since = int(found["after"].split()[0]) + 1
    if "until" in found:
        until = int(found["until"].split()[0])
    if "before" in found:
        until = int(found["before"].split()[0]) - 1
    return since, until


def apply(
    restriction: Restriction, sources: Sequence[Source]
) -> tuple[list[Source], list[Excluded], tuple[Notice, ...]]:
    """Keep the sources that fit a restriction.

    Returns:
        Those kept, those left out with the reason, and the notice that says how many were left out and why.
    """
    if restriction == NONE:
        return list(sources), [], ()
    reasons = {source.found.article.id: _misfit(restriction, source) for source in sources}
    kept = [source for source in sources if not reasons[source.found.article.id]]
    left = [source for source in sources if reasons[source.found.article.id]]
    excluded = [
        Excluded(source.found.article.id, f"not asked for: {reasons[source.found.article.id]}")
        for source in left
    ]
    text = f"Restricted as asked to: {restriction}."
    if left:
        counts = Counter(reasons[source.found.article.id].split(":")[0] for source in left)
        told = ", ".join(f"{count} by {reason}" for reason, count in counts.most_common())
        text += f" Of {len(sources)} usable articles {len(left)} were left out ({told})."
        direct = sum(source.screening.direct for source in left)
        if direct:
            text += f" {direct} of them studied what was asked and may point another way."
    return kept, excluded, (Notice("restricted", f"{text} To lift this, ask for all studies."),)


def weighed(certainty: Certainty, restriction: Restriction) -> Certainty:
    """A certainty that says which evidence it was computed from."""
    if restriction == NONE:
        return certainty
    reason = f"Computed from {restriction.studies()} alone, as asked; nothing else was weighed."
    domain = Domain("selection of studies", "not_assessable", 0, reason)
    return replace(certainty, domains=(*certainty.domains, domain))


def _misfit(restriction: Restriction, source: Source) -> str:
    """Why a source does not fit, as ``design: ...``, ``year: ...`` or ``language: ...``; empty if it does."""
    article = source.found.article
    if restriction.kinds and not any(_KINDS[kind][1](source.design) for kind in restriction.kinds):
        return f"design: {source.design.name}"
    if restriction.since or restriction.until:
        if article.year is None:
            return "year: unknown"
        if article.year < (restriction.since or 0) or article.year > (restriction.until or article.year):
            return f"year: {article.year}"
    if restriction.languages:
        codes = {code.strip().lower() for code in article.languages}
        if not codes & {_LANGUAGES[one] for one in restriction.languages}:
            return f"language: {', '.join(sorted(codes)) or 'unknown'}"
    return ""
