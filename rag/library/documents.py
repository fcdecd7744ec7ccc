"""Own documents, such as a local guideline -> Article: plain text, Markdown, PDF (through pypdf).

A document becomes one article with a section for each heading; of a PDF also one for each page, so that
the label of every quote names the page (``Dosing, p. 4``). Characters that a reader cannot see are taken out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from rag.errors import BadInput, MissingPackage
from rag.records import Article, Section
from rag.text.injection import visible
from rag.text.sentences import sentences

FORMS = (".txt", ".md", ".markdown", ".pdf")
"""Endings of the files that are read as a document."""
ID = "file:"
"""What the id of a document begins with; its file's name follows."""
PARAGRAPH = "\n\n"
LONGEST_TITLE = 200
_FILE_NAME = re.compile(r"\.(?:docx?|indd|pdf|tex|qxd)\b|^untitled|microsoft word", re.IGNORECASE)
_NUMBERED = re.compile(r"(?:\d{1,2}(?:\.\d{1,2}){0,3}\.?|[A-Z]\.|Appendix \w+:?)\s+[A-Z]\S*(?:\s+\S+){0,8}")
_CAPITALS = re.compile(r"(?=(?:.*[A-Z]){4})[^a-z]{4,80}")
_UNDERLINE = re.compile(r"(?:={3,}|-{3,})\s*")
_BULLET = re.compile(r"\s*(?:[•▪‣◦●○–—*-]|\(?[a-z0-9]{1,3}[.)])\s+")
_SPLIT_WORD = re.compile(r"[a-z]-$")
_ENDS = re.compile(r"[.?!:;]['”\")\]]*$")
_SHORT = 0.7
"""A heading is shorter than this share of a full line: a longer one is the first line of a sentence."""


@dataclass(frozen=True, slots=True)
class _Block:
    """A paragraph or a heading, and the page that it begins on, 0 where there are no pages."""

    text: str
    heading: bool = False
    page: int = 0


def read_document(path: Path, publication_types: Sequence[str]) -> Article:
    """Read a document.

    Args:
        path: a file whose name ends as one of FORMS.
        publication_types: what it is, in PubMed's words, e.g. ``Practice Guideline``.

    Raises:
        BadInput: the file is absent, has no text, or cannot be read.
        MissingPackage: it is a PDF, and pypdf is not installed.
    """
    try:
        title, blocks = _BY_FORM[path.suffix.lower()](path)
    except FileNotFoundError:
        raise BadInput(f"{path}: there is no such file. Check the path.") from None
    except UnicodeError:
        raise BadInput(f"{path}: is not text in UTF-8. Save it as UTF-8.") from None
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}.") from None
    sections = _sections(blocks)
    if not sections:
        raise BadInput(f"{path}: holds no text. If it is a scan, run text recognition (OCR) on it first.")
    return Article(
        id=ID + "-".join(re.findall(r"\w+", visible(path.stem).lower())),
        title=title or path.stem,
        sections=sections,
        publication_types=tuple(publication_types),
    )


def _sections(blocks: Sequence[_Block]) -> tuple[Section, ...]:
    """Sections of a document. A sentence that runs over a page's end stays whole, where it begins."""
    sections: list[Section] = []
    heading, page = "", -1
    for block in blocks:
        if block.heading:
            heading, page = block.text, -1
            continue
        text = block.text
        if page not in (-1, block.page) and not _ENDS.search(sections[-1].text):
            before, text = _completed(sections[-1].text, text)
            sections[-1] = Section(sections[-1].label, before)
        if page == block.page:
            sections[-1] = Section(sections[-1].label, f"{sections[-1].text}{PARAGRAPH}{text}")
        elif text:
            sections.append(Section(_label(heading, block.page), text))
            page = block.page
    return tuple(sections)


def _completed(before: str, after: str) -> tuple[str, str]:
    """Move the rest of a sentence to its beginning."""
    rest = next(iter(sentences(after)), None)
    if rest is None or not rest.text[:1].islower():
        return before, after
    return _joined([before, rest.text]), after[rest.end :].strip()


def _label(heading: str, page: int) -> str:
    return ", ".join(filter(None, (heading, f"p. {page}" if page else "")))


# --- Plain text ---


def _plain(path: Path) -> tuple[str, list[_Block]]:
    lines = [visible(line).rstrip() for line in path.read_text(encoding="utf-8-sig").split("\n")]
    blocks = list(_blocks(lines, 0))
    title = (
        blocks.pop(0).text if blocks and (blocks[0].heading or len(blocks[0].text) < LONGEST_TITLE) else ""
    )
    return title, blocks


def _blocks(lines: Sequence[str], page: int, full: int = 0) -> Iterator[_Block]:
    """Headings and paragraphs of lines; ``full`` is the length of a full line, measured if not given."""
    full = full or _full_line(lines)
    paragraph: list[str] = []
    for line, following in pairwise((*lines, "")):
        bare = line.strip()
        underlined = bool(bare) and bool(_UNDERLINE.fullmatch(following)) and not paragraph
        heading = underlined or (_is_heading(bare, following.strip(), full) and not _runs_on(paragraph))
        if paragraph and (not bare or heading or _BULLET.match(line)):
            yield _Block(_joined(paragraph), page=page)
            paragraph = []
        if heading:
            yield _Block(bare.rstrip(":"), heading=True, page=page)
        elif bare and not _UNDERLINE.fullmatch(bare):
            paragraph.append(bare)
    if paragraph:
        yield _Block(_joined(paragraph), page=page)


def _full_line(lines: Sequence[str]) -> int:
    """The length that nine tenths of the lines keep within."""
    lengths = sorted(len(line.strip()) for line in lines if line.strip())
    return lengths[len(lengths) * 9 // 10] if lengths else 0


def _is_heading(line: str, following: str, full: int) -> bool:
    """Whether a line is a heading: numbered or in capitals, short, and not continued by the next."""
    if not line or _ENDS.search(line) or following[:1].islower():
        return False
    return bool(_CAPITALS.fullmatch(line)) or (
        len(line) <= _SHORT * max(full, 60) and bool(_NUMBERED.fullmatch(line))
    )


def _runs_on(paragraph: Sequence[str]) -> bool:
    """Whether a paragraph's last line wants another: what follows is then no heading."""
    return (
        bool(paragraph)
        and (paragraph[-1][-1] in ",-" or paragraph[-1].split()[-1].islower())
        and not (_ENDS.search(paragraph[-1]))
    )


def _joined(lines: Sequence[str]) -> str:
    """Lines as running text; a word that was divided at a line's end is put together again."""
    text = ""
    for line in lines:
        if _SPLIT_WORD.search(text) and line[:1].islower():
            text = text[:-1] + line
        else:
            text = f"{text}{line}" if text.endswith("-") else f"{text} {line}"
    return " ".join(text.split())


# --- Markdown ---


def _markdown(path: Path) -> tuple[str, list[_Block]]:
    """Headings, paragraphs, list items and table rows; the first heading is the title."""
    from markdown_it import MarkdownIt

    text = visible(path.read_text(encoding="utf-8-sig").replace("\r\n", "\n"))
    blocks: list[_Block] = []
    opened = ""
    cells: list[str] = []
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        if token.type in ("heading_open", "tr_open"):
            opened, cells = token.type, []
        elif token.type == "tr_close":
            blocks.append(_Block("; ".join(filter(None, cells))))
            opened = ""
        elif token.type == "inline":
            words = "".join(
                child.content if child.type in ("text", "code_inline") else " " * child.type.endswith("break")
                for child in token.children or ()
            )
            if opened == "tr_open":
                cells.append(words)
            else:
                blocks.append(_Block(" ".join(words.split()), heading=opened == "heading_open"))
                opened = ""
        elif token.type in ("fence", "code_block"):
            blocks.append(_Block(" ".join(token.content.split())))
    blocks = [block for block in blocks if block.text]
    title = blocks.pop(0).text if blocks and blocks[0].heading else ""
    return title, blocks


# --- PDF ---


def _pdf(path: Path) -> tuple[str, list[_Block]]:
    """Headings and paragraphs page by page, without the lines that head or foot the pages."""
    try:
        from pypdf import PdfReader
        from pypdf.errors import PyPdfError
    except ImportError:
        raise MissingPackage("Reading PDF needs pypdf. Run: pip install 'pubmed-rag[documents]'") from None
    try:
        reader = PdfReader(path)
        pages = [visible(page.extract_text() or "").split("\n") for page in reader.pages]
        title = str((reader.metadata and reader.metadata.title) or "")
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError) as error:  # pypdf meets many kinds
        raise BadInput(f"{path}: cannot be read as PDF: {error}. Save it anew without protection.") from None
    running = _running(pages)
    bodies = [_body(page, running) for page in pages]
    full = _full_line([line for body in bodies for line in body])
    blocks = [block for number, body in enumerate(bodies, start=1) for block in _blocks(body, number, full)]
    first = next((block.text for block in blocks), "")
    title = "" if _FILE_NAME.search(title) else visible(title).strip()
    return title or (first if len(first) < LONGEST_TITLE else ""), blocks


def _running(pages: Sequence[Sequence[str]]) -> set[str]:
    """What heads or foots most pages, but for the page's number."""
    ends = Counter(name for page in pages for name in {_stripped(line) for line in (*page[:2], *page[-2:])})
    return {"", *(name for name, count in ends.items() if count > 2 and count > len(pages) / 2)}


def _body(page: Sequence[str], running: set[str]) -> list[str]:
    """A page without its running head and foot, which are two lines at most."""
    kept = list(page)
    for end in (0, 0, -1, -1):
        if kept and _stripped(kept[end]) in running:
            kept.pop(end)
    return kept


def _stripped(line: str) -> str:
    return re.sub(r"\d+|\bpage\b|\bof\b|[\s|/–-]+", "", line, flags=re.IGNORECASE)


_BY_FORM = {".txt": _plain, ".md": _markdown, ".markdown": _markdown, ".pdf": _pdf}
