"""Whether other words say, or ask, the same, as far as closed vocabularies and a table of concepts can tell.

Most of what makes two texts differ is a word that is in one and not in the other: a rare one (a drug, a
disease), a figure, a negation, a direction, a cause, a group of people. Whatever is left is framing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields

from rag.records import Pico
from rag.text import pico, terms, words
from rag.text.advice import advice
from rag.text.glossary import everyday
from rag.text.quantities import quantities

TELLING = 4.0
"""A word at least this rare says something: met in fewer than 1 of 50 records."""
NAMING = 2.5
"""A word at least this rare names an element of a question: met in fewer than 1 of 12 records."""
_FRAMING = frozenset(terms.stems("ok okay please give given pt pts w question evidence"))
"""Words that are rare in abstracts and frame a question all the same."""

ELEMENTS = tuple(one.name for one in fields(Pico))


def asks_the_same(before: str, after: str) -> bool:
    """Whether another wording of a question loses, adds and turns nothing, and tells nobody what to do.

    Args:
        before: the question as the rules understand it.
        after: the question in other words, its abbreviations expanded.
    """
    apart = _apart(before, after) - _FRAMING
    return (
        not any(terms.rarity(stem) >= TELLING or not stem.isalpha() for stem in apart)
        and not apart & (_weighty(before) | _weighty(after))
        and words.negations(before) == words.negations(after)
        and (advice(after) is None or advice(before) is not None)
        and _groups(before) == _groups(after)
        and keeps_roles(pico.read(before), pico.read(after))
    )


def changed(before: str, after: str) -> str | None:
    """What another wording of a statement changes that no wording may change, or None.

    Args:
        before: the statement, without markers.
        after: the same in other words.

    Returns:
        The first of these that is not as it was: figures, denial, doubt, certainty, cause, direction,
        significance, people, obligation, names and rare words (but for the everyday words of
        ``glossary.toml``), and the order in which things are named.
    """
    return next((name for name, kept in _kept(before, after) if not kept), None)


def _kept(before: str, after: str) -> Iterator[tuple[str, bool]]:
    yield "figures", _figures(before) == _figures(after)
    yield "negation", words.negations(before) == words.negations(after)
    yield "negation", words.null_result(before) == words.null_result(after)
    yield "hedges", _hedges(before) == _hedges(after)
    yield "certainty", words.certainties(after) <= words.certainties(before)
    yield "cause", words.causal(after) <= words.causal(before)
    yield "cause", bool(words.associative(before)) == bool(words.associative(after))
    yield "direction", _directions(before) == _directions(after)
    yield "significance", ("significan" in before.lower()) == ("significan" in after.lower())
    yield "people", words.populations(before) == words.populations(after)
    yield "obligation", _obligations(before) == _obligations(after)
    swapped = _swapped(before, after)
    apart = _apart(before, after) - set(terms.stems(swapped))
    yield "names", not any(terms.rarity(stem) >= TELLING for stem in apart)
    renamed = terms.mentioned(before).keys() ^ terms.mentioned(after).keys()
    yield "names", renamed <= terms.mentioned(swapped).keys()
    yield "order", _order(before, after) == _order(after, before)


def _figures(text: str) -> list[tuple[float, str, int, bool]]:
    return [(one.value, one.unit, one.bound, one.approximate) for one in quantities(text)]


_STRONG = re.compile(r"\b(?:probabl\w+|likely)\b", re.IGNORECASE)
_OBLIGATION = re.compile(
    r"\b(?:should|must|ought|shall|needs? to|ha(?:s|ve|d) to|recommend\w*|advis\w+)\b", re.IGNORECASE
)


def _hedges(text: str) -> tuple[int, int]:
    """How many words of doubt, and how many of them leave little of it."""
    return words.hedges(text), len(_STRONG.findall(text))


def _obligations(text: str) -> int:
    return len(_OBLIGATION.findall(text))


def _directions(text: str) -> tuple[bool, ...]:
    return tuple(bool(each) for each in words.directions(text))


def _swapped(before: str, after: str) -> str:
    """The medical words that gave way to everyday ones, with these."""
    said = f" {' '.join(terms.words(after))} "
    return "; ".join(
        f"{medical}; {each}"
        for medical, plain in everyday(before).items()
        for each in plain
        if f" {' '.join(terms.words(each))} " in said
    )


def _order(one: str, other: str) -> list[str]:
    """The words that name something in both texts, in the order of the first."""
    common = set(terms.stems(other))
    named = (stem for stem in terms.stems(one) if stem in common and terms.rarity(stem) >= NAMING)
    return list(dict.fromkeys(named))


def keeps_roles(before: Pico, after: Pico) -> bool:
    """Whether all that was named is named still, and what was compared with what.

    Population and outcome run into each other ("for the prevention of migraine in adults"): one may take up
    the other, but neither may be replaced by it.
    """
    old, new = ({name: _named(getattr(one, name)) for name in ELEMENTS} for one in (before, after))
    everything = frozenset().union(*new.values())
    return all(
        named <= everything
        and (not named or bool(named & new[name]) or (name in ("population", "outcome") and not new[name]))
        for name, named in old.items()
    )


def _named(element: str) -> frozenset[str]:
    """The concepts that an element names, and the stems of its other words that are not common."""
    known = terms.mentioned(element)
    inside = {place for places in known.values() for each in places for place in each}
    loose = (stem for place, stem in enumerate(terms.stems(element)) if place not in inside)
    return frozenset((*known, *(stem for stem in loose if terms.rarity(stem) >= NAMING)))


def _apart(before: str, after: str) -> frozenset[str]:
    """The stems in one text only, but for names of a concept that both name."""
    one, other = terms.stems(before), terms.stems(after)
    named, also = terms.mentioned(before), terms.mentioned(after)
    covered = {
        text[place]
        for text, found in ((one, named), (other, also))
        for name in named.keys() & also.keys()
        for places in found[name]
        for place in places
    }
    return frozenset(set(one) ^ set(other)) - covered


def _weighty(text: str) -> frozenset[str]:
    """The stems of the words of a text that give a direction, a cause or a denial."""
    return frozenset(
        terms.stem(terms.fold(word))
        for word in words.words(text)
        if any(words.directions(word))
        or words.causal(word)
        or words.associative(word)
        or words.negations(word)
    )


def _groups(text: str) -> dict[str, frozenset[str]]:
    """The groups of people or animals that a text names; that they are people goes without saying."""
    found = {axis: groups - {"humans"} for axis, groups in words.populations(text).items()}
    return {axis: groups for axis, groups in found.items() if groups}
