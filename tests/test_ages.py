"""Ages of people in questions and articles."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.text.ages import OLDEST, Ages, ages, studied, without


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("women over 70", Ages(70, OLDEST)),
        ("women aged 75 and older", Ages(75, OLDEST)),
        ("women 70 years or older", Ages(70, OLDEST)),
        ("adults ≥65 years of age", Ages(65, OLDEST)),
        ("people aged 80 and over", Ages(80, OLDEST)),
        ("patients older than 65 years", Ages(65, OLDEST)),
        ("65+ years", Ages(65, OLDEST)),
        ("women aged 40-49 years", Ages(40, 49)),
        ("men between the ages of 50 and 69", Ages(50, 69)),
        ("adults aged 40 to 64", Ages(40, 64)),
        ("children aged 6–60 months", Ages(0.5, 5)),
        ("children aged three months to nine years", Ages(0.25, 9)),
        ("children under 5", Ages(0, 5)),
        ("infants younger than 6 months", Ages(0, 0.5)),
        ("a 65-year-old man", Ages(65, 66)),
        ("children, 5- to 18-year-old", Ages(5, 18)),
        ("65 years and over", Ages(65, OLDEST)),
        ("octogenarians", Ages(80, 90)),
        ("adults ≥65\u2005years of age", Ages(65, OLDEST)),
    ],
)
def test_ages_are_read_in_years(text: str, read: Ages) -> None:
    (found,) = ages(text)
    assert (found.least, found.most) == pytest.approx((read.least, read.most))


def test_what_nobody_is_as_old_as_is_no_age() -> None:
    assert ages("patients above 140 mm Hg and women over 70") == ages("women over 70")


@pytest.mark.parametrize(
    "text",
    [
        "followed for over 10 years",
        "at least 12 months of follow-up",
        "in more than 200 hospitals",
        "patients 2 to 3 weeks after surgery",
        "a score of 40 to 64",
        "between 1990 and 1999",
        "blood pressure below 140",
        "Aged, 80 and over",
        "30 or more patients",
        "women with two or more pregnancies",
        "a mean of 56.6 +/- 6.3 years",
        "infants of 28 weeks or more",
        "$16,789 + 631",
    ],
)
def test_lengths_of_time_and_other_numbers_are_no_ages(text: str) -> None:
    assert ages(text) == ()


@pytest.mark.parametrize(
    ("asked", "told", "same"),
    [
        ("women over 70", "women aged 75 and older", True),
        ("women over 70", "women older than 65 years", True),
        ("women over 70", "a trial in older women", True),
        ("women over 70", "women aged 40-49 years", False),
        ("women over 70", "women aged 40 to 74 years", False),
        ("women over 70", "women aged 18 years or older", False),
        ("women over 70", "women", False),
        ("women over 70", "women aged 40-49 years; older women were not invited", False),
        ("women over 70", "in women of 50-69 years of age; among women 70 years or older rates fell", True),
        ("children under 5", "children aged 6-60 months", True),
        ("children under 5", "infants", True),
        ("children under 5", "children aged 6 to 12 years", False),
        ("children", "women aged 70 years or older", True),
    ],
)
def test_people_of_the_ages_asked_about_are_known(asked: str, told: str, same: bool) -> None:
    assert studied(asked, told) is same


def test_the_rest_of_the_words_is_left_without_the_ages() -> None:
    assert without("women over 70") == "women"
    assert without("adults aged 65 and older with insomnia") == "adults with insomnia"
    assert without("older adults") == "older adults"


@given(
    st.lists(
        st.sampled_from(
            [
                "women",
                "aged",
                "65",
                "75",
                "four",
                "1.5",
                "years",
                "months",
                "weeks",
                "d",
                "old",
                "and over",
                "+",
                "-",
                "–",
                "to",
                "and",
                "between",
                "under",
                "≥",
                "of age",
                " ",
                "\u2005",
                "\u00a0",
                ".",
                "octogenarians",
            ]
        ),
        max_size=12,
    ).map("".join)
)
@settings(max_examples=300, deadline=None)
def test_any_text_can_be_read_for_ages(text: str) -> None:
    assert all(each.least >= 0 for each in ages(text))
