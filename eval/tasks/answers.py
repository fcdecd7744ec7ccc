"""Answers: questions answered from a corpus, with the verdict that is expected and the articles to cite."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from eval.datasets.questions import bioasq, demonstration
from eval.measures.agreement import confusion
from eval.records import Figure, Measured, Outcome, Unit
from eval.tasks.answering import answered, citation_figures, failed, units
from eval.tasks.job import Job, Task
from eval.tasks.verdicts import given_macro_f1


@dataclass(frozen=True, slots=True)
class Expected:
    """A question, the kind of verdict it should get ("" if none is known), and what should be cited."""

    id: str
    text: str
    kind: str
    articles: tuple[str, ...]
    snippets: tuple[tuple[str, str], ...] = ()


def items(job: Job) -> list[Expected]:
    """The questions of the suite."""
    if job.suite.data.format == "bioasq":
        questions, _ = bioasq(job.files, yes_no=False)
        return [
            Expected(one.id, one.text, "", tuple(article.id for article in one.gold), one.snippets)
            for one in questions
        ]
    return [
        Expected(row["id"], row["question"], row.get("kind", ""), tuple(row.get("articles", ())))
        for row in demonstration(job.files)
    ]


def run(job: Job) -> Callable[[Expected], Outcome]:
    """Answer a question from the corpus of the suite: the starter corpus, or the pool of the data set."""
    if job.suite.data.format == "bioasq":
        corpora: tuple[str, ...] = (job.bench.pool("bioasq", bioasq(job.files)[1]),)
    else:
        corpora = (job.text("corpus"),)
        job.bench.corpus(job.text("corpus"))  # built before threads ask for it

    def ask(item: Expected) -> Outcome:
        made = answered(job.bench, item.text, corpora=corpora, most=job.number("k"))
        base = {"id": item.id, "cluster": item.id, "given": item.kind, "wanted": list(item.articles)}
        if "answer" not in made:
            return base | made
        record = made["answer"]
        quotes = {
            (one["article"], one["quote"])
            for statement in record["statements"]
            for one in statement["citations"]
        }
        return base | made | {
            "verdict": record["verdict"]["kind"],
            "cited": [reference["article"] for reference in record["references"]],
            "picked": [float(_picked(quote, item.snippets)) for quote in sorted(quotes)],
        }  # fmt: skip

    return ask


def measure(outcomes: Sequence[Outcome]) -> Measured:
    """The verdict's kind, the articles cited against those wanted, quotes inside gold snippets, citations."""
    done = [one for one in outcomes if "verdict" in one]
    judged = [one for one in outcomes if one["given"]]
    pairs = [Unit(one["id"], one["cluster"], _pair(one)) for one in judged]
    wanting = [one for one in done if one["wanted"]]
    figures = {
        "verdict accuracy": Figure(
            [Unit(u.item, u.cluster, u.value and float(u.value[0] == u.value[1])) for u in pairs]
        ),
        "verdict macro-F1": Figure(pairs, given_macro_f1),
        "wanted articles cited": units(wanting, lambda one: [_share(one["wanted"], one["cited"])]),
        "citations to wanted articles": units(
            wanting, lambda one: [float(name in one["wanted"]) for name in one["cited"]]
        ),
        "quotes inside gold snippets": units(
            [one for one in wanting if not one["given"]], lambda one: one["picked"]
        ),
        "answered": units(done, lambda one: [float(bool(one["answer"]["statements"]))]),
        **citation_figures(outcomes),
    }
    known = [one for one in done if one["given"]]
    tables = {
        "confusion": confusion([one["given"] for one in known], [one["verdict"] for one in known]),
        "errors": failed(outcomes),
    }
    return Measured({name: figure for name, figure in figures.items() if figure.units}, tables)


TASK = Task(items, run, measure, {"corpus": "starter", "k": 40, "retrieval": "tuned"})


def _pair(outcome: Outcome) -> tuple[str, str] | None:
    return (outcome["given"], outcome["verdict"]) if "verdict" in outcome else None


def _share(wanted: Sequence[str], cited: Sequence[str]) -> float:
    return len(set(wanted) & set(cited)) / len(set(wanted))


def _picked(quote: tuple[str, str], snippets: Sequence[tuple[str, str]]) -> bool:
    """Whether a quote lies in a passage that experts picked of the same article, or holds one."""
    article, text = quote
    own = _plain(text)
    picked = (_plain(snippet) for name, snippet in snippets if name == article)
    return any(own in one or one in own for one in picked)


def _plain(text: str) -> str:
    return re.sub(r"\W+", " ", text).strip().lower()
