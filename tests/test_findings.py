"""Parts of an abstract that state no finding are never quoted as one."""

from __future__ import annotations

import pytest

from rag.text.findings import about_the_paper, asks_or_registers, tells_finding, tells_methods


@pytest.mark.parametrize(
    "sentence",
    [
        "To assess the efficacy and safety of velmorin in adults with gout.",
        "The aim of this study was to compare velmorin with placebo.",
        "This randomised trial was designed to test velmorin in gout.",
        "OBJECTIVE: To evaluate velmorin in gout.",
        "We hypothesised that velmorin prevents flares.",
        "Our trial aimed to find out whether velmorin prevents flares.",
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
        ("Intakes were recorded.", True),
        ("Group A had 25 adults and group B 24.", True),
        ("After randomisation, 72 adults in group A and 75 in group B were analysed.", True),
        ("All 331 adults randomised to velmorin received it at first.", True),
        ("METHODS Adults with gout took velmorin.", True),
        ("Background Velmorin reduced flares before.", True),
        ("Group A had fewer flares than group B.", False),
        ("Flares were measured weekly and were fewer with velmorin.", False),
        ("METHODS AND RESULTS Flares fell by half.", False),
        ("Flares were rarer with velmorin than with placebo.", False),
        ("We found no difference.", False),
    ],
)
def test_how_a_study_was_done_is_told_from_what_it_found(sentence: str, methods: bool) -> None:
    assert tells_methods(sentence) is methods


@pytest.mark.parametrize(
    ("sentence", "finding"),
    [
        ("Velmorin reduced flares.", True),
        ("There was no difference in flares.", True),
        ("Flares occurred in 18 of 90 adults.", True),
        ("Velmorin is a drug for gout.", False),
        ("We randomly assigned 90 adults to reduce flares.", False),
        ("The aim was to reduce flares.", False),
        ("Velmorin has recently been used to reduce flares.", False),
        ("There is a gap in knowledge on how to reduce flares.", False),
        ("Further studies should show whether flares are reduced.", False),
        ("The best dose to prevent flares requires further investigation.", False),
        ("There was no difference in urate at baseline.", False),
        ("More trials are needed to confirm that velmorin prevents flares.", False),
        ("Velmorin reduced flares, but further studies are needed.", True),
    ],
)
def test_a_finding_is_told_from_methods_aims_what_was_known_and_what_is_wanted(
    sentence: str, finding: bool
) -> None:
    assert tells_finding(sentence) is finding
