"""A pasted answer is read whatever the style of its citations, and every place is exact."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from rag.answering.audit_text import parse

LIST = "References\n1. Early aspirin after stroke. Lancet 2001.\n2. Late aspirin after stroke. Lancet 2003.\n"
UNNUMBERED = (
    "Sources\n\n- Early aspirin after stroke. Lancet 2001.\n- Late aspirin after stroke. Lancet 2003.\n"
)


@pytest.mark.parametrize(
    ("sentence", "numbers"),
    [
        ("Aspirin lowers the risk of stroke [1].", (1,)),
        ("Aspirin lowers the risk of stroke [1,2].", (1, 2)),
        ("Aspirin lowers the risk of stroke [1-3].", (1, 2, 3)),
        ("Aspirin lowers the risk of stroke [1][2].", (1, 2)),
        ("Aspirin lowers the risk of stroke. [2]", (2,)),
        ("Aspirin lowers the risk of stroke.¹,²", (1, 2)),
        ("Aspirin lowers the risk of stroke.<sup>1,2</sup>", (1, 2)),
        ("Aspirin lowers the risk of stroke (1).", (1,)),
        ("Aspirin lowers the risk of stroke (1, 2).", (1, 2)),
        ("Aspirin lowers the risk of stroke [^1].", (1,)),
    ],
)
def test_each_style_of_marker_is_read_and_taken_out_of_the_words(sentence, numbers):
    (made,) = parse(f"{sentence}\n\n{LIST}").statements
    assert made.numbers == numbers
    assert made.text == "Aspirin lowers the risk of stroke."


def test_numbers_in_parentheses_are_figures_where_the_list_prints_no_numbers():
    (made,) = parse(f"One of four groups had a stroke (1).\n\n{UNNUMBERED}").statements
    assert made.numbers == ()


def test_numbers_in_parentheses_are_figures_where_the_text_has_markers():
    (made,) = parse(f"Aspirin was better in one group (1), not in two (2) [1].\n\n{LIST}").statements
    assert made.numbers == (1,)


def test_bare_numbers_that_count_up_are_citations_that_lost_their_markers():
    pasted = parse(f"Aspirin helps early 1. It helps late as well 2.\n- It is cheap 3\n\n{UNNUMBERED}")
    assert [one.numbers for one in pasted.statements] == [(1,), (2,), (3,)]
    assert [one.text for one in pasted.statements] == [
        "Aspirin helps early.",
        "It helps late as well.",
        "It is cheap",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "It was given on day 1. It was stopped at week 2.",
        "He had a score of 1. She had a score of 2.",
        "Aspirin helped patients 4. It harmed patients 9.",
    ],
)
def test_bare_numbers_that_count_something_are_figures(text):
    assert all(not one.numbers for one in parse(f"{text}\n\n{UNNUMBERED}").statements)


def test_a_named_footnote_has_the_number_of_its_definition():
    notes = "[^early]: Early aspirin. Lancet 2001.\n[^late]: Late aspirin. Lancet 2003.\n"
    text = f"Aspirin helps.[^late]\n\n{notes}"
    pasted = parse(text)
    assert [one.numbers for one in pasted.statements] == [(2,)]
    assert [one.text for one in pasted.references] == [
        "Early aspirin. Lancet 2001.",
        "Late aspirin. Lancet 2003.",
    ]


def test_a_footnote_without_a_definition_is_a_fault():
    (made,) = parse("Aspirin helps.[^lost]\n").statements
    assert made.numbers == ()
    assert made.faults == ("[^lost]: no such footnote",)


def test_links_in_the_text_become_references_with_their_identifiers():
    text = (
        "Aspirin helps ([Smith 2001](https://pubmed.ncbi.nlm.nih.gov/11111/)). "
        "[It bleeds more](https://doi.org/10.1000/xyz). It is cheap (PMID: 11111)."
    )
    pasted = parse(text)
    assert [one.text for one in pasted.statements] == ["Aspirin helps.", "It bleeds more.", "It is cheap."]
    assert [one.numbers for one in pasted.statements] == [(1,), (2,), (1,)]
    assert [(one.pmid, one.doi, one.listed) for one in pasted.references] == [
        ("11111", None, False),
        (None, "10.1000/xyz", False),
    ]


def test_a_link_to_a_listed_article_cites_its_entry():
    text = (
        "Aspirin helps [here](https://pubmed.ncbi.nlm.nih.gov/222/).\n\n"
        "## References\n1. First. 2001. PMID: 111\n2. Second. 2002. PMID: 222\n"
    )
    pasted = parse(text)
    assert pasted.statements[0].numbers == (2,)
    assert len(pasted.references) == 2


@pytest.mark.parametrize(
    "heading", ["References", "## Sources", "**Bibliography**", "Literature:", "Quellen", "REFERENCES:"]
)
def test_the_list_is_found_under_each_heading(heading):
    text = (
        f"Aspirin helps [1].\n\n{heading}\n[1] Early aspirin. Lancet 2001. doi:10.1000/a(b)c. PMID: 12345\n"
    )
    pasted = parse(text)
    (entry,) = pasted.references
    assert (entry.n, entry.pmid, entry.doi) == (1, "12345", "10.1000/a(b)c")
    assert len(pasted.statements) == 1


def test_a_numbered_block_at_the_end_needs_no_heading():
    pasted = parse("Aspirin helps [1].\n\n[1] Early aspirin. Lancet 2001.\n[2] Late aspirin. Lancet 2003.\n")
    assert [one.n for one in pasted.references] == [1, 2]


def test_numbered_advice_at_the_end_is_no_reference_list():
    pasted = parse("Do this:\n1. Give oxygen to everyone.\n2. Call the stroke team.\n")
    assert pasted.references == ()
    assert [one.text for one in pasted.statements] == ["Give oxygen to everyone.", "Call the stroke team."]


def test_an_entry_may_go_over_several_lines_and_be_numbered_by_its_place():
    text = "Aspirin helps [2].\n\nReferences\n\nResearch\n\nEarly aspirin after stroke.\n\nLancet, 2001\n\n"
    text += "Guideline\n\nLate aspirin after stroke.\n\nStroke, 2003\n\n"
    text += "Professional Disclaimer\n\nNot for patients.\n"
    pasted = parse(text)
    assert [(one.n, one.text) for one in pasted.references] == [
        (1, "Early aspirin after stroke. Lancet, 2001"),
        (2, "Late aspirin after stroke. Stroke, 2003"),
    ]
    assert not pasted.numbered
    assert len(pasted.statements) == 1


def test_a_list_item_is_checked_with_the_words_that_lead_into_its_list():
    text = f"The risks of aspirin include [1]:\n\n- bleeding\n- ulcers [2]\n\nIt is cheap.\n\n{LIST}"
    first, second, third = parse(text).statements
    assert first.claim == "The risks of aspirin include: bleeding"
    assert (first.numbers, second.numbers, third.numbers) == ((1,), (2,), ())
    assert third.claim == "It is cheap."


def test_roles_are_told_by_headings_by_labels_and_by_words():
    text = (
        "**Bottom line:** Aspirin helps [1].\n\nAspirin is cheap [1]. We recommend it after stroke [1].\n\n"
        f"## Conclusion\nIt works [2].\n\n{LIST}"
    )
    made = parse(text).statements
    assert [one.role for one in made] == ["bottom_line", "statement", "recommendation", "conclusion"]
    assert made[0].claim == "Aspirin helps."


def test_the_first_statement_is_the_bottom_line_where_none_is_named():
    assert [one.role for one in parse("Aspirin helps. It is cheap.").statements] == [
        "bottom_line",
        "statement",
    ]


def test_question_headings_and_page_furniture_are_no_statements():
    text = "# Does aspirin help?\n\nUnder Review\n\nLast updated: May 2025\n\nEvidence\n\nAspirin helps.\n"
    pasted = parse(text)
    assert pasted.question == "Does aspirin help?"
    assert [one.text for one in pasted.statements] == ["Aspirin helps."]


def test_a_grade_anywhere_in_the_text_is_noticed():
    assert parse("Aspirin helps (moderate certainty).").graded
    assert not parse("Aspirin helps.").graded


PIECES = st.sampled_from(
    ["[1]", "[2-4]", "[^x]", "[^x]: ", "¹", "(1)", " 1.", "References\n", "- ", "## ", "**", "\n", "\n\n",
     "A b c. ", "aspirin helps", "https://doi.org/10.1/x", "[a](https://pubmed.ncbi.nlm.nih.gov/1/)",
     "<sup>1</sup>", "|", ":", "PMID: 12", "1. ", "\r\n", "\u2028", "\x1c", "Stroke, 2003\n",
     "?", "[", "]", "("]
)  # fmt: skip


@hypothesis_settings(max_examples=150)
@given(st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=30).map("".join)))
def test_any_text_is_read_and_every_place_lies_in_it(text):
    pasted = parse(text)
    end = 0
    for one in pasted.statements:
        assert end <= one.start < one.end <= len(text)
        assert one.text.split()[0][:1].strip("*_`") in text[one.start : one.end]
        assert "[1]" not in one.text or "[1](" in one.text  # written as the words of a link
        end = one.end
    for entry in pasted.references:
        assert 0 <= entry.start < entry.end <= len(text)
    assert len({one.n for one in pasted.references if not one.listed}) == sum(
        not r.listed for r in pasted.references
    )


def test_the_page_that_the_project_starts_from_is_read_as_a_person_reads_it(data):
    pasted = parse(data("seed/page.txt").read_text(encoding="utf-8"))
    assert [one.numbers for one in pasted.statements] == [(), (1,), (), (2,), (3,), (1,), (4,), (5,), ()]
    assert [pasted.statements[0].role, pasted.statements[-1].role] == ["bottom_line", "conclusion"]
    assert [one.n for one in pasted.references] == [1, 2, 3]
    assert not pasted.numbered
    assert not pasted.graded
