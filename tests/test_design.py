"""What kind of study an article reports, and its level, by name of the rule."""

from __future__ import annotations

import pytest

from rag import settings
from rag.answering.design import DESIGNS, design
from rag.library import medline
from rag.records import Article, MeshHeading, Section
from rag.text.participants import participants


def article(title: str, text: str = "", *types: str, mesh: tuple[str, ...] = (), **fields: object) -> Article:
    return Article(
        id="1",
        title=title,
        sections=(Section("", text),) if text else (),
        publication_types=types or ("Journal Article",),
        mesh=tuple(MeshHeading(name) for name in mesh),
        **fields,  # type: ignore[arg-type]
    )


RCT = "Randomized Controlled Trial"
ASSIGNED = "Patients were randomly assigned to oil or placebo."
CASES = {
    "a randomised publication type wins over Multicenter Study": (
        article("Fish oil in asthma.", "We gave oil.", "Multicenter Study", RCT),
        "randomised trial",
    ),
    "a letter may hold a randomised trial": (
        article("Oil in asthma.", "", "Letter", RCT),
        "randomised trial",
    ),
    "a phase does not say randomised": (
        article(
            "A phase II study of X.",
            "Twenty patients received X. The response was 20%.",
            "Clinical Trial, Phase II",
        ),
        "single-arm trial",
    ),
    "a controlled trial type with random assignment in the text": (
        article("Visits at home.", ASSIGNED, "Controlled Clinical Trial"),
        "randomised trial",
    ),
    "a controlled trial type without it": (
        article("Visits at home.", "Practices chose visits or usual care.", "Controlled Clinical Trial"),
        "non-randomised trial",
    ),
    "a trial that does not say how it allocated": (
        article("Oil in asthma.", "Oil was compared with placebo.", "Clinical Trial"),
        "clinical trial, allocation not stated",
    ),
    "a trial that says it was not randomised": (
        article("Oil in asthma: a non-randomized trial.", "Oil was compared with none.", "Clinical Trial"),
        "non-randomised trial",
    ),
    "random assignment read from the text": (article("Oil in asthma.", ASSIGNED), "randomised trial"),
    "our summary of a trial": (
        article(
            "Oil in asthma.", "In this randomised trial of 40 adults oil did not help.", access="summary"
        ),
        "randomised trial",
    ),
    "a wish for randomised trials is not one": (
        article(
            "Oil in asthma.",
            "This retrospective study compared 40 patients with 40 others. A randomised "
            "controlled trial is needed.",
        ),
        "cohort study",
    ),
    "patients of a trial do not make a trial": (
        article(
            "A new asthma scale.",
            "It was tested with 180 patients participating in a randomised clinical trial.",
        ),
        "study of unclear design",
    ),
    "random selection is not random assignment": (
        article("Asthma in towns: a survey.", "Households were randomly selected."),
        "cross-sectional study",
    ),
    "a second look at a trial's data": (
        article("Work and asthma.", "We describe a secondary analysis of data from a randomized trial.", RCT),
        "secondary analysis of a randomised trial",
    ),
    "a protocol with a randomised publication type": (
        article("Oil in asthma: study protocol for a randomised trial.", "Patients will be randomised.", RCT),
        "trial protocol",
    ),
    "a protocol by its future tense": (
        article("Oil in asthma (OIL).", "Patients will be randomised to oil. Breath will be measured.", RCT),
        "trial protocol",
    ),
    "rationale and design": (
        article("Rationale and design of the OIL cohort.", "We follow farmers."),
        "study protocol",
    ),
    "a systematic review of trials": (
        article(
            "Oil in asthma: a systematic review.",
            "We included 12 randomised controlled trials.",
            "Review",
            "Systematic Review",
        ),
        "systematic review of randomised trials",
    ),
    "a meta-analysis of trials": (
        article("Oil in asthma: meta-analysis of randomised controlled trials.", "", "Meta-Analysis"),
        "meta-analysis of randomised trials",
    ),
    "a meta-analysis of cohorts": (
        article(
            "Oil and the risk of asthma: a meta-analysis.",
            "Nine cohort studies were pooled. Randomised trials are needed.",
            "Meta-Analysis",
        ),
        "meta-analysis of observational studies",
    ),
    "a meta-analysis of both": (
        article(
            "Oil and asthma: a meta-analysis.",
            "We pooled 2 randomised trials and 9 cohort studies.",
            "Meta-Analysis",
            "Systematic Review",
        ),
        "meta-analysis",
    ),
    "a review that is systematic by its title": (
        article("Oil in asthma: a systematic review.", "", "Review"),
        "systematic review",
    ),
    "a review that is systematic by its methods": (
        article("Oil in asthma.", "We conducted a systematic review of cohort studies.", "Review"),
        "systematic review of observational studies",
    ),
    "a narrative review that mentions systematic reviews": (
        article("Oil in asthma.", "Recent systematic reviews disagree. We discuss why.", "Review"),
        "narrative review",
    ),
    "a review that says it is not systematic": (
        article("Oil in asthma: a non-systematic review.", "", "Review"),
        "narrative review",
    ),
    "a systematic review of cases": (
        article("Systematic review of case reports of oil pneumonia.", "", "Systematic Review"),
        "systematic review of case reports",
    ),
    "a systematic review of animals": (
        article("Oil in the gut: a systematic review.", "", "Systematic Review", mesh=("Animals", "Mice")),
        "systematic review of animal studies",
    ),
    "a systematic review of tests": (
        article(
            "Diagnostic accuracy of breath tests: a systematic review and meta-analysis.",
            "Pooled sensitivity was 0.8 and specificity 0.9.",
            "Meta-Analysis",
        ),
        "meta-analysis of diagnostic accuracy studies",
    ),
    "a scoping review": (article("Oil and lungs: a scoping review.", "", "Review"), "scoping review"),
    "one case": (article("Oil pneumonia.", "A 40-year-old man fell ill.", "Case Reports"), "case report"),
    "one case with a review of the literature": (
        article(
            "Oil pneumonia: a case report and review of the literature.",
            "We found 12 cases in the literature.",
            "Case Reports",
            "Review",
        ),
        "case report",
    ),
    "several cases": (
        article("Oil pneumonia.", "We report four patients with oil pneumonia.", "Case Reports"),
        "case series",
    ),
    "several cases without the type": (
        article("Oil pneumonia.", "We describe four patients with oil pneumonia."),
        "case series",
    ),
    "up to three cases are a report": (
        article("Oil pneumonia.", "We report three patients with oil pneumonia.", "Case Reports"),
        "case report",
    ),
    "a case without the type": (
        article("Oil pneumonia.", "We report a 40-year-old man who fell ill."),
        "case report",
    ),
    "first experience without comparison": (
        article("Suction of clots: initial experience.", "Nine patients were treated."),
        "case series",
    ),
    "cohort by MeSH": (
        article("Oil and lungs.", "People were asked.", mesh=("Humans", "Cohort Studies")),
        "cohort study",
    ),
    "case-control by MeSH": (
        article("Oil and lungs.", "People were asked.", mesh=("Humans", "Case-Control Studies")),
        "case-control study",
    ),
    "two headings, and the text decides": (
        article(
            "Oil and lungs: a cross-sectional study.",
            "People were asked.",
            mesh=("Humans", "Cohort Studies", "Cross-Sectional Studies"),
        ),
        "cross-sectional study",
    ),
    "a retrospective registry cohort": (
        article(
            "Oil and lungs.",
            "In this retrospective analysis of a national registry, smokers were compared with others.",
        ),
        "cohort study",
    ),
    "an inception cohort": (article("Course of asthma: an inception cohort.", ""), "inception cohort study"),
    "historical controls": (
        article("Suction of clots.", "Outcomes were compared with historical controls."),
        "historically controlled study",
    ),
    "accuracy of a test": (
        article(
            "Diagnostic accuracy of a breath test.",
            "The sensitivity was 80% and the specificity 90% in 50 patients.",
        ),
        "diagnostic accuracy study",
    ),
    "costs": (article("Cost-effectiveness of oil in asthma.", "A model was used."), "economic evaluation"),
    "interviews": (
        article("Living with asthma.", "Semi-structured interviews were held."),
        "qualitative study",
    ),
    "genes as instruments are not a trial": (
        article("Oil and asthma: a Mendelian randomization study.", "Variants were used."),
        "Mendelian randomisation study",
    ),
    "animals by MeSH": (article("Oil in asthma.", ASSIGNED, mesh=("Animals", "Mice")), "animal study"),
    "animals by their names": (
        article("Oil and airway tone.", "Wistar rats were randomly assigned to oil."),
        "animal study",
    ),
    "a veterinary trial": (
        article("Oil for dogs.", ASSIGNED, "Randomized Controlled Trial, Veterinary"),
        "animal study",
    ),
    "cells": (article("Oil and airway cells.", "Cell lines were treated in vitro."), "laboratory study"),
    "a guideline by type": (article("Asthma care.", "", "Practice Guideline", "Review"), "guideline"),
    "a guideline by title": (article("Asthma: a consensus statement.", "We advise."), "guideline"),
    "a study about guidelines": (
        article("Adherence to asthma guidelines: a cross-sectional study.", ""),
        "cross-sectional study",
    ),
    "a letter without data": (article("Oil again.", "", "Letter", "Comment"), "editorial or letter"),
    "an editorial": (
        article("Oil again.", "Patients were treated elsewhere.", "Editorial"),
        "editorial or letter",
    ),
    "an erratum": (article("Erratum.", "", "Published Erratum"), "notice about another article"),
    "a record that is a notice": (article("Notice.", "", notice=True), "notice about another article"),
    "cells of an animal, by more words of the laboratory": (
        article(
            "Oil and canine fibroblasts.",
            "Cell lines were cultured in vitro; mRNA and phosphorylation were told by western blot.",
            mesh=("Animals", "Cell Line"),
        ),
        "laboratory study",
    ),
    "animals whose tissue is studied with words of the laboratory": (
        article(
            "Oil in wistar rats.",
            "Rats were fed oil. Western blots told the protein.",
            mesh=("Animals", "Rats, Wistar"),
        ),
        "animal study",
    ),
    "one animal is no case report": (
        article("Oil pneumonia in a cat.", "The cat, a kitten of the clinic, coughed.", "Case Reports"),
        "animal study",
    ),
    "the type Case Reports on an antibody": (
        article(
            "An antibody with two epitopes.", "Its epitopes and ligands were cloned in vitro.", "Case Reports"
        ),
        "laboratory study",
    ),
    "chemistry": (
        article("Hydrogels of oil.", "Nanoparticles were synthesized; spectroscopy told their structure."),
        "laboratory study",
    ),
    "a model of transmission": (
        article("How asthma spreads.", "A mathematical model was simulated under four scenarios."),
        "modelling study",
    ),
    "a technical paper is of no design": (
        article("A wireless network for the ward.", "The software and its server are encrypted."),
        "study of unclear design",
    ),
    "a commentary by its own word": (
        article("Teaching asthma.", "In this commentary I share my own reflections."),
        "editorial or letter",
    ),
    "an abstract that tells of no results": (
        article(
            "Asthma: what matters to families.",
            "Asthma is common, and its burden for children and their mothers is well known. " * 6,
        ),
        "narrative review",
    ),
    "measurement in patients and in healthy controls": (
        article("Breath in asthma.", "Sputum was taken from 40 patients and 30 healthy controls."),
        "case-control study",
    ),
    "a cohort's subset asked at one time": (
        article(
            "Oil and lungs.",
            "Respondents of a survey completed a questionnaire on the prevalence of cough.",
        ),
        "cross-sectional study",
    ),
    "before and after a change": (
        article(
            "A new inhaler on the ward.", "Pre-implementation and post-implementation deaths of patients."
        ),
        "historically controlled study",
    ),
    "a trial type on the accuracy of a test": (
        article(
            "Breath test in asthma.",
            "Sensitivity and specificity in 90 patients; biopsy was the gold standard.",
            "Clinical Trial",
        ),
        "diagnostic accuracy study",
    ),
    "a controlled trial type that is blinded": (
        article("Oil in asthma.", "A double-blind study in two groups.", "Controlled Clinical Trial"),
        "clinical trial, allocation not stated",
    ),
    "data of a trial's registry are not the trial": (
        article(
            "Oil after asthma attacks: the OIL registry.",
            "Data from the multicenter randomized clinical trial registry were used: a cohort of 80.",
            mesh=("Humans", "Cohort Studies"),
        ),
        "cohort study",
    ),
    "a cohort inside a trial": (
        article("Walking and asthma.", "A cohort analysis was performed within a randomized trial.", RCT),
        "secondary analysis of a randomised trial",
    ),
    "the type Systematic Review on a review without a search": (
        article("Oil and lungs.", "In this review we discuss how oil reaches lungs.", "Systematic Review"),
        "narrative review",
    ),
    "the type Meta-Analysis on genomes": (
        article("Six loci for asthma.", "Genome wide SNPs and haplotypes were sequenced.", "Meta-Analysis"),
        "laboratory study",
    ),
    "a narrative review typed as a meta-analysis": (
        article(
            "Oil: facts and myths.",
            "A narrative review was done after a search of PubMed.",
            "Meta-Analysis",
            "Review",
        ),
        "narrative review",
    ),
    "genes as instruments, typed as a meta-analysis": (
        article("Oil and asthma: a Mendelian randomization study.", "Studies were pooled.", "Meta-Analysis"),
        "Mendelian randomisation study",
    ),
    "a meta-analysis of prevalence": (
        article(
            "Prevalence of asthma in towns: a meta-analysis.",
            "We searched PubMed. Pooled prevalence was 5%.",
            "Meta-Analysis",
            mesh=("Animals", "Humans"),
        ),
        "meta-analysis of observational studies",
    ),
    "a meta-analysis of trials by their sham": (
        article(
            "Needles in asthma: a meta-analysis.", "We searched PubMed and pooled 9 studies against sham."
        ),
        "meta-analysis of randomised trials",
    ),
    "a meta-analysis of non-randomised studies": (
        article(
            "Valves in asthma: a meta-analysis.", "Five non-randomized studies were pooled.", "Meta-Analysis"
        ),
        "meta-analysis of observational studies",
    ),
    "a review of people, animals and cells": (
        article(
            "Oil in asthma: a systematic review.",
            "We searched PubMed for randomised trials, and for in vitro studies.",
            "Systematic Review",
        ),
        "systematic review",
    ),
    "a review of cases by its text": (
        article(
            "Oil pneumonia: a systematic review.",
            "We identified 12 case reports in PubMed.",
            "Systematic Review",
        ),
        "systematic review of case reports",
    ),
    "a letter on a case": (article("Oil pneumonia in a 7-year-old girl.", "", "Letter"), "case report"),
    "types that say nothing": (
        article("Oil.", "", "Journal Article", "Research Support, Non-U.S. Gov't"),
        "study of unclear design",
    ),
}


@pytest.mark.parametrize(("given", "expected"), CASES.values(), ids=CASES)
def test_design(given: Article, expected: str) -> None:
    assert design(given, "therapy").name == expected


def test_the_reason_names_the_publication_type() -> None:
    made = design(article("Oil.", "", RCT), "therapy")
    assert (made.basis, made.reason) == ("publication_type", f"publication type: {RCT}")


def test_a_design_read_from_words_says_so_and_quotes_them() -> None:
    made = design(article("Oil.", ASSIGNED), "therapy")
    assert made.basis == "text"
    assert made.reason == 'design inferred from the text: "were randomly assigned"'


def test_mesh_is_named() -> None:
    made = design(article("Oil.", "x", mesh=("Humans", "Cohort Studies")), "therapy")
    assert (made.basis, made.reason) == ("mesh", "MeSH heading: Cohort Studies")


@pytest.mark.parametrize(
    ("name", "levels"),
    [
        ("randomised trial", (2, 2, None, 3, None, 2)),
        ("systematic review of randomised trials", (1, 1, None, None, None, 1)),
        ("cohort study", (3, 3, 3, 3, 3, 3)),
        ("case report", (4, 4, None, 4, None, 4)),
        ("animal study", (5, 5, 5, None, None, 5)),
        ("narrative review", (None,) * 6),
    ],
)
def test_ocebm_levels(name: str, levels: tuple[int | None, ...]) -> None:
    given = next(case for case, expected in CASES.values() if expected == name)
    kinds = ("therapy", "harm", "diagnosis", "prognosis", "prevalence", "screening")
    assert tuple(design(given, kind).level for kind in kinds) == levels  # type: ignore[arg-type]
    assert design(given, "other").level is None


def test_every_row_has_a_level_or_a_dot_for_each_type_of_question() -> None:
    assert all(len(row.levels) == 6 and set(row.levels) <= set("12345.") for row in DESIGNS.values())


def test_only_designs_without_evidence_of_their_own_have_no_body() -> None:
    assert {name for name, row in DESIGNS.items() if row.body == "none"} == {
        "editorial or letter", "trial protocol", "study protocol", "notice about another article",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("One thousand ninety-nine women were enrolled.", 1099),
        ("We randomised 500 patients to oil.", 500),
        ("In this study, 1,145 patients with asthma were included; 12 died.", 1145),
        ("Adults with asthma (n = 290) were asked.", 290),
        ("300 patients were enrolled and 280 patients were analysed.", 280),
        ("Of 1200 screened, 300 patients were randomised.", 300),
        ("Women got oil (n = 84) or none (n = 87).", None),
        ("Twelve of 40 patients were treated.", None),
        ("300 patients were enrolled; 250 patients were followed.", None),
        ("A 45-year-old woman was treated.", None),
        ("We included 12 studies.", None),
        ("Twenty-three centers enrolled consecutive stroke patients treated with oil.", None),
        ("Twenty-three centers took part. A total of 634patients were included.", 634),
        ("Forty eyes of adults were included.", None),
        ("Of 80 samples patients were studied.", None),
        ("65 patients were randomised to oil, 61 to water, and 60 to placebo.", None),
        ("186 consecutive patients (97 men; mean (SD) age, 63 (10) years) with recurrent asthma.", 186),
        ("Three cohorts: 32 infected children; 154 children of ill mothers; and 187 healthy children.", 373),
        ("Only 32 infected children were enrolled.", None),
        ("Infants were allocated to oil (n = 84), water (n = 87), or placebo (n = 29).", 200),
        ("They had an oil group (N = 50) and a water group (N = 50).", 100),
        ("Smokers (n = 60) were randomised to oil (n = 30), water (n = 20) or both (n = 10).", 60),
        ("Of the 90 adults who underwent randomisation, 46 were assigned to oil and 44 to water.", 90),
        ("Adults (N = 22) had asthma (n = 10) or not (n = 12).", 22),
        ("The oil group (n = 84), of whom some stopped (n = 12), was small.", None),
        ("In the oil group, nausea (n = 12) and headache (n = 8) were seen.", None),
        ("Adults (n=200) were randomised to oil (n = 100) or placebo (n = 98).", 200),
        ("The oil group gave samples (n = 84) and so did the control group (n = 12).", None),
        ("Thirty men with asthma and 30 healthy men were recruited.", None),
        ("Ten patients (6%) required a second operation and were included.", None),
    ],
)
def test_participants_are_read_only_where_stated_clearly(text: str, count: int | None) -> None:
    assert participants([text]) == count


def test_the_record_s_own_number_comes_first() -> None:
    given = article("Oil.", "We randomised 500 patients.", RCT, participants=498)
    assert design(given, "therapy").participants == 498


def test_a_case_report_has_one_participant_unless_it_may_have_more_and_a_narrative_review_none() -> None:
    assert design(CASES["one case"][0], "therapy").participants == 1
    assert design(CASES["up to three cases are a report"][0], "therapy").participants is None
    text = "We included 500 patients."
    assert design(article("Oil.", text, "Review"), "therapy").participants is None


@pytest.fixture(scope="module")
def real() -> list[Article]:
    """3,000 real records of one MEDLINE file."""
    path = settings.load().data_file("medline_text/medline_04.txt.gz")
    if path is None:
        pytest.skip("the shared data are not here (RAG_DATA)")
    return [one for one in medline.read(path) if isinstance(one, Article)]


def test_real_records_with_the_randomised_type_are_trials(real: list[Article]) -> None:
    """Unless they are a protocol or a second look at a trial, every one is a randomised trial."""
    named = [design(one, "therapy").name for one in real if RCT in one.publication_types]
    assert len(named) > 20
    aside = ("trial protocol", "secondary analysis of a randomised trial")
    assert set(named) <= {"randomised trial", *aside}
    assert named.count("randomised trial") > 0.8 * len(named)


def test_no_real_narrative_review_is_called_systematic(real: list[Article]) -> None:
    """A record typed only Review, without a word of system, never becomes a systematic review."""
    plain = [
        one
        for one in real
        if "Review" in one.publication_types
        and not {"Systematic Review", "Meta-Analysis"} & set(one.publication_types)
        and not any(
            cue in f"{one.title} {[section.text for section in one.sections]}".lower()
            for cue in ("systematic", "meta-anal", "metaanal", "prisma", "scoping")
        )
    ]
    assert len(plain) > 50
    assert not [one.id for one in plain if design(one, "therapy").review]


def test_real_notices_and_editorials_support_nothing(real: list[Article]) -> None:
    kinds = {"Published Erratum", "Retraction of Publication", "Editorial"}
    found = [one for one in real if one.publication_types and set(one.publication_types) <= kinds]
    assert len(found) > 5
    bodies = {design(one, "therapy").body for one in found}
    assert bodies == {"none"}


def test_every_real_record_gets_a_design_of_the_table_with_a_reason(real: list[Article]) -> None:
    made = [design(one, "harm") for one in real[:400]]
    assert all(one.name in DESIGNS and one.reason for one in made)


def test_a_report_that_states_several_cases_is_a_series():
    article = Article("1", "A case report", (Section("", "We report a case."),), participants=20)
    assert design(article, "therapy").name == "case series"
