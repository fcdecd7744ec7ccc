"""An answer for the terminal: the verdict and its certainty first, then what they rest on."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from rag.output.page import (
    EXPLAINED,
    USE_NOTICE,
    VERDICTS,
    Claim,
    Entry,
    Group,
    Page,
    Quote,
    Row,
    line,
    page,
)
from rag.records import Answer, Review

WIDEST = 96
"""Longer lines are hard to read."""


def render(answer: Answer, *, width: int | None = None, color: bool = False) -> str:
    """Print an answer as text.

    Args:
        answer: the answer.
        width: columns; by default those of the terminal, at most ``WIDEST``, or 80 without one.
        color: whether to set headings off with terminal colours; never the only sign of anything.

    Returns:
        Lines without trailing space. Without ``color`` they hold no control character but line breaks.
    """
    sheet = Sheet(width, color)
    shown = page(answer)
    _head(sheet, shown)
    _body(sheet, shown)
    _basis(sheet, shown)
    return sheet.text()


def listing(answers: Sequence[Answer]) -> str:
    """Saved answers, a line each: id, when, verdict, question."""
    rows = (
        f"{one.id}  {one.status.generated[:16].replace('T', ' ')}  {VERDICTS[one.verdict.kind]}: "
        f"{line(one.question.understood)}\n"
        for one in answers
    )
    return "".join(rows) or "No answer is saved.\n"


def reviews(history: Sequence[Review]) -> str:
    """The reviews of an answer, a line each, oldest first."""
    rows = (
        f"{one.at}  {one.status.replace('-', ' ')} by {line(one.by)}. {line(one.note)}".rstrip() + "\n"
        for one in history
    )
    return "".join(rows) or "Not reviewed by a person.\n"


class Sheet:
    """Lines of text of one width. Nothing printed on it is read as markup.

    Args:
        width: columns; by default those of the terminal, at most ``WIDEST``, or 80 without one.
        color: whether to set headings off with terminal colours; never the only sign of anything.
    """

    def __init__(self, width: int | None, color: bool) -> None:
        self._file = io.StringIO()
        self._console = Console(
            file=self._file,
            width=width or min(shutil.get_terminal_size((80, 24)).columns, WIDEST),
            force_terminal=color,
            color_system="standard" if color else None,
            highlight=False,
            markup=False,
            emoji=False,
            legacy_windows=False,
        )

    def heading(self, text: str, aside: str = "") -> None:
        """Print a heading and, beside it, what it comes to."""
        self._console.print()
        self._console.print(
            Text.assemble((text.upper(), "bold cyan"), "  " if aside else "", (aside, "bold"))
        )

    def put(self, text: str, indent: int = 2, style: str = "", hang: str = "") -> None:
        """Print a paragraph, wrapped; ``hang`` stands before its first line, left of the others."""
        if not text:
            return
        lines = Text(text, style=style).wrap(self._console, max(20, self._console.width - indent - len(hang)))
        for i, one in enumerate(lines):
            one.rstrip()
            lead = Text(hang if i == 0 else " " * len(hang))
            self._console.print(Padding(lead + one, (0, 0, 0, indent)), soft_wrap=False)

    def rows(self, rows: Iterable[Row], indent: int = 2) -> None:
        """Print each row as a paragraph."""
        for row in rows:
            self.put(f"{row.label}: {row.text}" if row.label else row.text, indent)

    def items(self, items: Iterable[str], hang: str = "- ") -> None:
        """Print a list."""
        for item in items:
            self.put(item, hang=hang)

    def quote(self, quote: Quote, indent: int) -> None:
        """Print a quotation under its number, with its marks."""
        words = quote.words if quote.ours or not quote.words else f"“{quote.words}”"
        hang = f"[{quote.n}] "
        self.put(f"{quote.lead}: {words}" if words else quote.lead, indent, hang=hang)
        self.put(" · ".join(quote.marks), indent + len(hang), "dim")

    def gap(self) -> None:
        """Leave a line empty."""
        self._console.print()

    def text(self) -> str:
        """What was printed."""
        return "\n".join(one.rstrip() for one in self._file.getvalue().strip("\n").split("\n")) + "\n"


def _head(sheet: Sheet, shown: Page) -> None:
    sheet.put(shown.question, 0, "bold")
    sheet.put(USE_NOTICE, 0, "dim")
    sheet.rows(shown.reading)
    sheet.heading("Answer", shown.verdict_kind)
    sheet.put(shown.verdict, style="bold")
    sheet.heading("Certainty", f"{shown.level} (provisional)")
    sheet.put(shown.meaning)
    sheet.rows(shown.certainty)
    for domain in shown.domains:
        sheet.put(f"{domain.name}: {domain.judgement}. {domain.reason}", 4, hang="- ")
        sheet.put(f"“{domain.quote}”" if domain.quote else "", 6)
    if shown.limits:
        sheet.heading("Limits")
        sheet.items(shown.limits, "! ")


def _body(sheet: Sheet, shown: Page) -> None:
    for group in shown.groups:
        _group(sheet, group)
    if shown.dissent:
        sheet.heading("Agreement and dissent")
        for one in shown.dissent:
            sheet.quote(one, 2)
    if shown.indirect:
        _group(sheet, shown.indirect)
    if shown.not_found:
        sheet.heading("Not found")
        sheet.items(shown.not_found)
    if shown.explained:
        sheet.heading(EXPLAINED)
        sheet.items(shown.explained)


def _basis(sheet: Sheet, shown: Page) -> None:
    sheet.heading("How this was searched")
    sheet.put(shown.method)
    sheet.rows(shown.search)
    for query in shown.queries:
        sheet.put(query.query, hang="> ")
        sheet.rows(query.facts, 4)
    if shown.excluded:
        sheet.put("Excluded:")
        sheet.rows(shown.excluded, 4)
    if shown.references:
        sheet.heading("References")
        for entry in shown.references:
            _entry(sheet, entry)
    if shown.removed:
        sheet.heading("Not shown as part of the answer")
        for row in shown.removed:
            sheet.put(row.label, hang="- ")
            sheet.put(row.text, 4)
    sheet.heading("Status")
    sheet.rows(shown.status)
    if shown.followups:
        sheet.heading("Questions to ask next")
        sheet.items(shown.followups)


def _group(sheet: Sheet, group: Group) -> None:
    sheet.heading(group.heading)
    sheet.put(group.note)
    for i, claim in enumerate(group.claims):
        if i:
            sheet.gap()
        _claim(sheet, claim)


def _claim(sheet: Sheet, claim: Claim) -> None:
    sheet.put(claim.text, hang="- ")
    for quote in claim.quotes:
        sheet.quote(quote, 4)


def _entry(sheet: Sheet, entry: Entry) -> None:
    hang = f"[{entry.n}] "
    sheet.put(entry.vancouver, hang=hang)
    sheet.put(entry.notice, 2 + len(hang), "bold")
    sheet.put(" · ".join(entry.badges), 2 + len(hang), "dim")
    for address in (entry.pubmed, entry.doi):
        sheet.put(address or "", 2 + len(hang), "dim")
