"""What an audited answer claims beyond its sources, leaves unsaid, or says of itself; defect by defect."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from rag.answering.audit_claims import overclaims
from rag.answering.audit_direct import unanswered
from rag.answering.audit_findings import of_citations
from rag.answering.audit_text import parse
from rag.answering.audit_whole import of_the_whole
from rag.answering.auditing import audit
from rag.answering.desk import Desk
from rag.answering.question import understand
from rag.audit_records import AuditedCitation, AuditedReference, AuditedStatement, Pasted
from rag.settings import Settings


def said(text: str, *numbers: int, support: Sequence[int] = ()) -> AuditedStatement:
    """A statement that cites these numbers, some of which support it."""
    cited = tuple(
        AuditedCitation(n, str(n), "SUPPORT" if n in support else "NOT_ENOUGH_INFO") for n in numbers
    )
    return AuditedStatement("s1", "statement", text, 0, len(text), numbers, None, cited)


def source(n: int = 1, design: str = "randomised trial", because: tuple[str, ...] = ()) -> AuditedReference:
    return AuditedReference(
        n, f"Entry {n}", "found", "PMID", str(n), str(n), title="A title", design=design, because=because
    )


def claims(one: AuditedStatement, *sources: AuditedReference, question: str = "") -> list[tuple[str, str]]:
    asked = understand(question) if question else None
    return [(each.kind, each.text) for each in overclaims([one], sources, asked)]


def whole(
    text: str, *sources: AuditedReference, question: str = "", statements: Sequence[AuditedStatement] = ()
) -> dict[str, str]:
    asked = understand(question) if question else None
    return {each.kind: each.text for each in of_the_whole(text, True, statements, sources, asked)}


# --- One statement and its sources ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Recent studies have highlighted careful selection.", "Recent studies"),
        ("Several randomised trials found less pain.", "Several randomised trials"),
        ("Studies suggest a benefit.", "Studies"),
        ("Three trials showed less pain.", "Three trials"),
        ("According to multiple cohort studies, it is safe.", "multiple cohort studies"),
        ("Pain fell in 12 trials.", "12 trials"),
    ],
)
def test_words_for_several_sources_over_one_citation_are_named(text, words):
    (fault,) = [told for kind, told in claims(said(text, 1), source()) if kind == "too_few_sources"]
    assert fault == f"Says “{words}” and cites one: [1]."


@pytest.mark.parametrize(
    "text",
    [
        "Further studies are needed to show a benefit.",
        "No trials have shown a benefit.",
        "Few studies report on children.",
        "Randomised trials are lacking, as one report shows.",
        "A study found less pain.",
        "The trial's studies of the brain were normal.",
        "Case reports were not sought.",
    ],
)
def test_studies_that_are_missed_or_wished_for_are_not_counted(text):
    assert "too_few_sources" not in dict(claims(said(text, 1), source()))


def test_enough_sources_or_a_review_may_speak_of_several_studies():
    text = "Several trials found less pain."
    assert "too_few_sources" not in dict(claims(said(text, 1, 2), source(1), source(2)))
    assert "too_few_sources" not in dict(
        claims(said(text, 1), source(1, "meta-analysis of randomised trials"))
    )
    assert "too_few_sources" not in dict(claims(said(text), source(1)))  # cites nothing: another fault


def test_of_several_sources_those_count_that_support():
    told = dict(claims(said("Several trials found less pain.", 1, 2, support=[2]), source(1), source(2)))
    assert told["too_few_sources"] == "Says “Several trials”; of what it cites only [2] supports it."
    three = dict(claims(said("Three trials found less pain.", 1, 2), source(1), source(2)))
    assert three["too_few_sources"] == "Says “Three trials” and cites 2: [1] and [2]."


@pytest.mark.parametrize(
    ("text", "design", "named"),
    [
        ("Guidelines recommend it.", "cohort study", "a guideline"),
        ("A systematic review found less pain.", "narrative review", "a systematic review"),
        ("In a meta-analysis pain fell.", "case report", "a meta-analysis"),
        ("In a randomized controlled trial pain fell.", "cohort study", "a randomised trial"),
        ("A cohort study found less pain.", "case report", "a cohort study"),
    ],
)
def test_a_kind_of_source_that_is_spoken_of_and_not_cited_is_named(text, design, named):
    told = dict(claims(said(text, 1), source(1, design)))["kind_not_cited"]
    assert told.endswith(f"nothing that it cites is {named}: [1] is a {design}.")


@pytest.mark.parametrize(
    ("text", "design"),
    [
        ("Guidelines recommend it.", "guideline"),
        ("A systematic review found less pain.", "meta-analysis of randomised trials"),
        ("Randomised trials found less pain.", "systematic review"),
        ("Randomised trials are needed.", "case report"),
        ("There are no guidelines on it.", "case report"),
        ("A randomised trial found less pain.", "secondary analysis of a randomised trial"),
    ],
)
def test_a_kind_of_source_that_is_cited_or_missed_is_no_fault(text, design):
    assert "kind_not_cited" not in dict(claims(said(text, 1), source(1, design)))


def test_a_number_without_a_source_is_no_guideline():
    assert "[5] names no source" in dict(claims(said("Guidelines recommend it.", 5)))["kind_not_cited"]


def test_a_weak_design_is_a_fault_where_no_statement_tells_it():
    weak = source(1, "case report")
    assert "[1] is a case report" in dict(claims(said("Lysis restores walking.", 1), weak))["design_untold"]
    assert "design_untold" not in dict(claims(said("In one patient lysis restored walking.", 1), weak))
    assert "design_untold" not in dict(claims(said("Lysis restores walking.", 1), source()))
    assert "an animal study" in dict(claims(said("It heals.", 1), source(1, "animal study")))["design_untold"]


def test_a_figure_that_rests_on_indirect_sources_alone_is_named():
    one, far = said("It works within 6 hours.", 1, 2), ("population: stroke, not spinal cord infarction",)
    told = dict(claims(one, source(1, because=far), source(2, because=far)))["indirect_figure"]
    assert "6 hours" in told
    assert "indirect_figure" not in dict(claims(one, source(1, because=far), source(2)))
    assert "indirect_figure" not in dict(claims(said("It works early.", 1), source(1, because=far)))


def test_a_condition_that_is_mistaken_for_the_one_asked_about_is_named():
    asked = "Is thrombectomy indicated in spinal cord infarction?"
    told = dict(claims(said("Guidelines on spinal cord injury advise heparin.", 1), source(), question=asked))
    assert (
        told["other_condition"] == "Speaks of spinal cord injury; what was asked is spinal cord infarction."
    )
    same = claims(said("Spinal cord infarction is rare.", 1), source(), question=asked)
    assert "other_condition" not in dict(same)


@pytest.mark.parametrize("text", ["You should start aspirin.", "Stop your warfarin.", "Give him heparin."])
def test_an_order_to_one_person_is_named(text):
    assert "directive" in dict(claims(said(text)))
    assert "directive" not in dict(claims(said("Patients should be offered aspirin.")))


# --- The whole text -------------------------------------------------------------------------------


def test_sources_that_are_all_indirect_and_a_text_that_does_not_say_so():
    one, far = said("Lysis helps.", 1), source(1, because=("population: other people",))
    asked = "Does lysis help in stroke?"
    assert "gap_untold" in whole("Lysis helps.", far, question=asked, statements=[one])
    for text in ("No study of it was found.", "Data are lacking.", "It has not been studied."):
        assert "gap_untold" not in whole(text, far, question=asked, statements=[one])
    assert "gap_untold" not in whole("Lysis helps.", source(), question=asked, statements=[one])


ASKED = "Is thrombectomy indicated in spinal cord infarction?"


def hedged(text: str, question: str = ASKED) -> str:
    """What is told of a text that does not answer its question; empty if it does, or may."""
    statements = [
        AuditedStatement(f"s{i}", one.role, one.text, one.start, one.end, (), None, ())
        for i, one in enumerate(parse(text).statements, 1)
    ]
    return " ".join(one.text for one in unanswered(text, statements, understand(question)))


@pytest.mark.parametrize(
    ("text", "question", "hedges"),
    [
        (
            "It has a limited role and is to be considered case by case.",
            ASKED,
            "“limited role”, “case by case”",
        ),
        (
            "## Bottom line\n\nThis is a complex decision; many factors matter.",
            ASKED,
            "“complex”, “many factors”",
        ),
        ("Cords are thin.\n\nSummary: the decision is individualised.", ASKED, "“individualised”"),
        (
            "It has a limited role.\n\nOverall, it may be considered in some. More research is needed.",
            ASKED,
            "“limited role”",
        ),
        (
            "The choice depends on age and careful consideration of the options.",
            "Does aspirin prevent stroke in adults?",
            "“depends on”, “careful consideration”",
        ),
        (
            "Patients vary, and clinical judgement rules.",
            "Is aspirin safe in pregnancy?",
            "“clinical judgement”",
        ),
    ],
)
def test_a_yes_no_question_that_is_hedged_around_is_told_in_the_words_of_the_hedge(text, question, hedges):
    assert hedged(text, question).endswith(f"hedges: {hedges}.")


@pytest.mark.parametrize(
    "text",
    [
        "No. It has a limited role, case by case.",
        "**Short answer: yes**\n\nIt has a limited role, case by case.",
        "## Not indicated\n\nIt has a limited role, case by case.",
        "It is indicated in select cases only.",
        "It is unclear whether it has more than a limited role.",
        "Evidence is lacking; it has a limited role.",
        "There is very limited evidence; decide case by case.",
        "It has a limited role. No trial has tested it.",
        "It has a limited role. Cords swell. Time is short. Teams meet.\n\nIn conclusion, avoid it.",
        "It remains investigational and is tried case by case.",
        "It is a reasonable option in selected patients.",
        "It reduces disability in select patients.",
        "It has been tried at some centres.",
    ],
)
def test_whatever_may_be_an_answer_to_a_yes_no_question_is_taken_for_one(text):
    assert hedged(text) == ""


@pytest.mark.parametrize(
    "question",
    [
        "What is the role of thrombectomy in spinal cord infarction?",
        "Thrombectomy in spinal cord infarction",
        "Is thrombectomy or thrombolysis preferred in spinal cord infarction?",
    ],
)
def test_a_hedge_is_no_fault_where_yes_or_no_is_not_asked(question):
    assert hedged("It has a limited role and is to be considered case by case.", question) == ""


def test_a_time_critical_condition_is_to_be_called_one():
    asked = "Is thrombectomy indicated in spinal cord infarction?"
    assert "spinal cord infarction" in whole("It may help.", question=asked)["not_urgent"]
    assert "not_urgent" not in whole("This is an emergency.", question=asked)
    assert "not_urgent" not in whole("It may help.", question="Does aspirin prevent migraine?")


@pytest.mark.parametrize(
    "text",
    ["It fell by 12%.", "The odds ratio was 2.", "In 412 adults it helped.", "In 3 of 9.", "n = 40"],
)
def test_any_size_of_an_effect_is_enough(text):
    assert "no_effect" not in whole("", statements=[said(text)])
    assert "no_effect" in whole("", statements=[said("It helps a lot within 6 hours.")])


def test_a_text_that_says_where_was_searched_has_a_search():
    assert "no_search" in whole("It helps.")
    assert "no_search" not in whole("We searched PubMed on 1 May.")


def test_a_page_that_contradicts_itself_is_quoted_twice():
    told = whole("All articles are reviewed for accuracy. Content is pending human review.")
    assert "“reviewed for accuracy”" in told["review_unclear"]
    assert "“pending human review”" in told["review_unclear"]
    assert "review_unclear" not in whole("All articles are reviewed for accuracy.")
    both = whole("It is intended for healthcare professionals. Ask your doctor.")
    assert "“Ask your doctor”" in both["two_audiences"]
    assert "two_audiences" not in whole("Ask your doctor.")


def test_advertising_and_a_program_called_a_doctor_are_named():
    told = whole("Dr.Robot gives world-class guideline-backed answers instantly.")
    assert told["overtrust"].count("“") == 3
    assert "“guideline-backed”" in told["kind_not_cited"]
    assert "kind_not_cited" not in whole("Guideline-backed answers.", source(1, "guideline"))
    assert "overtrust" not in whole("Dr. Miller wrote this. Pain eased instantly.")


def test_words_said_twice_are_quoted_and_names_and_set_phrases_are_not():
    one = said("Teams should weigh potential benefits against substantial risks.")
    two = said("It is tried at some centres, weighing potential benefits against substantial risks.")
    assert "potential benefits against substantial risks" in whole("", statements=[one, two])["repeated"]
    for phrase in ("in patients with type 2 diabetes mellitus", "the quality of the evidence was low"):
        same = [said(f"Metformin helped {phrase}."), said(f"Insulin was used; {phrase}.")]
        assert "repeated" not in whole("", statements=same)


def test_a_template_that_shows_through_is_quoted():
    assert "Aspirin (aspirin)" in whole("Does Aspirin (aspirin) help?")["repeated"]
    assert "repeated" not in whole("Does aspirin (ASA) help?")


@pytest.mark.parametrize(
    "unit", ["a-", "a ", "1,", "no ", "(a) ", "studies ", "Dr.A", "“", "[1] ", "\n- a", "limited-", "*_"]
)
def test_no_text_of_full_length_is_slow(unit):
    text = unit * (200_000 // len(unit))
    pasted = parse(text)
    statements = [
        AuditedStatement(f"s{i}", one.role, one.text, one.start, one.end, one.numbers, None, ())
        for i, one in enumerate(pasted.statements)
    ]
    asked = understand("Is thrombectomy indicated in spinal cord infarction?")
    found = [
        *of_citations(pasted, statements, []),
        *overclaims(statements, [], asked),
        *unanswered(text, statements, asked),
        *of_the_whole(text, False, statements, [], asked),
    ]
    assert isinstance(pasted, Pasted)
    assert len(found) < 400_000


# --- The page that the project starts from, defect by defect --------------------------------------


@pytest.fixture(scope="module")
def told(tmp_path_factory, data):
    """That page and its faults by kind; the starter corpus tells its sources in our words."""
    page = data("seed/page.txt").read_text(encoding="utf-8")
    with Desk(Settings(home=tmp_path_factory.mktemp("home"))) as desk:
        made = audit(desk, page)
    found: dict[str, list[str]] = {}
    for one in made.findings:
        found.setdefault(one.kind, []).append(f"{one.text} {' '.join(one.statements)}")
    return made, found


@pytest.mark.parametrize(
    ("defect", "kind", "words"),
    [
        ("D1", "dangling", ("[4]", "[5]")),
        ("D2", "uncited", ("The bottom line cites nothing. s1", "A statement", "The conclusion")),
        ("D3", "unnumbered", ("prints no numbers",)),
        ("D4", "incomplete", ("No PMID, DOI or link, no authors, no volume or pages: [1], [2], [3]",)),
        ("D5 and D6", "design_untold", ("[1] is a case report (n = 1)",)),
        ("D7", "indirect", ("[1] is indirect", "[2] is indirect")),
        ("D8", "indirect_figure", ("6 hours",)),
        ("D9", "other_condition", ("ischemic stroke", "spinal cord injury")),
        ("D10", "too_few_sources", ("“Recent studies” and cites one: [4]",)),
        ("D11, in part", "bears_nothing", ("[1] supports nothing", "[2] supports nothing")),
        ("D12, certainty", "no_grade", ("No certainty",)),
        ("D12, effects", "no_effect", ("No size of an effect",)),
        ("D13", "no_search", ("searched",)),
        ("D14", "gap_untold", ("does not say so",)),
        ("D15", "unanswered", ("“limited role”, “case-by-case”",)),
        ("D16", "review_unclear", ("“reviewed for accuracy”",)),
        ("D17", "two_audiences", ("“intended for healthcare professionals”",)),
        ("D18", "kind_not_cited", ("“guidelines”", "“guideline-backed”")),
        ("D19", "repeated", ("against substantial risks", "template")),
        ("D20", "not_urgent", ("spinal cord infarction",)),
        ("D22", "overtrust", ("“Dr.Oracle”",)),
    ],
)
def test_a_defect_of_the_first_page_is_told(told, defect, kind, words):
    faults = told[1].get(kind, [])
    assert len(faults) == len(words), (defect, faults)
    for word in words:
        assert any(word in fault for fault in faults), (defect, word, faults)


def test_no_statement_of_the_first_page_is_supported_and_each_source_is_named_for_what_it_is(told):
    made = told[0]
    assert made.counts.supported == made.counts.contradicted == 0
    assert (made.counts.statements, made.counts.uncited, made.counts.unscored) == (9, 3, 3)
    assert [one.design for one in made.references] == ["case report", "narrative review", ""]
    assert [one.resolution for one in made.references] == ["found", "found", "not_found"]
    figures = made.statements[3].citations[0]
    assert "not in the source: 6 hours" in figures.notes
