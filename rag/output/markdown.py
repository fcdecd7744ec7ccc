"""An answer as Markdown (CommonMark with tables), for notes, issues and notebooks.

Every word that comes from a source or a model is escaped: none can become a link, an image, a heading or
HTML. The only links are those of the references.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from rag.output.page import (
    EXPLAINED,
    USE_NOTICE,
    Claim,
    Entry,
    Group,
    Page,
    Quote,
    Row,
    page,
)
from rag.records import Answer
from rag.text.markers import markers
from rag.text.markers import render as marker

_SPECIAL = re.compile(r"[\\`*_\[\]<>|~$&#!{}]|:(?=//)|(?<=www)\.|(?<=\w)@(?=\w)")
_OPENS_A_BLOCK = re.compile(r"[-+=:(]|\d+(?=[.)])")


def render(answer: Answer) -> str:
    """Print an answer as Markdown."""
    shown = page(answer)
    return "\n".join((*_head(shown), *_body(shown), *_basis(shown))).rstrip() + "\n"


def escape(text: str) -> str:
    """Escape a line so that it shows as it stands, wherever it begins."""
    escaped = _SPECIAL.sub(r"\\\g<0>", text)
    opening = _OPENS_A_BLOCK.match(escaped)
    if opening is None:
        return escaped
    if opening[0].isdigit():
        return f"{opening[0]}\\{escaped[opening.end() :]}"
    return f"\\{escaped}"


def _cited(text: str) -> str:
    """Escape a line but for its markers, which are printed in their canonical form."""
    parts: list[str] = []
    end = 0
    for one in markers(text):
        parts += [escape(text[end : one.start]), marker(one.numbers) or escape(one.text)]
        end = one.end
    return "".join([*parts, escape(text[end:])])


def _head(shown: Page) -> Iterator[str]:
    yield from (f"# {escape(shown.question)}", "", f"*{escape(USE_NOTICE)}*", "")
    yield from _rows(shown.reading)
    yield from (f"## Answer: {shown.verdict_kind}", "", f"**{_cited(shown.verdict)}**", "")
    yield from (f"## Certainty: {shown.level} (provisional)", "", shown.meaning, "")
    yield from _rows(shown.certainty)
    if shown.domains:
        yield from ("| Domain | Judgement | Reason | Quote |", "|---|---|---|---|")
        for one in shown.domains:
            quote = f"“{escape(one.quote)}”" if one.quote else ""
            yield f"| {escape(one.name)} | {escape(one.judgement)} | {escape(one.reason)} | {quote} |"
        yield ""
    if shown.limits:
        yield from ("## Limits", "", *_items(shown.limits))


def _body(shown: Page) -> Iterator[str]:
    for group in shown.groups:
        yield from _group(group)
    if shown.dissent:
        yield from ("## Agreement and dissent", "", *map(_quote, shown.dissent), "")
    if shown.indirect:
        yield from _group(shown.indirect)
    if shown.not_found:
        yield from ("## Not found", "", *_items(shown.not_found))
    if shown.explained:
        yield from (f"## {EXPLAINED}", "", *_items(shown.explained))


def _basis(shown: Page) -> Iterator[str]:
    yield from ("## How this was searched", "", shown.method, "")
    yield from _rows(shown.search)
    for query in shown.queries:
        yield from (f"Query: {escape(query.query)}", "", *_rows(query.facts))
    if shown.excluded:
        yield from ("Excluded:", "", *_rows(shown.excluded))
    if shown.references:
        yield from ("## References", "")
        for entry in shown.references:
            yield from _entry(entry)
        yield ""
    if shown.removed:
        yield from ("## Not shown as part of the answer", "")
        for row in shown.removed:
            yield f"- {escape(row.label)} — {escape(row.text)}"
        yield ""
    yield from ("## Status", "", *_rows(shown.status))
    if shown.followups:
        yield from ("## Questions to ask next", "", *_items(shown.followups))


def _rows(rows: Iterable[Row]) -> Iterator[str]:
    listed = [f"- **{escape(row.label)}:** {escape(row.text)}" for row in rows]
    yield from (*listed, *([""] if listed else []))


def _items(items: Iterable[str]) -> Iterator[str]:
    yield from (f"- {escape(item)}" for item in items)
    yield ""


def _group(group: Group) -> Iterator[str]:
    yield from (f"## {group.heading}", "")
    if group.note:
        yield from (f"*{group.note}*", "")
    for claim in group.claims:
        yield from _claim(claim)
    yield ""


def _claim(claim: Claim) -> Iterator[str]:
    yield f"- {_cited(claim.text)}"
    for quote in claim.quotes:
        yield f"  {_quote(quote)}"


def _quote(quote: Quote) -> str:
    words = escape(quote.words)
    said = f": {words if quote.ours else f'“{words}”'}" if words else ""
    marks = f" ({escape(' · '.join(quote.marks))})" if quote.marks else ""
    return f"- [{quote.n}] {escape(quote.lead)}{said}{marks}"


def _entry(entry: Entry) -> Iterator[str]:
    badges = escape(" · ".join(entry.badges))
    notice = f" **{escape(entry.notice)}**" if entry.notice else ""
    links = [f"[{name}]({url})" for name, url in (("PubMed", entry.pubmed), ("DOI", entry.doi)) if url]
    # Not a numbered list: Markdown would renumber it, and a thread's numbers may have gaps.
    yield f"- [{entry.n}] {escape(entry.vancouver)}{notice} *{badges}* {' '.join(links)}".rstrip()
