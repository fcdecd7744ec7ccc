"""Which way one article points on a yes/no question."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.answering.question import understand
from rag.answering.stance import MODEL, conclusion, stance
from rag.records import Article, Question, Section, Stance
from rag.text.pointing import CUES, KINDS, LEAN, frame, marked

ASKED = frame("Does yoga reduce back pain in adults?")
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)


def ask(question: str, *sections: tuple[str, str]) -> Stance:
    article = Article("1", "", tuple(Section(label, text) for label, text in sections))
    return stance(Question(question, question, "therapy"), article)


@pytest.mark.parametrize(
    ("question", "conclusion", "direction"),
    [
        (
            "Does zinc shorten the common cold?",
            "Zinc did not shorten the common cold in this trial.",
            "opposes",
        ),
        (
            "Does night work affect blood pressure in nurses?",
            "There was no significant effect of night work on the blood pressure of nurses.",
            "opposes",
        ),
        (
            "Is caffeine intake associated with atrial fibrillation?",
            "Caffeine intake was associated with an increased risk of atrial fibrillation.",
            "supports",
        ),
        (
            "Is ultrasound reliable for finding rib fractures?",
            "Ultrasound is a reliable and accurate method for finding rib fractures.",
            "supports",
        ),
        (
            "Are home visits after hip surgery safe?",
            "Home visits after hip surgery are not safe.",
            "opposes",
        ),
        (
            "Are the current doses of iron adequate in pregnancy?",
            "The current doses of iron are inadequate in pregnancy.",
            "opposes",
        ),
    ],
)
def test_the_conclusion_decides_the_direction(question: str, conclusion: str, direction: str) -> None:
    assert ask(question, ("CONCLUSION", conclusion)).direction == direction


def test_a_question_put_in_the_negative_turns_the_answer_round() -> None:
    conclusion = ("CONCLUSION", "Zinc had no effect on the duration of the common cold.")
    assert ask("Does zinc have an effect on the common cold?", conclusion).direction == "opposes"
    assert ask("Does zinc have no effect on the common cold?", conclusion).direction == "supports"


@pytest.mark.parametrize(
    ("question", "conclusion", "direction"),
    [
        ("Is zinc ineffective in the common cold?", "Zinc was effective in the common cold.", "opposes"),
        ("Is zinc ineffective in the common cold?", "Zinc was not effective in the common cold.", "supports"),
        ("Is zinc useless in the common cold?", "Zinc was useful in the common cold.", "opposes"),
        (
            "Does zinc fail to prevent the common cold?",
            "Zinc was effective for the prevention of the common cold.",
            "opposes",
        ),
        ("Should zinc be avoided in the common cold?", "Zinc was effective in the common cold.", "silent"),
        ("Is zinc unsafe in the common cold?", "Zinc was effective in the common cold.", "silent"),
        ("Is zinc contraindicated in the common cold?", "Zinc improved the common cold.", "silent"),
        (
            "Does zinc increase the common cold?",
            "Zinc was effective for the prevention of the common cold.",
            "inconclusive",
        ),
    ],
)
def test_a_question_for_the_contrary_for_harm_or_for_more_is_not_answered_by_its_opposite(
    question: str, conclusion: str, direction: str
) -> None:
    assert ask(question, ("CONCLUSION", conclusion)).direction == direction


@pytest.mark.parametrize(
    ("conclusion", "direction"),
    [
        ("Apixaban was superior to warfarin for atrial fibrillation.", "supports"),
        ("Warfarin was superior to apixaban for atrial fibrillation.", "opposes"),
        ("Warfarin was not superior to apixaban for atrial fibrillation.", "inconclusive"),
        ("Warfarin was effective for atrial fibrillation.", "inconclusive"),
    ],
)
def test_a_comparison_put_the_other_way_round_or_of_the_comparator_alone_is_never_taken_for_ours(
    conclusion: str, direction: str
) -> None:
    question = understand("Is apixaban better than warfarin for atrial fibrillation?")
    article = Article("1", "", (Section("CONCLUSION", conclusion),))
    assert stance(question, article).direction == direction


def test_who_paid_for_a_study_is_no_conclusion() -> None:
    asked = frame("Does yoga reduce back pain?")
    sections = (
        Section("FINDINGS", "Yoga reduced back pain."),
        Section("FUNDING", "A medical research council."),
    )
    told = conclusion(Article("1", "", sections), asked)
    assert [place.span.text for place in told] == ["Yoga reduced back pain."]


def test_an_article_without_an_abstract_is_silent() -> None:
    assert ask("Does zinc shorten the common cold?") == Stance("silent", 1.0)
    assert ask("Does zinc shorten the common cold?", ("RESULTS", "  ")) == Stance("silent", 1.0)


def test_the_span_is_an_exact_slice_of_the_conclusion() -> None:
    sections = (
        ("RESULTS", "Pain fell in both groups."),
        ("CONCLUSIONS", "  Pain is common. Yoga did not reduce back pain in adults. Trials are needed."),
    )
    found = ask("Does yoga reduce back pain in adults?", *sections)
    assert found.section == 1
    assert found.span is not None
    assert sections[1][1][found.span.start : found.span.end] == found.span.text
    assert found.span.text == "Yoga did not reduce back pain in adults."


def test_an_unlabelled_abstract_concludes_in_its_last_sentences() -> None:
    text = "We asked 90 adults. They did yoga for a year. Pain was rated weekly. Yoga reduced back pain."
    article = Article("1", "", (Section("", text),))
    assert [place.span.text for place in conclusion(article, ASKED)] == [
        "Pain was rated weekly.",
        "Yoga reduced back pain.",
    ]


def test_a_labelled_conclusion_is_read_wherever_it_stands() -> None:
    article = Article("1", "", (Section("Interpretation", "Yoga helps."), Section("FUNDING", "A fund paid.")))
    assert [place.section for place in conclusion(article, ASKED)] == [0]


def test_results_without_a_conclusion_are_read_where_they_are_nearest_to_the_question() -> None:
    text = "Yoga reduced back pain in adults. Mortality was 2%. Falls were rare. Costs were equal."
    places = conclusion(Article("1", "", (Section("FINDINGS", text),)), ASKED)
    assert places[0].span.text == "Yoga reduced back pain in adults."


def test_the_scope_of_a_negation_ends_with_its_clause() -> None:
    assert marked("It did not cut pain, but cut cost.") == "it did not !cut !pain, but cut cost."


def test_a_negation_of_the_verb_denies_its_subject() -> None:
    assert "!relationship" in marked("A relationship with age was not found.")


def test_not_only_denies_nothing() -> None:
    assert "!" not in marked("Not only safe but effective.")


def test_the_last_clause_asks_and_the_rest_is_the_topic() -> None:
    asked = frame("Early feeding after surgery: is it safe?")
    assert asked.main == "merit"
    assert {"safe", "feed"} <= asked.content
    assert "feed" not in asked.clause


def test_every_lean_is_of_a_kind_and_a_cue_that_exist() -> None:
    assert set(LEAN) == {*KINDS, "plain"}
    assert {cue for cues in LEAN.values() for cue in cues} <= set(CUES)


@settings(max_examples=60, deadline=None)
@given(question=TEXTS, label=TEXTS, text=TEXTS)
def test_any_text_gets_a_stance_with_a_probability_and_an_exact_span(
    question: str, label: str, text: str
) -> None:
    found = ask(question, (label, text))
    assert 0 <= found.score <= 1
    assert (found.span is None) == (found.section is None) == (found.direction == "silent")
    if found.span is not None:
        assert text[found.span.start : found.span.end] == found.span.text


def test_an_endless_abstract_is_read_at_its_end() -> None:
    found = ask("Does yoga reduce back pain?", ("", "Filler words here. " * 5000 + "Yoga reduced back pain."))
    assert found.span is not None
    assert found.span.text == "Yoga reduced back pain."


@pytest.mark.parametrize("unit", ["not ", "no effect was not found ", "but not ", "not ("])
def test_a_text_of_nothing_but_negations_is_read_in_time(unit: str) -> None:
    started = time.perf_counter()
    ask("Does yoga have no effect? " + unit * 100, ("CONCLUSION", unit * 2000))
    assert time.perf_counter() - started < 5


def test_the_model_card_says_what_it_was_made_from_and_how_well_it_does() -> None:
    card = json.loads(MODEL.read_text(encoding="utf-8"))["card"]
    assert {"task", "data", "seed", "measured", "limits"} <= set(card)


def test_the_shipped_weights_read_the_development_questions_well_above_majority(
    data: Callable[[str], Path],
) -> None:
    """The weights were fitted to these questions: this finds a broken file, it does not measure."""
    label = {"supports": "yes", "opposes": "no", "inconclusive": "maybe", "silent": ""}
    with gzip.open(data("pubmedqa/questions.jsonl.gz"), "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    right = 0
    for row in rows:
        sections = [(one["label"], one["text"]) for one in row["sections"]]
        found = ask(row["question"], *sections, ("CONCLUSIONS", row["long_answer"]))
        right += label[found.direction] == row["final_decision"]
    assert right / len(rows) > 0.70


def test_a_member_of_the_class_asked_about_is_not_another_treatment() -> None:
    asked = understand("Do statins reduce mortality in heart failure?")
    told = "Atorvastatin reduced mortality in patients with heart failure."
    sections = (Section("CONCLUSIONS", told),)
    assert stance(asked, Article("1", "Atorvastatin in heart failure", sections)).direction == "supports"
    other = Section("CONCLUSIONS", told.replace("Atorvastatin", "Digoxin"))
    assert stance(asked, Article("1", "Digoxin in heart failure", (other,))).direction == "silent"


def test_what_was_not_measured_is_no_finding() -> None:
    found = ask(
        "Does velmorin prevent gout flares in adults?",
        ("CONCLUSIONS", "Quality of life of adults with gout was not recorded at the end of follow-up."),
    )
    assert found.direction == "silent"
