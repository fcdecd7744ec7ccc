"""From a text with markers to sentences with the numbers they cite, and from numbers to sources.

The grammar of markers is in ``rag.text.markers``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from rag.text.markers import markers, once, strip_markers
from rag.text.sentences import sentences


@dataclass(frozen=True, slots=True)
class CitedSentence:
    """A sentence without its markers, the numbers they hold, and the faults of malformed ones."""

    text: str
    numbers: tuple[int, ...]
    faults: tuple[str, ...] = ()


class Bound(NamedTuple):
    """Numbers split into those that name a source and those that name none (citation errors)."""

    valid: tuple[int, ...]
    unknown: tuple[int, ...]


def cited_sentences(text: str) -> list[CitedSentence]:
    """Split a text into sentences, each with what it cites.

    A marker after the full stop belongs to the sentence before it, and so does a line that holds nothing
    but markers. Leading markers stay with the sentence that they open.
    """
    found = markers(text)
    cited: list[CitedSentence] = []
    for span in sentences(text):
        own = [marker for marker in found if span.start <= marker.start < span.end]
        numbers = once(n for marker in own for n in marker.numbers)
        faults = tuple(f"{marker.text}: {marker.fault}" for marker in own if marker.fault)
        words = strip_markers(span.text).strip()
        if any(map(str.isalnum, words)) or not own or not cited:
            cited.append(CitedSentence(words, numbers, faults))
        else:
            last = cited.pop()
            cited.append(CitedSentence(last.text, once((*last.numbers, *numbers)), last.faults + faults))
    return cited


def bind(numbers: Iterable[int], known: Collection[int]) -> Bound:
    """Split the numbers of a sentence into those that name a known source and those that name none.

    Args:
        numbers: as written.
        known: the numbers of the sources.

    Returns:
        Both in order of first use, each number once. An unknown number is a citation error: it is to be
        recorded, never dropped in silence nor bound to something plausible.
    """
    distinct = once(numbers)
    return Bound(tuple(n for n in distinct if n in known), tuple(n for n in distinct if n not in known))
