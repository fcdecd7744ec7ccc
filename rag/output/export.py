"""The table of forms that a saved answer is exported in: for people, for programs, for reference managers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module

from rag.records import Answer, Article, Author, Reference

PAGES = {"text": "text", "md": "markdown", "html": "html", "json": "json"}
"""Forms that show the whole answer, and the module that prints each."""
REFERENCES = {"ris": "ris", "bibtex": "bibtex", "csl-json": "csl_json", "nbib": "nbib"}
"""Forms for reference managers: the articles that the answer cites, in the order of its numbers."""
FORMS = (*REFERENCES, "csv", "md", "html", "json")


def export(answer: Answer, form: str, look_up: Callable[[str], Article | None]) -> str:
    """Print an answer, or the references of it, in one of ``FORMS``.

    Args:
        answer: the answer.
        form: one of ``FORMS``, or ``text``.
        look_up: finds the stored article of an id; of one that is not stored only what the answer says is
            exported.
    """
    if form in PAGES:
        return str(import_module(f"rag.output.{PAGES[form]}").render(answer))
    if form == "csv":
        from rag.output import csv

        return csv.render(answer)
    articles = [_article(one, look_up(one.article)) for one in answer.references]
    return str(import_module(f"rag.output.{REFERENCES[form]}").render(articles))


def _article(reference: Reference, stored: Article | None) -> Article:
    """The article behind a reference, in the standing that the answer gives it, without its abstract.

    Abstracts may be their publishers' property and are not passed on.
    """
    if stored is not None:
        return replace(stored, sections=(), status=reference.status)
    return Article(
        id=reference.article,
        title=reference.title,
        pmid=reference.pmid,
        doi=reference.doi,
        authors=tuple(_author(name) for name in reference.authors),
        journal=reference.journal,
        year=reference.year,
        publication_types=reference.publication_types,
        status=reference.status,
        access=reference.access,
    )


def _author(name: str) -> Author:
    """An author from ``Coleman WB``; a name whose end is no initials is a group's."""
    last, _, initials = name.rpartition(" ")
    if last and initials.isupper() and len(initials) <= 4:
        return Author(last=last, initials=initials)
    return Author(collective=name)
