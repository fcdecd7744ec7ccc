"""Study designs: what the program reads from a record against two blind readings of it.

The figures are over the records on which both readings agree, on the design or on the level; how far they
agree with each other is the ceiling.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from eval.datasets.lines import read
from eval.measures.agreement import confusion, weighted_kappa
from eval.records import Figure, Measured, Outcome, Unit
from eval.tasks.job import Job, Task
from rag.answering.design import design
from rag.library import medline
from rag.records import Article, QuestionType

UNCLEAR = "study of unclear design"
LEVELS = (1, 2, 3, 4, 5, None)
"""OCEBM 2011, highest first; None where the scale has no row. It stands a step below the lowest."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A record with its two readings, each with ``design``, ``question``, ``level`` and ``reason``."""

    id: str
    article: Article
    first: Mapping[str, Any]
    second: Mapping[str, Any]


def items(job: Job) -> list[Labelled]:
    """The labelled records, in the order of the labels."""
    labels = list(read(job.files["labels"], lambda row: (str(row["pmid"]), row["a"], row["b"])))
    wanted = {pmid for pmid, _, _ in labels}
    found = {
        one.id: one
        for role, path in job.files.items()
        if role != "labels"
        for one in medline.read(path)
        if isinstance(one, Article) and one.id in wanted
    }
    return [Labelled(pmid, found[pmid], a, b) for pmid, a, b in labels if pmid in found]


def run(job: Job) -> Callable[[Labelled], Outcome]:
    """Read the design of a record for the type of question that the first reading gave it."""

    def label(item: Labelled) -> Outcome:
        asked = cast(QuestionType, item.first["question"])
        said = design(item.article, asked)
        same_question = item.first["question"] == item.second["question"]
        return {
            "id": item.id,
            "cluster": item.id,
            "title": item.article.title,
            "designs": [item.first["design"], item.second["design"]],
            "levels": [item.first["level"], item.second["level"]],
            "comparable": same_question,
            "design": said.name,
            "level": said.level,
            "reason": said.reason,
        }

    return label


def measure(outcomes: Sequence[Outcome]) -> Measured:
    """Agreement on the design, kappa of the level (quadratic, linear weights), abstentions, the readings."""
    agreed = [one for one in outcomes if one["designs"][0] == one["designs"][1]]
    levels = [one for one in outcomes if one["comparable"] and one["levels"][0] == one["levels"][1]]
    pairs = [Unit(one["id"], one["cluster"], (one["levels"][0], one["level"])) for one in levels]
    read_twice = [Unit(one["id"], one["cluster"], tuple(one["levels"])) for one in outcomes]
    decided = [one for one in agreed if one["design"] != UNCLEAR]
    figures = {
        "agreement on design": _share(agreed, lambda one: one["design"] == one["designs"][0]),
        "agreement where a design is named": _share(decided, lambda one: one["design"] == one["designs"][0]),
        "weighted kappa of level": Figure(pairs, lambda rows: _kappa(rows)),
        "linear kappa of level": Figure(pairs, lambda rows: _kappa(rows, linear=True)),
        "agreement on level": _share(levels, lambda one: one["level"] == one["levels"][0]),
        "abstained on design": _share(agreed, lambda one: one["design"] == UNCLEAR),
        "abstained on level": _share(levels, lambda one: one["level"] is None),
        "agreement of the readings": _share(outcomes, lambda one: one["designs"][0] == one["designs"][1]),
        "weighted kappa of the readings": Figure(read_twice, lambda rows: _kappa(rows)),
    }
    given, said = [one["designs"][0] for one in agreed], [one["design"] for one in agreed]
    return Measured(
        {name: one for name, one in figures.items() if one.units}, {"confusion": confusion(given, said)}
    )


TASK = Task(items, run, measure)


def _share(outcomes: Sequence[Outcome], holds: Callable[[Outcome], bool]) -> Figure:
    return Figure([Unit(one["id"], one["cluster"], float(holds(one))) for one in outcomes])


def _kappa(rows: Sequence[tuple[Any, Any]], *, linear: bool = False) -> float | None:
    given, said = [one for one, _ in rows], [other for _, other in rows]
    return weighted_kappa(given, said, LEVELS, "linear" if linear else "quadratic")
