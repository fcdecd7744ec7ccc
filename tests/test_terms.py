"""The concept table: what a class or a condition takes in, and what it does not."""

from __future__ import annotations

import pytest

from rag.text import terms


def named(text: str) -> set[str]:
    return set(terms.named(terms.positions(terms.stems(text)), members=True))


@pytest.mark.parametrize(
    ("concept", "texts"),
    [
        (
            "exercise",
            "resistance training; strength training; aerobic exercise; physical activity programme; tai chi",
        ),
        ("SGLT2 inhibitor", "empagliflozin; dapagliflozin; sotagliflozin; SGLT2 inhibition; gliflozins"),
        ("GLP-1 receptor agonist", "exenatide; GLP-1 analogues; tirzepatide"),
        ("statin", "pravastatin; rosuvastatin"),
        ("proton pump inhibitor", "lansoprazole; esomeprazole; proton pump inhibition"),
        ("ACE inhibitor", "captopril; perindopril; ACE inhibition"),
        ("angiotensin receptor blocker", "irbesartan; angiotensin II receptor blockers"),
        ("beta blocker", "carvedilol; atenolol; beta-blockade"),
        ("calcium channel blocker", "amlodipine; calcium antagonists"),
        ("selective serotonin reuptake inhibitor", "paroxetine; escitalopram"),
        ("antidepressant", "venlafaxine; amitriptyline; SSRIs"),
        ("anticoagulation", "apixaban; warfarin; enoxaparin"),
        ("antiplatelet therapy", "aspirin; ticagrelor"),
        ("opioid", "tramadol; buprenorphine; codeine"),
        ("non-steroidal anti-inflammatory drug", "celecoxib; indomethacin"),
        ("corticosteroid", "budesonide; betamethasone"),
        ("antibiotics", "azithromycin; ciprofloxacin; penicillins; a beta-lactam"),
        ("macrolide", "clarithromycin; erythromycin"),
        ("biologic therapy", "adalimumab; rituximab; anti-TNF"),
        ("bisphosphonate", "zoledronic acid; alendronate"),
        ("inflammatory bowel disease", "Crohn's disease; ulcerative colitis"),
        ("venous thromboembolism", "pulmonary embolism; deep vein thrombosis"),
        ("cancer", "acute leukaemia; melanoma; adenocarcinoma"),
        ("chronic pain", "fibromyalgia; chronic low back pain"),
        ("altitude sickness", "acute mountain sickness"),
    ],
)
def test_a_class_or_condition_takes_in_its_members(concept: str, texts: str) -> None:
    for text in texts.split("; "):
        assert concept in named(text), text


@pytest.mark.parametrize(
    ("concept", "text"),
    [
        ("vaccination", "an immune response"),
        ("biologic therapy", "biological samples"),
        ("exercise", "training of nurses"),
        ("exercise", "aerobic bacteria"),
        ("prone positioning", "men are more prone to falls"),
        ("respiratory tract infection", "normal sinus rhythm"),
        ("hypnotic drug", "hypnosis"),
        ("immunosuppressive drug", "immunosuppressed patients"),
        ("chronic pain", "acute pain"),
        ("SGLT2 inhibitor", "sitagliptin"),
        ("statin", "fenofibrate"),
    ],
)
def test_a_concept_is_not_seen_in_words_that_only_look_like_it(concept: str, text: str) -> None:
    assert concept not in named(text)


def test_a_member_is_no_mention_of_its_class() -> None:
    assert not terms.mentioned("apixaban")
    assert set(terms.mentioned("smoking cessation")) == {"smoking cessation"}
    assert set(terms.mentioned("antibiotic-associated diarrhoea")) == {"antibiotic-associated diarrhea"}


def test_a_class_takes_in_a_concept_of_its_own() -> None:
    assert terms.takes_in("anticoagulation", "warfarin")
    assert not terms.takes_in("warfarin", "anticoagulation")


def test_every_twin_is_a_concept() -> None:
    table = terms.concepts()
    assert {twin for concept in table.values() for twin in concept.twins} <= set(table)
