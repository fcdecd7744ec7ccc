"""Verdicts: yes/no questions answered from their own article, or found first among all of them.

``supported`` is yes, ``not_supported`` no, ``conflicting`` and ``uncertain`` maybe; the other kinds abstain.
An abstention on a question that can be answered counts as wrong, and is shown apart as well. Where the
reading of stances was trained on a part of the questions, the figures of verdicts are over the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from eval.datasets.questions import bioasq, pubmedqa
from eval.held_out import QUESTIONS_HELD_OUT, held
from eval.measures.abstention import abstained
from eval.measures.agreement import confusion, f1
from eval.records import Asked, Figure, Measured, Outcome, Unit
from eval.tasks.answering import answered, citation_figures, failed
from eval.tasks.job import Job, Task
from rag.errors import BadInput
from rag.records import Article

SAYS = {"supported": "yes", "not_supported": "no", "conflicting": "maybe", "uncertain": "maybe"}
ABSTAINED = "abstained"


def items(job: Job) -> list[Asked]:
    """The questions of the suite."""
    return _read(job)[0]


def run(job: Job) -> Callable[[Asked], Outcome]:
    """Answer a question from its own articles (``mode=gold``) or from the pool (``mode=search``)."""
    if job.text("mode") not in ("gold", "search"):
        raise BadInput(f"mode={job.text('mode')} is not known: gold or search.")
    options: dict[str, Any] = {}
    if job.text("mode") == "search":
        options = {
            "corpora": (job.bench.pool(job.suite.data.format, _read(job)[1]),),
            "most": job.number("k"),
        }

    def ask(item: Asked) -> Outcome:
        made = answered(job.bench, item.text, **(options or {"articles": item.gold}))
        wanted = [article.id for article in item.gold]
        base: Outcome = {"id": item.id, "cluster": item.id, "given": item.given, "wanted": wanted}
        if job.suite.trained:
            name = job.suite.trained.format(article=item.id)
            base["trained"] = not held(name, QUESTIONS_HELD_OUT)
        if "answer" not in made:
            return base | made
        record = made["answer"]
        label = ABSTAINED if abstained(record) else SAYS[record["verdict"]["kind"]]
        cited = {reference["article"] for reference in record["references"]}
        read = cited | {one["pmid"] for one in record["search"]["excluded"]}
        return base | made | {
            "label": label,
            "read_wanted": len(read & set(wanted)) / len(wanted),
            "cited_wanted": len(cited & set(wanted)) / len(wanted),
        }  # fmt: skip

    return ask


def measure(outcomes: Sequence[Outcome]) -> Measured:
    """Accuracy and macro-F1 of the verdict over the labels that were given, abstentions, citations."""
    done = [one for one in outcomes if "label" in one]
    known = [one for one in outcomes if one.get("trained")]
    fresh = [one for one in outcomes if not one.get("trained")]
    decided = [one for one in fresh if one.get("label", ABSTAINED) != ABSTAINED]
    figures = {
        **_agreement(fresh),
        "accuracy where answered": _mean(decided, lambda one: one["label"] == one["given"]),
        "abstained": _mean(done, lambda one: one["label"] == ABSTAINED),
        "own article read": _mean(done, lambda one: one["read_wanted"]),
        "own article cited": _mean(done, lambda one: one["cited_wanted"]),
        **citation_figures(outcomes),
        **{f"in-sample: {name}": figure for name, figure in _agreement(known).items()},
    }
    shown = [one for one in fresh if "label" in one]
    tables = {
        "confusion": confusion([one["given"] for one in shown], [one["label"] for one in shown]),
        "errors": failed(outcomes),
    }
    return Measured({name: figure for name, figure in figures.items() if figure.units}, tables)


def _agreement(outcomes: Sequence[Outcome]) -> dict[str, Figure]:
    pairs = [Unit(one["id"], one["cluster"], _pair(one)) for one in outcomes]
    equal = [Unit(u.item, u.cluster, u.value and float(u.value[0] == u.value[1])) for u in pairs]
    return {"accuracy": Figure(equal), "macro-F1": Figure(pairs, given_macro_f1)}


TASK = Task(items, run, measure, {"mode": "gold", "sections": "full", "k": 40, "retrieval": "tuned"})


def given_macro_f1(pairs: Sequence[tuple[str, str]]) -> float | None:
    """Mean F1 of the labels that are given: an abstention is a miss of its label, not a label of its own."""
    given, predicted = [one for one, _ in pairs], [other for _, other in pairs]
    labels = sorted(set(given))
    return sum(f1(given, predicted, label) for label in labels) / len(labels) if labels else None


def _read(job: Job) -> tuple[list[Asked], list[Article]]:
    if job.suite.data.format == "bioasq":
        return bioasq(job.files)
    if job.text("sections") not in ("full", "contexts"):
        raise BadInput(f"sections={job.text('sections')} is not known: full or contexts.")
    return pubmedqa(job.files, conclusions=job.text("sections") == "full")


def _pair(outcome: Outcome) -> tuple[str, str] | None:
    return (outcome["given"], outcome["label"]) if "label" in outcome else None


def _mean(outcomes: Sequence[Outcome], value: Callable[[Outcome], float | bool]) -> Figure:
    return Figure([Unit(one["id"], one["cluster"], float(value(one))) for one in outcomes])
