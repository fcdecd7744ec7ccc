"""Whether an article speaks to a question: it studied just that, and tells what it found."""

from __future__ import annotations

import pytest

from rag.answering.question import understand
from rag.answering.relevance import SPEAKS_FROM, passages, relevance
from rag.answering.screen import screen
from rag.records import Article, Section


def chance(question: str, title: str, *sections: tuple[str, str]) -> float:
    asked = understand(question)
    article = Article("1", title, tuple(Section(*one) for one in sections))
    return relevance(asked, article, screen(asked, article).score)


@pytest.mark.parametrize(
    ("question", "title", "conclusion"),
    [
        (
            "Does smoking cessation improve wound healing?",
            "Wound healing after surgery in smokers who stop",
            "Patients who stopped smoking four weeks before surgery had fewer wound complications.",
        ),
        (
            "Does zinc shorten the common cold?",
            "Zinc lozenges for the common cold: a randomised trial",
            "Zinc lozenges shortened colds by two days.",
        ),
        (
            "What are the adverse effects of amiodarone?",
            "Side effects of amiodarone in 300 patients",
            "Amiodarone caused thyroid dysfunction in 12% and lung toxicity in 3% of the patients.",
        ),
    ],
)
def test_an_article_on_just_that_speaks(question: str, title: str, conclusion: str) -> None:
    assert chance(question, title, ("CONCLUSIONS", conclusion)) >= SPEAKS_FROM


@pytest.mark.parametrize(
    ("question", "title", "conclusion"),
    [
        (
            "Does smoking cessation improve wound healing?",
            "Bupropion and nicotine patches for smoking cessation",
            "Bupropion and nicotine patches led to equal rates of smoking cessation at one year.",
        ),
        (
            "Does zinc shorten the common cold?",
            "Serum zinc through the year",
            "Serum zinc rose with age in healthy adults and fell in winter.",
        ),
        (
            "What are the adverse effects of amiodarone?",
            "Magnesium after coronary surgery",
            "Magnesium sulphate shortened the hospital stay after coronary surgery.",
        ),
    ],
)
def test_an_article_on_another_outcome_or_treatment_does_not(
    question: str, title: str, conclusion: str
) -> None:
    assert chance(question, title, ("CONCLUSIONS", conclusion)) < SPEAKS_FROM


def test_an_article_without_an_abstract_speaks_to_nothing() -> None:
    assert chance("Does zinc shorten the common cold?", "Zinc shortens the common cold") == 0
    assert chance("Does zinc shorten the common cold?", "Zinc shortens the common cold", ("", " ")) == 0


def test_what_is_read_is_the_conclusion_that_after_the_title_and_the_nearest_sentences() -> None:
    asked = understand("Does zinc shorten the common cold?")
    sections = (
        Section("RESULTS", "Forty adults came. The common cold was shorter with zinc. Costs rose."),
        Section("CONCLUSIONS", "Zinc helps."),
    )
    told, titled, first, *_ = passages(asked, Article("1", "A trial", sections))
    assert (told, titled) == ("Zinc helps.", "A trial Zinc helps.")
    assert first == "The common cold was shorter with zinc."
