"""Cut an article into passages: its title, and each section in windows of whole sentences."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from math import ceil

from rag.records import TITLE, Article, Passage, Span
from rag.text.sentences import sentences

MAX_WORDS = 160
"""About what an embedder that reads 256 word pieces sees of medical English, with some room for a title."""
FORM = 1
"""Raised when passages are cut, or their text to embed is put together, in another way."""

_WORD = re.compile(r"\S+")


def passages(article: Article) -> list[Passage]:
    """The passages of an article in reading order; together they hold every word of it.

    Args:
        article: offsets of the passages are those of its stored title and section texts.

    Returns:
        The title, if there is one, then the windows of each section. A passage's id is a hash of its
        content and place, so a text that changed has another id.
    """
    title = [_passage(article, -1, TITLE, window) for window in windows(article.title)]
    return title + [
        _passage(article, index, section.label, window)
        for index, section in enumerate(article.sections)
        for window in windows(section.text)
    ]


def embedded(article: Article, passage: Passage) -> str:
    """What an embedder reads of a passage: its own words under the title of its article."""
    if passage.section == -1 or not article.title.strip():
        return passage.text
    return f"{article.title.strip()}\n{passage.text}"


def windows(text: str, most: int = MAX_WORDS) -> list[Span]:
    """Cut a text into runs of whole sentences of about equal length.

    Args:
        text: any text; one without words has no windows.
        most: words a window may have. A sentence that is longer by itself is cut between words.

    Returns:
        Exact slices in order, without white space around them; no word is lost or repeated.
    """
    pieces = [piece for span in sentences(text) for piece in _pieces(span, most)]
    sizes = [len(_WORD.findall(piece.text)) for piece in pieces]
    if not (total := sum(sizes)):
        return []
    aim = total / ceil(total / most)
    groups: list[list[Span]] = [[]]
    held = 0
    for piece, size in zip(pieces, sizes, strict=True):
        if held and (held >= aim or held + size > most):
            groups.append([])
            held = 0
        groups[-1].append(piece)
        held += size
    return [_slice(text, group) for group in groups]


def _pieces(sentence: Span, most: int) -> Iterator[Span]:
    words = list(_WORD.finditer(sentence.text))
    for first in range(0, len(words), most):
        last = words[min(first + most, len(words)) - 1]
        start, end = words[first].start(), last.end()
        yield Span(sentence.text[start:end], sentence.start + start, sentence.start + end)


def _slice(text: str, group: Sequence[Span]) -> Span:
    start, end = group[0].start, group[-1].end
    return Span(text[start:end], start, end)


def _passage(article: Article, section: int, label: str, window: Span) -> Passage:
    content = json.dumps([article.id, section, label, window.start, window.end, window.text])
    name = hashlib.sha256(content.encode()).hexdigest()[:24]
    return Passage(name, article.id, section, label, window.start, window.end, window.text)
