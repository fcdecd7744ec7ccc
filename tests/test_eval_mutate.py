"""Each way to damage a sentence changes what it says, or says that there is nothing of its kind in it."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.mutate import digit, negation, population, twin

SENTENCE = "Flares occurred in 18.5% of 240 adults with gout."


@pytest.mark.parametrize("seed", range(20))
def test_one_digit_of_one_figure_changes_and_nothing_else(seed):
    damaged = digit(SENTENCE, random.Random(seed))
    assert damaged is not None
    changed = [(a, b) for a, b in zip(SENTENCE, damaged, strict=True) if a != b]
    assert len(changed) == 1
    assert all(one.isdigit() for one in changed[0])


@settings(max_examples=50)
@given(st.text(max_size=80), st.integers(0, 5))
def test_a_changed_digit_never_leaves_the_text_as_it_was(text, seed):
    damaged = digit(text, random.Random(seed))
    assert damaged is None or damaged != text


@pytest.mark.parametrize(
    ("sentence", "damaged"),
    [
        ("The drug was effective.", "The drug was not effective."),
        ("The drug was not effective.", "The drug was effective."),
        ("There was no significant difference.", "There was a significant difference."),
        ("It did not prevent flares.", "It did prevent flares."),
        ("Flares may recur.", "Flares may not recur."),
        ("Fewer flares with velmorin.", None),
    ],
)
def test_a_negation_is_taken_out_or_put_in(sentence, damaged):
    assert negation(sentence) == damaged


@pytest.mark.parametrize(
    ("sentence", "damaged"),
    [
        ("It helped women with gout.", "It helped men with gout."),
        ("It helped men with gout.", "It helped women with gout."),
        ("It helped adults.", "It helped children."),
        ("It helped.", None),
    ],
)
def test_a_population_becomes_another(sentence, damaged):
    assert population(sentence) == damaged


def test_a_disease_becomes_the_one_that_shares_its_abbreviation():
    assert twin("Heparin helped in spinal cord infarction.") == "Heparin helped in spinal cord injury."
    assert twin("Metformin helped in diabetes mellitus.") == "Metformin helped in diabetes insipidus."
    assert twin("Zinc shortened the cold.") is None


@pytest.mark.parametrize("damage", [negation, population, twin])
def test_what_has_nothing_of_the_kind_is_left_alone(damage):
    assert damage("") is None
    assert damage("12 of 13.") is None
