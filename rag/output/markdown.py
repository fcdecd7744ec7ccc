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
    yield from rows(shown.reading)
    yield from (f"## Answer: {shown.verdict_kind}", "", f"**{_cited(shown.verdict)}**", "")
    yield from (f"## Certainty: {shown.level} (provisional)", "", shown.meaning, "")
    yield from rows(shown.certainty)
    if shown.domains:
        yield from ("| Domain | Judgement | Reason | Quote |", "|---|---|---|---|")
        for one in shown.domains:
            quote = f"“{escape(one.quote)}”" if one.quote else ""
            yield f"| {escape(one.name)} | {escape(one.judgement)} | {escape(one.reason)} | {quote} |"
        yield ""
    if shown.limits:
        yield from ("## Limits", "", *items(shown.limits))


def _body(shown: Page) -> Iterator[str]:
    for group in shown.groups:
        yield from _group(group)
    if shown.dissent:
        yield from ("## Agreement and dissent", "", *map(quoted, shown.dissent), "")
    if shown.indirect:
        yield from _group(shown.indirect)
    if shown.not_found:
        yield from ("## Not found", "", *items(shown.not_found))
    if shown.explained:
        yield from (f"## {EXPLAINED}", "", *items(shown.explained))


def _basis(shown: Page) -> Iterator[str]:
    yield from ("## How this was searched", "", shown.method, "")
    yield from rows(shown.search)
    for query in shown.queries:
        yield from (f"Query: {escape(query.query)}", "", *rows(query.facts))
    if shown.excluded:
        yield from ("Excluded:", "", *rows(shown.excluded))
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
    yield from ("## Status", "", *rows(shown.status))
    if shown.followups:
        yield from ("## Questions to ask next", "", *items(shown.followups))


def rows(shown: Iterable[Row]) -> Iterator[str]:
    """A list of labels and values, and an empty line after it."""
    listed = [f"- **{escape(row.label)}:** {escape(row.text)}" for row in shown]
    yield from (*listed, *([""] if listed else []))


def items(shown: Iterable[str]) -> Iterator[str]:
    """A list, and an empty line after it."""
    yield from (f"- {escape(item)}" for item in shown)
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
        yield f"  {quoted(quote)}"


def quoted(quote: Quote) -> str:
    """A quotation under its number, with its marks, as an item of a list."""
    words = escape(quote.words)
    said = f": {words if quote.ours else f'“{words}”'}" if words else ""
    marks = f" ({escape(' · '.join(quote.marks))})" if quote.marks else ""
    return f"- [{quote.n}] {escape(quote.lead)}{said}{marks}"


def links(pubmed: str | None, doi: str | None) -> str:
    """Links to an article, the only ones there are."""
    return " ".join(f"[{name}]({url})" for name, url in (("PubMed", pubmed), ("DOI", doi)) if url)


def _entry(entry: Entry) -> Iterator[str]:
    badges = escape(" · ".join(entry.badges))
    notice = f" **{escape(entry.notice)}**" if entry.notice else ""
    # Not a numbered list: Markdown would renumber it, and a thread's numbers may have gaps.
    told = f"{escape(entry.vancouver)}{notice} *{badges}* {links(entry.pubmed, entry.doi)}"
    yield f"- [{entry.n}] {told}".rstrip()
