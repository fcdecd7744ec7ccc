"""The report of an audit for the terminal, as Markdown, and as one self-contained HTML page.

Every word of the audited text and of its sources is escaped as in the forms of an answer: none can become a
link, a heading, HTML or a command to a terminal.
"""

from __future__ import annotations

from collections.abc import Iterator

from rag.audit_records import Audit
from rag.output import audit_page as words
from rag.output import html, json, markdown
from rag.output.audit_page import AuditPage, Checked, Fault, Listed, audit_page
from rag.output.markdown import escape
from rag.output.page import USE_NOTICE
from rag.output.text import Sheet
from rag.text.markers import add_markers
from rag.text.markers import render as marker


def render(audit: Audit, form: str, *, width: int | None = None, color: bool = False) -> str:
    """Print an audit in one of the forms ``text``, ``md``, ``json`` and ``html``.

    Args:
        audit: what was found.
        form: the form.
        width: columns of text; by default those of the terminal.
        color: whether text may use terminal colours.
    """
    if form == "json":
        return json.render(audit)
    shown = audit_page(audit)
    if form == "html":
        return _html(shown)
    if form == "md":
        return "\n".join(_markdown(shown)).rstrip() + "\n"
    sheet = Sheet(width, color)
    _text(sheet, shown)
    return sheet.text()


def _html(shown: AuditPage) -> str:
    template = html.template("audit.html")
    return template.render(
        page=shown, words=words, notice=USE_NOTICE, listed_numbers={one.n for one in shown.references}
    )


# --- For the terminal -----------------------------------------------------------------------------


def _text(sheet: Sheet, shown: AuditPage) -> None:
    sheet.put(shown.question or words.HEADING, 0, "bold")
    sheet.put(USE_NOTICE, 0, "dim")
    sheet.heading("Audit", shown.result)
    sheet.put("; ".join(f"{row.label}: {row.text}" for row in shown.counts))
    for group in shown.faults:
        sheet.heading(group.heading)
        sheet.items(_fault(one) for one in group.faults)
    sheet.heading("Statements")
    for i, one in enumerate(shown.statements):
        if i:
            sheet.gap()
        _statement(sheet, one)
    if shown.references:
        sheet.heading("References")
        for entry in shown.references:
            _entry(sheet, entry)
    sheet.heading("How this was checked")
    sheet.rows(shown.method)
    sheet.heading("What an audit cannot tell")
    sheet.items(words.BLIND)


def _fault(fault: Fault) -> str:
    where = f" ({', '.join(fault.where)})" if fault.where else ""
    return f"{fault.label}: {fault.text}{where}"


def _statement(sheet: Sheet, one: Checked) -> None:
    role = f"{one.role}: " if one.role else ""
    sheet.put(f"{role}{add_markers(one.text, one.numbers)}", hang=f"{one.id} ")
    sheet.put(one.verdict.capitalize(), 4, "bold")
    for quote in one.quotes:
        sheet.quote(quote, 4)
    sheet.put(words.ELSEWHERE if one.elsewhere else "", 4)
    for quote in one.elsewhere:
        sheet.quote(quote, 4)


def _entry(sheet: Sheet, entry: Listed) -> None:
    hang = f"[{entry.n}] "
    sheet.put(entry.printed, hang=hang)
    sheet.put(entry.found, 2 + len(hang))
    sheet.put(entry.notice, 2 + len(hang), "bold")
    sheet.put(" · ".join(entry.badges), 2 + len(hang), "dim")
    for address in (entry.pubmed, entry.doi):
        sheet.put(address or "", 2 + len(hang), "dim")


# --- Markdown -------------------------------------------------------------------------------------


def _markdown(shown: AuditPage) -> Iterator[str]:
    yield from (f"# {escape(shown.question or words.HEADING)}", "", f"*{escape(USE_NOTICE)}*", "")
    yield from (f"## Audit: {shown.result}", "", *markdown.rows(shown.counts))
    for group in shown.faults:
        yield from (f"## {group.heading}", "")
        for one in group.faults:
            where = f" ({', '.join(one.where)})" if one.where else ""
            yield f"- **{one.label}:** {escape(one.text)}{where}"
        yield ""
    yield from ("## Statements", "")
    for statement in shown.statements:
        yield from _checked(statement)
    if shown.references:
        yield from ("", "## References", "", *map(_listed, shown.references))
    yield from ("", "## How this was checked", "", *markdown.rows(shown.method))
    yield from ("## What an audit cannot tell", "", *markdown.items(words.BLIND))


def _checked(one: Checked) -> Iterator[str]:
    role = f"*{one.role}:* " if one.role else ""
    yield f"- {one.id}: {role}{escape(one.text)} {marker(one.numbers)}".rstrip()
    yield f"  - **{one.verdict.capitalize()}**"
    yield from (f"  {markdown.quoted(quote)}" for quote in one.quotes)
    if one.elsewhere:
        yield f"  - {words.ELSEWHERE}"
        yield from (f"    {markdown.quoted(quote)}" for quote in one.elsewhere)


def _listed(entry: Listed) -> str:
    notice = f" **{escape(entry.notice)}**" if entry.notice else ""
    badges = f" *{escape(' · '.join(entry.badges))}*" if entry.badges else ""
    told = f"{escape(entry.printed)} — {escape(entry.found)}{notice}{badges}"
    return f"- [{entry.n}] {told} {markdown.links(entry.pubmed, entry.doi)}".rstrip()
