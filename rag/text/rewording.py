"""Whether other words ask the same, as far as closed vocabularies and a table of concepts can tell.

Most of what makes two questions differ is a word that is in one and not in the other: a rare one (a drug, a
disease), a figure, a negation, a direction, a cause, a group of people. Whatever is left is framing.
"""

from __future__ import annotations

from dataclasses import fields

from rag.records import Pico
from rag.text import pico, terms, words

TELLING = 4.0
"""A word at least this rare says something: met in fewer than 1 of 50 records."""
NAMING = 2.5
"""A word at least this rare names an element of a question: met in fewer than 1 of 12 records."""
_FRAMING = frozenset(terms.stems("ok okay please give given pt pts w question evidence"))
"""Words that are rare in abstracts and frame a question all the same."""

ELEMENTS = tuple(one.name for one in fields(Pico))


def asks_the_same(before: str, after: str) -> bool:
    """Whether another wording of a question loses, adds and turns nothing.

    Args:
        before: the question as the rules understand it.
        after: the question in other words, its abbreviations expanded.
    """
    apart = _apart(before, after) - _FRAMING
    return (
        not any(terms.rarity(stem) >= TELLING or not stem.isalpha() for stem in apart)
        and not apart & (_weighty(before) | _weighty(after))
        and words.negations(before) == words.negations(after)
        and _groups(before) == _groups(after)
        and keeps_roles(pico.read(before), pico.read(after))
    )


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
