"""Cue words are found where a reader would see them, and nowhere else."""

from __future__ import annotations

import pytest

from rag.text import words


@pytest.mark.parametrize(
    "text",
    [
        "There was no significant difference between the arms.",
        "Pain did not differ between groups.",
        "The drug failed to lower pressure.",
        "Rates were similar in both arms.",
        "Age was not associated with outcome.",
        "Mortality was unchanged.",
        "It was as effective as placebo.",
        "Neither dose was superior.",
    ],
)
def test_a_null_result_is_seen(text: str) -> None:
    assert words.null_result(text)


@pytest.mark.parametrize(
    "text",
    [
        "The drug lowered pressure significantly.",
        "Noteworthy gains were seen.",
        "Patients without diabetes gained weight.",
    ],
)
def test_an_effect_is_no_null_result(text: str) -> None:
    assert not words.null_result(text)


def test_negation_reaches_five_words_within_its_clause() -> None:
    scope = words.negated("There was no rise in pressure, but pain fell sharply.")
    assert words.stem("pressure") in scope
    assert words.stem("pain") not in scope


@pytest.mark.parametrize(
    ("text", "up", "down"),
    [
        ("Pressure increased.", True, False),
        ("Survival was longer.", True, False),
        ("Fewer deaths occurred.", False, True),
        ("Symptoms worsened.", False, True),
        ("Pressure fell as doses rose.", True, True),
        ("Forty patients took part.", False, False),
    ],
)
def test_direction_words_point_up_or_down(text: str, up: bool, down: bool) -> None:
    found_up, found_down = words.directions(text)
    assert (bool(found_up), bool(found_down)) == (up, down)


def test_hedges_and_certainties_are_told_apart() -> None:
    assert words.hedges("The drug may help.")
    assert not words.certainties("The drug may help.")
    assert words.certainties("The trial proves that the drug helps.")
    assert not words.hedges("The trial proves that the drug helps.")


def test_cause_and_association_are_told_apart() -> None:
    assert words.causal("Smoking causes cancer.")
    assert not words.causal("Smoking was associated with cancer.")
    assert words.associative("Smoking was associated with cancer.")
    assert not words.associative("Smoking causes cancer.")


@pytest.mark.parametrize(
    ("statement", "source", "foreign"),
    [
        ("Children improved.", "Adults were enrolled.", ("children",)),
        ("Women improved.", "Only men were enrolled.", ("women",)),
        ("Infants improved.", "Children under two were enrolled.", ()),
        ("Children improved.", "Forty patients were enrolled.", ()),
        ("Patients improved.", "Rats were treated.", ("humans",)),
        ("Rats improved.", "Forty patients were treated.", ("animals",)),
        ("Men and women improved.", "Both men and women were enrolled.", ()),
    ],
)
def test_a_group_is_foreign_only_where_the_source_names_others(
    statement: str, source: str, foreign: tuple[str, ...]
) -> None:
    assert words.foreign_populations(statement, source) == foreign


def test_drug_names_and_acronyms_are_names() -> None:
    assert words.names("Simvastatin and IL-6 in COPD") == {"simvastatin", "il-6", "copd"}
    assert words.names("Total cholesterol fell in the evening.") == frozenset()


def test_a_statistic_written_out_is_known_by_its_acronym_and_no_other_is() -> None:
    assert words.written_out("Odds ratio 0.88, 95% confidence\ninterval 0.81 to 0.96") == {"or", "ci"}
    assert words.written_out("The odds of success and the hazard of cardiac injury") == frozenset()


def test_content_leaves_out_function_words_and_joins_forms_of_a_word() -> None:
    assert words.content("The treatments of the patients") == words.content("treatment")


def test_empty_text_holds_nothing() -> None:
    assert words.content("") == []
    assert words.populations("") == {}
    assert not words.null_result("")


@pytest.mark.parametrize(
    ("text", "null"),
    [
        ("Flares occurred in 18% and 21% (P=0.44).", True),
        ("The groups were alike (p > 0.05).", True),
        ("Lancet style: p=0·41.", True),
        ("Flares occurred in 18% and 35% (P<0.001).", False),
        ("Flares were rarer (P = 0.049).", False),
        ("The P wave lasted 0.1 s.", False),
    ],
)
def test_a_high_p_value_is_a_null_result_told_by_figures(text: str, null: bool) -> None:
    assert words.null_by_figures(text) is null
