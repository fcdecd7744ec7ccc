"""Restrictions: read from what a reader asks for, applied by design, year and language, and always told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answering.question import understand
from rag.answering.reading import read
from rag.answering.restrict import _KINDS, NONE, Restriction, apply, requested, weighed
from rag.records import Certainty, Found

RCT, REVIEW = "randomised trials", "systematic reviews"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("only RCTs since 2015", Restriction((RCT,), 2015)),
        ("RCTs only, please", Restriction((RCT,))),
        ("only systematic reviews and RCTs from the last five years in English",
         Restriction((RCT, REVIEW), 2021, None, ("English",))),
        ("published between 2010 and 2015", Restriction((), 2010, 2015)),
        ("studies after 2015", Restriction((), 2016)),
        ("before 2000", Restriction((), None, 1999)),
        ("in English", Restriction((), None, None, ("English",))),
        ("any newer evidence?", Restriction((), 2020)),
        ("more recent studies?", Restriction((), 2020)),
        ("only case series", Restriction(("case reports and case series",))),
        ("human studies only", Restriction(("studies in people",))),
        ("all studies again", NONE),
        ("remove the filter", NONE),
    ],
)  # fmt: skip
def test_a_restriction_is_read_and_its_words_read_back_as_the_same(text, wanted):
    assert requested(text, 2019, 2026) == (wanted, "")
    if wanted != NONE:
        assert requested(str(wanted), None, 2026) == (wanted, "")


@given(
    st.lists(st.sampled_from(list(_KINDS)), unique=True),
    st.none() | st.integers(1900, 2030),
    st.none() | st.integers(1900, 2030),
    st.lists(st.sampled_from(["English", "German", "French"]), unique=True),
)
def test_any_restriction_is_read_back_from_its_words(kinds, since, until, languages):
    ordered = tuple(one for one in _KINDS if one in kinds)
    named = tuple(one for one in ("English", "German", "French") if one in languages)
    wanted = Restriction(ordered, since, until, named)
    assert (requested(str(wanted), None, 2026)[0] or NONE) == wanted


def test_a_restriction_within_a_follow_up_leaves_the_rest_to_be_read():
    assert requested("and in children, only randomised trials?", None, 2026) == (
        Restriction((RCT,)), "and in children, ?",
    )  # fmt: skip


@pytest.mark.parametrize(
    "text",
    ["what about in children?", "Do randomised trials show a benefit of aspirin?", "only in children",
     "Is it safer in English men?", "What did the 2015 guideline say about aspirin?"],
)  # fmt: skip
def test_words_that_restrict_nothing_are_left_alone(text):
    assert requested(text, 2019, 2026) == (None, text)


@pytest.fixture(scope="module")
def sources(house):
    question = understand("Does fluvoxine prevent migraine in adults?")
    return read(question, [Found(one, (), 1.0, "house") for one in house.ARTICLES])[0]


@pytest.mark.parametrize(
    ("restriction", "kept"),
    [
        (Restriction((RCT,)), {"90000001", "90000002", "90000009", "90000010"}),
        (Restriction(("cohort studies",)), {"90000003"}),
        (
            Restriction(("studies in people",)),
            {"90000001", "90000002", "90000003", "90000008", "90000009", "90000010"},
        ),
        (Restriction((RCT, "guidelines")), {"90000001", "90000002", "90000008", "90000009", "90000010"}),
        (Restriction((), 2020), set()),
        (Restriction((), 2019, 2019), None),
        (Restriction((), None, None, ("French",)), set()),
        (NONE, None),
    ],
)  # fmt: skip
def test_sources_that_do_not_fit_are_left_out_with_the_reason(sources, restriction, kept):
    left_in, left_out, notices = apply(restriction, sources)
    every = {one.found.article.id for one in sources}
    assert {one.found.article.id for one in left_in} == (every if kept is None else kept)
    assert {one.pmid for one in left_out} == every - {one.found.article.id for one in left_in}
    assert all(one.reason.startswith("not asked for: ") for one in left_out)
    assert bool(notices) is (restriction != NONE)


def test_the_notice_counts_what_was_left_out_and_warns_of_direct_evidence_among_it(sources):
    text = apply(Restriction((), 2020), sources)[2][0].text
    assert f"Of {len(sources)} usable articles {len(sources)} were left out ({len(sources)} by year)." in text
    assert "2 of them studied what was asked and may point another way." in text


def test_a_certainty_computed_from_a_selection_says_so():
    assert weighed(Certainty("low"), NONE) == Certainty("low")
    domain = weighed(Certainty("low"), Restriction((RCT,), 2015)).domains[-1]
    assert (domain.name, domain.change) == ("selection of studies", 0)
    assert "randomised trials, since 2015" in domain.reason
