"""A source is no witness of what it reports second-hand (hazard H26)."""

from __future__ import annotations

import pytest

from rag.text.secondhand import second_hand


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("Smith et al. reported that velmorin prevented flares.", "Smith et al."),
        ("Okafor and colleagues saw no benefit.", "Okafor and colleagues"),
        ("Several earlier trials found that velmorin prevented flares.", "earlier trials found"),
        ("Velmorin has been shown to prevent flares.", "has been shown"),
        ("Velmorin is generally thought to lower urate.", "is generally thought to"),
        ("Velmorin lowers urate in adults [12, 14].", "s [12, 14]"),
    ],
)
def test_a_sentence_on_the_work_of_others_is_second_hand(sentence: str, words: str) -> None:
    assert words in second_hand(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Velmorin prevented flares in 18% of adults (F [1,306] = 0.56).",
        "We confirm that velmorin has been shown to prevent flares.",
        "Included trials showed fewer flares with velmorin.",
        "Flares were rarer than has been reported before.",
        "No previous study has been found that compared both.",
        "The results have not been replicated.",
        "",
    ],
)
def test_a_sentence_on_its_own_finding_is_not_second_hand(sentence: str) -> None:
    assert second_hand(sentence) == ""
