"""The grammar of citation markers: ``[1]`` and its kin in a text.

A marker is read only where it can hardly be anything else. What is lost by reading too little is a
citation, and the sentence is then checked against every source or removed; what is lost by reading too
much is a figure of the text (``5 [2-9]``, ``[18F]FDG``), which would escape its check. So doubt means text:

- ``5 [2-9]``: a range right after a bare number is an interval, unless the number is a year or a name
  (``type 2``). ``4 [3, 5]`` and ``40% [35-45]`` are intervals where the value lies inside; ``IQR [2, 9]``
  always is one.
- ``[2022]``: a number above 999 is a year or a count. ``[1](url)`` and ``[1]: url`` are links.
- A superscript is a marker only after a full word or a sentence's punctuation: never in m², 10⁹ or R².
- ``(1)`` is not a marker.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

LONGEST_RANGE = 50
"""A range of more sources than this was not meant."""
_MOST = 999
"""Higher numbers are years and counts."""


@dataclass(frozen=True, slots=True)
class Marker:
    """A marker ``[start:end]`` of a text and its numbers in order, each once.

    ``fault`` says what is wrong with a malformed one, which has no numbers: it binds to nothing.
    """

    text: str
    start: int
    end: int
    numbers: tuple[int, ...]
    fault: str = ""


_NUMBER = r"(?:0|[1-9]\d{0,5})"
_ITEM = rf"(?:[Ss]ources?[^\S\n]?)?{_NUMBER}(?:[^\S\n]?[-–—][^\S\n]?{_NUMBER})?"
_LIST = rf"\^?{_ITEM}(?:[^\S\n]?[,;][^\S\n]?\^?{_ITEM}){{0,39}}"
_SUPER = "[¹²³⁴-⁹][⁰¹²³⁴-⁹]{0,2}"
_MARKER = re.compile(
    rf"""
      (?<!\[)\[(?P<first>{_NUMBER})\][^\S\n]?[-–—][^\S\n]?\[(?P<last>{_NUMBER})\](?![(\]])   # [1]-[3]
    | (?<!\[)\[(?P<list>{_LIST})\](?![(\]])
    | 【(?P<wide>{_LIST})(?:†[^】\n]*)?】
    | 【\d+:\d+†[^】\n]*】                                                       # names no source
    | (?P<super>{_SUPER}(?:(?:,[^\S\n]?|[⁻–-]){_SUPER})*)(?![\w⁰¹²³⁴-⁹⁺⁻])
    """,
    re.VERBOSE,
)
_RANGE = re.compile(rf"({_NUMBER})(?:[^\S\n]?[-–—][^\S\n]?({_NUMBER}))?")
_PLAIN = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")

_NUCLIDE = re.compile(
    r"""\[(?:[23]\]H|1[134]\]C|1[35]\]N|1[58]\]O|18\]F|3[23]\]P|35\]S|(?:12[345]|131)\]I|6[47]\]Cu|68\]Ga
    |82\]Rb|89\]Zr|90\]Y|111\]In|177\]Lu|201\]Tl|22[35]\](?:Ra|Ac))(?![a-z])""",
    re.VERBOSE,
)
_INSIDE_LIST = re.compile(r"[\[【](?:[Ss]ources?)?[\d\s,;^–—-]*\Z|【[^】\n]*\Z")
_VALUE = re.compile(
    r"""(?<![\w.,-])(?P<value>\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?)
    (?P<unit>[^\S\n]?(?:%|°C|[mµnk]?g|[mµdk]?[lL]|[mck]?m|h|hours?|min|minutes?|s|seconds?|days?|weeks?
        |months?|years?|points?|mmHg|mm\ Hg|[mµn]?mol/[lL]|mg/d[lL]|IU|U|kPa))?
    [^\S\n]?\Z""",
    re.VERBOSE,
)
_NAMES_AN_INTERVAL = re.compile(
    r"\b(?:CI|CrI|IQR|HDI|range|interval|quartiles?|limits?)[:,=]?[^\S\n]?\Z", re.IGNORECASE
)
_NAME = re.compile(
    r"\b(?:type|phase|grade|stage|class|group|level|table|figure|step|arm|cohort|study|trial|source)s?\s+\Z",
    re.IGNORECASE,
)
_INTERVAL = re.compile(rf"({_NUMBER})[^\S\n]?([-–—,])[^\S\n]?({_NUMBER})\Z")
_WORD_END = re.compile(r"[^\W\d_⁰¹²³⁴-⁹]+\Z")
_SQUARED = re.compile(
    r"(?:chi|eta|kappa|lambda|omega|rho|sigma|tau|feet|foot|inch|met(?:er|re)s?|min|mol|pixels?|sec)\Z",
    re.IGNORECASE,
)
_REACH = 1_000
"""How far back a rule looks: no list of numbers is longer."""
_NEAR = 60
"""How far back a value and its unit may begin."""


def markers(text: str) -> list[Marker]:
    """Find the citation markers of a text, malformed ones included, in order."""
    return [
        Marker(match[0], match.start(), match.end(), *_read(match))
        for match in _MARKER.finditer(text)
        if _is_marker(text, match)
    ]


def numbers_in(text: str) -> tuple[int, ...]:
    """The numbers that the markers of a text hold, in order of first use, each once."""
    return once(n for marker in markers(text) for n in marker.numbers)


def strip_markers(text: str) -> str:
    """Remove every marker, malformed ones too, and the space it leaves; touch nothing else."""
    while found := markers(text):  # what is left can, rarely, read as a marker itself
        text = _without(text, found)
    return text


def render(numbers: Iterable[int]) -> str:
    """The canonical marker of some numbers: ``[1,2]``, ascending, each once; empty for none."""
    ordered = sorted(set(numbers))
    return f"[{','.join(map(str, ordered))}]" if ordered else ""


def add_markers(text: str, numbers: Iterable[int]) -> str:
    """Put the canonical marker at the end of a sentence, before its full stop.

    After a full stop that a quotation or a parenthesis encloses, the marker follows what closes it: a
    quotation is never changed. Where ``4 [3,5]`` would read as an interval, the marker is ``[3][5]``.
    ``strip_markers`` gives ``text`` back.
    """
    marker = render(numbers)
    if not marker:
        return text
    body = text.rstrip()
    words = body.rstrip(".!?…")
    if _is_interval(marker[1:-1], f"{words} "[-_NEAR:]):
        marker = marker.replace(",", "][")
    if not words or words == body or words.endswith(tuple("\"'”’»)")):
        return f"{body} {marker}".lstrip()
    return f"{words} {marker}{body[len(words) :]}"


def once(numbers: Iterable[int]) -> tuple[int, ...]:
    """Each number once, in order of first use."""
    return tuple(dict.fromkeys(numbers))


def _read(match: re.Match[str]) -> tuple[tuple[int, ...], str]:
    """The numbers of a marker, or none and what is wrong with it."""
    if match["first"]:
        items = [(match["first"], match["last"])]
    else:
        listed = match["list"] or match["wide"] or (match["super"] or "").translate(_PLAIN)
        items = _RANGE.findall(listed)
    if not items:
        return (), "names no source number"
    numbers: list[int] = []
    for first, last in items:
        low, high = int(first), int(last or first)
        if low > high:
            return (), "descending range"
        if high - low >= LONGEST_RANGE:
            return (), f"range of more than {LONGEST_RANGE} sources"
        if low == 0 or high > _MOST:
            return (), f"source numbers run from 1 to {_MOST}"
        numbers += range(low, high + 1)
    return once(numbers), ""


def _is_marker(text: str, match: re.Match[str]) -> bool:
    before = text[max(0, match.start() - _REACH) : match.start()]
    if _INSIDE_LIST.search(before):
        return False
    if match["super"]:
        return _is_raised_marker(match["super"], before[-_NEAR:])
    if match[0].startswith("【"):
        return True
    if all(int(number) > _MOST for number in re.findall(r"\d+", match[0])):
        return False
    opens_line = not before.rpartition("\n")[2].strip()
    if opens_line and text[match.end() : match.end() + 1] == ":":
        return False  # the definition of a link or a footnote
    if _NUCLIDE.match(text, match.start()):
        return False
    return not _is_interval(match["list"] or "", before[-_NEAR:])


def _is_interval(listed: str, before: str) -> bool:
    """Whether ``value [listed]`` is a measured value with its interval."""
    pair = _INTERVAL.match(listed)
    if pair is None:
        return False
    if _NAMES_AN_INTERVAL.search(before):
        return True
    value = _VALUE.search(before)
    if value is None:
        return False
    number = float(value["value"].replace(",", ""))
    if not value["unit"] and pair[2] != ",":
        is_year = value["value"].isdigit() and 1900 <= number <= 2100
        return not is_year and not _NAME.search(before[: value.start()])
    return int(pair[1]) <= number <= int(pair[3])


def _is_raised_marker(raised: str, before: str) -> bool:
    """Whether superscript digits cite, rather than square, charge or count."""
    power = raised in ("²", "³")
    word = _WORD_END.search(before)
    if word is None:
        return before[-1:] in tuple(".,;:!?\"'”’]】") or (before[-1:] == ")" and not power)
    return len(word[0]) > 2 and not (power and _SQUARED.match(word[0]))


def _without(text: str, found: list[Marker]) -> str:
    """The text without these markers; markers in a row leave one gap."""
    clean, end = text[: found[0].start], found[0].end
    for marker in found[1:]:
        between = text[end : marker.start]
        if between.strip(" \t\u00a0,;"):
            clean = _join(clean, between)
        end = marker.end
    return _join(clean, text[end:])


def _join(left: str, right: str) -> str:
    """Close the gap that a marker left between two pieces of text."""
    head, tail = left.rstrip(" \t\u00a0"), right.lstrip(" \t\u00a0")
    if not head or not tail or head[-1] == "\n" or tail[0] == "\n":
        return head + tail
    closes = tail[0] in ".,;:!?)]}…%" and not tail[1:2].isdigit()
    spaced = head != left or tail != right
    words = tail[0].isdigit() or (head[-1].isalnum() and tail[0].isalnum())
    return f"{head} {tail}" if words or (spaced and not closes) else head + tail
