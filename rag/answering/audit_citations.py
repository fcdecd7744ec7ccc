"""The citations in the running text of a pasted answer, whichever way they are written.

Brackets, raised digits and footnotes are read by ``rag.text.markers``. What it leaves is read here: named
footnotes, ``<sup>``, links and identifiers in the text, and, only where a text has no markers, numbers in
parentheses or bare numbers at the end of a clause, which only a reference list tells from figures.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from rag.answering.audit_references import identified, plain
from rag.audit_records import ListedReference
from rag.text.markers import markers, once

_NOTE = re.compile(r"\[\^([^\]\s]{1,40})\](?!:)")
_SUP = re.compile(r"<sup>\[?([\d ,;–-]{1,40})\]?</sup>", re.IGNORECASE)
_LINK = re.compile(
    r"\(?(?P<open>!?\[\[?)(?P<words>[^\[\]\n]{0,200})(?P<close>\]?\]\((?P<url>https?://[^\s()]+)"
    r"(?: +\"[^\"\n]*\")?\))(?: ?\))?"
)
_BARE = re.compile(
    r"(?:[(\[][^\S\n]?)?(?:\bPMID[\s:#]{0,4}[1-9]\d{0,8}\b|(?:https?://(?:dx\.)?doi\.org/|doi:\s*)10\.\d{4,9}/[^\s,;)\]]+"
    r"|(?:https?://)?(?:www\.)?(?:pubmed\.ncbi\.nlm\.nih\.gov|ncbi\.nlm\.nih\.gov/pubmed)/[1-9]\d{0,8}/?)(?:[^\S\n]?[)\]])?",
    re.IGNORECASE,
)
_NAMES_A_SOURCE = re.compile(
    r"\s*(?:\d{1,3}|.*\b(?:PMID|DOI|PubMed|et al|ref(?:erence)?|source|link|study|here|(?:19|20)\d\d)\b.*"
    r"|)\s*",
    re.IGNORECASE,
)
"""Words of a link that name its target and are no part of the sentence."""
_NUMBERS = r"\d{1,3}(?:[^\S\n]?[,;–-][^\S\n]?\d{1,3}){0,20}"
_ROUND = re.compile(rf"(?<=[^\W\d_])[^\S\n]?\(({_NUMBERS})\)(?=[^\S\n]*(?:[.,;:?!]|$))", re.MULTILINE)
_LOOSE = re.compile(
    rf"(?:(?<=[a-z)”\"%])[^\S\n]|(?<=[a-z)”\"%]\.))({_NUMBERS})(?=[^\S\n]*(?:\.(?!\d)|$)|(?<=\.\d)\s)",
    re.MULTILINE,
)
_COUNTED = re.compile(
    r"""\b(?:aged?|and|around|about|at|by|class|covid|day|days|equals|factor|figure|from|genotype|grade|group|hours?
    |influenza|is|least|level|months?|most|no|of|or|over|part|phase|point|score|stage|step|table|than|to|type|under
    |version|was|weeks?|years?)\s*\Z""",
    re.IGNORECASE | re.VERBOSE,
)
"""Words whose number is no citation."""


@dataclass(frozen=True, slots=True)
class Cited:
    """A citation in a text: what it names, and the slices that are no words of the sentence."""

    start: int
    end: int
    numbers: tuple[int, ...]
    fault: str = ""
    hidden: tuple[tuple[int, int], ...] = field(default=())


@dataclass(frozen=True, slots=True)
class _Link:
    """A source named by an identifier within the text."""

    start: int
    end: int
    words: str
    hidden: tuple[tuple[int, int], ...]
    target: str


def citations(
    text: str, references: Sequence[ListedReference], numbered: bool, notes: Mapping[str, int]
) -> tuple[list[Cited], list[ListedReference]]:
    """Find the citations of a text without its reference list.

    Args:
        text: the running text; places that are not to be read are blank.
        references: the entries of its list.
        numbered: whether the list prints its numbers.
        notes: the numbers of named footnotes.

    Returns:
        The citations in order, none overlapping another; and the sources that are named by a link or an
        identifier in the text and are not in the list, with numbers of their own.
    """
    links = list(_links(text))
    free = _blanked(text, [(one.start, one.end) for one in links])
    marked = list(_marked(free, notes))
    if not marked and references:
        listed = {one.n for one in references}
        marked = (_round(free, listed) if numbered else []) or _loose(free)
    numbers = {n for one in marked for n in one.numbers} | {one.n for one in references}
    named, added = _numbered(links, references, numbers)
    return sorted([*marked, *named], key=lambda one: one.start), added


def _blanked(text: str, places: Sequence[tuple[int, int]]) -> str:
    for start, end in places:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def _links(text: str) -> Iterator[_Link]:
    taken = 0
    for match in sorted(chain(_LINK.finditer(text), _BARE.finditer(text)), key=lambda one: one.start()):
        if match.start() < taken or not match[0].strip():
            continue
        taken = match.end()
        whole = (match.start(), match.end())
        if match.re is _BARE:
            yield _Link(*whole, "", (whole,), match[0])
            continue
        words = match["words"]
        parts: tuple[tuple[int, int], ...] = (whole,)
        if not _NAMES_A_SOURCE.fullmatch(words) and not match[0].startswith(("(", "!")):
            parts = ((match.start(), match.start("words")), (match.end("words"), match.end()))
        yield _Link(*whole, plain(words), parts, match["url"])


def _marked(text: str, notes: Mapping[str, int]) -> Iterator[Cited]:
    found = [(one.start, one.end, one.numbers, one.fault) for one in markers(text)]
    taken = {start for start, *_ in found}
    for match in _NOTE.finditer(text):
        if match.start() not in taken and not match[1].isdigit():
            number = notes.get(match[1])
            fault = "" if number else "no such footnote"
            found.append((match.start(), match.end(), (number,) if number else (), fault))
    for match in _SUP.finditer(text):
        found.append((match.start(), match.end(), *_read(match[1])))
    for start, end, numbers, fault in sorted(found):
        shown = f"{text[start:end]}: {fault}" if fault else ""
        yield Cited(start, end, numbers, shown, ((start, end),))


def _read(listed: str) -> tuple[tuple[int, ...], str]:
    """Numbers and fault of a list of numbers, by the rules of markers."""
    read = markers(f"x [{' '.join(listed.split()).strip(' ,;')}]")
    return (read[0].numbers, read[0].fault) if read else ((), "names no source number")


def _round(text: str, listed: set[int]) -> list[Cited]:
    found = []
    for match in _ROUND.finditer(text):
        numbers, _ = _read(match[1])
        if listed & set(numbers):
            found.append(Cited(match.start(), match.end(), numbers, "", (match.span(),)))
    return found


def _loose(text: str) -> list[Cited]:
    """Bare numbers at the end of a clause, if each new one is the next: what markers lose when copied."""
    found, highest = [], 0
    for match in _LOOSE.finditer(text):
        numbers, fault = _read(match[1])
        if fault or not numbers or _COUNTED.search(text[max(0, match.start() - 20) : match.start()]):
            continue
        for n in sorted(numbers):
            if n > highest + 1:
                return []
            highest = max(highest, n)
        found.append(Cited(match.start(), match.end(), numbers, "", (match.span(),)))
    return found if len(found) > 1 else []


def _numbered(
    links: Sequence[_Link], references: Sequence[ListedReference], taken: set[int]
) -> tuple[list[Cited], list[ListedReference]]:
    """Bind links to entries that name the same article; each other article gets a number of its own."""
    known, added = list(references), list[ListedReference]()
    cited = []
    for link in links:
        pmid, doi, url = identified(link.target)
        if not (pmid or doi or url):
            continue
        entry = next((one for one in known if _same(one, pmid, doi, url)), None)
        if entry is None:
            printed = int(link.words) if re.fullmatch(r"[1-9]\d{0,2}", link.words) else 0
            by_number = next((one for one in references if one.n == printed), None)
            if by_number and not (by_number.pmid or by_number.doi):
                entry = by_number
            else:
                n = printed if printed and printed not in taken else max(taken, default=0) + 1
                words = " ".join(
                    filter(None, (link.words if not printed else "", link.target.strip(" ()[]")))
                )
                entry = ListedReference(n, words, link.start, link.end, pmid, doi, url, listed=False)
                taken.add(n)
                known.append(entry)
                added.append(entry)
        cited.append(Cited(link.start, link.end, once([entry.n]), "", link.hidden))
    return cited, added


def _same(entry: ListedReference, pmid: str | None, doi: str | None, url: str | None) -> bool:
    if pmid and entry.pmid:
        return pmid == entry.pmid
    if doi and entry.doi:
        return doi.lower() == entry.doi.lower()
    return bool(url) and url == entry.url
