"""Mutations: our own answers and their sources, damaged; each kind of damage has a known right outcome.

| Mutation | Right outcome |
|---|---|
| no evidence | the verdict abstains and nothing is stated |
| shuffled order | the kind of the verdict stays |
| retracted source | the article supports nothing any more |
| changed digit, other population, twin disease | the damaged statement is not supported by its source |
| negated source | the statement is not supported by the negated source |
| swapped citations | neither statement is supported by the other's source |
| unknown number | the number is nowhere in the answer, and the statement stands only with a real source |
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from eval.bench import Bench
from eval.datasets.questions import demonstration
from eval.measures.abstention import abstained
from eval.mutate import digit, negation, population, twin
from eval.records import Figure, Measured, Outcome, Unit
from eval.scripted import Scripted
from eval.tasks.answering import FAULTS, Record, answered
from eval.tasks.job import Job, Task
from rag.answering.verify import against, quoted
from rag.records import Article, Section
from rag.text.markers import strip_markers

UNKNOWN = 99
"""A number that no source has."""
Trial = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Question:
    """A question whose answer is damaged."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Stated:
    """A statement without its lead-in, the article it is cited to, and the words quoted of it."""

    text: str
    article: Article
    quote: str


@dataclass(frozen=True, slots=True)
class Base:
    """An answer made from given articles, before any damage."""

    bench: Bench
    question: str
    articles: tuple[Article, ...]
    answer: Record
    statements: tuple[Stated, ...]
    rng: random.Random


def items(job: Job) -> list[Question]:
    """The demonstration questions."""
    return [Question(row["id"], row["question"]) for row in demonstration(job.files)]


def run(job: Job) -> Callable[[Question], Outcome]:
    """Answer a question from the corpus, then try every mutation on the answer."""
    corpus = job.bench.corpus(job.text("corpus"))
    most = job.number("statements")

    def one(item: Question) -> Outcome:
        outcome = {"id": item.id, "cluster": item.id, "question": item.text}
        first = answered(job.bench, item.text, corpora=(corpus.name,))
        if "answer" not in first:
            return outcome | {"trials": [], "error": first["error"]}
        names = [one["article"] for one in first["answer"]["references"]]
        names += [one["pmid"] for one in first["answer"]["search"]["excluded"]]
        articles = tuple(held for name in names if (held := corpus.article(name)))
        made = answered(job.bench, item.text, articles=articles)["answer"]
        rng = random.Random(item.id)
        base = Base(job.bench, item.text, articles, made, _stated(made, articles, rng, most), rng)
        return outcome | {"trials": [trial for mutate in MUTATIONS for trial in mutate(base)]}

    return one


def measure(outcomes: Sequence[Outcome]) -> Measured:
    """Share of the damage that had its right outcome, in all and by mutation."""
    trials = [(one, trial) for one in outcomes for trial in one["trials"]]
    kinds = dict.fromkeys(trial["mutation"] for _, trial in trials)
    figures = {"caught": _figure(trials)}
    for kind in kinds:
        figures[f"caught: {kind}"] = _figure(
            [(one, trial) for one, trial in trials if trial["mutation"] == kind]
        )
    missed = [
        {"id": one["id"], "mutation": trial["mutation"], "what": trial["what"]}
        for one, trial in trials
        if not trial["right"]
    ]
    return Measured({name: figure for name, figure in figures.items() if figure.units}, {"missed": missed})


# --- Damage to what is read ----------------------------------------------------------------------


def no_evidence(base: Base) -> Iterator[Trial]:
    """Take every article away."""
    made = answered(base.bench, base.question, articles=())["answer"]
    yield _trial("no evidence", made["verdict"]["text"], abstained(made) and not made["statements"])


def shuffled_order(base: Base) -> Iterator[Trial]:
    """Read the same articles in another order."""
    order = base.rng.sample(base.articles, len(base.articles))
    made = answered(base.bench, base.question, articles=order)["answer"]
    kinds = base.answer["verdict"]["kind"], made["verdict"]["kind"]
    yield _trial("shuffled order", " -> ".join(kinds), kinds[0] == kinds[1])


def retracted_source(base: Base) -> Iterator[Trial]:
    """Retract the article that the first statement cites."""
    for stated in base.statements[:1]:
        gone = stated.article.id
        articles = [replace(one, status="retracted") if one.id == gone else one for one in base.articles]
        made = answered(base.bench, base.question, articles=articles)["answer"]
        cited = [reference["article"] for reference in made["references"]]
        yield _trial("retracted source", gone, gone not in cited)


# --- Damage to a statement or its source ---------------------------------------------------------


def changed_digit(base: Base) -> Iterator[Trial]:
    """Change a digit of a statement."""
    yield from _damaged(base, "changed digit", lambda text: digit(text, base.rng))


def other_population(base: Base) -> Iterator[Trial]:
    """Say a statement of other people."""
    yield from _damaged(base, "other population", population)


def twin_disease(base: Base) -> Iterator[Trial]:
    """Say a statement of the twin of its disease."""
    yield from _damaged(base, "twin disease", twin)


def negated_source(base: Base) -> Iterator[Trial]:
    """Negate the sentence that a statement rests on, and keep the statement."""
    for stated in base.statements:
        other = negation(stated.quote)
        if other is not None:
            article = _rewritten(stated.article, stated.quote, other)
            yield _trial("negated source", other, not _supported(base, stated.text, article))


def swapped_citations(base: Base) -> Iterator[Trial]:
    """Cite each of two statements to the other's article."""
    for one, other in zip(base.statements, base.statements[1:], strict=False):
        if one.article.id != other.article.id:
            wrong = _supported(base, one.text, other.article) or _supported(base, other.text, one.article)
            yield _trial("swapped citations", f"{one.text} | {other.text}", not wrong)


def unknown_number(base: Base) -> Iterator[Trial]:
    """Let a language model cite a number that no source has."""
    for stated in base.statements[:1]:
        sentence = {"text": f"{stated.text} [{UNKNOWN}]", "section": "benefit"}
        writer = Scripted(json.dumps({"statements": [sentence]}))
        outcome = answered(base.bench.written_by(writer), base.question, articles=base.articles)
        made = outcome["answer"]
        texts = [made["verdict"]["text"], *(one["text"] for one in made["statements"])]
        numbers = {reference["n"] for reference in made["references"]}
        shown = any(f"[{UNKNOWN}]" in text for text in texts) or UNKNOWN in numbers
        faults = sum(value or 0 for name in FAULTS for value in outcome["faults"][name])
        yield _trial("unknown number", stated.text, not shown and not faults)


MUTATIONS = (
    no_evidence, shuffled_order, retracted_source, changed_digit, other_population, twin_disease,
    negated_source, swapped_citations, unknown_number,
)  # fmt: skip
"""Every mutation, in the order they are tried."""

TASK = Task(items, run, measure, {"corpus": "starter", "statements": 4})


def _stated(made: Record, articles: Sequence[Article], rng: random.Random, most: int) -> tuple[Stated, ...]:
    by_id = {one.id: one for one in articles}
    found = []
    for statement in made["statements"]:
        citation = statement["citations"][0]
        text = quoted(strip_markers(statement["text"]))
        found.append(Stated(text, by_id[citation["article"]], citation["quote"]))
    return tuple(found if len(found) <= most else rng.sample(found, most))


def _damaged(base: Base, name: str, damage: Callable[[str], str | None]) -> Iterator[Trial]:
    for stated in base.statements:
        text = damage(stated.text)
        if text is not None and text != stated.text:
            yield _trial(name, text, not _supported(base, text, stated.article))


def _supported(base: Base, text: str, article: Article) -> bool:
    findings = against(text, article, base.bench.entail, base.bench.support_at)
    return bool(findings) and findings[0].verdict.label == "SUPPORT"


def _rewritten(article: Article, sentence: str, other: str) -> Article:
    sections = tuple(Section(one.label, one.text.replace(sentence, other)) for one in article.sections)
    return replace(article, title=article.title.replace(sentence, other), sections=sections)


def _trial(mutation: str, what: str, right: bool) -> Trial:
    return {"mutation": mutation, "what": what, "right": right}


def _figure(trials: Sequence[tuple[Outcome, Trial]]) -> Figure:
    return Figure([Unit(one["id"], one["cluster"], float(trial["right"])) for one, trial in trials])
