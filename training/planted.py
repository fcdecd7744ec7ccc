"""Pairs made from real sentences: a faithful rewrite (SUPPORT), or one planted change.

A change of figure, unit, direction, negation, group, population, name or period contradicts the sentence; a
loss of caution goes beyond it; a neighbouring sentence is left open by it.
"""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path

from rag.text.quantities import quantities
from training.pairs import Pair

Change = Callable[[str, random.Random], "str | None"]


def _substitute(pairs: Sequence[tuple[str, str]], both: bool) -> Change:
    """A change that replaces one occurrence of one pattern, chosen by chance."""
    table = [*pairs, *((b, a) for a, b in pairs)] if both else pairs
    compiled = [(re.compile(rf"\b(?:{have})\b"), put) for have, put in table]

    def change(text: str, draw: random.Random) -> str | None:
        edits = [(m, put) for pattern, put in compiled for m in pattern.finditer(text)]
        if not edits:
            return None
        match, put = draw.choice(edits)
        return text[: match.start()] + match.expand(put) + text[match.end() :]

    return change


_WORDS = {
    name: _substitute(table["pairs"], table["both"])
    for name, table in tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")).items()
}


def _figure(text: str, draw: random.Random) -> str | None:
    found = [one for one in quantities(text) if re.search(r"\d", one.text)]
    if not found:
        return None
    one = draw.choice(found)
    digits = re.search(r"\d+", one.text)
    assert digits is not None
    value = int(digits.group())
    new = draw.choice([value + draw.choice((1, 2, 3, 5, 7, 10, 20)), max(0, value - draw.choice((1, 2, 4)))])
    start = one.start + digits.start()
    return text[:start] + str(new) + text[start + len(digits.group()) :] if new != value else None


_SIDES = re.compile(
    r"\bin (?:the )?(\w+(?: \w+)?) (?:group )?(?:than|compared with|compared to|versus|vs\.?) "
    r"(?:in )?(?:the )?(\w+(?: \w+)?)(?: group)?\b"
)


def _swapped(text: str, draw: random.Random) -> str | None:
    """The sentence with the two groups of a comparison changing places."""
    match = _SIDES.search(text)
    if not match or match[1].lower() == match[2].lower():
        return None
    a, b = match.span(1), match.span(2)
    return text[: a[0]] + match[2] + text[a[1] : b[0]] + match[1] + text[b[1] :]


def shortened(text: str, draw: random.Random) -> str | None:
    """The sentence without its brackets and its opening connective."""
    bare = re.sub(r"\s*[(\[][^()\[\]]*[)\]]", "", text)
    bare = re.sub(
        r"^(?:However|Moreover|Furthermore|In addition|Additionally|Overall|In conclusion),\s+", "", bare
    )
    return bare[:1].upper() + bare[1:] if bare != text else None


def _reordered(text: str, draw: random.Random) -> str | None:
    """The sentence with its opening phrase of setting or time put last."""
    match = re.fullmatch(r"((?:In|After|During|Among|At|For|With) [^,()]{5,60}), ([a-z][^;]*)\.", text)
    return f"{match[2][:1].upper()}{match[2][1:]} {match[1][:1].lower()}{match[1][1:]}." if match else None


_CONTRADICTING: dict[str, Change] = {
    "number": _figure,
    "direction": _WORDS["direction"],
    "negation": _WORDS["negation"],
    "swap": _swapped,
    "population": _WORDS["population"],
    "name": _WORDS["names"],
    "period": _WORDS["period"],
}
_FAITHFUL: dict[str, Change] = {
    "synonyms": _WORDS["synonyms"],
    "shortened": shortened,
    "reordered": _reordered,
}


def planted(articles: Sequence[tuple[str, list[str]]], most: int, draw: random.Random) -> list[Pair]:
    """Make ``most`` pairs, a sentence each: some 2 in 5 changed, 2 in 5 faithful, 1 in 5 left open."""
    pool = [
        (name, parts, i)
        for name, parts in articles
        for i, text in enumerate(parts)
        if 9 <= len(text.split()) <= 42 and text[:1].isupper() and text.endswith(".")
    ]
    draw.shuffle(pool)
    found: list[Pair] = []
    for name, parts, i in pool:
        if len(found) == most:
            break
        premise = _around(parts, i, draw)
        made = _made(parts, i, draw)
        if made:
            kind, text, label = made
            if kind == "neighbour":
                premise = parts[i]
            found.append(Pair("planted", name, premise, text, label, kind))
    return found


def _around(parts: Sequence[str], i: int, draw: random.Random) -> str:
    way = draw.random()
    shown = {i}
    if way < 0.6:
        shown.add(max(0, min(len(parts) - 1, i + draw.choice((-1, 1)))))
    return " ".join(parts[j] for j in sorted(shown))


def _made(parts: Sequence[str], i: int, draw: random.Random) -> tuple[str, str, str] | None:
    text, way = parts[i], draw.random()
    base = _rewritten(text, draw) or text
    if way < 0.40:
        kinds = list(_CONTRADICTING)
        draw.shuffle(kinds)
        for kind in kinds:
            changed = _CONTRADICTING[kind](base, draw)
            if changed:
                return kind, changed, "CONTRADICT"
        return None
    if way < 0.80:
        return "faithful", base, "SUPPORT"
    if way < 0.92 and (changed := _WORDS["overclaim"](base, draw)):
        return "overclaim", changed, "NOT_ENOUGH_INFO"
    j = i + draw.choice((-2, -1, 1, 2))
    if not 0 <= j < len(parts) or len(parts[j].split()) < 9:
        return None
    other = parts[j]
    return "neighbour", _rewritten(other, draw) or other, "NOT_ENOUGH_INFO"


def _rewritten(text: str, draw: random.Random) -> str | None:
    """One to four faithful changes one after the other."""
    now = text
    for _ in range(draw.randint(1, 4)):
        now = _FAITHFUL[draw.choice(list(_FAITHFUL))](now, draw) or now
    return now if now != text else None
