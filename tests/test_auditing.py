"""An answer written elsewhere is held to the rule of our own, and each of its faults is named."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.answering.auditing import audit
from rag.answering.desk import Desk
from rag.answering.resolve import file_shelf, resolve, title_of
from rag.audit_records import Audit, AuditFinding, ListedReference
from rag.errors import BadInput, IdentifyingText, SearchFailed
from rag.library.eutils import Pace
from rag.library.pubmed import PubMed
from rag.settings import Settings

TRIAL = {
    "pmid": "90000001",
    "doi": "10.1000/fluvoxine",
    "title": "Fluvoxine for prevention of migraine in adults: a randomised trial",
    "abstract": "We assigned 412 adults with migraine to fluvoxine or placebo. "
    "Nausea occurred in 14% of adults taking fluvoxine and in 6% taking placebo. "
    "Fluvoxine reduced monthly migraine days in adults with migraine.",
}
OTHER = {
    "pmid": "90000002",
    "title": "Fluvoxine for depression in adults: a cohort study",
    "abstract": "Fluvoxine was prescribed to 90 adults with depression. Two adults with depression fell.",
}
RETRACTED = {
    "pmid": "90000003",
    "title": "Fluvoxine abolishes migraine in nearly all adults",
    "abstract": "Fluvoxine abolished migraine in 98% of 500 adults.",
    "status": "retracted",
}
SUPPORTED = "Nausea occurred in 14% of adults taking fluvoxine and in 6% taking placebo"
PAGE = f"""Does fluvoxine prevent migraine in adults?

Fluvoxine is the best drug for migraine. {SUPPORTED} [2].
Fluvoxine abolished migraine in 98% of 500 adults [3]. Nausea occurred in 44% of adults taking fluvoxine [2].
Two adults with depression fell [1]. You should start fluvoxine today [7]. It was well liked [9-8].

References
1. Roe A. {OTHER["title"]}. J Made Up. 2019. PMID: 90000002
2. Doe J. {TRIAL["title"]}. J Made Up. 2019. doi:10.1000/fluvoxine
3. Poe E. {RETRACTED["title"]}. J Made Up. 2018.
4. Doe J. {TRIAL["title"]}. J Made Up. 2019. PMID: 90000001
5. Nobody N. A trial that nobody has ever seen or will see. J Made Up. 2020. PMID: 12
6. Zoe B. Beetles of the northern moors and their larvae. J Made Up. 2020. PMID: 90000002
"""


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    path = tmp_path / "sources.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in (TRIAL, OTHER, RETRACTED)), encoding="utf-8")
    return path


@pytest.fixture
def desk(settings) -> Iterator[Desk]:
    with Desk(settings) as opened:
        yield opened


def of_kind(made: Audit, kind: str) -> list[AuditFinding]:
    return [one for one in made.findings if one.kind == kind]


def test_every_fault_of_a_page_is_found_and_told_once(desk, sources):
    made = audit(desk, PAGE, sources=sources)
    found = {one.kind: (one.statements, one.references) for one in made.findings}
    assert found == {
        "dangling": (("s6",), (7,)),
        "malformed": (("s7",), ()),
        "uncited": (("s7",), ()),
        "unresolved": ((), (5,)),
        "title_mismatch": ((), (6,)),
        "retracted": (("s3",), (3,)),
        "indirect": ((), (6,)),
        "indirect_figure": (("s5",), (1,)),
        "directive": (("s6",), ()),
        "no_grade": ((), ()),
        "no_search": ((), ()),
        "incomplete": ((), (3,)),
        "orphan": ((), (6,)),
        "duplicate": ((), (2, 4)),
        "out_of_order": ((), (3, 1)),
    }
    assert [one.statements for one in of_kind(made, "uncited")] == [("s1",), ("s7",)]
    assert [one.references for one in of_kind(made, "duplicate")] == [(1, 6), (2, 4)]
    assert "The bottom line" in of_kind(made, "uncited")[0].text


def test_each_statement_is_checked_against_each_source_it_cites(desk, sources):
    made = audit(desk, PAGE, sources=sources)
    labels = {one.id: one.label for one in made.statements}
    assert labels["s1"] is None
    assert labels["s2"] == "SUPPORT"
    assert labels["s4"] not in ("SUPPORT", None)
    assert labels["s6"] == "UNSCORED"
    (citation,) = made.statements[1].citations
    assert citation.article == "90000001"
    assert TRIAL["abstract"][citation.start : citation.end] == citation.quote
    assert SUPPORTED in citation.quote
    assert any("44" in note for note in made.statements[3].citations[0].notes)
    assert made.counts.statements == 7
    counted = made.counts
    assert (
        sum(
            (
                counted.supported,
                counted.contradicted,
                counted.not_enough_info,
                counted.unscored,
                counted.uncited,
            )
        )
        == 7
    )


def test_a_retracted_source_supports_nothing_word_for_word_or_not(desk, sources):
    made = audit(desk, PAGE, sources=sources)
    (citation,) = made.statements[2].citations
    assert citation.verdict == "NOT_ENOUGH_INFO"
    assert citation.notes[0] == "the source is retracted and supports nothing"


def test_a_listed_source_that_supports_what_cites_another_is_named(desk, sources):
    text = f"{SUPPORTED} [1].\n\nReferences\n1. {OTHER['title']}.\n2. {TRIAL['title']}.\n"
    (one,) = audit(desk, text, sources=sources).statements
    assert one.label != "SUPPORT"
    assert [(each.n, each.article) for each in one.elsewhere] == [(2, "90000001")]


def test_two_sources_support_jointly_what_neither_states_alone(desk, tmp_path):
    told = {
        "Statins and cholesterol": "Statins lowered LDL cholesterol.",
        "Aspirin and stroke": "Aspirin reduced stroke.",
    }
    path = tmp_path / "two.jsonl"
    rows = [
        {"pmid": str(i), "title": title, "abstract": text} for i, (title, text) in enumerate(told.items(), 1)
    ]
    path.write_text("".join(json.dumps(one) + "\n" for one in rows))
    text = "Statins lowered LDL cholesterol, and aspirin reduced stroke [1,2].\n\n"
    (one,) = audit(desk, f"{text}References\n1. PMID: 1\n2. PMID: 2\n", sources=path).statements
    assert one.label == "SUPPORT"
    assert [each.verdict for each in one.citations] == ["SUPPORT", "SUPPORT"]
    assert all(each.notes[0].startswith("States this part: ") for each in one.citations)


def test_a_section_about_something_else_does_not_make_a_contradiction(desk, tmp_path):
    said = "Among treated adults with migraine, 89% had a favourable outcome"
    path = tmp_path / "one.jsonl"
    sections = [
        {
            "label": "STUDY",
            "text": "Fluvoxine in migraine, with a review of 19 published cases.",
        },
        {"label": "FINDINGS", "text": f"{said}, and no bleeding was seen. Most were treated within a day."},
        {"label": "CONCLUSION", "text": "Fluvoxine may be considered; its safety needs more study."},
    ]
    row = {"pmid": "1", "title": "Fluvoxine in migraine: a case series", "sections": sections}
    path.write_text(json.dumps(row) + "\n")
    (one,) = audit(desk, f"{said} [1].\n\nReferences\n1. PMID: 1\n", sources=path).statements
    assert one.label in ("SUPPORT", "NOT_ENOUGH_INFO")
    assert said in one.citations[0].quote


def test_a_source_listed_far_down_that_supports_what_cites_nothing_is_found(desk, tmp_path):
    many = [
        {"pmid": str(i), "title": f"Beetles of moor {i}", "abstract": "Beetles live on moors."}
        for i in range(1, 30)
    ]
    path = tmp_path / "many.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in (*many, TRIAL)))
    listed = "".join(f"{i}. PMID: {i}\n" for i in range(1, 30))
    text = f"{SUPPORTED}.\n\nReferences\n{listed}30. PMID: 90000001\n"
    (one,) = audit(desk, text, sources=path).statements
    assert [each.n for each in one.elsewhere] == [30]


def test_without_a_question_directness_is_not_judged(desk, sources):
    text = f"{SUPPORTED} [1].\n\nReferences\n1. {OTHER['title']}.\n"
    assert not of_kind(audit(desk, text, sources=sources), "indirect")
    asked = audit(desk, text, sources=sources, question="Does aspirin prevent stroke in children?")
    assert of_kind(asked, "indirect")


# --- References -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "by"),
    [
        (ListedReference(1, "Anything at all here", 0, 1, pmid="90000001"), "PMID"),
        (ListedReference(1, "Anything at all here", 0, 1, doi="10.1000/FLUVOXINE"), "DOI"),
        (ListedReference(1, f"Doe J, Roe A. {TRIAL['title'].upper()}. J Made Up 2019;1:2-3.", 0, 1), "title"),
        (ListedReference(1, f"“{TRIAL['title']}”, J Made Up, 2019", 0, 1), "title"),
    ],
)
def test_an_entry_is_found_by_pmid_then_doi_then_exact_title(sources, entry, by):
    reference, article = resolve(entry, [file_shelf(sources)])
    assert article is not None
    assert (reference.by, reference.article) == (by, "90000001")


def test_a_near_title_is_offered_in_words_and_never_taken(sources):
    entry = ListedReference(
        1, "Doe J. Fluvoxine for prevention of migraine in adults: a pilot trial. 2019.", 0, 1
    )
    reference, article = resolve(entry, [file_shelf(sources)])
    assert article is None
    assert reference.resolution == "not_found"
    assert TRIAL["title"] in reference.hint


def test_a_title_that_only_begins_like_the_entry_is_not_taken(tmp_path):
    path = tmp_path / "short.jsonl"
    path.write_text('{"pmid": "5", "title": "Fluvoxine for migraine", "abstract": "It helps."}\n')
    entry = ListedReference(1, "Fluvoxine for migraine in pregnancy: a cohort study. J Made Up. 2020.", 0, 1)
    assert resolve(entry, [file_shelf(path)])[1] is None


def test_pmid_and_doi_of_different_articles_name_neither(sources):
    entry = ListedReference(1, TRIAL["title"], 0, 1, pmid="90000001", doi="10.1000/other")
    reference, article = resolve(entry, [file_shelf(sources)])
    assert article is None
    assert reference.resolution == "ambiguous"


def test_two_articles_of_one_title_name_neither(tmp_path):
    path = tmp_path / "twins.jsonl"
    rows = [{"pmid": pmid, "title": "Fluvoxine for migraine", "abstract": "x."} for pmid in ("5", "6")]
    path.write_text("".join(json.dumps(one) + "\n" for one in rows))
    reference, article = resolve(
        ListedReference(1, "Fluvoxine for migraine. 2020.", 0, 1), [file_shelf(path)]
    )
    assert article is None
    assert reference.resolution == "ambiguous"
    assert "5, 6" in reference.hint


def test_an_entry_with_nothing_to_look_for_says_so(sources):
    reference, _ = resolve(ListedReference(1, "Ibid.", 0, 1), [file_shelf(sources)])
    assert reference.resolution == "no_identifier"


def test_an_invented_pmid_on_a_true_title_is_a_mismatch(sources):
    reference, article = resolve(ListedReference(1, TRIAL["title"], 0, 1, pmid="77"), [file_shelf(sources)])
    assert article is not None
    assert reference.mismatch == "it prints PMID 77; the article has PMID 90000001"


def test_the_title_of_an_entry_is_told_from_its_authors():
    text = "Halpern SD, Ubel PA, et al. Transplantation in people with HIV. N Engl J Med. 2002;347:284-7."
    assert title_of(text) == "Transplantation in people with HIV"


def test_entries_without_printed_numbers_are_a_finding(desk, sources):
    made = audit(desk, f"{SUPPORTED} [1].\n\nSources\n\n- {TRIAL['title']}.\n", sources=sources)
    assert of_kind(made, "unnumbered")
    assert made.statements[0].label == "SUPPORT"


@pytest.mark.parametrize("text", ["", "   \n", "# Only a heading\n", "Does it help?\n"])
def test_a_text_without_a_statement_is_refused(desk, sources, text):
    with pytest.raises(BadInput, match="no sentence"):
        audit(desk, text, sources=sources)


# --- PubMed ---------------------------------------------------------------------------------------


@pytest.fixture
def live(settings, eutils) -> Iterator[Desk]:
    own = Settings(home=settings.home, email="a@example.org", eutils_url=eutils.url)
    with Desk(own) as opened:
        opened.__dict__["pubmed"] = PubMed(own, timeout=1.0, patience=1.0, pause=0.01, pace=Pace(0.01))
        yield opened


def test_live_finds_by_pmid_and_by_title_and_sends_nothing_of_the_text(live, eutils):
    eutils.hold("11", title="Aspirin after stroke in adults.", abstract="Aspirin lowered the risk of stroke.")
    eutils.hold("12", title="Late aspirin for stroke in adults.", abstract="Late aspirin did not help.")
    text = (
        "Aspirin lowered the risk of stroke [1]. My neighbour sneezes [3].\n\nReferences\n"
        "1. Aspirin after stroke in adults. PMID: 11\n2. Late aspirin for stroke in adults. Lancet.\n"
        "3. No such trial of this kind. PMID: 99\n"
    )
    made = audit(live, text, live=True)
    assert [(one.resolution, one.by, one.pmid) for one in made.references[:2]] == [
        ("found", "PMID", "11"),
        ("found", "title", "12"),
    ]
    assert made.references[2].hint.startswith("PubMed has no PMID 99")
    assert made.statements[0].label == "SUPPORT"
    assert made.sources == ("PubMed, live",)
    assert "sneezes" not in json.dumps(eutils.seen, default=str)


def test_of_an_entry_whose_title_may_name_a_patient_nothing_is_sent(live, eutils):
    text = "Aspirin helps [1].\n\nReferences\n1. Aspirin for the stroke of Mrs Agatha Miller. 2019.\n"
    made = audit(live, text, live=True)
    assert made.references[0].hint == "its title may identify a patient and was not sent to PubMed"
    assert "Miller" not in json.dumps(eutils.seen, default=str)


def test_a_statement_or_question_that_names_a_patient_stops_before_anything_is_asked(live, eutils):
    text = "Mrs Agatha Miller improved with aspirin [1].\n\nReferences\n1. PMID: 11\n"
    led = "For Mrs Agatha Miller these may help:\n\n- aspirin after a stroke [1]\n"
    asking = ("Aspirin helps [1].", "Should Mrs Agatha Miller take aspirin?")
    for given, asked in ((text, ""), (led, ""), asking):
        with pytest.raises(IdentifyingText, match="--redacted") as caught:
            audit(live, given, live=True, question=asked)
        assert "Miller" not in str(caught.value)
    assert not eutils.seen


def test_redacted_checks_and_keeps_the_statement_without_those_details(live, eutils):
    eutils.hold("11", title="Aspirin after stroke in adults.", abstract="Aspirin lowered the risk of stroke.")
    text = "Mrs Agatha Miller improved with aspirin [1].\n\nReferences\n1. PMID: 11\n"
    made = audit(live, text, live=True, redacted=True)
    assert made.statements[0].text == "[name] improved with aspirin."
    assert "Miller" not in json.dumps([made.question, *(one.text for one in made.statements)])


def test_a_live_search_that_failed_is_an_error_and_no_missing_source(live, eutils):
    eutils.faults = iter(["500"] * 200)
    with pytest.raises(SearchFailed):
        audit(live, "Aspirin helps [1].\n\nReferences\n1. Aspirin after stroke. PMID: 11\n", live=True)


# --- The page that the project starts from --------------------------------------------------------


def test_the_faults_of_the_first_page_are_all_found(desk, data, tmp_path):
    path = tmp_path / "made_up.jsonl"
    abstract = (
        "A man of 50 years with infarction of the cord was given a drug into the artery and walked again."
    )
    title = "Intra-arterial thrombolytic therapy for acute anterior spinal artery stroke"
    path.write_text(json.dumps({"pmid": "1", "title": title, "abstract": abstract}) + "\n")
    made = audit(desk, data("seed/page.txt").read_text(encoding="utf-8"), sources=path)
    assert [one.references for one in of_kind(made, "dangling")] == [(4,), (5,)]
    assert [one.statements for one in of_kind(made, "uncited")] == [("s1",), ("s3",), ("s9",)]
    assert [one.references for one in of_kind(made, "unresolved")] == [(2,), (3,)]
    assert [one.references for one in of_kind(made, "indirect")] == [(1,)]
    assert of_kind(made, "no_grade")
    assert of_kind(made, "unnumbered")
    assert made.counts.supported == 0
