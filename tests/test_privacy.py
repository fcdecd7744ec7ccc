"""Identifying text is replaced before anything is sent; medicine's own names are left alone."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.answering.privacy import redact


@pytest.mark.parametrize(
    ("text", "kind", "raw"),
    [
        ("Should I give Mrs Jane Miller apixaban?", "name", "Miller"),
        ("My patient John Smith has AF. Is apixaban safe?", "name", "Smith"),
        ("Mrs. de la Cruz has gout", "name", "Cruz"),
        ("the patient's name is Anna Kowalska", "name", "Kowalska"),
        ("patient named Wei Zhang with sepsis", "name", "Zhang"),
        ("pt: Maria Lopez with sepsis", "name", "Lopez"),
        ("mr smith has chest pain", "name", "smith"),
        ("My mother Susan has gout", "name", "Susan"),
        ("Dr. Weber asks about statins", "name", "Weber"),
        ("patient J.S. with stroke", "name", "J.S."),
        ("Ms. Van der Berg has gout", "name", "Berg"),
        ("Frau Dr. Schmidt hat Gicht", "name", "Schmidt"),
        ("Mrs. SMITH has gout", "name", "SMITH"),
        ("DOB 03/04/1951", "date", "03/04"),
        ("admitted on 12 March 2024", "date", "12 March"),
        ("seen on May 5, 2023", "date", "May 5"),
        ("admitted 2024-03-12", "date", "03-12"),
        ("born 4.7.1948", "date", "4.7"),
        ("93-year-old man with stroke", "age", "93"),
        ("She is 101 years old", "age", "101"),
        ("a ninety-seven-year-old woman", "age", "seven"),
        ("his number is 07700 900123", "phone", "900123"),
        ("943 476 5919, is apixaban safe?", "record number", "943"),
        ("call 555-123-4567", "phone", "4567"),
        ("his phone is +44 20 7946 0958", "phone", "0958"),
        ("fax: (617) 555 0199", "fax", "0199"),
        ("write to john.doe@mail.com", "e-mail", "doe"),
        ("SSN 123-45-6789", "social security number", "6789"),
        ("MRN 12345678", "record number", "12345678"),
        ("NHS number 943 476 5919", "record number", "943"),
        ("account number 00-3342-11", "record number", "3342"),
        ("driver's license D1234567", "record number", "1234567"),
        ("device serial AB12-99881", "record number", "99881"),
        ("lives at 12 Baker Street", "address", "Baker"),
        ("Boston, MA 02115", "zip code", "02115"),
        ("see www.hospital.org/pt/33", "url", "hospital"),
        ("from 192.168.1.22", "ip address", "192"),
    ],
)
def test_identifying_text_is_replaced_by_its_kind(text: str, kind: str, raw: str) -> None:
    redacted = redact(text)
    assert kind in redacted.found
    assert raw not in redacted.text
    assert "[" in redacted.text


@pytest.mark.parametrize(
    "text",
    [
        "Is Parkinson's disease hereditary?",
        "Crohn disease and Down syndrome in patients with Hodgkin lymphoma",
        "What did the MR CLEAN trial show?",
        "What did the Mr CLEAN trial show?",
        "Does the DAWN trial apply to patients over 80?",
        "Is St John's wort effective in depression?",
        "Which 65-year-old patients benefit?",
        "aged 65-90 years, 95 mg daily, 90% of patients",
        "Are statins useful in patients aged 90 years or older, or over 95 years old?",
        "the 2019 update to the 2018 guidelines",
        "HLA-B*27:05 in patient Group B",
        "case 10045 controls and 12345 patients",
        "May 10 days of antibiotics be enough?",
        "NCT01234567 and PMID 12345678",
        "Will We Miss Cancers Following Updated Guidelines?",
    ],
)
def test_eponyms_trials_and_figures_are_left_alone(text: str) -> None:
    assert redact(text).found == ()
    assert redact(text).text == text


def test_hidden_characters_neither_stay_nor_hide_a_name() -> None:
    redacted = redact("Mrs Mil\u200bler\u202e has gout")
    assert redacted.text == "[name] has gout"


def test_a_redacted_text_has_nothing_more_to_redact() -> None:
    once = redact("My patient John Smith, DOB 03/04/1951, MRN 12345678, phone 555-123-4567")
    assert redact(once.text).found == ()


def test_published_questions_raise_no_false_alarm(data: Callable[[str], Path]) -> None:
    questions = []
    for relative in ("pubmedqa/questions.jsonl.gz", "bioasq/questions.jsonl.gz"):
        with gzip.open(data(relative), "rt", encoding="utf-8") as lines:
            questions += [json.loads(line)["question"] for line in lines]
    assert len(questions) > 2000
    assert [text for text in questions if redact(text).found] == []


@given(st.text(max_size=200))
@settings(max_examples=100, deadline=None)
def test_any_text_can_be_redacted(text: str) -> None:
    assert isinstance(redact(text).text, str)
