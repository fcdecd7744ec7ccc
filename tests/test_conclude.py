"""The words of a verdict that finds nothing direct."""

from __future__ import annotations

import pytest

from rag.answering.conclude import not_found, verdict_line
from rag.records import Pico, Question


@pytest.mark.parametrize(
    ("pico", "told"),
    [
        (Pico("surgery", "music", "", "anxiety"), "on anxiety with music in surgery"),
        (Pico("", "omeprazole", "", "hip fracture"), "on hip fracture with omeprazole"),
        (
            Pico("obese adults", "keyhole surgery", "open surgery", "pain"),
            "on pain with keyhole surgery compared with open surgery in obese adults",
        ),
        (Pico("lupus", "colchicine", "", ""), "on colchicine in lupus"),
        (Pico("lupus", "", "", "survival"), "on survival in lupus"),
        (Pico("lupus", "", "", ""), "on lupus"),
        (Pico("lupus", "", "placebo", ""), "on placebo in lupus"),
        (Pico(), "on this question"),
    ],
)
def test_every_element_that_was_asked_about_is_named_and_no_empty_one(pico: Pico, told: str) -> None:
    asked = Question("Does it?", "Does it?", "therapy", pico)
    line = verdict_line("no_direct_evidence", asked, "", [], {}, "in PubMed")
    assert line.text == f"No direct evidence was found in PubMed {told}."
    assert not_found(asked, 0, [], "in PubMed") == (f"Nothing was found in PubMed {told}.",)
