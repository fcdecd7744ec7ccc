"""The question the project starts from, answered from the starter corpus, free of a published page's faults.

Each test names the defect that the published page has and our answer does not, by its D-number.
"""

from __future__ import annotations

import re

import pytest

from rag.answering.desk import Desk
from rag.answering.invariants import violations
from rag.answering.pipeline import answer
from rag.output import html, markdown, text
from rag.settings import Settings
from rag.text.markers import numbers_in, strip_markers
from rag.text.wording import too_strong

QUESTION = "Is mechanical thrombectomy indicated in spinal cord infarction?"


@pytest.fixture(scope="module")
def asked(tmp_path_factory, embedder):
    """The answer, and the starter corpus it was made from."""
    with Desk(Settings(home=tmp_path_factory.mktemp("home"))) as desk:
        desk.__dict__["embed"] = embedder
        yield answer(desk, QUESTION), desk.corpus("starter")


@pytest.fixture(scope="module")
def made(asked):
    return asked[0]


def test_every_invariant_of_the_contract_holds(asked):
    made, corpus = asked
    assert violations(made, corpus.article, too_strong) == []


def test_d1_no_marker_is_without_a_reference(made):
    listed = {reference.n for reference in made.references}
    shown = {n for statement in made.statements for n in numbers_in(statement.text)}
    assert shown == listed


def test_d2_every_sentence_cites_or_says_that_nothing_was_found(made):
    assert made.verdict.kind == "no_direct_evidence"
    assert made.statements
    assert all(statement.citations for statement in made.statements)


def test_d3_d4_references_are_numbered_and_whole(made):
    assert [reference.n for reference in made.references] == list(range(1, len(made.references) + 1))
    for reference in made.references:
        assert reference.title
        assert reference.vancouver
        if reference.pmid:
            assert reference.url == f"https://pubmed.ncbi.nlm.nih.gov/{reference.pmid}/"
            assert f"PMID: {reference.pmid}" in reference.vancouver


def test_d5_the_label_of_a_source_is_its_design(made):
    assert all(reference.design not in ("", "Research", "Journal Article") for reference in made.references)


def test_d6_each_statement_stands_in_the_quote_it_cites_and_shows_how_many_were_studied(made):
    for statement in made.statements:
        assert any(citation.quote in strip_markers(statement.text) for citation in statement.citations)
    case_reports = [one for one in made.references if one.design == "case report"]
    assert case_reports
    assert all(one.n_participants for one in case_reports)


def test_d7_brain_stroke_evidence_is_fenced_off_as_indirect_and_spinal_evidence_comes_first(made):
    brain = [
        statement
        for statement in made.statements
        for citation in statement.citations
        if any(note.startswith("population: ") and "stroke" in note for note in citation.notes)
    ]
    assert brain
    assert all(statement.section == "indirect" for statement in brain)
    assert not any(citation.direct for statement in made.statements for citation in statement.citations)
    sections = [statement.section for statement in made.statements]
    assert sections == sorted(sections, key=["alternatives", "indirect"].index)
    assert "spinal" in made.statements[0].text


def test_d8_no_figure_rests_on_a_quote_that_does_not_hold_it(made):
    assert "6 hours" not in made.verdict.text
    assert re.search(r"\d", made.verdict.text) is None


def test_d9_spinal_cord_injury_is_not_taken_for_spinal_cord_infarction(made):
    cited = {reference.article for reference in made.references}
    injury = [
        one for one in made.search.excluded if "spinal cord injury, not spinal cord infarction" in one.reason
    ]
    assert injury
    assert not cited & {one.pmid for one in injury}


def test_d10_no_count_of_studies_is_claimed_in_words(made):
    assert not re.search(r"\b(?:recent|several|many|numerous) (?:studies|trials)\b", made.verdict.text)


def test_d11_what_spinal_sources_report_of_other_treatments_is_told(made):
    told = " ".join(statement.text for statement in made.statements if statement.section == "alternatives")
    assert "thrombolysis" in told


def test_d12_certainty_is_graded_with_reasons(made):
    assert made.certainty.level in ("very_low", "low")
    assert "provisional" in made.certainty.scale
    assert {domain.name for domain in made.certainty.domains} >= {
        "risk of bias",
        "indirectness",
        "imprecision",
    }
    assert all(domain.reason for domain in made.certainty.domains)


def test_d13_the_search_is_told_with_query_date_and_counts(made):
    search = made.search
    assert search.queries[0].query
    assert search.queries[0].date
    assert search.counts.screened == search.counts.cited + search.counts.excluded
    assert all(one.reason for one in search.excluded)


def test_d14_what_was_not_found_is_said_in_words(made):
    assert any("mechanical thrombectomy in spinal cord infarction" in line for line in made.not_found)


def test_d15_the_kind_of_answer_is_a_field(made):
    assert made.verdict.kind == "no_direct_evidence"


def test_d16_one_status_in_words(made):
    shown = text.render(made)
    assert "not reviewed by a person" in shown
    assert "reviewed for accuracy" not in shown


def test_d17_d22_the_reader_is_declared_and_nobody_poses_as_a_clinician(made):
    shown = text.render(made)
    assert "health professionals" in shown
    assert "Dr." not in made.verdict.text


def test_d19_no_sentence_stands_twice_and_the_question_is_not_echoed_in_brackets(made):
    texts = [statement.text for statement in made.statements]
    assert len(set(texts)) == len(texts)
    assert "(Mechanical Thrombectomy)" not in made.question.understood


def test_d20_an_emergency_is_named_as_one(made):
    assert any("minutes or hours" in notice.text.lower() for notice in made.notices)


def test_d21_versions_ids_and_retraction_state_are_fields(made):
    assert made.id
    assert made.status.software
    assert made.status.settings
    assert all(reference.status for reference in made.references)


@pytest.mark.parametrize("form", [text, markdown, html], ids=["text", "markdown", "html"])
def test_verdict_certainty_and_what_was_not_found_stand_in_every_form(made, form):
    shown = form.render(made)
    assert "No direct evidence" in shown
    assert "ery low" in shown
    assert all(f"[{reference.n}]" in shown or f">{reference.n}<" in shown for reference in made.references)
