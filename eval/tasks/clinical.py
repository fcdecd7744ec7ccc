"""Clinical questions over the pool of all abstracts: by the writer of the settings, and by given replies.

A line of the data is a question with the ``kinds`` of verdict that a reader of the pool accepts, and replies
as a capable language model would send them: statements in free words, each with the articles that it cites
and, where it must not be shown, its ``fault``. A reply is put through the whole route; what becomes of each
of its statements is the gate's work on such wording.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from eval.datasets.lines import read
from eval.datasets.pooled import pool
from eval.measures.agreement import confusion
from eval.records import Measured, Outcome
from eval.tasks.answering import Record, answered, citation_figures, failed, units
from eval.tasks.job import Job, Task
from rag.records import Article, Reply
from rag.text.markers import strip_markers

POOLED = "pooled"
"""The corpus of all abstracts of the data; any other is searched as it is."""
OWN = "own"
"""The way of an item that is answered by the writer of the settings; others are named as their replies."""
FRESH = "fresh"
"""The same for a question of which no answer was read before the rules were made."""
MISCITED = "miscited"
"""The fault of a statement that is true of another source than it cites."""
_KNOWN_BY = 120
"""How many letters and digits tell one article in a prompt from another."""


@dataclass(frozen=True, slots=True)
class Case:
    """A question answered in one way; ``statements`` and ``verdict`` are the reply, if one is given."""

    id: str
    cluster: str
    question: str
    kinds: tuple[str, ...]
    way: str
    statements: tuple[Mapping[str, Any], ...] = ()
    verdict: Mapping[str, Any] | None = None


def items(job: Job) -> list[Case]:
    """Every question by the writer of the settings, then with each of its replies."""
    return [one for row in read(job.files["items"], dict) for one in _cases(row)]


def _cases(row: Mapping[str, Any]) -> list[Case]:
    name, question, kinds = row["id"], row["question"], tuple(row["kinds"])
    own = FRESH if row.get("fresh") else OWN
    return [
        Case(f"{name}-{own}", name, question, kinds, own),
        *(
            Case(f"{name}-{way}", name, question, kinds, way, tuple(one["statements"]), one["verdict"])
            for way, one in row.get("replies", {}).items()
        ),
    ]


class Citing:
    """A language model that sends one reply, its citations numbered as the prompt numbers its sources.

    A statement that cites what the prompt does not show is left out, and what it cites goes to ``unseen``.
    """

    name = "scripted"

    def __init__(self, case: Case, article: Callable[[str], Article | None]) -> None:
        self.unseen: set[str] = set()
        self._case, self._article = case, article

    def __call__(self, prompt: str) -> Reply:
        """The reply to the prompt for an answer; to any other, nothing that can be used."""
        numbers = {_opening(text): number for number, text in _SOURCE.findall(prompt)}
        if not numbers or self._case.verdict is None:
            return Reply("")
        written = [self._numbered(one, numbers) for one in (*self._case.statements, self._case.verdict)]
        *statements, verdict = written
        reply = {"verdict": verdict, "statements": [one for one in statements if one]}
        return Reply(json.dumps(reply, ensure_ascii=False))

    def _numbered(self, written: Mapping[str, Any], numbers: Mapping[str, str]) -> dict[str, Any] | None:
        """A sentence with the numbers of what it cites before its full stop; None if one is not shown."""
        held = {name: self._article(name) for name in written["cites"]}
        shown = {name: numbers.get(_opening(_told(one))) for name, one in held.items() if one}
        missing = {name for name in held if not shown.get(name)}
        self.unseen |= missing
        if missing:
            return None
        cited = ", ".join(str(shown[name]) for name in held)
        return {**written, "text": f"{written['text'].rstrip().removesuffix('.')} [{cited}]."}


_SOURCE = re.compile(r"^BEGIN SOURCE \[(\d+)\][^\n]*\nTITLE: (.*?)^END SOURCE", re.MULTILINE | re.DOTALL)


def _told(article: Article) -> str:
    """What a prompt says of an article, but for the layout."""
    return " ".join((article.title, *(f"{one.label} {one.text}" for one in article.sections)))


def _opening(text: str) -> str:
    """The letters by which an article is known again in a prompt."""
    return _letters(text)[:_KNOWN_BY]


def run(job: Job) -> Callable[[Case], Outcome]:
    """Answer a question from the pool in one way; tell what became of each statement of its reply."""
    corpus = job.text("corpus")
    if corpus == POOLED:
        corpus = job.bench.pool(POOLED, pool(job.files))
    article = job.bench.corpus(corpus).article

    def ask(item: Case) -> Outcome:
        writer = Citing(item, article)
        bench = job.bench if item.verdict is None else job.bench.written_by(writer)
        made = answered(bench, item.question, corpora=(corpus,), most=job.number("k"))
        base = {"id": item.id, "cluster": item.cluster, "way": item.way, "kinds": list(item.kinds)}
        if "answer" not in made:
            return base | made
        fates = [
            {"text": one["text"], "fault": one.get("fault", ""), "shown": _shown(one, made["answer"])}
            for one in item.statements
            if writer.unseen.isdisjoint(one["cites"])
        ]
        unseen = len(item.statements) - len(fates)
        return base | made | {"verdict": made["answer"]["verdict"]["kind"], "fates": fates, "unseen": unseen}

    return ask


def measure(outcomes: Sequence[Outcome]) -> Measured:
    """Verdicts that are acceptable, by way; good statements that are shown and bad ones that are stopped."""
    done = [one for one in outcomes if "verdict" in one]
    figures = {
        f"verdict acceptable ({way})": units(
            [one for one in outcomes if one["way"] == way],
            lambda one: [float(one["verdict"] in one["kinds"]) if "verdict" in one else None],
        )
        for way in dict.fromkeys(one["way"] for one in outcomes)
    }
    faults = sorted({fate["fault"] for one in done for fate in one["fates"] if fate["fault"]})
    figures["good statements shown"] = units(done, partial(_fates, faults=("",), shown=True))
    figures["bad statements stopped"] = units(done, partial(_fates, faults=faults, shown=False))
    for kind in faults:
        figures[f"caught: {kind}"] = units(done, partial(_fates, faults=(kind,), shown=False))
    figures |= citation_figures(outcomes)
    own = [one for one in done if one["way"] in (OWN, FRESH)]
    tables = {
        "confusion": confusion([one["kinds"][0] for one in own], [one["verdict"] for one in own]),
        "bad statements shown": [
            {"id": one["id"], "fault": fate["fault"], "text": fate["text"]}
            for one in done
            for fate in one["fates"]
            if fate["fault"] and fate["shown"]
        ],
        "statements whose source was not found": sum(one["unseen"] for one in done),
        "errors": failed(outcomes),
    }
    return Measured({name: figure for name, figure in figures.items() if figure.units}, tables)


TASK = Task(items, run, measure, {"corpus": POOLED, "k": 40, "retrieval": "tuned"})


def _fates(outcome: Outcome, faults: Sequence[str], shown: bool) -> list[float | None]:
    return [float(fate["shown"] == shown) for fate in outcome["fates"] if fate["fault"] in faults]


def _shown(statement: Mapping[str, Any], made: Record) -> bool:
    """Whether an answer shows a statement; one that is cited wrongly, whether it shows it so."""
    for one in made["statements"]:
        if _letters(strip_markers(one["text"])) == _letters(statement["text"]):
            cited = {citation["article"] for citation in one["citations"]}
            return statement.get("fault") != MISCITED or bool(cited & set(statement["cites"]))
    return False


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).lower()
