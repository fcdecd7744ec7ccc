"""An article is direct only if the question's population and intervention are its own subject."""

from __future__ import annotations

import gzip
import json
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.answering.question import understand
from rag.answering.screen import screen
from rag.records import Article, MeshHeading, Question, Section
from rag.text import terms

SEED = understand("Is mechanical thrombectomy indicated in spinal cord infarction?")


def article(title: str, text: str = "", mesh: tuple[str, ...] = ()) -> Article:
    return Article("1", title, (Section("", text),), mesh=tuple(MeshHeading(each) for each in mesh))


# --- The seed question --------------------------------------------------------------------------


@pytest.fixture
def seed_topic(data: Callable[[str], Path]) -> list[tuple[dict[str, Any], Article]]:
    with data("seed_topic/records.jsonl").open(encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    return [
        (record, Article(str(number), record["title"], tuple(Section("", fact) for fact in record["facts"])))
        for number, record in enumerate(records)
    ]


def test_no_record_around_the_seed_question_is_direct(
    seed_topic: list[tuple[dict[str, Any], Article]],
) -> None:
    assert len(seed_topic) == 70
    assert [each.title for _, each in seed_topic if screen(SEED, each).direct] == []


def test_the_reason_names_what_the_record_is_about_instead(
    seed_topic: list[tuple[dict[str, Any], Article]],
) -> None:
    """Stroke and injury differ in population, other treatments of the cord in intervention or role."""
    for record, each in seed_topic:
        reasons = " | ".join(screen(SEED, each).because)
        if record["condition"] == "cerebral ischaemic stroke":
            assert "not spinal cord infarction" in reasons, each.title
        elif record["condition"] == "traumatic spinal cord injury":
            assert "population: spinal cord injury, not spinal cord infarction" in reasons, each.title
        elif record["condition"] == "spinal cord infarction":
            assert "not mechanical thrombectomy" in reasons or "came after" in reasons, each.title


def test_infarction_that_followed_thrombectomy_was_not_treated_by_it(
    seed_topic: list[tuple[dict[str, Any], Article]],
) -> None:
    (after,) = [each for record, each in seed_topic if record["pmid"] == "37502759"]
    assert screen(SEED, after).because == (
        "spinal cord infarction came after mechanical thrombectomy; it was not treated by it",
    )


# --- Rules --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Mechanical thrombectomy for acute spinal cord infarction", "One patient recovered."),
        ("Clot retrieval from the anterior spinal artery in spinal stroke", ""),
        (
            "Endovascular rescue in spinal cord ischaemia",
            "Thrombectomy was done. Thrombectomy succeeded in 2 of 3.",
        ),
    ],
)
def test_an_article_on_the_question_itself_is_direct_whatever_its_words(title: str, text: str) -> None:
    screening = screen(SEED, article(title, text))
    assert screening.direct
    assert screening.because == ()
    assert screening.score > 0.9


@pytest.mark.parametrize(
    ("question", "title", "text", "reason"),
    [
        (
            "Is exercise effective in type 2 diabetes?",
            "Exercise in diabetes insipidus",
            "",
            "population: diabetes insipidus, not diabetes mellitus",
        ),
        (
            "Is methotrexate effective in rheumatoid arthritis?",
            "Methotrexate in osteoarthritis of the knee",
            "Rheumatoid arthritis was excluded.",
            "population: osteoarthritis, not rheumatoid arthritis",
        ),
        (
            "Is warfarin effective in atrial fibrillation?",
            "Apixaban in atrial fibrillation",
            "",
            "intervention: direct oral anticoagulant, not warfarin",
        ),
        (
            "Is apixaban effective in atrial fibrillation?",
            "Rivaroxaban in atrial fibrillation",
            "",
            "intervention: not apixaban",
        ),
        (
            "Is metformin effective in obesity?",
            "Metformin in polycystic ovary syndrome",
            "Ten of forty women were overweight.",
            "population: obesity is named only in passing",
        ),
        (
            "Are antibiotics effective in children with otitis media?",
            "Antibiotics for otitis media in adults",
            "Adults aged 40 to 60 took part.",
            "adults, not children",
        ),
        (
            "Is exercise effective in adults with asthma?",
            "Exercise in children with asthma",
            "Pupils of six schools took part.",
            "children, not adults",
        ),
        (
            "Does telmisartan prevent hepatic fibrosis?",
            "Telmisartan prevents hepatic fibrosis in rats",
            "",
            "animal or laboratory study",
        ),
        (
            "Is stenting effective in stroke?",
            "Stroke complicating carotid stenting",
            "",
            "stroke came after stenting; it was not treated by it",
        ),
    ],
)
def test_a_mismatch_makes_an_article_indirect_and_is_named(
    question: str, title: str, text: str, reason: str
) -> None:
    screening = screen(understand(question), article(title, text))
    assert not screening.direct
    assert reason in screening.because


@pytest.mark.parametrize(
    ("question", "title", "text", "mesh"),
    [
        (
            "Does telmisartan prevent hepatic fibrosis in rats?",
            "Telmisartan prevents hepatic fibrosis in rats",
            "",
            (),
        ),
        ("Are DOACs safe in atrial fibrillation?", "Rivaroxaban in atrial fibrillation", "", ()),
        ("Is chemotherapy useful in tumours of the breast?", "Chemotherapy", "", ("Breast Neoplasms",)),
        ("Is stenting effective in stroke?", "Stroke after failed lysis treated by stenting", "", ()),
        (
            "Are antibiotics effective in kids with otitis media?",
            "Paediatric otitis media: antibiotics",
            "",
            (),
        ),
        ("Does exercise prevent gout?", "Physical activity and hyperuricaemia", "", ()),
    ],
)
def test_other_names_of_the_same_thing_are_no_mismatch(
    question: str, title: str, text: str, mesh: tuple[str, ...]
) -> None:
    assert screen(understand(question), article(title, text, mesh)).because == ()


def test_an_article_without_words_or_a_question_without_words_is_not_direct() -> None:
    assert not screen(SEED, article("")).direct
    assert not screen(understand("???"), article("Exercise in gout")).direct


@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=200))
@settings(max_examples=80, deadline=None)
def test_any_article_can_be_screened(question: str, title: str, text: str) -> None:
    screening = screen(understand(question), article(title, text))
    assert 0 <= screening.score <= 1.001
    assert screening.direct == (not screening.because)


# --- Development data ---------------------------------------------------------------------------


@pytest.fixture
def development(data: Callable[[str], Path]) -> tuple[dict[str, Question], dict[str, Article]]:
    """PubMedQA's development questions and their whole abstracts, which have no titles."""
    with gzip.open(data("pubmedqa/questions.jsonl.gz"), "rt", encoding="utf-8") as lines:
        questions = {row["pmid"]: understand(row["question"]) for row in map(json.loads, lines)}
    with gzip.open(data("pubmedqa/corpus.jsonl.gz"), "rt", encoding="utf-8") as lines:
        rows = [row for row in map(json.loads, lines) if row["pmid"] in questions]
    articles = {
        row["pmid"]: Article(
            row["pmid"],
            "",
            tuple(Section(section["label"] or "", section["text"]) for section in row["sections"]),
            mesh=tuple(MeshHeading(each) for each in row["meshes"]),
        )
        for row in rows
    }
    return questions, articles


def neighbour(pmid: str, question: Question, stems: dict[str, set[str]]) -> str:
    """The other abstract that shares most of the question's telling words."""
    asked = set(terms.stems(question.understood))
    others = (other for other in stems if other != pmid)
    return max(others, key=lambda other: sum(terms.rarity(each) for each in asked & stems[other]))


def test_an_abstract_is_direct_for_its_own_question_and_rarely_for_another(
    development: tuple[dict[str, Question], dict[str, Article]],
) -> None:
    """Own abstracts 94 % (96 % without animal studies), random others 0.3 %, nearest others under 25 %."""
    questions, articles = development
    assert len(questions) == len(articles) == 500
    stems = {
        pmid: set(terms.stems(" ".join(section.text for section in each.sections)))
        for pmid, each in articles.items()
    }
    rng = random.Random(7)
    own = {pmid: screen(question, articles[pmid]) for pmid, question in questions.items()}
    animal = [pmid for pmid, each in own.items() if "animal or laboratory study" in each.because]
    others = [
        screen(question, articles[other]).direct
        for pmid, question in questions.items()
        for other in rng.sample(sorted(articles), 3)
        if other != pmid
    ]
    near = [
        screen(question, articles[neighbour(pmid, question, stems)]).direct
        for pmid, question in list(questions.items())[::3]
    ]
    direct = sum(each.direct for each in own.values())
    assert direct >= 0.93 * len(own)
    assert direct >= 0.955 * (len(own) - len(animal))
    assert sum(others) <= 0.02 * len(others)
    assert sum(near) <= 0.25 * len(near)


def test_screening_takes_a_few_milliseconds_an_article(
    development: tuple[dict[str, Question], dict[str, Article]],
) -> None:
    _, articles = development
    sample = list(articles.values())[:100]
    started = time.process_time()
    for each in sample:
        screen(SEED, each)
    assert time.process_time() - started < 0.005 * 4 * len(sample)  # four times the aim, for a busy machine


def test_a_study_of_people_who_are_not_pregnant_is_indirect_for_pregnant_women() -> None:
    trial = Article(
        "1", "Velmorin for gout in adults", (Section("", "Velmorin relieved gout in 240 adults with gout."),)
    )
    found = screen(understand("Is velmorin safe for gout in pregnant women?"), trial)
    assert "people who are not pregnant" in found.because


def test_a_study_of_another_outcome_is_indirect() -> None:
    trial = Article(
        "1", "Velmorin for gout in adults", (Section("", "Velmorin relieved gout in 240 adults with gout."),)
    )
    found = screen(understand("Does velmorin prevent kidney stones in adults?"), trial)
    assert not found.direct


@pytest.mark.parametrize(
    ("text", "direct"),
    [
        ("We gave statins to 200 patients with type 2 diabetes. Atherosclerosis slowed with statins.", False),
        ("Statins lowered cholesterol in diabetic patients and in patients without diabetes.", False),
        ("New type 2 diabetes occurred in 5% of adults with statins and in 4% with placebo.", True),
    ],
)
def test_a_condition_that_only_the_people_had_is_not_the_outcome(text: str, direct: bool) -> None:
    asked = understand("Do statins increase the risk of type 2 diabetes?")
    found = screen(asked, Article("1", "Statins in 200 people", (Section("", text),)))
    assert found.direct is direct
    assert direct or any("is what its people had" in one for one in found.because)


def test_an_article_without_any_word_of_the_outcome_is_indirect() -> None:
    asked = understand("Does smoking cessation improve wound healing?")
    text = "Bupropion and patches led to smoking cessation in 24% and 28% of smokers."
    found = screen(asked, Article("1", "Smoking cessation with bupropion", (Section("", text),)))
    assert found.because == ("outcome: not wound healing",)


def test_a_measurement_that_stands_for_the_outcome_is_indirect() -> None:
    asked = understand("Does allopurinol prevent gout flares?")
    text = "Allopurinol lowered serum urate in people with gout."
    found = screen(asked, Article("1", "Allopurinol in gout", (Section("CONCLUSIONS", text),)))
    assert any("a measurement that may stand for it" in one for one in found.because)


@pytest.mark.parametrize(
    ("told", "direct"),
    [
        ("A reader for procalcitonin was shown to work beside the bed of patients with sepsis.", False),
        ("Procalcitonin had a sensitivity of 77% and a specificity of 79% for sepsis.", True),
        ("The area under the receiver operating curve of procalcitonin for sepsis was 0.85.", True),
    ],
)
def test_an_article_that_never_tells_how_well_a_test_tells_is_indirect(told: str, direct: bool) -> None:
    asked = understand("What is the diagnostic accuracy of procalcitonin for sepsis?")
    assert screen(asked, article("Procalcitonin in sepsis", told)).direct is direct


@pytest.mark.parametrize(
    ("people", "direct"),
    [
        ("women aged 75 and older", True),
        ("women over 80", True),
        ("women aged 40 to 49", False),
        ("women between 50 and 59 years of age", False),
    ],
)
def test_people_of_other_ages_than_asked_are_another_population(people: str, direct: bool) -> None:
    asked = understand("Does screening mammography lower mortality in women over 70?")
    told = f"Screening mammography lowered breast cancer mortality in {people}."
    assert screen(asked, article(f"Screening mammography in {people}", told)).direct is direct
