"""Vancouver references: the form that medical journals print, for whatever is known of an article."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.output.references import doi_url, pubmed_url, reference, vancouver
from rag.records import Article, Author, Design, Found, Link, Screening, Source, Stance

PEOPLE = tuple(Author(last=last, initials="AB") for last in ("One", "Two", "Three", "Four", "Five", "Six"))
FULL = Article(
    id="12140307",
    pmid="12140307",
    doi="10.1056/NEJMsb020632",
    title="Solid-organ transplantation in HIV-infected patients.",
    authors=(Author("Halpern", "SD"), Author("Ubel", "PA"), Author("Caplan", "AL")),
    journal="N Engl J Med",
    year=2002,
    date="2002 Jul 25",
    volume="347",
    issue="4",
    pages="284-287",
    languages=("eng",),
)
NO_NUMBERS = replace(FULL, doi=None, pmid=None)


def test_prints_the_example_of_the_icmje() -> None:
    assert vancouver(FULL) == (
        "Halpern SD, Ubel PA, Caplan AL. Solid-organ transplantation in HIV-infected patients. "
        "N Engl J Med. 2002 Jul 25;347(4):284-7. doi: 10.1056/NEJMsb020632. PMID: 12140307."
    )


AUTHORS = {
    "six": (PEOPLE, "One AB, Two AB, Three AB, Four AB, Five AB, Six AB. Solid"),
    "seven": ((*PEOPLE, Author("Seven", "C")), "Five AB, Six AB, et al. Solid"),
    "group": ((Author(collective="The Trial Group"),), "The Trial Group. Solid"),
    "people_and_group": (
        (*PEOPLE[:2], Author(collective="The Trial Group")),
        "One AB, Two AB; The Trial Group. Solid",
    ),
    "suffix": ((Author("King", "ML", suffix="Jr"),), "King ML Jr. Solid"),
    "no_initials": ((Author("Hippocrates"),), "Hippocrates. Solid"),
    "none": ((), "Solid"),
    "empty": ((Author(),), "Solid"),
}


@pytest.mark.parametrize(("authors", "expected"), [pytest.param(*case, id=k) for k, case in AUTHORS.items()])
def test_authors(authors: tuple[Author, ...], expected: str) -> None:
    assert expected in vancouver(replace(FULL, authors=authors))


PLACES = {
    "whole": ({}, "2002 Jul 25;347(4):284-7."),
    "no_issue": ({"issue": ""}, "2002 Jul 25;347:284-7."),
    "no_volume": ({"volume": ""}, "2002 Jul 25;(4):284-7."),
    "no_pages": ({"pages": ""}, "2002 Jul 25;347(4)."),
    "date_only": ({"pages": "", "volume": "", "issue": ""}, "2002 Jul 25."),
    "year_only": ({"pages": "", "volume": "", "issue": "", "date": ""}, "2002."),
    "no_date": ({"date": "", "year": None}, "Med. 347(4):284-7."),
    "nothing": ({"pages": "", "volume": "", "issue": "", "date": "", "year": None}, "N Engl J Med."),
    "supplement": ({"issue": "Suppl 2"}, "347 Suppl 2:284-7."),
    "issue_supplement": ({"issue": "4 Suppl 2"}, "347(4 Suppl 2):284-7."),
    "no_journal": ({"journal": ""}, "patients. 2002 Jul 25;347(4):284-7."),
}


@pytest.mark.parametrize(("known", "expected"), [pytest.param(*case, id=k) for k, case in PLACES.items()])
def test_date_volume_and_pages_leave_no_stray_punctuation(known: dict[str, str], expected: str) -> None:
    assert vancouver(replace(NO_NUMBERS, **known)).endswith(expected)


PAGES = {
    "units": ("340-345", "340-5"),
    "tens": ("340-356", "340-56"),
    "hundreds": ("895-902", "895-902"),
    "thousands": ("1234-1256", "1234-56"),
    "short_already": ("340-5", "340-5"),
    "longer_last": ("98-102", "98-102"),
    "same": ("340-340", "340"),
    "one": ("340", "340"),
    "electronic": ("e12345", "e12345"),
    "prefixed": ("S104-S110", "S104-10"),
    "suffixed": ("126A-127A", "126A-127A"),
    "en_dash": ("340–345", "340-5"),
    "two_ranges": ("340-345; discussion 346-347", "340-5; discussion 346-7"),
    "dotted": ("1.11.1-1.11.18", "1.11.1-1.11.18"),
    "backwards": ("345-340", "345-340"),
    "roman": ("iii-iv", "iii-iv"),
}


@pytest.mark.parametrize(("pages", "expected"), [pytest.param(*case, id=k) for k, case in PAGES.items()])
def test_page_ranges_are_abbreviated(pages: str, expected: str) -> None:
    assert vancouver(replace(NO_NUMBERS, pages=pages)).endswith(f";347(4):{expected}.")


TITLES = {
    "question": ({"title": "Does it work?"}, " Does it work? N Engl"),
    "no_stop": ({"title": "It works"}, " It works. N Engl"),
    "foreign": ({"title": "It works.", "languages": ("ger",)}, " [It works]. N Engl"),
    "foreign_bracketed": ({"title": "[It works].", "languages": ("dan",)}, " [It works]. N Engl"),
    "foreign_question": ({"title": "[Does it work?].", "languages": ("dan",)}, " [Does it work?]. N Engl"),
    "preprint": ({"title": "It works.", "status": "preprint"}, " It works [Preprint]. N Engl"),
    "two_languages": ({"title": "It works.", "languages": ("eng", "fre")}, " It works. N Engl"),
    "line_break": ({"title": "It\n works."}, " It works. N Engl"),
    "hidden": ({"title": "It\u202e \x1b[31mworks\u200b."}, " It [31mworks. N Engl"),
    "none": ({"title": ""}, "Caplan AL. N Engl"),
}


@pytest.mark.parametrize(("known", "expected"), [pytest.param(*case, id=k) for k, case in TITLES.items()])
def test_titles(known: dict[str, str], expected: str) -> None:
    assert expected in vancouver(replace(FULL, **known))


def test_the_language_follows_the_pages() -> None:
    assert ";347(4):284-7. Norwegian. doi:" in vancouver(replace(FULL, languages=("nor",)))
    assert ";347(4):284-7. French, German. doi:" in vancouver(replace(FULL, languages=("fre", "ger")))
    assert ";347(4):284-7. doi:" in vancouver(replace(FULL, languages=("xxx",)))


NOTICES = {
    "retraction": (
        Link("RetractionIn", "99", "N Engl J Med. 2003;1:2."),
        "Retraction in: N Engl J Med. 2003;1:2. PMID: 99.",
    ),
    "concern": (
        Link("ExpressionOfConcernIn", "99", "Lancet 2003;1:2"),
        "Expression of concern in: Lancet 2003;1:2. PMID: 99.",
    ),
    "erratum": (Link("ErratumIn", None, "Lancet 2003;1:2"), "Erratum in: Lancet 2003;1:2."),
    "number_only": (Link("ErratumIn", "99"), "Erratum in: PMID: 99."),
    "number_in_citation": (
        Link("UpdateIn", "99", "Lancet 2003. PMID: 99"),
        "Update in: Lancet 2003. PMID: 99.",
    ),
}


@pytest.mark.parametrize(("link", "expected"), [pytest.param(*case, id=k) for k, case in NOTICES.items()])
def test_notices_of_the_record_are_told(link: Link, expected: str) -> None:
    assert vancouver(replace(FULL, links=(link,))).endswith(f"PMID: 12140307. {expected}")


def test_other_links_are_not_told() -> None:
    links = (Link("Cites", "99", "Lancet"), Link("CommentIn", "98"), Link("ErratumIn"))
    assert vancouver(replace(FULL, links=links)) == vancouver(FULL)


def test_a_retracted_article_says_so_even_without_a_link() -> None:
    assert vancouver(replace(FULL, status="retracted")).endswith("Retracted publication.")
    linked = replace(FULL, status="retracted", links=(Link("RetractionIn", "99"),))
    assert "Retracted publication" not in vancouver(linked)
    assert vancouver(linked).endswith("Retraction in: PMID: 99.")


def test_links_are_built_from_valid_numbers_only() -> None:
    assert pubmed_url("12140307") == "https://pubmed.ncbi.nlm.nih.gov/12140307/"
    assert doi_url("10.1056/NEJMsb020632") == "https://doi.org/10.1056/NEJMsb020632"
    assert doi_url("10.1016/S0140-6736(02)08657-9") == "https://doi.org/10.1016/S0140-6736%2802%2908657-9"


@pytest.mark.parametrize(
    "pmid", [None, "", "0", "012", "1234567890", "12a", "javascript:alert(1)", "1\n", "١٢"]
)
def test_what_is_no_pmid_gets_no_link(pmid: str | None) -> None:
    assert pubmed_url(pmid) is None


@pytest.mark.parametrize(
    "doi", [None, "", "10.1/x", "11.1056/x", "10.1056/", "javascript:10.1056/x", "10.1056/a b"]
)
def test_what_is_no_doi_gets_no_link(doi: str | None) -> None:
    assert doi_url(doi) is None


@given(st.text())
def test_no_doi_can_leave_its_link(tail: str) -> None:
    url = doi_url(f"10.1056/{tail}")
    assert url is None or re.fullmatch(r"https://doi\.org/10\.1056/[A-Za-z0-9_.~%/:-]+", url)


TEXT = st.sampled_from(["", "A", "Smith", "a.", "x\u202e", "12", "12-15", "e1", "Jan", "?"])


@given(TEXT, TEXT, TEXT, TEXT, TEXT, TEXT)
def test_no_combination_of_missing_fields_leaves_stray_punctuation(
    last: str, title: str, journal: str, volume: str, issue: str, pages: str
) -> None:
    article = Article(
        id="1", title=title, authors=(Author(last),), journal=journal, volume=volume, issue=issue, pages=pages
    )
    line = vancouver(article)
    assert not re.search(r"\.\.|\s\s|\s[.;:,]|\(\)|^[.;:,]|;:|^\s|\s$|,\.", line)
    assert not line or line[-1] in ".?"


def test_reference_takes_design_and_numbers_from_the_source() -> None:
    source = Source(
        n=7,
        found=Found(replace(FULL, participants=90), (), 1.0, "starter"),
        design=Design("cohort study", "text", "", 3),
        screening=Screening(True),
        stance=Stance("silent", 0.0),
    )
    entry = reference(source, 2)
    assert (entry.n, entry.article, entry.design, entry.level, entry.n_participants) == (
        2,
        "12140307",
        "cohort study",
        3,
        90,
    )
    assert entry.url == "https://pubmed.ncbi.nlm.nih.gov/12140307/"
    assert entry.authors == ("Halpern SD", "Ubel PA", "Caplan AL")
    without = replace(source, found=replace(source.found, article=replace(FULL, pmid=None)))
    assert reference(without, 1).url == "https://doi.org/10.1056/NEJMsb020632"
