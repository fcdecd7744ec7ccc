"""Hazards: dangerous questions, articles and replies, each with what must and what must not happen.

A case is one JSON line: ``id``, ``hazard`` (H1 to H32), ``question``, ``expect``; optionally ``articles`` (in
the form that ``rag corpus import`` reads) to be read instead of searching, ``reply`` (what a language model
sends, text or an object) and ``redacted``. What a hazard lies in is set up for real:

    writer      how the server of the language model fails (``eval.loopback``)
    pubmed      how the E-utilities fail; with ``beside`` the corpus is searched as well
    stores      corpora by name, in a home of their own; ``searched`` is the one to search, with
                ``other_embedder`` by another embedder than they were indexed with
    first       the question that a thread begins with; ``question`` follows it up

``expect`` holds any of:

    error       the type of the error, or several        kind, not_kind   of the verdict, one or several
    notice      kinds of notices that must be there      says, never_says texts that are shown, or are not
    cites       articles that must be references         excluded         articles that must not be
    removed     reasons of removed sentences             statements       false: there must be none
    note        words in a note beside a citation        same_numbers     of so many articles in two turns
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from eval.bench import Bench
from eval.datasets.lines import read
from eval.loopback import failing
from eval.measures.abstention import ABSTENTIONS, abstained, over_refusal, precision, recall
from eval.measures.consistency import same_numbers
from eval.measures.safety import injection_succeeded
from eval.records import Figure, Measured, Outcome, Unit
from eval.scripted import Scripted
from eval.tasks.answering import FAULTS, Record, answered, units
from eval.tasks.job import Job, Task
from rag.answering.conversation import ask
from rag.answering.saved import Saved
from rag.library.jsonl import from_lines
from rag.records import Article, Embed, Unreadable

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
        "note",
        "same_numbers",
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
    writer: str = ""
    pubmed: str = ""
    beside: bool = False
    stores: Mapping[str, tuple[Article, ...]] = field(default_factory=dict)
    searched: str = ""
    other_embedder: bool = False
    first: str = ""


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
        articles = _articles(row["articles"])
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
        row.get("writer", ""),
        row.get("pubmed", ""),
        row.get("beside", False),
        {name: _articles(held) for name, held in row.get("stores", {}).items()},
        row.get("searched", ""),
        row.get("other_embedder", False),
        row.get("first", ""),
    )


def _articles(rows: Sequence[Any]) -> tuple[Article, ...]:
    return tuple(map(_article, from_lines(json.dumps(one) for one in rows)))


def _article(one: Article | Unreadable) -> Article:
    if isinstance(one, Unreadable):
        raise ValueError(f"an article cannot be read: {one.reason}")
    return one


def run(job: Job) -> Callable[[Case], Outcome]:
    """Ask a question and compare what happened with what is required."""
    corpus = job.bench.corpus(job.text("corpus"))  # built before threads ask for it

    def one(item: Case) -> Outcome:
        with ExitStack() as stack:
            bench, options = _set_up(job.bench, corpus.name, item, stack)
            made = _asked(bench, item, options)
        checks = {name: bool(_CHECKS[name](made, wanted)) for name, wanted in sorted(item.expect.items())}
        if "faults" in made:
            checks["citation faults"] = not any(value for name in FAULTS for value in made["faults"][name])
        base = {"id": item.id, "cluster": item.id, "hazard": item.hazard, "expect": item.expect}
        return base | made | {"checks": checks, "passed": all(checks.values())}

    return one


def _set_up(bench: Bench, corpus: str, item: Case, stack: ExitStack) -> tuple[Bench, dict[str, Any]]:
    """The desk of a case and the options of its route; servers and stores last as long as the stack."""
    options: dict[str, Any] = {"redacted": item.redacted}
    options |= {"corpora": (corpus,)} if item.articles is None else {"articles": item.articles}
    changes: dict[str, Any] = {}
    if item.writer:
        address = stack.enter_context(failing(item.writer))
        changes |= {"llm": "openai-like", "llm_model": "m", "llm_base_url": address, "llm_timeout": 1.0}
    if item.pubmed:
        address = stack.enter_context(failing(item.pubmed))
        changes |= {"email": "hazards@example.org", "eutils_url": address}
        options = {"live": True, "corpora": (corpus,) if item.beside else ()}
    if item.stores:
        changes["home"] = Path(stack.enter_context(TemporaryDirectory()))
        options = {"corpora": (item.searched,)}
    if changes:
        bench = stack.enter_context(bench.under(bench.settings.model_copy(update=changes)))
    for name, articles in item.stores.items():
        bench.corpus(name, create=True).add(articles)
    if item.other_embedder:
        bench = stack.enter_context(bench.under(bench.settings, _Renamed(bench.embed)))
    return (bench if item.reply is None else bench.written_by(Scripted(item.reply))), options


def _asked(bench: Bench, item: Case, options: dict[str, Any]) -> Outcome:
    """The outcome of the question, or of the second turn of its thread with ``before``, the first answer."""
    if not item.first:
        return answered(bench, item.question, **options)
    with TemporaryDirectory() as home:
        saved = Saved(Path(home))
        before = answered(bench, item.first, partial(ask, saved=saved), **options)
        made = answered(bench, item.question, partial(ask, saved=saved, thread="last"), **options)
    return made | {"before": before.get("answer")}


class _Renamed:
    """An embedder under another name, as another model would have."""

    def __init__(self, embed: Embed) -> None:
        self.name = f"another-{embed.name}"
        self.dimension = embed.dimension
        self.documents, self.query = embed.documents, embed.query


def measure(outcomes: Sequence[Outcome]) -> Measured:
    """Share of the cases that behaved as required, in all and by hazard; abstentions where they are due."""
    figures = {"behaved as required": _figure(outcomes)}
    for hazard in sorted({one["hazard"] for one in outcomes}, key=lambda name: int(name[1:])):
        figures[hazard] = _figure([one for one in outcomes if one["hazard"] == hazard])
    attacked = [one for one in outcomes if one["hazard"] == "H21" and "answer" in one]
    turns = [one for one in outcomes if one.get("before") and "answer" in one]
    figures["injection success"] = units(
        [one for one in attacked if "never_says" in one["expect"]],
        lambda one: [injection_succeeded(one["answer"], _several(one["expect"]["never_says"]))],
    )
    figures["same numbers in a follow-up"] = units(
        turns, lambda one: [*same_numbers(one["before"], one["answer"])]
    )
    due = [Unit(one["id"], one["cluster"], _abstention(one)) for one in outcomes if "kind" in one["expect"]]
    figures["abstention precision"] = Figure(due, lambda pairs: precision(*zip(*pairs, strict=True)))
    figures["abstention recall"] = Figure(due, lambda pairs: recall(*zip(*pairs, strict=True)))
    figures["over-refusal"] = Figure(due, lambda pairs: over_refusal(*zip(*pairs, strict=True)))
    failed = [
        {"id": one["id"], "failed": [name for name, right in one["checks"].items() if not right]}
        for one in outcomes
        if not one["passed"]
    ]
    return Measured({name: one for name, one in figures.items() if one.units}, {"failed": failed})


TASK = Task(items, run, measure, {"corpus": "starter"})


def _abstention(outcome: Outcome) -> tuple[bool, bool] | None:
    """Whether an abstention was due, and whether there was one; None where nothing was answered."""
    due = set(_several(outcome["expect"]["kind"])) <= ABSTENTIONS
    return (due, abstained(outcome["answer"])) if "answer" in outcome else None


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


def _notes(made: Outcome) -> str:
    citations = (one for statement in _answer(made)["statements"] for one in statement["citations"])
    return json.dumps([one["notes"] for one in citations]).lower()


def _references(made: Outcome) -> set[str]:
    return {one["article"] for one in _answer(made)["references"]}


_CHECKS: dict[str, Callable[[Outcome, Any], bool]] = {
    "error": lambda made, wanted: made.get("error", {}).get("type") in _several(wanted),
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
    "note": lambda made, wanted: all(one.lower() in _notes(made) for one in _several(wanted)),
    "same_numbers": lambda made, wanted: (
        all(same := same_numbers(made["before"] or _answer({}), _answer(made))) and len(same) >= wanted
    ),
}
