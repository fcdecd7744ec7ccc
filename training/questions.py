"""Questions with the article that answers them: what the reading of stances is trained on.

Development data only: the labelled questions of PubMedQA, the yes/no questions of BioASQ, the prompts of
Evidence Inference put as questions, and questions written for this project (``training/data``).
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from eval.datasets.pooled import pool
from eval.suites import files, suite
from rag.answering.question import is_polar, understand
from rag.answering.relevance import titled
from rag.answering.stance import concluding_text
from rag.records import Article, Section
from rag.settings import Settings
from rag.text.pointing import frame
from training.pairs import QUESTIONS, RETRIEVED, Pair, Split, article, articles, rows

SPEAKS = "speaks"
"""Answer of a source that answers a question which is not to be answered by yes or no."""


@dataclass(frozen=True, slots=True)
class Item:
    """One question on one article with its answer: yes, no, maybe, "silent", or ``SPEAKS``."""

    question: str
    article: Article
    answer: str


def pubmedqa(settings: Settings) -> list[Item]:
    """The 500 labelled development questions of PubMedQA, each with its whole abstract."""
    return [
        Item(
            row["question"],
            Article(
                row["pmid"],
                "",
                (
                    *(Section(one["label"], one["text"]) for one in row["sections"]),
                    Section("CONCLUSIONS", row["long_answer"]),
                ),
            ),
            row["final_decision"],
        )
        for row in rows(settings, "pubmedqa/questions.jsonl.gz")
    ]


def bioasq(settings: Settings, draw: random.Random | None = None, snippets: int = 4) -> list[Item]:
    """The questions of BioASQ; snippets of each stand for a conclusion.

    Args:
        settings: where the data is.
        draw: takes up to ``snippets`` of the question's snippets by chance; None takes the first.
        snippets: how many.
    """
    items = []
    for row in rows(settings, "bioasq/questions.jsonl.gz"):
        texts = list(dict.fromkeys(one["text"] for one in row["snippets"]))
        if draw:
            draw.shuffle(texts)
            texts = texts[: draw.randint(1, snippets)]
        answer = row["exact_answer"].strip(" .").lower() if row["type"] == "yesno" else SPEAKS
        items.append(Item(row["question"], _concluding(row["id"], " ".join(texts[:snippets])), answer))
    return items


_FORMS = (
    ("Does {intervention} affect {outcome}?", ("increased", "decreased")),
    (
        "Is there a difference in {outcome} between {intervention} and {comparator}?",
        ("increased", "decreased"),
    ),
    ("Does {intervention} increase {outcome} compared with {comparator}?", ("increased",)),
    ("Does {intervention} reduce {outcome} compared with {comparator}?", ("decreased",)),
)


def evidence_inference(settings: Settings, draw: random.Random, longest: int = 900) -> list[Item]:
    """Prompts of Evidence Inference, each put as one of four questions, with its evidence sentence."""
    items = []
    for row in rows(settings, "evidence_inference/prompts.jsonl.gz"):
        texts = [one["text"] for one in row["evidence"] if one["label"] == row["label"]]
        if row["flagged_incorrect_prompt"] or not texts or len(texts[0]) > longest:
            continue
        form, yes = draw.choice(_FORMS)
        answer = "yes" if row["label"].endswith(yes) else "no"
        items.append(Item(form.format(**row), _concluding(row["pmcid"], texts[0]), answer))
    return items


def written(settings: Settings) -> list[Item]:
    """The questions written for this project on articles of Evidence Inference and of MEDLINE records."""
    found = articles(settings)
    with QUESTIONS.open(encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    return [Item(line["question"], found[line["article"]], line["answer"]) for line in lines]


def retrieved(settings: Settings, use: Literal["encoder", "regression"]) -> list[Item]:
    """What a search of the pool of all abstracts finds for clinical questions, read one by one.

    Most of it is near the question and not on it ("silent"), which is what a reader of search results has to
    tell. A source that answers a question which is not to be answered by yes or no is ``SPEAKS``.

    Args:
        settings: where the data is.
        use: the questions that the cross-encoder is trained on, or those that it never sees.
    """
    found = {one.id: one for one in pool(files(suite("clinical"), settings))}
    with RETRIEVED.open(encoding="utf-8") as file:
        lines = [line for line in map(json.loads, file) if line["use"] == use]
    items = []
    for line in lines:
        answer = "silent" if line["answer"] in ("near", "off") else line["answer"]
        if answer != "silent" and not is_polar(understand(line["question"])):
            answer = SPEAKS
        items.append(Item(line["question"], found[line["article"]], answer))
    return items


NEAREST = slice(1, 7)
"""Ranks of the articles that are taken to be on something else than a question: the first may answer it."""


def neighbours(asked: list[Item], others: Iterable[Article]) -> list[list[Item]]:
    """For each question, articles on a near subject, as items answered "silent".

    Nearness is the cosine of word weights (tf-idf) between question and conclusion. An article of another
    study on just what is asked may be among them: the label is right most of the time, not always.

    Args:
        asked: the questions.
        others: articles to choose from, beside those of the questions.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    pool = {one.article.id: one.article for one in asked} | {one.id: one for one in others if one.sections}
    known, nothing = list(pool.values()), frame("")
    words = TfidfVectorizer(sublinear_tf=True, stop_words="english", min_df=2)
    there = words.fit_transform([concluding_text(nothing, one) for one in known]).T
    found = []
    for one in asked:
        nearness = (words.transform([one.question]) @ there).toarray()[0]
        ranked = [known[i] for i in (-nearness).argsort(kind="stable")[: NEAREST.stop + 1]]
        rest = [other for other in ranked if other.id != one.article.id]
        found.append([Item(one.question, other, "silent") for other in rest[NEAREST]])
    return found


def _concluding(name: str, text: str) -> Article:
    return article(name, [("CONCLUSIONS", text)])


def pairs(items: list[Item], out: Split, draw: random.Random | None = None) -> Iterator[Pair]:
    """A pair a question on an article that may be trained on.

    Args:
        items: the questions.
        out: what may be trained on.
        draw: puts the title before what the article concludes in half of the pairs; None in none.
    """
    for one in items:
        if out.trains(one.article.id):
            told = concluding_text(frame(one.question), one.article)
            if draw and draw.random() < 0.5:
                told = titled(one.article, told)
            yield Pair("questions", one.article.id, told, one.question, one.answer)
