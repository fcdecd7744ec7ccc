"""Reads the figures of medical text: numbers in digits and words, fractions, ranges, P values, grades.

A quantity is a number as written together with what it comes to in base units, so that ``25 %`` and
``one in four``, ``0·81`` and ``.81``, ``12 months`` and ``a 1-year`` are the same figure. Identifiers (NCT
numbers, IL-6, COVID-19), ordinals and numbers of tables are no quantities; ``type 2``, ``phase III`` and
``grade 3`` are named figures that agree only with their own kind.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from rag.text.numerals import ROMAN, WORDS, value_of
from rag.text.units import PLAIN, Unit, unit_at


@dataclass(frozen=True, slots=True)
class Quantity:
    """One figure: the slice ``[start:end]`` of its text, and its ``value`` in base units of ``unit``.

    ``unit`` is a dimension (``d`` for every time, ``g/L`` for mg/dL, empty for counts), or one of the kinds
    ``P``, ``confidence``, ``ratio``, ``fold`` and ``grade``, ``phase``, ``type`` ... ``quantum`` is the place
    of the last significant digit in the same units. ``bound`` is -1 for ``less than``, ``<``, ``nearly``, 1
    for ``more than``, ``>``, ``at least``. ``derived``: a reading that is not written as such, e.g. 25 % for
    12/48.
    """

    text: str
    start: int
    end: int
    number: float
    value: float
    unit: str = ""
    quantum: float = 1.0
    bound: Literal[-1, 0, 1] = 0
    approximate: bool = False
    fraction: bool = False
    derived: bool = False


_SP = r"[\s\u00a0\u2009\u202f]"
_DIGITS = r"(?:\d{1,3}(?:[,\u2009\u00a0\u202f ]\d{3})+(?!\d)(?:[.·]\d+)?|0,\d+|\d+(?:[.·]\d+)?|[.·]\d+)"
_FRACTION_NAMES = {
    "half": 2, "halves": 2, "third": 3, "thirds": 3, "quarter": 4, "quarters": 4, "fourth": 4, "fourths": 4,
    "fifth": 5, "fifths": 5, "sixth": 6, "sixths": 6, "eighth": 8, "eighths": 8, "tenth": 10, "tenths": 10,
}  # fmt: skip
_PARTS = "|".join(sorted(_FRACTION_NAMES, key=len, reverse=True))
_FRACTION = re.compile(
    rf"\b(?:(?P<top>an?|one|two|three|four|five|six|seven|eight|nine)[\s-](?P<part>{_PARTS})"
    r"|(?P<half>half))\b(?!-|\s+(?:life|lives|maximal|doses?)\b)",
    re.IGNORECASE,
)
_SHARE = re.compile(
    rf"(?<![\w.])(?P<top>{WORDS}|\d+)(?P<who>\s+[a-z]+)?\s+(?P<of>in|out\s+of"
    rf"|of\s+every)\s+(?:every\s+)?(?P<whole>{WORDS}|\d[\d,]*)(?![\w%]|\.\d|\s?%|-)",
    re.IGNORECASE,
)
_COLON = re.compile(r"(?<![\w.:])(\d+(?:\.\d+)?):(\d+(?:\.\d+)?)(?![\w:]|\.\d)")
_NUMBER = re.compile(
    rf"{_DIGITS}|\b(?:{WORDS})\b(?:\s+and\s+a\s+(?:half|quarter)\b)?|\b(?:{ROMAN})(?=[abcABC]?\b)",
    re.IGNORECASE,
)
_TWICE = re.compile(
    r"\b(twice|two-?fold|thrice|three-?fold|four-?fold|five-?fold|ten-?fold|both)\b", re.IGNORECASE
)
_TWICE_VALUES = {"twice": 2, "two": 2, "thrice": 3, "three": 3, "four": 4, "five": 5, "ten": 10, "both": 2}
_POWER = re.compile(
    rf"{_SP}?[×xX·*]{_SP}?10(?:\^{_SP}?([-−]?\d+)|\(([-−]?\d+)\)|([⁻⁰¹²³⁴-⁹]+)|[eE]([-−]?\d+))"
    rf"|[eE]([-+]\d+)(?!\w)"
)
_TEN_TO = re.compile(r"\^([-−]?\d+)|\(([-−]?\d+)\)(?=/)|([⁻⁰¹²³⁴-⁹]+)")
_SUPERSCRIPT = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹−", "-0123456789-")
_SCALE = re.compile(r"[\s\u00a0-](hundred|thousand|million|billion)\b", re.IGNORECASE)
_SCALES = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9}
_BETWEEN = re.compile(
    r"\s(?:consecutive|additional|more|full|whole|further|postoperative|calendar|gestational|completed"
    r"|extra)\s"
    r"|\s?[(\[][^()\[\]%]{1,30}[)\]]\s",
    re.IGNORECASE,
)
"""What may stand between a number and its unit: an adjective, or a spread as in ``13.2 (5.9-20.7) mm``."""
_DAILY = re.compile(r"\s(?:once\s)?(?:daily|a\sday|each\sday|every\sday)\b", re.IGNORECASE)
_NAMED = (
    r"(?P<name>type|grade|phase|stage|class|group|arm|cohort|cycle|category|tier"
    r"|day|week|month|year)s?[\s-]$"
)
_NAMED_BEFORE = re.compile(r"\b" + _NAMED, re.IGNORECASE)
_NO_FIGURE = re.compile(
    r"\b(?:tables?|fig(?:ure)?s?\.?|sections?|chapters?|appendix|supplement|refs?\.?|version|no\.)\s$",
    re.IGNORECASE,
)
_CHEMICAL = re.compile(
    r"-(?:[A-Z]|(?:di|tri)?hydroxy|mercapto|fluoro|amino|methyl|oxo|alpha|beta|keto|deoxy|thio|nitro|chloro)"
)
_JOINED = re.compile(r"([A-Za-z]+)[-‑]$")
_LOOSE = {
    "pre",
    "post",
    "mid",
    "sub",
    "over",
    "under",
    "age",
    "aged",
    "to",
    "and",
    "or",
    "by",
    "a",
    "the",
    "non",
    "p",
    "n",
}
_P_VALUE = re.compile(
    r"\bp(?:[\s-]?values?)?(?:\s(?:for|of)\s?\w*)?\s?(?P<sign>[<>=≤≥]|<\s?=|>\s?=|less than)?\s?$",
    re.IGNORECASE,
)
_SIGN = re.compile(r"(?P<sign><\s?=|>\s?=|[<>≤≥~≈]|(?<![\w)\]])\s?[-−–](?=$))\s?$")
_BEFORE = (
    (re.compile(r"\bno[t]? (?:more|greater|higher|older|later|longer) than\s$", re.I), -1, True),
    (re.compile(r"\bno[t]? (?:less|fewer|lower|younger|earlier) than\s$", re.I), 1, True),
    (re.compile(r"\b(?:nearly|almost|close to|just (?:under|below|short of))\s(?:an?\s)?$", re.I), -1, True),
    (re.compile(r"\b(?:(?:less|fewer|lower|younger) than|under|below|up to|at most)\s$", re.I), -1, True),
    (re.compile(r"\b(?:(?:more|greater|higher|older) than|over|above|at least|exceed\w*)\s$", re.I), 1, True),
    (
        re.compile(r"\b(?:about|around|approximately|roughly|some|circa|ca\.)\s(?:an?\s)?$|[~≈]\s?$", re.I),
        0,
        True,
    ),
)
_RATIO_BEFORE = re.compile(r"\b(?:ratio|risk|odds|hazard|a?OR|a?HR|a?RR|IRR|SMR)s?\b[^.;%]{0,25}$")
_CONFIDENCE = re.compile(rf"{_SP}?(?:CIs?\b|C\.I\.|CrI|confidence|credib|uncertainty)", re.IGNORECASE)
_CONFIDENCE_BEFORE = re.compile(r"\b(?:CI|confidence interval)s?\W{0,3}$", re.IGNORECASE)
_AGE_BEFORE = re.compile(
    r"\b(?:age|aged|ages)\b[^.,;%]{0,30}$|\b(?:older than|younger than|past)\s$"
    r"|\b(?:adults|children|people|persons|women|men|patients|those|infants|girls|boys)"
    r"\s(?:over|under|above|below)\s$",
    re.IGNORECASE,
)
_AGE_AFTER = re.compile(r"\s(?:or|and)\s(?:older|younger|over|under)\b", re.IGNORECASE)
_RANGE = re.compile(rf"^-?{_SP}?(?:[-–—−‑]|to|±|\+/?[-−])(?:{_SP}|-)?$")
_LIST = re.compile(
    rf"^-?{_SP}?(?:,|and|or|, and|, or|vs\.?|versus|v|against|compared (?:with|to)|rather than|;){_SP}?$"
)
_COMMA = re.compile(rf"^{_SP}?[,;]{_SP}?$")
_WHOLE_BEFORE = re.compile(r"(?:^|[.,;:(]\s?)(?:of|among)(?:\s(?:the|these|all))?\s$", re.IGNORECASE)
"""Opens "Of 300, 12 and 15% ...": the number behind it is what the shares are of."""
_OVER = re.compile(r"^(?:\s?/\s?|\sof(?:\s(?:the|all|a total of|these))?\s)$")
_ABBREVIATED_TYPE = re.compile(r"\bT([12])DM?\b")
_PRONOUN_AFTER = re.compile(
    r"\b(?:the|these|those|other|latter|former|first|last|no|each|any|every)\s$", re.IGNORECASE
)
_ONE_COUNTS = re.compile(
    r"\s(?:patient|participant|subject|person|woman|man|child|infant|case|death|event|stud[iy]|trial|arm"
    r"|group"
    r"|of\s(?:the\s)?\d)",
    re.IGNORECASE,
)
_FREE = {"P", "confidence", "fold", "ratio"}


@lru_cache(maxsize=4096)
def readings(text: str) -> tuple[Quantity, ...]:
    """Every reading of every figure, derived ones included."""
    text = text.replace("\u03bc", "\u00b5")
    taken = [False] * (len(text) + 1)
    found: list[Quantity] = []
    for read in (_fractions, _shares, _colons, _multiples, _numbers):
        for quantity in read(text, taken):
            found.append(quantity)
            taken[quantity.start : quantity.end] = [True] * (quantity.end - quantity.start)
    found.sort(key=lambda quantity: quantity.start)
    return (*_spread(text, found), *_derived(text, found))


def _fractions(text: str, taken: Sequence[bool]) -> Iterator[Quantity]:
    for match in _FRACTION.finditer(text):
        before, after = text[max(0, match.start() - 24) : match.start()], text[match.end() : match.end() + 14]
        part = (match["part"] or match["half"]).lower()
        top = (match["top"] or "one").lower()
        many = top not in {"a", "an", "one"}
        if many != (part.endswith("s") or part == "halves"):
            continue
        if part == "half" and re.search(r"\b(?:first|second|latter|other|and)\s(?:a\s)?$", before, re.I):
            continue
        bound, approximate = _bound(before)
        ordinal = top in {"a", "an"} and part not in {"half", "quarter"}
        if ordinal and not (after.startswith(" of ") or approximate or re.search(r"\bby\s$", before)):
            continue
        share = 100 * (1 if not many else value_of(top)) / _FRACTION_NAMES[part]
        hours = re.match(r"\s(?:of\s)?(?:an?\s)(?=\w)", after) if part == "half" else None
        unit = unit_at(text, match.end() + hours.end()) if hours else None
        if unit and unit[0].dimension == "d":
            value = 0.5 * unit[0].factor
            yield Quantity(text[match.start() : unit[1]], match.start(), unit[1], 0.5, value, "d", value)
        else:
            yield Quantity(
                match.group(), *match.span(), share, share, "%", 1.0, bound, approximate, fraction=True
            )


def _shares(text: str, taken: Sequence[bool]) -> Iterator[Quantity]:
    for match in _SHARE.finditer(text):
        top, whole = value_of(match["top"]), value_of(match["whole"])
        round_whole = whole <= 20 or whole in {100, 1000, 10000, 100000, 1000000}
        plain = match["of"].lower() != "in" or match["top"].lower() in {"one", "1"} or top < whole <= 20
        if match["who"] and (match["of"] != "in" or match["top"].isdigit() or match["whole"].isdigit()):
            continue
        if any(taken[match.start() : match.end()]) or not (0 < top < whole and round_whole and plain):
            continue
        bound, approximate = _bound(text[max(0, match.start() - 24) : match.start()])
        share = 100 * top / whole
        yield Quantity(
            match.group(), *match.span(), share, share, "%", 1.0, bound, approximate, fraction=True
        )


def _colons(text: str, taken: Sequence[bool]) -> Iterator[Quantity]:
    for match in _COLON.finditer(text):
        if float(match[2]):
            value = float(match[1]) / float(match[2])
            yield Quantity(match.group(), *match.span(), value, value, ":", value * 1e-3)


def _multiples(text: str, taken: Sequence[bool]) -> Iterator[Quantity]:
    for match in _TWICE.finditer(text):
        word = match.group().lower().removesuffix("fold").rstrip("-")
        if word != "both":
            bound, approximate = _bound(text[max(0, match.start() - 24) : match.start()])
            value = float(_TWICE_VALUES[word])
            yield Quantity(match.group(), *match.span(), value, value, "fold", 1.0, bound, approximate)
        else:
            yield Quantity(match.group(), *match.span(), 2.0, 2.0, derived=True)
    for match in _ABBREVIATED_TYPE.finditer(text):
        yield Quantity(match.group(), *match.span(), float(match[1]), float(match[1]), "type", derived=True)


def _numbers(text: str, taken: Sequence[bool]) -> Iterator[Quantity]:
    position = 0
    name = ""
    last_end = -1
    while match := _NUMBER.search(text, position):
        position = match.end()
        if any(taken[match.start() : match.end()]):
            continue
        before = text[max(0, match.start() - 40) : match.start()]
        named = _NAMED_BEFORE.search(before)
        if named:
            name = named["name"].lower()
        elif not (
            name
            and last_end >= 0
            and re.fullmatch(r"\s?(?:[-–/,]|and|or|to|,\s?and)\s?", text[last_end : match.start()])
        ):
            name = ""
        quantity = _number(text, match, before, name)
        if quantity:
            position = max(position, quantity.end)
            last_end = quantity.end
            yield quantity
        else:
            name = ""


def _number(text: str, match: re.Match[str], before: str, name: str) -> Quantity | None:
    """The quantity that begins with ``match``, None if it is an identifier, an ordinal or a pronoun."""
    surface, start, end = match.group(), match.start(), match.end()
    digits = surface[0].isdigit() or surface[0] in ".·"
    roman = not digits and bool(re.fullmatch(ROMAN, surface))
    if (roman and (not name or name in _TIMES)) or _is_name(text, surface, before, end, digits, roman):
        return None
    number = value_of(surface)
    if digits and (ordinal := re.match(r"(?:st|nd|rd|th)\b", text[end : end + 3])):
        place, _ = _unit(text, end + ordinal.end(), digits=False) or (PLAIN, 0)
        return Quantity(surface, start, end + 2, number, number * place.factor, place.dimension, derived=True)
    quantum = (
        10.0 ** -len(re.split(r"[.·]|^0,", surface)[1]) if digits and re.search(r"[.·]|^0,", surface) else 1.0
    )
    if surface.lower().endswith(("half", "quarter")):
        quantum = 0.25
    power = _TEN_TO.match(text, end) if surface == "10" else _POWER.match(text, end)
    if power:
        exponent = int(next(group for group in power.groups() if group).translate(_SUPERSCRIPT))
        scale = 10.0 ** (exponent - 1 if surface == "10" else exponent)
        number, quantum, end = number * scale, quantum * scale, power.end()
    elif digits and (scaled := _SCALE.match(text, end)):
        scale = _SCALES[scaled[1].lower()]
        number, quantum, end = number * scale, quantum * scale, scaled.end()
    if roman or (name in _GRADED and _is_grade(text, end, number)):
        letter = re.match(r"[abcABC]\b", text[end : end + 2])
        end += bool(letter)
        number += (ord(letter.group().lower()) - 96) / 10 if letter else 0
        unit = Unit(name, 1.0)
    else:
        after = _unit(text, end, digits)
        if after is None:
            return None
        unit, end = after
    return _finished(text, start, end, number, quantum, unit, before, name)


def _is_grade(text: str, end: int, number: float) -> bool:
    """``group 2`` names a group; ``group 48.5 IU/L`` and ``group 1-75.5%`` begin a result."""
    measured = unit_at(text, end) or unit_at(text, end + 1)
    return (
        number % 1 == 0 and 0 <= number <= 30 and not measured and not re.match(r"\s?±", text[end : end + 2])
    )


_TIMES = {"day", "week", "month", "year"}
_GRADED = {"type", "grade", "phase", "stage", "class", "group", "arm", "cohort", "cycle", "category", "tier"}


def _is_name(text: str, surface: str, before: str, end: int, digits: bool, roman: bool) -> bool:
    after = text[end : end + 16]
    if before[-1:].isalnum() or before[-1:] == "_" or _NO_FIGURE.search(before):
        return True
    joined = _JOINED.search(before)
    if (
        joined
        and joined[1].lower() not in _LOOSE
        and not (roman and re.fullmatch(ROMAN, joined[1]))
        and not re.fullmatch(WORDS, joined[1], re.IGNORECASE)
    ):
        return True
    if not digits:
        ordinal = re.match(r"-(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)\b", after, re.I)
        pronoun = surface.lower() in {"one", "two", "three", "four"} and _PRONOUN_AFTER.search(before)
        article = surface.lower() == "one" and not _ONE_COUNTS.match(after) and not unit_at(text, end + 1)
        return bool(ordinal or pronoun or article)
    return bool(
        re.match(r"\(OH\)|['′]", after)
        or (_CHEMICAL.match(after) and not unit_at(text, end + 1))
        or re.match(r",\d+-[a-z]", after)
    )


def _unit(text: str, end: int, digits: bool) -> tuple[Unit, int] | None:
    """The unit after a number and where it ends; None where letters are glued to it that are no unit."""
    between = _BETWEEN.match(text, end)
    for gap in (0, 1, 2, *((between.end() - end,) if between else ())):
        if gap in (1, 2) and not re.fullmatch(r"[\s\u00a0\u2009\u202f-]+", text[end : end + gap]):
            continue
        unit = unit_at(text, end + gap)
        if unit and not (gap == 0 and text[end - 4 : end].isdigit() and text[end : unit[1]] == "s"):  # 1990s
            daily = _DAILY.match(text, unit[1])
            if daily and "/" not in unit[0].dimension and unit[0].dimension in {"g", "U", "L", "mol"}:
                return Unit(unit[0].dimension + "/d", unit[0].factor), daily.end()
            return unit
    glued = text[end : end + 2]
    if (
        digits
        and glued[:1].isalpha()
        and not (glued[0] == "s" and not glued[1:].isalnum())
        and glued[0] not in "x×"
    ):
        return None
    return PLAIN, end


def _bound(before: str) -> tuple[Literal[-1, 0, 1], bool]:
    for pattern, bound, approximate in _BEFORE:
        if pattern.search(before):
            return bound, approximate  # type: ignore[return-value]  # the table holds -1, 0 and 1 only
    return 0, False


def _finished(
    text: str, start: int, end: int, number: float, quantum: float, unit: Unit, before: str, name: str
) -> Quantity:
    """The quantity with its kind (P value, confidence level, age, time point, ratio), bound and sign."""
    bound, approximate = _bound(before)
    sign = _SIGN.search(before)
    if sign and sign["sign"].strip() in {"-", "−", "–"}:
        number = -number
    elif sign:
        bound = -1 if sign["sign"][0] in "<≤" else 1 if sign["sign"][0] in ">≥" else bound
    p_value = _P_VALUE.search(before) if unit == PLAIN and abs(number) <= 1 else None
    if p_value and p_value["sign"]:
        unit = Unit("P", 1.0)
        bound = -1 if p_value["sign"][0] in "<≤l" else 1 if p_value["sign"][0] in ">≥" else 0
    elif unit.dimension == "%" and (_CONFIDENCE.match(text, end) or _CONFIDENCE_BEFORE.search(before)):
        unit = Unit("confidence", 1.0)
    elif unit == PLAIN and name in _TIMES:
        unit = Unit("d", {"day": 1.0, "week": 7.0, "month": 365.25 / 12, "year": 365.25}[name])
        unit = PLAIN if name == "year" and number > 150 else unit
    elif unit == PLAIN and 0 < number <= 120 and (_AGE_BEFORE.search(before) or _AGE_AFTER.match(text, end)):
        unit = Unit("d", 365.25)
    elif unit == PLAIN and _RATIO_BEFORE.search(before):
        unit = Unit("ratio", 1.0)
    if approximate and quantum == 1.0 and number and number % 10 == 0:
        quantum = 10.0 ** (len(str(int(abs(number)))) - len(str(int(abs(number))).rstrip("0")))
    return Quantity(
        text[start:end], start, end, number, number * unit.factor, unit.dimension,
        quantum * unit.factor, bound, approximate,
    )  # fmt: skip


def _spread(text: str, found: Sequence[Quantity]) -> list[Quantity]:
    """A unit that is written once behind a range or a list belongs to every number of it.

    A comma alone makes no list of two: in "Of 300, 12% died" the first number counts people.
    """
    result = list(found)
    for i in range(len(result) - 2, -1, -1):
        left, right = result[i], result[i + 1]
        between = text[left.end : right.start]
        if left.unit not in {"", "ratio"} or right.unit in {"", "ratio", *_FREE, *_GRADED, ":"}:
            continue
        listed = _LIST.match(between) and not (right.unit == "d" and 1900 <= left.number < 2100)
        if listed and _COMMA.match(between):
            shared = right.unit != found[i + 1].unit
            more = i > 0 and _COMMA.match(text[result[i - 1].end : left.start])
            before = text[max(0, left.start - 24) : left.start]
            whole = right.unit == "%" and (left.number > 100 or _WHOLE_BEFORE.search(before))
            listed = bool(shared or more) and not whole
        pressure = right.unit == "mmHg" and between.strip() == "/"
        if right.number and (_RANGE.match(between) or listed or pressure):
            factor = right.value / right.number
            result[i] = replace(
                left, value=left.number * factor, unit=right.unit, quantum=left.quantum * abs(factor)
            )
    return result


def _derived(text: str, found: Sequence[Quantity]) -> Iterator[Quantity]:
    """Readings that a source gives without writing them: 25 % for 12/48, 12 of 48 and Of 48 patients, 12."""
    for left, right in pairwise(found):
        if left.unit or right.unit or left.number % 1 or right.number % 1:
            continue
        between = text[left.end : right.start]
        top, whole = (left, right) if _OVER.match(between) else (right, left)
        of = re.search(
            r"\bof(?:\sthe|\sthese)?\s$", text[max(0, left.start - 12) : left.start], re.IGNORECASE
        )
        if top is right and not (of and re.fullmatch(r"[^.;()]{0,80},\s", between)):
            continue
        if 0 <= top.number <= whole.number and whole.number > 1:
            percent = 100 * top.number / whole.number
            yield Quantity(
                text[left.start : right.end], left.start, right.end, percent, percent, "%", 1e-6, derived=True
            )
    for share in found:
        if share.fraction and (match := _SHARE.fullmatch(share.text)):
            for group in ("top", "whole"):
                number = value_of(match[group])
                yield replace(share, number=number, value=number, unit="", fraction=False, derived=True)
