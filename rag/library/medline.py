"""Files of bibliographic records -> Article, whatever their form: the door through which records come in."""

from __future__ import annotations

import gzip
import io
import re
import zlib
from collections.abc import Iterator
from functools import partial
from itertools import chain
from pathlib import Path

from rag.errors import BadInput
from rag.library import jsonl, medline_text, pubmed_xml, ris
from rag.library.medline_text import from_medline
from rag.library.pubmed_xml import from_xml
from rag.records import Article, Deleted, Unreadable

__all__ = ["from_medline", "from_xml", "read"]

FORMS = {
    ".xml": "PubMed XML",
    ".nbib": "MEDLINE text",
    ".medline": "MEDLINE text",
    ".txt": "MEDLINE text",
    ".ris": "RIS",
    ".jsonl": "JSON Lines",
}
"""Ending of a file's name -> its form; ``.gz`` may follow the ending."""
_ROOT = re.compile(r"<([A-Za-z][\w:.-]*)")
_TAIL = 1000


def read(path: Path) -> Iterator[Article | Deleted | Unreadable]:
    """Read every record of a file; only a little of the file is in memory at any time.

    Args:
        path: ``.xml`` (an efetch reply, a saved search, a baseline or update file), ``.nbib``,
            ``.medline`` or ``.txt`` (MEDLINE text), ``.ris``, ``.jsonl``; each also with ``.gz`` behind it.

    Yields:
        One Article or Unreadable for each record, in order, and a Deleted for each withdrawn PMID.

    Raises:
        BadInput: the file is absent, or is not what its name says, or is cut short; in the last case the
            records in front of the cut have been yielded.
    """
    zipped = path.suffix.lower() == ".gz"
    suffix = (path.with_suffix("") if zipped else path).suffix.lower()
    form = FORMS.get(suffix)
    if form is None:
        raise BadInput(f"{path}: the name must end in {', '.join(FORMS)}, or that and .gz. Rename the file.")
    try:
        with gzip.open(path) if zipped else path.open("rb") as file:
            encoding = pubmed_xml.encoding_of(file.peek(200)[:200])
            text = io.TextIOWrapper(file, encoding=encoding, errors="surrogateescape", newline="\n")
            yield from _records(path, form, text)
    except FileNotFoundError:
        raise BadInput(f"{path}: there is no such file. Check the path.") from None
    except (EOFError, OSError, UnicodeError, zlib.error) as error:
        raise BadInput(f"{path}: cannot be read to its end: {error}. Get the file again.") from None


def _records(path: Path, form: str, text: io.TextIOWrapper) -> Iterator[Article | Deleted | Unreadable]:
    if form == "PubMed XML":
        return _xml(path, text)
    head: list[str] = []
    while not (head and head[-1].strip()) and (line := text.readline()):
        head.append(line)
    first = head[-1] if head else ""
    read_form = {"MEDLINE text": medline_text, "RIS": ris, "JSON Lines": jsonl}[form]
    if not read_form.FIRST_LINE.match(first):
        raise _not(form, path, first)
    records: Iterator[Article | Deleted | Unreadable] = read_form.from_lines(chain(head, text))
    return records


def _xml(path: Path, text: io.TextIOWrapper) -> Iterator[Article | Deleted | Unreadable]:
    """Read PubMed XML and make sure that its root is one of PubMed's and is closed at the end."""
    tail = first = text.read(pubmed_xml.PIECE)
    root = _ROOT.search(first)
    if root is None or root[1] not in pubmed_xml.ROOTS:
        raise _not("PubMed XML", path, first)

    def pieces() -> Iterator[str]:
        nonlocal tail
        yield first
        for piece in iter(partial(text.read, pubmed_xml.PIECE), ""):
            tail = (tail + piece)[-_TAIL:]
            yield piece

    yield from pubmed_xml.from_pieces(pieces())
    if not re.search(rf"</{root[1]}\s*>|<{root[1]}\s*/>", tail):
        raise BadInput(f"{path}: is cut short; what stands in front of the cut was read. Get the file again.")


def _not(form: str, path: Path, text: str) -> BadInput:
    start = repr(" ".join(text[:200].split())[:40]) if text.strip() else "nothing"
    return BadInput(f"{path}: is not {form}: it begins with {start}. Check the file and its name.")
