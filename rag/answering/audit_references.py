"""The reference list of a pasted answer: where it stands, and its entries."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.audit_records import ListedReference
from rag.library.identifiers import doi_of

LONGEST_LIST = 500
"""Entries that are read."""

_HEADING = re.compile(
    r"""[\s#*_>]*(?:\d+[.)]\s*)?(?:list\ of\ )?(?:references?|sources?|bibliography|literature(?:\ cited)?
    |works\ cited|citations?|further\ reading|quellen(?:verzeichnis)?|literatur(?:verzeichnis)?
    |r[ée]f[ée]rences)[\s*_:]*""",
    re.IGNORECASE | re.VERBOSE,
)
_MARKDOWN_HEADING = re.compile(r"\s*(?:#{1,6}\s|\*\*[^*]+\*\*:?\s*$)")
_BULLET = re.compile(r"\s*[-*•‣▪]\s+")
_NUMBER = re.compile(
    r"\s*(?:[-*•‣▪]\s+)?(?:\[(?P<square>\d{1,3})\]\.?:?|\[\^(?P<note>[^\]\s]{1,40})\]:"
    r"|(?P<dot>\d{1,3})[.)](?=\s)|\((?P<round>\d{1,3})\)|(?P<sup>[¹²³⁴-⁹][⁰¹²³⁴-⁹]{0,2}))\s*"
)
_NOTE = re.compile(r"\s*\[\^[^\]\s]{1,40}\]:")
_SUPER = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_JOURNAL = re.compile(r"(?=.*[^\W\d])[^.?!].{2,200}?,\s*(?:[A-Z][a-z]{2,8}\s+)?(?:19|20)\d\d\.?\s*")
"""A line that is journal and year alone, which ends an entry: ``Stroke, 2021``."""
_DATED = re.compile(r"\b(?:19|20)\d\d\b|https?://|\b10\.\d{4,9}/|\bPMID\b", re.IGNORECASE)
_PMID = re.compile(
    r"(?:\bPMID\b[\s:#]*|pubmed\.ncbi\.nlm\.nih\.gov/|ncbi\.nlm\.nih\.gov/pubmed/(?:\?term=)?)([1-9]\d{0,8})\b",
    re.IGNORECASE,
)
_URL = re.compile(r"https?://[^\s<>()\[\]\"]+")
_LINK = re.compile(r"!?\[([^\[\]]*)\]\((https?://[^\s()]+)(?:\s+\"[^\"]*\")?\)")
_MARKUP = re.compile(r"\*\*|__|`|(?<!\w)[*_](?=\S)|(?<=\S)[*_](?!\w)|<[^<>]{1,80}>")


@dataclass(frozen=True, slots=True)
class Line:
    """A line ``[start:end]`` of a text, its line end not in it."""

    text: str
    start: int
    end: int

    @property
    def blank(self) -> bool:
        """Whether there is nothing on it."""
        return not self.text.strip()


@dataclass(frozen=True, slots=True)
class ReferenceList:
    """The entries, the lines ``[first:last]`` that hold them, and the names of footnotes by number."""

    entries: tuple[ListedReference, ...] = ()
    first: int = 0
    last: int = 0
    numbered: bool = False
    notes: tuple[tuple[str, int], ...] = ()


def lines_of(text: str) -> list[Line]:
    """The lines of a text with their exact places."""
    found, start = [], 0
    for line in text.splitlines(keepends=True):
        bare = line.rstrip("\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029")
        found.append(Line(bare, start, start + len(bare)))
        start += len(line)
    return found


def reference_list(lines: Sequence[Line]) -> ReferenceList:
    """Read the reference list of a text.

    It stands under a heading that names it (the last one counts), or is a block of numbered entries at the
    end. An entry without a printed number is counted in order.

    Args:
        lines: the whole text.

    Returns:
        The entries; the lines from the heading up to the next heading in Markdown or the end of the text.
    """
    place = _place(lines)
    if place is None:
        return ReferenceList()
    first, last = place
    inside = list(lines[first:last])
    if inside and _HEADING.fullmatch(inside[0].text):
        inside = inside[1:]
    numbered = [one for one in inside if _NUMBER.match(one.text)]
    groups = _numbered(inside) if numbered else _unnumbered(inside)
    entries: list[ListedReference] = []
    notes: list[tuple[str, int]] = []
    for group in groups[:LONGEST_LIST]:
        n, name = _number(group[0].text, len(entries) + 1)
        if name:
            notes.append((name, n))
        entry = _entry(n, group)
        if entry.text:
            entries.append(entry)
    return ReferenceList(tuple(entries), first, last, bool(numbered), tuple(notes))


def identified(text: str) -> tuple[str | None, str | None, str | None]:
    """PMID, DOI and address that a text names, each None if it names none."""
    pmid, url = _PMID.search(text), _URL.search(text)
    doi = doi_of(re.sub(r"[\]<>\"]", " ", text))
    while doi and doi.endswith(")") and doi.count(")") > doi.count("("):
        doi = doi[:-1].rstrip(".,;")
    return pmid[1] if pmid else None, doi, url[0].rstrip(".,;") if url else None


def plain(text: str) -> str:
    """One line without Markdown and HTML; of a link its words stay."""
    return " ".join(_MARKUP.sub("", _LINK.sub(r"\1", text)).split())


def _place(lines: Sequence[Line]) -> tuple[int, int] | None:
    headings = [i for i, one in enumerate(lines) if _HEADING.fullmatch(one.text)]
    for first in reversed(headings):
        last = next(
            (i for i in range(first + 1, len(lines)) if _MARKDOWN_HEADING.match(lines[i].text)), len(lines)
        )
        if not all(one.blank for one in lines[first + 1 : last]):
            return first, last
    return _trailing(lines)


def _trailing(lines: Sequence[Line]) -> tuple[int, int] | None:
    """The numbered entries that end a text, or its footnotes, with nothing but blank lines between them."""
    first = len(lines)
    for i in range(len(lines) - 1, -1, -1):
        one = lines[i]
        if one.blank:
            continue
        if not _NUMBER.match(one.text) or not (_NOTE.match(one.text) or _DATED.search(one.text)):
            break
        first = i
    return (first, len(lines)) if first < len(lines) else None


def _numbered(lines: Sequence[Line]) -> list[list[Line]]:
    """Entries from number to number; after the last, a blank line ends the list."""
    groups: list[list[Line]] = []
    for one in lines:
        if _NUMBER.match(one.text):
            groups.append([one])
        elif groups:
            groups[-1].append(one)
    if groups:
        last = groups[-1]
        groups[-1] = last[: next((i for i, one in enumerate(last) if one.blank), len(last))]
    return [[one for one in group if not one.blank] for group in groups]


def _unnumbered(lines: Sequence[Line]) -> list[list[Line]]:
    """Entries that end with a line of journal and year; else one for each list item, or each paragraph."""
    if any(_JOURNAL.fullmatch(one.text) for one in lines):
        groups, open_ = [], list[Line]()
        for one in lines:
            if one.blank:
                continue
            open_.append(one)
            if _JOURNAL.fullmatch(one.text):
                groups.append([each for each in open_ if len(each.text.split()) > 1])  # not a label alone
                open_ = []
        return groups
    return list(_items(lines))


def _items(lines: Sequence[Line]) -> Iterator[list[Line]]:
    bulleted = any(_BULLET.match(one.text) for one in lines)
    spaced = any(one.blank for one in lines[1:-1]) and not bulleted
    group: list[Line] = []
    for one in lines:
        opens = bool(_BULLET.match(one.text)) if bulleted else not spaced
        if group and (one.blank or opens):
            yield group
            group = []
        if not one.blank:
            group.append(one)
    if group:
        yield group


def _number(line: str, place: int) -> tuple[int, str]:
    """The number that opens an entry and, of a named footnote, its name."""
    match = _NUMBER.match(line)
    if match is None:
        return place, ""
    given = match["square"] or match["dot"] or match["round"] or (match["sup"] or "").translate(_SUPER)
    note = match["note"] or ""
    if note.isascii() and note.isdigit():
        given, note = note[:3], ""
    return (int(given) if given else place), note


def _entry(n: int, group: Sequence[Line]) -> ListedReference:
    whole = " ".join(one.text for one in group)
    opening = _NUMBER.match(whole) or _BULLET.match(whole)
    pmid, doi, url = identified(whole)
    text = plain(whole[opening.end() :] if opening else whole)
    return ListedReference(n, text, group[0].start, group[-1].end, pmid, doi, url)
