"""An answer as one self-contained HTML page: no script, no outside resource, printable.

Notes follow the accessible pattern of the DAISY knowledge base: ``doc-noteref`` links, a ``doc-endnotes``
list, ``doc-backlink`` links (https://kb.daisy.org/publishing/docs/html/notes.html). Everything is escaped;
the only links that leave the page are those that were built from a PMID or a DOI.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from itertools import chain

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from rag.output import page as words
from rag.records import Answer
from rag.resources import shipped
from rag.text.markers import markers

DOTS = {"high": 4, "moderate": 3, "low": 2, "very_low": 1, "not_assessable": 0}
"""Filled dots beside the word for the level: decoration, hidden from screen readers."""


def render(answer: Answer) -> str:
    """Print an answer as an HTML page."""
    return template("answer.html").render(
        page=words.page(answer),
        words=words,
        kind=answer.verdict.kind,
        dots=DOTS[answer.certainty.level],
        notes=_Notes({reference.n for reference in answer.references}),
    )


class _Notes:
    """Turns markers into links to the reference list, and remembers where each reference is cited."""

    def __init__(self, listed: set[int]) -> None:
        self._listed = listed
        self._uses: Counter[int] = Counter()

    def cited(self, text: str) -> Markup:
        """The text, escaped, each number of its markers a link to its reference."""
        parts: list[Markup] = []
        end = 0
        for marker in markers(text):
            shown = map(self._link, marker.numbers) if marker.numbers else [escape(marker.text[1:-1])]
            parts += [escape(text[end : marker.start]), Markup("<span class=marker>[")]
            parts += [Markup(",").join(shown), Markup("]</span>")]
            end = marker.end
        return Markup("").join(chain(parts, [escape(text[end:])]))

    def uses(self, n: int) -> range:
        """The numbers of the places that cite reference ``n``, counted from 1."""
        return range(1, self._uses[n] + 1)

    def _link(self, n: int) -> Markup:
        if n not in self._listed:
            return Markup(n)
        self._uses[n] += 1
        link = '<a href="#ref-{0}" id="cite-{0}-{1}" role="doc-noteref" aria-label="reference {0}">{0}</a>'
        return Markup(link).format(n, self._uses[n])


@cache
def template(name: str) -> Template:
    """A template of this folder; all of them escape whatever is put in."""
    environment = Environment(
        loader=FileSystemLoader(shipped("rag", "output", "templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name)
