"""An answer written elsewhere, pasted as plain text or Markdown -> statements and references.

Statements are sentences and list items. Headings, the question, the reference list and the furniture of a web
page are none; a line that leads into a list is read together with each of its items.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rag.answering.audit_citations import Cited, citations
from rag.answering.audit_references import Line, lines_of, plain, reference_list
from rag.audit_records import Pasted, PastedStatement, Role
from rag.text.markers import once
from rag.text.sentences import sentences

_HEADING = re.compile(r"\s*(?:#{1,6}\s+(?P<hash>.+?)[#\s]*|(?:\*\*|__)(?P<bold>[^*_]+)(?:\*\*|__):?\s*)")
_BULLET = re.compile(r"\s*(?:[-*•‣▪–]|\d{1,2}[.)])\s+")
_RULE = re.compile(r"[\s|:=*_-]+")
_ENDS = re.compile(r"[.!?:;…][\"'”’)\]*_\s]*$")
_ROLES: tuple[tuple[Role, str], ...] = (
    (
        "bottom_line",
        r"bottom\ line|(?:short|direct|quick)\ answer|answer|key\ (?:points?|message|takeaways?)"
        r"|take-?\ ?home(?:\ message)?|in\ short|summary|tl;?dr|verdict",
    ),
    ("conclusion", r"conclusions?|concluding\ remarks|in\ conclusion|in\ summary|to\ conclude|overall"),
    ("recommendation", r"recommendations?|recommended\ (?:approach|treatment)|guidance|what\ to\ do"),
)
_NAMED = [(role, re.compile(rf"(?:{words})\s*:?\s*", re.I | re.X)) for role, words in _ROLES]
_OPENED = [(role, re.compile(rf"(?P<label>(?:{words}))\s*[:–—]\s*", re.I | re.X)) for role, words in _ROLES]
_CONCLUDES = re.compile(r"(?:overall|in conclusion|in summary|to conclude|to summari[sz]e)\b", re.IGNORECASE)
_RECOMMENDS = re.compile(
    r"\b(?:we (?:recommend|suggest|advise)|(?:is|are) (?:strongly )?(?:recommended|advised|contraindicated)"
    r"|should (?:not )?be (?:\w+ )?(?:used|given|offered|considered|started|avoided|prescribed|performed))\b",
    re.IGNORECASE,
)
_FURNITURE = re.compile(
    r"""\b(?:advisory\ board|reviewed\ for\ accuracy|educational\ purposes?|pending\ (?:human\ )?review
    |last\ updated|editorial\ policy|help\ us|your\ choice|follow[- ]up\ question|disclaimer|medical\ advice
    |terms\ of\ (?:use|service)|privacy\ policy|cookies?|sign\ (?:in|up)|log\ in|subscribe
    |all\ rights\ reserved|copyright)\b""",
    re.IGNORECASE | re.VERBOSE,
)
"""Words of the page that the answer stood on, not of the answer."""
_GRADED = re.compile(
    r"""\b(?:certainty|GRADE|(?:level|quality|strength)s?\ of\ (?:the\ )?(?:evidence|recommendation)
    |(?:very\ low|low|moderate|high)[- ](?:quality|certainty)|(?:strong|weak|conditional)\ recommendation
    |class\ (?:I{1,3}|IIa|IIb)\b|level\ [ABC1-5]\b|OCEBM)""",
    re.VERBOSE | re.IGNORECASE,
)
_WRAPPED = 50
"""A line of so many characters without a stop may go on in the next."""
_A_HEADING = 6
"""Words of a line without a stop or a citation up to which it is a heading."""


def parse(text: str) -> Pasted:
    """Read a pasted answer; never fails, whatever the text.

    Args:
        text: plain text or Markdown.

    Returns:
        Question, statements with exact places in ``text``, and references. The question is the first line,
        or the first heading, that ends with a question mark; else empty. The first statement is the bottom
        line where none is named so.
    """
    lines = lines_of(text)
    listed = reference_list(lines)
    body = [*lines[: listed.first], *_after(lines[listed.last :])] if listed.entries else lines
    running = _only(text, body)
    cited, added = citations(running, listed.entries, listed.numbered, dict(listed.notes))
    statements = list(_statements(running, body, cited))
    if statements and all(one.role != "bottom_line" for one in statements):
        statements[0] = replace(statements[0], role="bottom_line")
    return Pasted(
        _question(body),
        tuple(statements),
        (*listed.entries, *added),
        listed.numbered or not listed.entries,
        bool(_GRADED.search(running)),
    )


def _after(lines: Sequence[Line]) -> Sequence[Line]:
    """What follows the reference list counts from a heading that names a conclusion on."""
    start = next((i for i, one in enumerate(lines) if _named(_heading(one.text))), len(lines))
    return lines[start:]


def _only(text: str, lines: Sequence[Line]) -> str:
    """The text with everything but these lines blank; places stay."""
    parts, end = [], 0
    for one in lines:
        parts += ["\n" * (one.start - end), text[one.start : one.end]]
        end = one.end
    return "".join([*parts, "\n" * (len(text) - end)])


def _question(lines: Sequence[Line]) -> str:
    shown = [one.text for one in lines if not one.blank]
    for line in [*shown[:1], *(one for one in shown if _HEADING.fullmatch(one) or _asks(one))]:
        words = re.sub(
            r"^(?:question|q)\s*:\s*", "", plain(re.sub(r"^\s*#+\s*", "", line)), flags=re.IGNORECASE
        )
        if words.endswith("?"):
            return words
    return ""


def _asks(line: str) -> bool:
    return bool(re.match(r"\W*(?:question|q)\W*:", line, re.IGNORECASE))


# --- Blocks ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Block:
    """A paragraph or list item ``[start:end]``, the role of its heading, and the words that lead into it."""

    start: int
    end: int
    role: Role
    item: bool


def _blocks(lines: Sequence[Line], cited: Sequence[Cited]) -> Iterator[_Block]:
    role: Role = "statement"
    opened: _Block | None = None
    before = ""
    for i, line in enumerate(lines):
        heading = _heading(line.text)
        holds = any(line.start <= one.start < line.end for one in cited)
        alone = opened is None and (
            i + 1 == len(lines) or lines[i + 1].blank or _BULLET.match(lines[i + 1].text)
        )
        if (
            line.blank
            or _RULE.fullmatch(line.text)
            or heading
            or (not holds and _is_title(line.text, bool(alone)))
        ):
            if opened:
                yield opened
            opened = None
            if heading or (not line.blank and _is_title(line.text, True)):
                role = _named(heading or plain(line.text)) or "statement"
            continue
        bullet = _BULLET.match(line.text)
        if opened and not bullet and _goes_on(before, line.text):
            opened = replace(opened, end=line.end)
        else:
            if opened:
                yield opened
            start = line.start + (bullet.end() if bullet else len(line.text) - len(line.text.lstrip(" \t>|")))
            opened = _Block(start, line.end, role, bool(bullet))
        before = line.text
    if opened:
        yield opened


def _heading(line: str) -> str:
    """The words of a Markdown heading, or of a line that is bold as a whole; else empty."""
    match = _HEADING.fullmatch(line)
    if match is None:
        return ""
    words = plain(match["hash"] or match["bold"])
    return "" if match["bold"] and re.search(r"[.!]$", words) else words


def _is_title(line: str, alone: bool) -> bool:
    """Whether a line without Markdown is a heading or a label: few words, no stop, no list item."""
    words = line.split()
    if _BULLET.match(line) or _ENDS.search(line) or len(words) > _A_HEADING:
        return False
    return alone or all(word[0].isupper() or len(word) < 4 for word in words)


def _named(heading: str) -> Role | None:
    words = heading.strip(" :*#")
    return next((role for role, named in _NAMED if named.fullmatch(words)), None)


def _goes_on(before: str, line: str) -> bool:
    if line[:1].isspace() and _BULLET.match(before):
        return True
    if line.lstrip()[:1] in ("|", ">") and line.lstrip()[:1] == "|":
        return False
    return line.lstrip()[:1].islower() or len(before) >= _WRAPPED


# --- Statements -----------------------------------------------------------------------------------


def _statements(text: str, lines: Sequence[Line], cited: Sequence[Cited]) -> Iterator[PastedStatement]:
    waiting: PastedStatement | None = None
    lead: PastedStatement | None = None
    for block in _blocks(lines, cited):
        own = [one for one in cited if block.start <= one.start < block.end]
        if not block.item:
            lead = None
        spans = _spans(text, block, own)
        if not spans and waiting and own:
            waiting = _with(waiting, own)
        for i, (start, end) in enumerate(spans):
            until = spans[i + 1][0] if i + 1 < len(spans) else len(text)
            mine = [one for one in own if (start < one.end or i == 0) and one.end <= until]
            made = _statement(text, start, end, mine, block)
            if made.text.endswith(":"):
                lead = made
                continue
            made = _led(made, lead) if block.item and lead else made
            if _states(made.claim):
                if waiting:
                    yield waiting
                waiting = made
    if waiting:
        yield waiting


def _spans(text: str, block: _Block, cited: Sequence[Cited]) -> list[tuple[int, int]]:
    """The sentences of a block, found with its citations blank."""
    shown = text[block.start : block.end]
    for one in cited:
        for start, end in one.hidden:
            first, last = start - block.start, min(end, block.end) - block.start
            shown = shown[:first] + " " * (last - first) + shown[last:]
    return [(block.start + one.start, block.start + one.end) for one in sentences(shown)]


def _statement(text: str, start: int, end: int, cited: Sequence[Cited], block: _Block) -> PastedStatement:
    pieces, at = [], start
    for first, last in sorted(place for one in cited for place in one.hidden):
        if first < end and last > start:
            pieces.append(text[at : max(at, first)])
            at = max(at, min(last, end))
    words = plain(" ".join([*pieces, text[at:end]]))
    words = re.sub(r"\s+(?=[.,;:?!)](?:\s|$))", "", re.sub(r"[(\[]\s*[)\]]", "", words)).strip(" |>")
    role, claim = _role(words, block.role)
    first = min([start, *(one.start for one in cited)])
    last = max([end, *(one.end for one in cited)])
    numbers = once(n for one in cited for n in one.numbers)
    return PastedStatement(
        words, claim, first, last, role, numbers, tuple(one.fault for one in cited if one.fault)
    )


def _with(statement: PastedStatement, cited: Sequence[Cited]) -> PastedStatement:
    """The statement with citations that stand alone on a line after it."""
    numbers = once((*statement.numbers, *(n for one in cited for n in one.numbers)))
    faults = (*statement.faults, *(one.fault for one in cited if one.fault))
    return replace(statement, numbers=numbers, faults=faults, end=cited[-1].end)


def _led(item: PastedStatement, lead: PastedStatement) -> PastedStatement:
    """A list item with the words that lead into the list, and with their citations if it has none."""
    claim = f"{lead.claim.removesuffix(':')}: {item.claim}"
    return replace(item, claim=claim, numbers=item.numbers or lead.numbers, faults=item.faults or lead.faults)


def _role(words: str, role: Role) -> tuple[Role, str]:
    """What a sentence is, and the sentence without a label that says so."""
    for named, pattern in _OPENED:
        if match := pattern.match(words):
            return named, words[match.end() :] or words
    if role == "statement" and _CONCLUDES.match(words):
        return "conclusion", words
    if role == "statement" and _RECOMMENDS.search(words):
        return "recommendation", words
    return role, words


def _states(words: str) -> bool:
    if words.endswith("?") or len(re.findall(r"[^\W\d_]{2,}", words)) < 2:
        return False
    return not _FURNITURE.search(words)
