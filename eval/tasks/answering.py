"""What every task that answers questions shares: the answer without times, its faults, its figures."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from eval.bench import Bench
from eval.measures import citations, integrity, safety
from eval.records import Figure, Outcome, Unit
from rag.answering.pipeline import answer
from rag.errors import RagError
from rag.output.json import render
from rag.records import Answer, Article

Record = dict[str, Any]

FAULTS = (
    "dangling",
    "orphan",
    "duplicate",
    "disorder",
    "uncited",
    "invented",
    "misquoted",
    "foreign figures",
)
"""Citation integrity: names of its faults, which must not occur."""


def answered(bench: Bench, text: str, how: Callable[..., Answer] = answer, /, **options: Any) -> Outcome:
    """Answer a question; a typed error is the outcome of that item, not of the run.

    Args:
        bench: settings, models, corpora.
        text: the question.
        how: what answers it: the route, or a turn of a thread.
        **options: those of ``rag.answering.pipeline.route``.

    Returns:
        ``question`` with ``answer`` (the record without times and random ids), ``tokens``, ``faults`` (one
        value a unit, by name) and ``seconds`` by stage; or ``question`` with ``error``.
    """
    try:
        made = json.loads(render(how(bench, text=text, **options)))
    except RagError as error:
        return {"question": text, "error": {"type": type(error).__name__, "message": str(error)}}
    articles = options.get("articles")
    article = _held(bench, options.get("corpora", ())) if articles is None else _given(articles)
    outcome = {
        "question": text,
        "answer": stable(made),
        "tokens": made["status"]["tokens"],
        "faults": faults(made, article),
    }
    return outcome | {"seconds": made["status"]["seconds"]}


def stable(made: Record) -> Record:
    """An answer record without what differs between two equal runs: ids, dates, times."""
    kept = {name: value for name, value in made.items() if name not in ("id", "thread", "status")}
    search = dict(made["search"])
    search["corpora"] = [{**one, "built": ""} for one in search["corpora"]]
    search["queries"] = [{**one, "date": ""} for one in search["queries"]]
    return kept | {"search": search}


def faults(made: Record, article: Callable[[str], Article | None]) -> dict[str, list[float | None]]:
    """Every fault of citation integrity, and retracted articles as support; the target is 0 everywhere.

    Args:
        made: the answer record.
        article: what was searched: an article by its id, None if it holds none of that id.
    """

    def text(name: str) -> str | None:
        held = article(name)
        return "\n".join((held.title, *(one.text for one in held.sections))) if held else None

    cited = [reference["article"] for reference in made["references"]]
    retracted = [one for one in cited if (held := article(one)) and held.status == "retracted"]
    return {
        "dangling": [*integrity.dangling(made)],
        "orphan": [*integrity.orphan(made)],
        "duplicate": [*integrity.duplicate(made)],
        "disorder": [*integrity.disorder(made)],
        "uncited": [*integrity.uncited(made)],
        "invented": [*integrity.invented(made, lambda name: article(name) is not None)],
        "misquoted": integrity.misquoted(made, text),
        "foreign figures": integrity.foreign_figures(made, text),
        "retraction leak": [*safety.retraction_leaks(made, retracted)],
    }


def citation_figures(outcomes: Sequence[Outcome]) -> dict[str, Figure]:
    """Citation coverage, support and contradiction by the gate's own verdicts, and every fault's rate.

    The gate lets nothing unsupported pass, so that the first three show that it does its work, not that its
    verdicts are right: that is for the judge and for human labels to say.
    """
    made = [one for one in outcomes if "answer" in one]
    figures = {
        "citation coverage (gate)": units(made, lambda one: citations.coverage(one["answer"])),
        "citation support rate (gate)": units(made, lambda one: citations.support_rate(one["answer"])),
        "citation contradict rate (gate)": units(made, lambda one: citations.contradict_rate(one["answer"])),
        "citation faults": units(
            made, lambda one: [value for name in FAULTS for value in one["faults"][name]]
        ),
        "retraction leak": units(made, lambda one: one["faults"]["retraction leak"]),
        "statements per answer": units(made, lambda one: [float(len(one["answer"]["statements"]))]),
        "removed per answer": units(made, lambda one: [float(len(one["answer"]["removed"]))]),
        "tokens per answer": units(made, lambda one: [float(one["tokens"])]),
    }
    return {name: figure for name, figure in figures.items() if figure.units}


def units(outcomes: Sequence[Outcome], values: Callable[[Outcome], Sequence[float | None]]) -> Figure:
    """A mean over all values of all outcomes."""
    return Figure([Unit(one["id"], one["cluster"], value) for one in outcomes for value in values(one)])


def failed(outcomes: Sequence[Outcome]) -> dict[str, int]:
    """How many outcomes are errors, by the type of error."""
    counts: dict[str, int] = {}
    for one in outcomes:
        if "error" in one:
            counts[one["error"]["type"]] = counts.get(one["error"]["type"], 0) + 1
    return counts


def _held(bench: Bench, names: Sequence[str]) -> Callable[[str], Article | None]:
    corpora = [bench.corpus(name) for name in names]
    return lambda name: next((held for corpus in corpora if (held := corpus.article(name))), None)


def _given(articles: Sequence[Article]) -> Callable[[str], Article | None]:
    by_id: Mapping[str, Article] = {one.id: one for one in articles}
    return by_id.get
