"""Ages of people as questions and articles name them: "women over 70", "aged 75 and older", "6-60 months"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.text import numerals

OLDEST = 100.0
"""Years that an open range ends with."""
_YEARS = {"y": 1.0, "m": 1 / 12, "w": 1 / 52, "d": 1 / 365}


@dataclass(frozen=True, slots=True)
class Ages:
    """People from ``least`` to ``most`` years of age."""

    least: float
    most: float


_N = rf"(?:\d{{1,3}}(?:\.\d)?|{numerals.WORDS})"
_UNIT = r"(?:[\s-]*(?:years?|yrs?|y|months?|mo|weeks?|days?)\b)"
_AGE = r"(?:[\s-]*(?:of\s+age|olds?)\b)"
_PEOPLE = (
    r"(?:people|persons?|patients?|adults?|women|men|children|infants|subjects|individuals|participants|residents"
    r"|boys|girls|females?|males?|those|veterans|volunteers|mothers|citizens)"
)
_AGED = r"(?:aged?|ages|age\s+(?:was|is|of)|the\s+ages?\s+of)"
_BEFORE = rf"(?P<before>\b(?:{_AGED}|{_PEOPLE})[\s,(:-]+(?:were\s+|was\s+)?(?:aged\s+)?)?"
_RANGE = re.compile(
    rf"{_BEFORE}(?P<span>between\s+(?:the\s+ages\s+of\s+)?|from\s+)?\b(?P<a>{_N})(?P<ua>{_UNIT}?){_AGE}?\s*"
    rf"(?:-?\s*(?:to|and)\b|-|–|—)\s*(?P<b>{_N})(?P<ub>{_UNIT}?)(?P<after>{_AGE}?)(?![\w%.])",
    re.IGNORECASE,
)
_FROM = re.compile(
    rf"{_BEFORE}(?:over|above|older\s+than|more\s+than|at\s+least|≥|⩾|>=?)[\s-]*(?:the\s+age\s+of\s+)?"
    rf"(?P<a>{_N})(?P<ua>{_UNIT}?)(?P<after>{_AGE}?)(?![\w%.,]*\d)",
    re.IGNORECASE,
)
_TO = re.compile(
    rf"{_BEFORE}(?:under|below|younger\s+than|less\s+than|up\s+to|≤|⩽|<=?)[\s-]*(?:the\s+age\s+of\s+)?"
    rf"(?P<a>{_N})(?P<ua>{_UNIT}?)(?P<after>{_AGE}?)(?![\w%.,]*\d)",
    re.IGNORECASE,
)
_AND_OLDER = re.compile(
    rf"(?P<before>\b{_AGED}\s+)?(?<![\d.,$])\b(?P<a>{_N})(?:(?P<ua>{_UNIT}?)(?P<after>{_AGE}?)\s*(?:and|or)\s+"
    r"(?:(?P<older>older)|over|above|more)\b|(?P<plus>\s*\+(?!\s*[-/\d])(?:\s*years?\b)?))",
    re.IGNORECASE,
)
_AND_YOUNGER = re.compile(
    rf"(?:\b{_AGED}\s+)?\b(?P<a>{_N})(?P<ua>{_UNIT}?){_AGE}?\s*(?:and|or)\s+(?:younger|under|below)\b",
    re.IGNORECASE,
)
_YEAR_OLD = re.compile(rf"\b(?P<a>{_N})(?P<ua>[\s-]years?)[\s-]olds?\b", re.IGNORECASE)
_DECADES = {"septua": 70.0, "octo": 80.0, "nona": 90.0}
_DECADE = re.compile(r"\b(?P<decade>septua|octo|nona)genarians?\b", re.IGNORECASE)
_INDEXED = re.compile(r"\bAged, 80 and over\b")
"""The MeSH heading: some of the people were so old."""
_WORDS = (
    (
        Ages(65, OLDEST),
        re.compile(r"\b(?:elderly|geriatric|older\s+(?:people|adults|women|men|patients))\b", re.I),
    ),
    (Ages(18, OLDEST), re.compile(r"\badults?\b", re.I)),
    (Ages(10, 19), re.compile(r"\b(?:adolescen\w+|teenage\w+)\b", re.I)),
    (Ages(0, 18), re.compile(r"\b(?:child(?:ren|hood)?|pa?ediatric)\b", re.I)),
    (Ages(0, 2), re.compile(r"\b(?:infants?|babies|infancy)\b", re.I)),
    (Ages(0, 0.1), re.compile(r"\b(?:neonat\w+|newborns?)\b", re.I)),
)


def ages(text: str) -> tuple[Ages, ...]:
    """Every range of ages that ``text`` gives for people, in years; a length of time is none."""
    return tuple(found for found, _, _ in _read(text))


def without(words: str) -> str:
    """``words`` without the ages in them: "women over 70" is left as "women"."""
    for _, start, end in sorted(_read(words), key=lambda one: -one[1]):
        words = f"{words[:start]} {words[end:]}"
    return re.sub(r"\s+", " ", words).strip(" ,")


def studied(asked: str, told: str) -> bool:
    """Whether a text speaks of people of the ages that a question names.

    Args:
        asked: the question or its population.
        told: what an article says: title, abstract, headings.

    Returns:
        True if at least half of some range of ages in ``told`` lies within a range asked about, or words
        say it where no age is told ("older women" for people over 70), or no age is asked about. An article
        that names no age is not known to be about people over 70.
    """
    wanted = ages(asked)
    if not wanted:
        return True
    ranges = ages(told) or tuple(usual for usual, words in _WORDS if words.search(told))
    return any(_within(each, one) for each in ranges for one in wanted)


def _within(told: Ages, asked: Ages) -> bool:
    shared = min(told.most, asked.most) - max(told.least, asked.least)
    return shared > 0 and 2 * shared >= told.most - told.least


def _read(text: str) -> list[tuple[Ages, int, int]]:
    """Ranges of ages with the places of their words; no place is read twice."""
    text = _INDEXED.sub(lambda match: " " * len(match[0]), text)
    found: list[tuple[Ages, int, int]] = []
    for pattern, reach in _FORMS:
        for match in pattern.finditer(text):
            groups = match.groupdict()
            before = groups.get("before") or ""
            people = re.match(_PEOPLE, before, re.IGNORECASE)
            start = match.start() + (people.end() if people else 0)
            if _is_age(reach, before, groups) and not any(
                start < end and begin < match.end() for _, begin, end in found
            ):
                found.append((_range(reach, groups), start, match.end()))
    return [one for one in found if _possible(one[0])]


_FORMS = (
    (_RANGE, "between"),
    (_AND_OLDER, "from and over"),
    (_AND_YOUNGER, "to"),
    (_FROM, "from"),
    (_TO, "to"),
    (_YEAR_OLD, "at"),
    (_DECADE, "decade"),
)


def _is_age(reach: str, before: str, groups: dict[str, str | None]) -> bool:
    """Whether the words say an age and not a length of time or a number of people."""
    if "before" not in groups or any(groups.get(said) for said in ("after", "older", "plus")):
        return True
    unit = _bare(groups.get("ub") or groups.get("ua"))
    if re.search(_AGED, before + (groups.get("span") or ""), re.IGNORECASE):
        return True
    if reach in ("between", "from and over"):
        return unit.startswith("y") and (bool(before) or reach != "between")
    return bool(before) and unit[:1] in ("", "y", "m")


def _range(reach: str, groups: dict[str, str | None]) -> Ages:
    if reach == "decade":
        least = _DECADES[str(groups["decade"]).lower()]
        return Ages(least, least + 10)
    last = groups.get("ub") or groups.get("ua")
    first = _years(groups["a"], groups.get("ua") or last)
    if reach == "between":
        return Ages(first, _years(groups["b"], last))
    if reach == "at":
        return Ages(first, first + 1)
    return Ages(first, OLDEST) if reach.startswith("from") else Ages(0, first)


def _possible(one: Ages) -> bool:
    """Whether it is an age at all: "patients above 140 mm Hg" are not."""
    return one.least < OLDEST


def _bare(unit: str | None) -> str:
    """A unit in lower case, without the blanks (of any width) and hyphens before it."""
    return re.sub(r"[\s-]", "", unit or "").lower()


def _years(number: str | None, unit: str | None) -> float:
    return numerals.value_of(str(number)) * _YEARS[(_bare(unit) or "y")[0]]
