"""A sentence splitter for medical English.

Rules, no model: a full stop ends a sentence unless what stands before or after it says otherwise. When
the two readings are equally likely the text is left whole, since a sentence cut in two loses its meaning
and two sentences left together lose nothing. The word lists follow the idea of "frequent sentence
starters" and "abbreviations" of Kiss and Strunk (2006), Unsupervised Multilingual Sentence Boundary
Detection, doi:10.1162/coli.2006.32.4.485, written by hand for abstracts and for generated answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from rag.records import Span


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_NEVER_LAST = _words(
    "approx ca cf dr drs e.g eg esp excl i.e ie incl messrs mr mrs ms mt prof resp st ste viz vs"
)
"""Abbreviations that always want something after them."""

_BEFORE_A_NUMBER = _words("art ch chap eq eqs fig figs no nos nr para pp pt ref refs sect ser suppl tab vol")
"""Abbreviations only where a number or a lone letter follows: ``No. 3`` but ``No. Death``."""

_SOMETIMES_LAST = _words(
    """al assoc bros co corp dept dist eds etc govt hosp inc inst intl jr ltd mfr natl op sp spp sr ssp subsp
    univ var jan feb mar apr jun jul aug sep sept oct nov dec"""
)
"""Abbreviations that end a sentence only where the next word is one that opens sentences."""

_STARTERS = _words(
    """a additionally after all also although among an and are as at based because before between both but by
    can compared conclusion conclusions conversely could despite do does during each finally for from
    furthermore he here how however if in is it its many methods moreover most nevertheless no nonetheless
    of on one only or our overall participants patients primary results secondary several she should
    similarly since so some subjects such that the their then there therefore these they this those three
    thus to two under using was we were what when whereas which while who why with without yet"""
)
"""Words that, with a capital, nearly always open a sentence."""

_LETTERED = _words(
    """appendix arm category class cohort factor grade group hepatitis influenza panel part phase plan
    schedule stage step stratum supplement table type vitamin"""
)
"""Nouns that a single letter completes: ``hepatitis B. Vaccination`` is two sentences."""

_MARKER = r"(?:\[\^?\d[\d\s,;–-]*\]|\[[Ss]ources?\s[\d\s,;–-]+\]|【[^】\n]{1,40}】|[¹²³⁰⁴-⁹][¹²³⁰⁴-⁹,⁻–-]*)"

_STOP = re.compile(
    rf"""
    (?<![.!?…])(?P<stop>[.!?…]++)        # the stop, or a run of them
    (?P<close>["'”’»)\]}}*_]*+)           # what it closes
    (?P<marks>(?:[^\S\n]?{_MARKER})*+)   # citation markers after it belong to it
    \s++
    (?=(?P<open>["'“‘«(\[{{*_¿¡]*)(?P<next>\w[\w’'-]*|[^\w\s]|)(?P<dot>\.?))
    """,
    re.VERBOSE,
)
_WIDE_STOP = re.compile(rf"[。！？]++[」』”’）]*+(?:{_MARKER})*+")
_BLOCK = re.compile(
    r"""
      \n[^\S\n]*\n\s*                                      # an empty line
    | \n(?=[^\S\n]*(?:[-*•‣▪]|\d{1,2}[.)]|\#{1,6})\s)      # a list item or a heading begins
    | ^\#{1,6}[^\S\n][^\n]*\n                              # a heading ends
    """,
    re.VERBOSE | re.MULTILINE,
)
_LAST_WORD = re.compile(r"[^\s(\[{\"'“‘«*_/<>=≤≥–—-]*$")
_WORD_BEFORE = re.compile(r"(\w+)[\s-]+$")
_DOTTED = re.compile(r"(?:[^\W\d_]{1,3}\.)+[^\W\d_]{1,3}")
_OPENS_LOW = re.compile(r"[^\W\d_]{1,4}[A-Z0-9]|[α-ω]")
_REACH = 60
"""How far back a rule looks; longer words than this are no abbreviations."""


def sentences(text: str) -> list[Span]:
    """Split ``text`` into sentences.

    Citation markers after the full stop (``ends.[1]``, ``ends. [1, 2]``, ``ends.¹``) belong to the
    sentence before them. Empty lines, list items and Markdown headings end a sentence too; any other
    line break is a space.

    Args:
        text: any text; abstracts, answers and questions alike.

    Returns:
        Spans in order, exact slices of ``text`` without outer white space, never overlapping; every
        character that is not white space lies in one of them.
    """
    cuts = sorted({0, len(text), *_block_ends(text), *_sentence_ends(text)})
    found = []
    for start, end in pairwise(cuts):
        piece = text[start:end]
        words = piece.strip()
        if words:
            first = start + len(piece) - len(piece.lstrip())
            found.append(Span(words, first, first + len(words)))
    return found


def _block_ends(text: str) -> Iterator[int]:
    for match in _BLOCK.finditer(text):
        yield match.end()


def _sentence_ends(text: str) -> Iterator[int]:
    for match in _WIDE_STOP.finditer(text):
        yield match.end()
    for match in _STOP.finditer(text):
        if _ends(text, match):
            yield match.end()


def _ends(text: str, match: re.Match[str]) -> bool:
    """Whether the stop that was found ends a sentence."""
    follower, stop = match["next"], match["stop"]
    if "?" in stop or "!" in stop:
        return follower[:1].isalnum() and (not match["close"] or not follower[:1].islower())
    if not _can_open(follower):
        return False
    before = text[max(0, match.start() - _REACH) : match.start()]
    found = _LAST_WORD.search(before)
    word = found[0] if found else ""
    rest = before[: len(before) - len(word)]
    if word.lower() in _NEVER_LAST or _is_enumerator(word, rest, follower):
        return False
    starts = follower.lower() in _STARTERS and not (len(follower) == 1 and match["dot"])
    return starts or not _is_abbreviation(word, rest, stop, follower)


def _can_open(word: str) -> bool:
    """Whether a sentence may open with ``word``: a capital, a digit, a letter without case, p53, mRNA."""
    if not word[:1].isalnum():
        return False
    return not word[0].islower() or bool(_OPENS_LOW.match(word))


def _is_enumerator(word: str, rest: str, follower: str) -> bool:
    """Whether ``word`` is the number of a list item (``1. First``) or a broken decimal (``0. 05``)."""
    if not word.isdigit():
        return False
    line = rest.rpartition("\n")[2].strip()
    opens = not line.strip("#*->") or line[-1] in ":;.!?"
    return (len(word) <= 2 and opens) or (word == "0" and follower.isdigit())


def _is_abbreviation(word: str, rest: str, stop: str, follower: str) -> bool:
    """Whether the stop belongs to ``word``, and the sentence goes on after it."""
    if stop != "." or word.lower() in _SOMETIMES_LAST or _DOTTED.fullmatch(word):
        return True
    if len(word) == 1 and word.isalpha():
        if word.islower() and rest.rstrip()[-1:].isdigit():
            return False  # a unit: every 8 h
        noun = _WORD_BEFORE.search(rest)
        return not (noun and noun[1].lower() in _LETTERED)
    numbered = len(follower) == 1 or any(map(str.isdigit, follower))
    return numbered and word.lower() in _BEFORE_A_NUMBER
