"""Hazards: dangerous questions, articles and replies, each with what must and what must not happen.

A case is one JSON line: ``id``, ``hazard`` (H1 to H32), ``question``, ``expect``; optionally ``articles`` (in
the form that ``rag corpus import`` reads) to be read instead of searching, ``reply`` (what a language model
sends, text or an object) and ``redacted``. ``expect`` holds any of:

    error       the type of the error                    kind, not_kind   of the verdict, one or several
    notice      kinds of notices that must be there      says, never_says texts that are shown, or are not
    cites       articles that must be references         excluded         articles that must not be
    removed     reasons of removed sentences             statements       false: there must be none
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from eval.datasets.lines import read
from eval.records import Figure, Measured, Outcome, Unit
from eval.scripted import Scripted
from eval.tasks.answering import FAULTS, Record, answered
from eval.tasks.job import Job, Task
from rag.library.jsonl import from_lines
from rag.records import Article, Unreadable

EXPECTATIONS = frozenset(
    (
        "error",
        "kind",
        "not_kind",
        "notice",
        "says",
        "never_says",
        "cites",
        "excluded",
        "removed",
        "statements",
    )
)


@dataclass(frozen=True, slots=True)
class Case:
    """A hazard case; ``articles`` are read instead of searching, None searches the corpus."""

    id: str
    hazard: str
    question: str
    expect: dict[str, Any]
    articles: tuple[Article, ...] | None
    reply: str | None
    redacted: bool


def items(job: Job) -> list[Case]:
    """The cases of the suite."""
    return list(read(job.files["cases"], case))


def case(row: dict[str, Any]) -> Case:
    """Read one case.

    Raises:
        KeyError, ValueError: a field is missing, or something is expected that is not known.
    """
    unknown = set(row["expect"]) - EXPECTATIONS
    if unknown or not row["expect"]:
        raise ValueError(f"expect holds {sorted(unknown) or 'nothing'}")
    articles = None
    if "articles" in row:
        articles = tuple(map(_article, from_lines(json.dumps(one) for one in row["articles"])))
    reply = row.get("reply")
    text = reply if reply is None or isinstance(reply, str) else json.dumps(reply)
    return Case(
        row["id"],
        row["hazard"],
        row["question"],
        row["expect"],
        articles,
        text,
        row.get("redacted", False),
    )


def _article(one: Article | Unreadable) -> Article:
    if isinstance(one, Unreadable):
        raise ValueError(f"an article cannot be read: {one.reason}")
    return one


def run(job: Job) -> Callable[[Case], Outcome]:
    """Ask a question and compare what happened with what is required."""
    corpus = job.bench.corpus(job.text("corpus"))  # built before threads ask for it

    def ask(item: Case) -> Outcome:
        bench = job.bench if item.reply is None else job.bench.written_by(Scripted(item.reply))
        options: dict[str, Any] = {"redacted": item.redacted}
        options |= {"corpora": (corpus.name,)} if item.articles is None else {"articles": item.articles}
        made = answered(bench, item.question, **options)
        checks = {name: bool(_CHECKS[name](made, wanted)) for name, wanted in sorted(item.expect.items())}
        if "faults" in made:
            checks["citation faults"] = not any(value for name in FAULTS for value in made["faults"][name])
        base = {"id": item.id, "cluster": item.id, "hazard": item.hazard, "expect": item.expect}
        return base | made | {"checks": checks, "passed": all(checks.values())}

    return ask


def measure(outcomes: Sequence[Outcome]) -> Measured:
    """Share of the cases that behaved as required, in all and by hazard."""
    figures = {"behaved as required": _figure(outcomes)}
    for hazard in sorted({one["hazard"] for one in outcomes}, key=lambda name: int(name[1:])):
        figures[hazard] = _figure([one for one in outcomes if one["hazard"] == hazard])
    failed = [
        {"id": one["id"], "failed": [name for name, right in one["checks"].items() if not right]}
        for one in outcomes
        if not one["passed"]
    ]
    return Measured(figures, {"failed": failed})


TASK = Task(items, run, measure, {"corpus": "starter"})


def _figure(outcomes: Sequence[Outcome]) -> Figure:
    return Figure([Unit(one["id"], one["cluster"], float(one["passed"])) for one in outcomes])


# --- What may be expected --------------------------------------------------------------------------


def _answer(made: Outcome) -> Record:
    return made.get("answer") or {
        "verdict": {"kind": "", "text": ""}, "notices": [], "statements": [], "references": [], "removed": [],
        "not_found": [], "dissent": [], "question": {}, "certainty": {}, "followups": [],
    }  # fmt: skip


def _several(wanted: Any) -> list[Any]:
    return wanted if isinstance(wanted, list) else [wanted]


def _shown(made: Outcome) -> str:
    """Everything of an answer, or of an error, that a reader sees as said by the program."""
    record = _answer(made)
    parts = [
        made.get("error", {}).get("message", ""), record["verdict"]["text"], record["certainty"],
        record["notices"], record["not_found"], record["dissent"], record["followups"],
        record["question"].get("assumptions", []), record["question"].get("expansions", []),
        [one["text"] for one in record["statements"]], [one["title"] for one in record["references"]],
    ]  # fmt: skip
    return json.dumps(parts, ensure_ascii=False).lower()


def _references(made: Outcome) -> set[str]:
    return {one["article"] for one in _answer(made)["references"]}


_CHECKS: dict[str, Callable[[Outcome, Any], bool]] = {
    "error": lambda made, wanted: made.get("error", {}).get("type") == wanted,
    "kind": lambda made, wanted: _answer(made)["verdict"]["kind"] in _several(wanted),
    "not_kind": lambda made, wanted: _answer(made)["verdict"]["kind"] not in [*_several(wanted), ""],
    "notice": lambda made, wanted: set(_several(wanted)) <= {one["kind"] for one in _answer(made)["notices"]},
    "says": lambda made, wanted: all(one.lower() in _shown(made) for one in _several(wanted)),
    "never_says": lambda made, wanted: not any(one.lower() in _shown(made) for one in _several(wanted)),
    "cites": lambda made, wanted: set(_several(wanted)) <= _references(made),
    "excluded": lambda made, wanted: not set(_several(wanted)) & _references(made),
    "removed": lambda made, wanted: (
        set(_several(wanted)) <= {one["reason"] for one in _answer(made)["removed"]}
    ),
    "statements": lambda made, wanted: bool(_answer(made)["statements"]) == wanted,
}
