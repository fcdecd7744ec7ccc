"""PubMed's query language is checked before PubMed, which mends faults silently, is asked."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.library.query_syntax import Term, problems, terms

SOUND = (
    '"Heart Failure"[mh] OR "heart failure"[tiab]',
    "(stroke[tiab] OR infarct*[tiab]) AND thrombectom*[tiab]",
    '"Heart Failure/therapy"[Mesh] NOT (animals[mh] NOT humans[mh])',
    '("1995/01/01"[dp] : "3000"[dp]) AND english[Language]',
    "2015:2020[dp] AND sepsis[tiab]",
    "a[ti] AND NOT b[ti]",
    '"Stroke"[mh:noexp] OR "stroke care"[tiab:~3] OR "Journal Article"[Publication Type]',
    "systematic[sb] AND fha[filter] AND 1,2,3[uid]",
    "fever cough[tiab] AND children",
    '"and"[ti]',
)


@pytest.mark.parametrize("query", SOUND)
def test_what_pubmed_reads_as_written_has_no_fault(query):
    assert problems(query) == []


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ("(a[ti] OR b[ti]", "parenthesis is not closed"),
        ("a[ti])", "closed that was not opened"),
        ("a[ti]) OR b[ti]", "closed that was not opened"),
        ('"heart failure[tiab]', "quotation mark is not closed"),
        ("“heart failure”[tiab]", "straight quotation marks"),
        ("a[tiabs]", "[tiabs] is no field tag"),
        ("a[tiab:noexp]", "[tiab:noexp] is no field tag"),
        ("a[mh:~2]", "[mh:~2] is no field tag"),
        ("[ti]", "has no term in front"),
        ("a and b", "Write AND in capitals"),
        ("a Or b", "Write OR in capitals"),
        ("a AND", "AND has nothing behind it"),
        ("a AND (OR b)", "OR has nothing in front"),
        ("a OR AND b", "AND has nothing in front"),
        ("a AND ()", "nothing between parentheses"),
        ('""[ti]', "nothing between quotation marks"),
        ("", "is empty"),
        ("a AND b OR c", "AND and OR stand side by side"),
        ("a OR b[ti] c", "AND and OR stand side by side"),  # behind a tag PubMed puts AND
        ("str*[tiab]", "behind at least 4 characters"),
        ("*itis[tiab]", "behind at least 4 characters"),
        ("colo*r[tiab]", "behind at least 4 characters"),
        ("a ]", "] stands alone"),
    ],
)
def test_a_fault_is_named(query, fault):
    assert any(fault in problem for problem in problems(query)), problems(query)


def test_terms_come_with_their_field_tag():
    assert terms('"heart failure"[TiAb] AND (Sepsis[mh] OR fever)') == [
        Term("heart failure", "tiab", True),
        Term("Sepsis", "mh", False),
        Term("fever", "", False),
    ]


@settings(max_examples=80)
@given(st.text('ab "()[]:*ANDORNOTtimh', max_size=40))
def test_any_text_is_read_to_its_end_without_an_exception(text):
    assert all(problem.endswith(".") for problem in problems(text))


@settings(max_examples=40)
@given(st.sampled_from(SOUND), st.sampled_from(SOUND), st.sampled_from(["AND", "OR", "NOT"]))
def test_sound_queries_in_parentheses_join_to_a_sound_query(left, right, operator):
    assert problems(f"({left}) {operator} ({right})") == []
