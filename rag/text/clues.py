"""Clues in title, abstract and MeSH headings to what a record studies and how, counted in points.

``clues.toml`` holds the table: for each kind of object (``what``: people, animals, the laboratory ...) and
for each design of a study of people (``how``) the words that point to it, with points. Each clue counts
once, twice if the title has it; a MeSH heading counts once.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal, NamedTuple

TABLE = Path(__file__).with_name("clues.toml")
LONGEST = 5
"""Words that a clue may have."""
SHORTEST = 4
"""Letters that the beginning of a word may have where it stands for every word that begins so."""
_WORD = re.compile(r"[a-z]+|\d+(?:[.,]\d+)*")
_NUMBERS = frozenset(("four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen"))
"""Words for ``#``; two and three stand for themselves, for so few cases are a report."""

Part = Literal["what", "how"]


class Clue(NamedTuple):
    """What points to ``name``: words or a MeSH heading, as the record writes them."""

    name: str
    points: int
    words: str
    heading: bool = False


@dataclass(frozen=True, slots=True)
class Clues:
    """The clues of one record to the names of one part of the table, and the points of each name."""

    found: tuple[Clue, ...]
    points: dict[str, int]

    def best(self, least: int = 1) -> Clue | None:
        """The strongest clue to the name with the most points; None if no name has ``least``."""
        name = max(self.points, key=self.points.__getitem__, default="")
        return self.strongest(name) if self.points.get(name, 0) >= least else None

    def strongest(self, name: str) -> Clue | None:
        """The clue to ``name`` with the most points, if there is one."""
        return max(
            (clue for clue in self.found if clue.name == name), key=lambda clue: clue.points, default=None
        )


class _Row(NamedTuple):
    """A name of one part of the table with the points that one clue gives it."""

    part: Part
    name: str
    points: int


class _Table(NamedTuple):
    """Rows by phrase and by MeSH heading, and the first words of all phrases."""

    phrases: dict[str, tuple[_Row, ...]]
    headings: dict[str, tuple[_Row, ...]]
    first: frozenset[str]


def clues(title: str, text: str, headings: Iterable[str]) -> dict[Part, Clues]:
    """Count the clues of a record for both parts of the table.

    Args:
        title: the title, whose clues count twice.
        text: the abstract, without words about other studies.
        headings: the MeSH descriptors.
    """
    table = _table()
    said = {**_phrases(table, text, 1), **_phrases(table, title, 2)}
    found: dict[Part, list[Clue]] = {"what": [], "how": []}
    for phrase, (words, times) in said.items():
        for row in table.phrases[phrase]:
            found[row.part].append(Clue(row.name, row.points * times, words))
    for heading in sorted(headings):
        for row in table.headings.get(heading, ()):
            found[row.part].append(Clue(row.name, row.points, heading, heading=True))
    return {part: Clues(tuple(listed), _sums(listed)) for part, listed in found.items()}


def _sums(listed: Iterable[Clue]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for clue in listed:
        sums[clue.name] = sums.get(clue.name, 0) + clue.points
    return sums


def _phrases(table: _Table, text: str, times: int) -> dict[str, tuple[str, int]]:
    """Each phrase of the table that ``text`` has, with the words of the text and how often it counts."""
    matches = list(_WORD.finditer(text.lower()))
    forms = [_form(match[0]) for match in matches]
    said = {}
    for start, phrase in enumerate(forms):
        if phrase not in table.first:
            continue
        for end in range(start, min(start + LONGEST, len(forms))):
            phrase = phrase if end == start else f"{phrase} {forms[end]}"
            if phrase in table.phrases:
                said[phrase] = (text[matches[start].start() : matches[end].end()], times)
    return said


@cache
def entries() -> tuple[tuple[_Row, str, str], ...]:
    """Every entry of the table: its row, ``words`` or ``mesh``, and the phrase or heading as written."""
    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    parts: tuple[Part, ...] = ("what", "how")
    return tuple(
        (_Row(part, name, int(points)), kind, entry)
        for part in parts
        for name, kinds in table[part].items()
        for kind, by_points in kinds.items()
        for points, entries in by_points.items()
        for entry in entries
    )


@cache
def _beginnings() -> frozenset[str]:
    words = (word for _, kind, entry in entries() if kind == "words" for word in entry.split())
    return frozenset(word[:-1] for word in words if word[-1] == "*")


@lru_cache(maxsize=50_000)
def _form(word: str) -> str:
    """How the table writes ``word``: ``#`` for a number, else its beginning, else the word itself."""
    if word[0] == "#" or word[0].isdigit() or word in _NUMBERS:
        return "#"
    ends = range(len(word), SHORTEST - 1, -1)
    return next((word[:end] for end in ends if word[:end] in _beginnings()), word)


@cache
def _table() -> _Table:
    phrases: dict[str, tuple[_Row, ...]] = {}
    headings: dict[str, tuple[_Row, ...]] = {}
    for row, kind, entry in entries():
        if kind == "mesh":
            headings[entry] = (*headings.get(entry, ()), row)
        else:
            phrase = " ".join(_form(word.rstrip("*")) for word in entry.split())
            others = tuple(one for one in phrases.get(phrase, ()) if one[:2] != row[:2])
            phrases[phrase] = (*others, row)
    return _Table(phrases, headings, frozenset(phrase.split()[0] for phrase in phrases))
