"""A statement is split where each part stands alone, and nowhere else; no figure is lost, no word added."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.answering.claims import claims
from rag.text.quantities import unmatched

SPLIT = {
    "two subjects": (
        "Fluvoxine lowered blood pressure, whereas placebo raised blood pressure.",
        ("Fluvoxine lowered blood pressure.", "placebo raised blood pressure."),
    ),
    "a semicolon": (
        "Mortality was 12% with fluvoxine; bleeding was rare with fluvoxine",
        ("Mortality was 12% with fluvoxine", "bleeding was rare with fluvoxine"),
    ),
    "a shared subject": (
        "Fluvoxine reduced attacks by 30% and did not raise blood pressure.",
        ("Fluvoxine reduced attacks by 30%.", "Fluvoxine did not raise blood pressure."),
    ),
    "two results of one subject": (
        "Low-dose fluvoxine lowered attacks and improved sleep.",
        ("Low-dose fluvoxine lowered attacks.", "Low-dose fluvoxine improved sleep."),
    ),
    "people that lead in": (
        "In adults with migraine, fluvoxine lowered attacks, but placebo had no effect.",
        (
            "In adults with migraine, fluvoxine lowered attacks.",
            "In adults with migraine, placebo had no effect.",
        ),
    ),
    "each with its own people": (
        "Stroke was rarer in women and bleeding was commoner in men.",
        ("Stroke was rarer in women.", "bleeding was commoner in men."),
    ),
    "figures in brackets with a joint inside": (
        "Attacks fell (12 and 15%; P = .01) and sleep was better.",
        ("Attacks fell (12 and 15%; P = .01).", "sleep was better."),
    ),
    "three parts": (
        "Pain was less, nausea was rare; and sleep was better and mood was stable.",
        ("Pain was less, nausea was rare.", "sleep was better.", "mood was stable."),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("statement", "parts"), SPLIT.values(), ids=SPLIT.keys())
def test_clauses_that_stand_alone_are_parted(statement, parts):
    assert claims(statement) == parts


WHOLE = {
    "joined nouns": "Fluvoxine lowered pain and nausea.",
    "joined subjects": "Fluvoxine and placebo lowered pain.",
    "subjects of a participle": "Patients treated with fluvoxine and zinc improved.",
    "a list": "Pain, nausea, and vomiting were rarer with fluvoxine.",
    "an adjective that looks like a verb": "Fluvoxine was associated with less pain and improved sleep.",
    "an adjective after an adverb": "Men with markedly reduced function and women improved.",
    "people of both parts, perhaps": "Fluvoxine lowered pain and raised blood pressure in children.",
    "people of the first part, perhaps of both": "Mortality was lower in adults, whereas pain was the same.",
    "a comparator of both parts, perhaps": "Pain was less and sleep was better compared with placebo.",
    "a time of both parts, perhaps": "Pain was less and sleep was better after 12 weeks.",
    "a part without a verb": "Fluvoxine lowered pain but not nausea.",
    "a part that lost its verb": "Fluvoxine lowered pain, whereas placebo did not.",
    "a part that points back": "Fluvoxine lowered pain, but it raised blood pressure.",
    "a negated whole": "No patient was ill and had pain.",
    "a counted whole": "Half of the patients were ill and had pain.",
    "a number of people": "In all, 12 of 40 patients were ill and had pain.",
    "a clause of a clause": "The authors suggest that fluvoxine lowers pain and placebo raises pain.",
    "a relative clause": "The drug which was studied in men and women was safe.",
    "respectively": "Pain was 3 and nausea was 4, respectively.",
    "a quotation": 'In a trial: "Pain was less and sleep was better."',
    "a question": "Was pain less and was sleep better?",
    "nothing": "",
}  # fmt: skip


@pytest.mark.parametrize("statement", WHOLE.values(), ids=WHOLE.keys())
def test_when_in_doubt_a_statement_stays_whole(statement):
    assert claims(statement) == (statement,)


def tokens(text: str) -> list[str]:
    return re.findall(r"\w+", text)


WORDS = st.sampled_from(
    [
        *("fluvoxine", "placebo", "pain", "the", "a", "patients", "treated", "it", "no", "half"),
        *("was", "were", "had", "did not", "lowered", "improved", "reduced"),
        *("and", "and", "but", "whereas", "whereas", ";", "; ", ",", ", and"),
        *("in adults", "women", "children", "compared with", "after 3 weeks", "In", "Among"),
        *("12%", "3", "5 mg", "12 mmHg", "(P = .01)", "(95% CI 3 to 5)", "(3 and 4)"),
    ]
)
SENTENCES = st.lists(WORDS, max_size=24).map(lambda found: " ".join(found) + ".")


@settings(max_examples=150)
@given(st.one_of(SENTENCES, st.sampled_from([one for one, _ in SPLIT.values()]), st.text(max_size=80)))
def test_no_word_is_invented_and_none_but_the_joints_and_no_figure_is_lost(statement):
    parts = claims(statement)
    said = [word for part in parts for word in tokens(part)]
    assert set(said) <= set(tokens(statement))
    assert set(tokens(statement)) - set(said) <= {"and", "but", "whereas"}
    assert unmatched(statement, parts) == []
    assert parts == (statement,) or len(parts) > 1


@settings(max_examples=150)
@given(SENTENCES)
def test_every_part_names_people_if_one_does(statement):
    named = {
        any(who in tokens(part) for who in ("adults", "women", "children")) for part in claims(statement)
    }
    assert len(named) == 1


def test_people_named_by_their_age_are_not_lost_beside_people_of_any_kind():
    statement = "Pain was lowered in adults and mortality was reduced in patients."
    assert claims(statement) == (statement,)
