"""Words of medical text made comparable: folding, stems, concepts with their names, how rare a word is.

Concepts are in ``concepts.toml``, abbreviations in ``abbreviations.toml``; how many of some ten thousand
PubMed records hold a stem is in ``frequencies.tsv`` (made by ``training/frequencies.py``).
"""

from __future__ import annotations

import math
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from rag.text.snowball import snowball

_FOLDER = Path(__file__).parent
_WORD = re.compile(r"[^\W_]+(?:['’][^\W\d_]+)?")

STOP_WORDS = frozenset(
    """a about above after again against all also am among an and any are as at be because been before being
    below between both but by can could did do does doing during each either few for from further had has
    have having he her here hers him his how i if in into is it its itself just me might more most must my
    need no nor not now of off on once only or other our out over own per same shall she should so some such
    than that the their them then there these they this those through to too toward towards under until up
    upon us use used using very via versus vs was we were what when where whether which while who whom whose
    why will with within without would yet you your really still ever much many may one""".split()  # noqa: SIM905
)
"""Words that carry grammar only."""

_SPELLINGS = (
    (re.compile(r"(?<=[b-df-hj-np-tv-z])ae|^ae(?!r)"), "e"),  # ischaemia, haemorrhage, aetiology
    (re.compile(r"(?<!sh)oe(?=[dsmn]|tal|t?us)|^oe"), "e"),  # oedema, oesophagus, diarrhoea's kin
    (re.compile(r"rrhoe"), "rrhe"),
    (re.compile(r"(?<=[a-z]{2})our(?=$|s$|al$|ed$|ing$|ist|ect)"), "or"),  # tumour, behaviour
    (re.compile(r"is(?=ation|ations$|e$|ed$|es$|ing$)(?<=[a-z]{4})"), "iz"),  # immunisation
    (re.compile(r"ys(?=e$|ed$|es$)"), "yz"),  # analyse, dialyse
    (re.compile(r"sulph"), "sulf"),
    (re.compile(r"(?<=[bt])re$"), "er"),  # fibre, centre
)
_ENDINGS = (
    (re.compile(r"(?<=[a-z]{3})(?:osi|ot|otic)$"), "os"),  # thrombosis, thrombotic
    (re.compile(r"(?<=[a-z]{4})(?:ia|a|um|us|al|ic)$"), ""),  # ischemia, ischemic
)
_IRREGULAR = {
    "children": "child",
    "men": "man",
    "women": "woman",
    "mice": "mouse",
    "feet": "foot",
    "teeth": "tooth",
    "surgical": "surgery",
    "surgically": "surgery",
    "paediatric": "pediatric",
    "efficacious": "efficacy",
    "spine": "spinal",
    "fetus": "fetal",
    "diagnoses": "diagnosis",
    "diagnosed": "diagnosis",
    "diagnose": "diagnosis",
    "diagnostic": "diagnosis",
    "diagnosing": "diagnosis",
    "prognostic": "prognosis",
}


def fold(text: str) -> str:
    """Lower-case ``text`` with compatibility forms and accents folded: ``Guérin`` to ``guerin``."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c)).lower()


def words(text: str) -> list[str]:
    """The folded words of ``text`` in order, without punctuation; ``Parkinson's`` gives ``parkinson``."""
    return [re.sub(r"['’].*", "", word) for word in _WORD.findall(fold(text))]


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """Reduce one folded word to what its spellings and inflections share.

    British spellings become American, then Snowball's English stemmer (Porter 2001) runs, then endings
    that separate noun from adjective in medical Greek are cut: ischaemia, ischemic -> ``ischem``.
    """
    word = _IRREGULAR.get(word, word)
    for pattern, replacement in _SPELLINGS:
        word = pattern.sub(replacement, word)
    word = snowball(word)
    for pattern, replacement in _ENDINGS:
        word = pattern.sub(replacement, word)
    return word


def stems(text: str) -> list[str]:
    """Stems of the words of ``text`` that carry meaning, in order."""
    return [stem(word) for word in words(text) if word not in STOP_WORDS]


@cache
def _frequencies() -> tuple[int, dict[str, int]]:
    lines = (_FOLDER / "frequencies.tsv").read_text(encoding="utf-8").splitlines()
    counts = dict(line.split("\t") for line in lines)
    total = int(counts.pop("#records"))
    return total, {word: int(count) for word, count in counts.items()}


@lru_cache(maxsize=65536)
def rarity(stem_: str) -> float:
    """How telling a stem is: inverse document frequency in PubMed records, natural logarithm.

    Stems too rare for the table count as met in one record (Spärck Jones 1972).
    """
    total, counts = _frequencies()
    return math.log(total / counts.get(stem_, 1))


@dataclass(frozen=True, slots=True)
class Concept:
    """One clinical concept: its names, the narrower names it takes in, and the concepts it is mistaken for.

    ``stems`` and ``member_stems`` are the same names as stems, to be found in text.
    """

    name: str
    kind: str
    mesh: str
    names: tuple[str, ...]
    members: tuple[str, ...]
    stems: tuple[tuple[str, ...], ...]
    member_stems: tuple[tuple[str, ...], ...]
    twins: tuple[str, ...]
    urgent: bool


@cache
def concepts() -> dict[str, Concept]:
    """Every concept of ``concepts.toml`` by its preferred name."""
    with (_FOLDER / "concepts.toml").open("rb") as file:
        table = tomllib.load(file)
    found: dict[str, Concept] = {}
    for kind, entries in table.items():
        for name, entry in entries.items():
            names, members = (name, *entry["terms"]), tuple(entry.get("members", ()))
            mesh = entry.get("mesh", "")
            found[name] = Concept(
                name,
                kind,
                mesh,
                names,
                members,
                _variants((*names, mesh)),
                _variants(members),
                tuple(entry.get("twins", ())),
                entry.get("urgent", False),
            )
    return found


def _variants(names: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    """The names as stems; a single word met in one record of seven names nothing (the heading "Aged")."""
    variants = dict.fromkeys(tuple(stems(name)) for name in names)
    return tuple(each for each in variants if weight(each) > 2.0)


def positions(text_stems: Sequence[str]) -> dict[str, list[int]]:
    """Where each stem stands in ``text_stems``."""
    found: dict[str, list[int]] = {}
    for index, each in enumerate(text_stems):
        found.setdefault(each, []).append(index)
    return found


def occurrences(variant: Sequence[str], where: dict[str, list[int]]) -> list[frozenset[int]]:
    """Where the stems of ``variant`` stand together, in any order, with at most one stem between.

    Args:
        variant: the stems of one name.
        where: ``positions`` of a text.

    Returns:
        For each place the positions of its stems.
    """
    if any(each not in where for each in variant):
        return []
    width = len(variant) + (1 if len(variant) > 1 else 0)
    found = []
    for start in where[variant[0]]:
        near = [min(where[each], key=lambda place: abs(place - start)) for each in variant[1:]]
        if all(abs(place - start) < width for place in near):
            found.append(frozenset((start, *near)))
    return found


@cache
def _by_stem(members: bool) -> dict[str, list[tuple[tuple[str, ...], str]]]:
    index: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for concept in concepts().values():
        for variant in (*concept.stems, *(concept.member_stems if members else ())):
            index.setdefault(variant[0], []).append((variant, concept.name))
    return index


Places = list[frozenset[int]]
"""Where a concept is named: for each place the positions of the stems that name it."""


def mentioned(text: str) -> dict[str, Places]:
    """The concepts that ``text`` names, each with its places in ``stems(text)``.

    A name within a longer name does not count: "spinal cord stroke" is no mention of stroke. Nor does a
    narrower name: apixaban is no mention of its class.
    """
    every = named(positions(stems(text)))
    return {name: kept for name, places in every.items() if (kept := outermost(name, places, every))}


def named(where: dict[str, list[int]], members: bool = False) -> dict[str, Places]:
    """Every concept named in a text whose stems are placed, names within longer names included.

    Args:
        where: ``positions`` of the text.
        members: count narrower names too.
    """
    index = _by_stem(members)
    found: dict[str, set[frozenset[int]]] = {}
    for each in where:
        for variant, name in index.get(each, ()):
            places = occurrences(variant, where)
            if places:
                found.setdefault(name, set()).update(places)
    return {name: sorted(places, key=min) for name, places in found.items()}


def named_in(text: str) -> dict[str, Places]:
    """Every concept that ``text`` names, names within longer names and narrower names included."""
    return named(positions(stems(text)), members=True)


def outermost(name: str, places: Places, every: dict[str, Places]) -> Places:
    """Those ``places`` of ``name`` that do not lie within a longer name of another concept of ``every``."""
    others = [other for each, theirs in every.items() if each != name for other in theirs]
    return [place for place in places if not any(place < other for other in others)]


def takes_in(wider: str, narrower: str) -> bool:
    """Whether a name of the concept ``narrower`` is a member of ``wider``: warfarin of anticoagulation."""
    return bool(set(concepts()[wider].member_stems) & set(concepts()[narrower].stems))


def kinds(text: str) -> set[str]:
    """The kinds of the concepts that ``text`` names, narrower names included."""
    every = named_in(text)
    return {concepts()[name].kind for name, places in every.items() if outermost(name, places, every)}


@cache
def abbreviations() -> dict[str, tuple[tuple[str, tuple[str, ...]], ...]]:
    """Every abbreviation with its readings, likeliest first, each with the word beginnings that cue it."""
    with (_FOLDER / "abbreviations.toml").open("rb") as file:
        table = tomllib.load(file)
    readings: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
        short: ((meaning, ()),) for short, meaning in table["common"].items()
    }
    for short, meanings in table["twins"].items():
        readings[short] = tuple((meaning, tuple(cues.split())) for meaning, cues in meanings.items())
    return readings


def weight(text_stems: Iterable[str]) -> float:
    """Sum of the rarities of the stems."""
    return sum(rarity(each) for each in text_stems)
