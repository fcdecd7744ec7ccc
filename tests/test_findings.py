"""Parts of an abstract that state no finding are never quoted as one."""

from __future__ import annotations

import pytest

from rag.text.findings import about_the_paper, asks_or_registers, tells_methods


@pytest.mark.parametrize(
    "sentence",
    [
        "To assess the efficacy and safety of velmorin in adults with gout.",
        "The aim of this study was to compare velmorin with placebo.",
        "This randomised trial was designed to test velmorin in gout.",
        "OBJECTIVE: To evaluate velmorin in gout.",
        "We hypothesised that velmorin prevents flares.",
        "The trial is registered at ClinicalTrials.gov, NCT01234567.",
        "The study was funded by the Velmorin Foundation.",
    ],
)
def test_an_aim_a_registration_and_a_funder_state_no_finding(sentence: str) -> None:
    assert asks_or_registers(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Velmorin prevented gout flares in adults.",
        "This study shows that velmorin prevents flares.",
        "The primary outcome occurred in 18% with velmorin and in 35% with placebo.",
        "To our surprise velmorin raised urate.",
        "We found no effect of velmorin.",
    ],
)
def test_a_finding_is_a_finding(sentence: str) -> None:
    assert not asks_or_registers(sentence)


@pytest.mark.parametrize(
    ("label", "is_about"),
    [
        ("FUNDING", True),
        ("TRIAL REGISTRATION", True),
        ("CONCLUSIONS", False),
        ("MAIN RESULTS", False),
        ("", False),
    ],
)
def test_a_label_tells_whether_a_section_is_about_the_paper(label: str, is_about: bool) -> None:
    assert about_the_paper(label) is is_about


@pytest.mark.parametrize(
    ("sentence", "methods"),
    [
        ("A total of 659 patients were randomly assigned to velmorin or placebo.", True),
        ("We enrolled 40 adults.", True),
        ("MEDLINE was searched to 2020.", True),
        ("Flares were rarer with velmorin than with placebo.", False),
        ("We found no difference.", False),
    ],
)
def test_how_a_study_was_done_is_told_from_what_it_found(sentence: str, methods: bool) -> None:
    assert tells_methods(sentence) is methods
