"""Points for the words that tell what a record studies and how, by name of the rule."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from rag.answering.design import DESIGNS
from rag.answering.design_rules import OBJECTS
from rag.text.clues import Clue, clues, entries


def test_a_clue_counts_once_and_twice_in_the_title() -> None:
    once = clues("", "Mice. More mice.", ())["what"].points["animals"]
    assert clues("Mice", "Mice.", ())["what"].points["animals"] == 2 * once


def test_a_clue_is_shown_as_the_record_writes_it() -> None:
    found = clues("", "A Cross-Sectional one.", ())["how"]
    assert found.best() == Clue("cross-sectional study", 8, "Cross-Sectional")


def test_a_star_stands_for_every_end_and_a_plain_word_for_itself() -> None:
    assert clues("", "Phylogenetics.", ())["what"].points == clues("", "Phylogeny.", ())["what"].points
    assert "animals" not in clues("", "Category and catalogue.", ())["what"].points


def test_numbers_in_digits_and_in_words_are_the_same_clue() -> None:
    in_words = clues("", "We report seven cases.", ())["how"].points
    assert in_words == clues("", "We report 7 cases.", ())["how"].points
    assert in_words["case series"] > 0


def test_a_heading_counts_once_and_says_that_it_is_one() -> None:
    best = clues("", "", ("Cohort Studies",))["how"].best()
    assert best is not None
    assert (best.name, best.words, best.heading) == ("cohort study", "Cohort Studies", True)


def test_too_few_points_name_nothing() -> None:
    found = clues("", "A correlation.", ())["how"]
    assert found.best(least=found.points["cross-sectional study"]) is not None
    assert found.best(least=found.points["cross-sectional study"] + 1) is None


def test_every_name_of_the_table_is_known() -> None:
    rows = [row for row, _, _ in entries()]
    assert {row.name for row in rows if row.part == "what"} == {*OBJECTS, "people"}
    assert {row.name for row in rows if row.part == "how"} <= set(DESIGNS)


@settings(max_examples=50)
@given(st.text(max_size=300), st.text(max_size=300))
def test_any_text_is_read_and_points_are_the_sum_of_the_clues(title: str, text: str) -> None:
    for found in clues(title, text, ("Mice",)).values():
        sums: dict[str, int] = {}
        for clue in found.found:
            sums[clue.name] = sums.get(clue.name, 0) + clue.points
        assert found.points == sums
