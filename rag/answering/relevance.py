"""How likely an article speaks to a question: it studied just that, and tells what it found.

The words of screening (``screen.py``) say what an article is about; whether it answers is read by the bundled
cross-encoder from title, conclusion and the sentences nearest to the question. One logistic regression
weighs both; it is part of ``stance.json``, fitted to what a search really finds (see ``training/stance.py``).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache

import numpy as np

from rag.answering.stance import LONGEST, MODEL, concluding_text, named
from rag.models.logistic import Logistic, Vector, logistic
from rag.models.pair_encoder import pair_encoder
from rag.records import Article, Pico, Question
from rag.text.pointing import Frame, frame
from rag.text.sentences import sentences
from rag.text.words import content

SPEAKS_FROM = 0.2
"""Probability from which an article is taken to speak to a question."""
UNTITLED_FROM = 0.1
"""The same for an article without a title, which gives less to go by."""
NEAREST = 3
"""Sentences nearest to the question that are read with it."""


def relevance(question: Question, article: Article, covered: float) -> float:
    """The probability that an article speaks to a question.

    Args:
        question: as understood; ``asked`` is read.
        article: what is read; one without an abstract speaks to nothing.
        covered: the share of the question that the article names, see ``screen``.
    """
    if not any(section.text.strip() for section in article.sections):
        return 0.0
    logits = pair_encoder().answers([(text, question.asked) for text in passages(question, article)])
    return _model().probability(features(question, article, covered, logits))


def speaks(question: Question, article: Article, covered: float) -> bool:
    """Whether an article is taken to speak to a question; see ``relevance``."""
    least = SPEAKS_FROM if article.title else UNTITLED_FROM
    return relevance(question, article, covered) >= least


def passages(question: Question, article: Article) -> list[str]:
    """What of an article is read together with a question.

    Returns:
        Its conclusion, that after its title, and each of the ``NEAREST`` sentences that have most words of
        the question.
    """
    asked = frame(question.asked)
    told = concluding_text(asked, article)
    spans = [span.text for one in article.sections for span in sentences(one.text[-LONGEST:])]
    near = sorted(spans, key=lambda text: -len(asked.content & set(content(text))))[:NEAREST]
    return [told, titled(article, told), *near]


def titled(article: Article, told: str) -> str:
    """What an article tells, after its title."""
    return f"{article.title} {told}".strip()


def features(question: Question, article: Article, covered: float, logits: Vector) -> Vector:
    """Features of "speaks to the question", in the order of ``SPEAKS``.

    Args:
        question: as understood.
        article: what is read.
        covered: the share of the question that it names.
        logits: of the answers by the cross-encoder for each of ``passages``, shape (n, 4).
    """
    heard = [_heard(row) for row in logits]
    asked = frame(question.asked)
    own = _coverage(asked, question.pico, article, concluding_text(asked, article))
    return np.array([*own, covered, heard[0], heard[1], max(heard[2:], default=heard[0])])


SPEAKS = (
    "coverage",
    "coverage_section",
    "conclusion.intervention",
    "conclusion.outcome",
    "screening",
    "encoder.conclusion",
    "encoder.titled",
    "encoder.nearest",
)
"""Names of the features of "speaks to the question"."""


def _coverage(asked: Frame, pico: Pico, article: Article, told: str) -> Vector:
    """How much of the question an article names, in the order of the first four of ``SPEAKS``.

    Args:
        asked: the question; share of its words in abstract and title, and in the section nearest to it.
        pico: its intervention and outcome; share of each that the conclusion names.
        article: what is read.
        told: its conclusion.
    """
    parts = [set(content(section.text[-LONGEST:])) for section in article.sections] + [
        set(content(article.title))
    ]
    size = len(asked.content) or 1
    everywhere = len(asked.content & set().union(*parts)) / size
    nearest = max(len(asked.content & one) for one in parts) / size
    return np.array([everywhere, nearest, named(pico.intervention, told), named(pico.outcome, told)])


def speaking(question: Question, texts: Sequence[str]) -> list[float]:
    """How likely each text speaks to a question, by the cross-encoder alone."""
    logits = pair_encoder().answers([(text, question.asked) for text in texts])
    return [float(1 / (1 + np.exp(-_heard(row)))) for row in logits]


def _heard(logits: Vector) -> float:
    """The log-odds that a source speaks to a question, from the logits of its answers."""
    return float(np.logaddexp.reduce(logits[:3]) - logits[3])


@cache
def _model() -> Logistic:
    return logistic(json.loads(MODEL.read_text(encoding="utf-8"))["speaks"], SPEAKS)
