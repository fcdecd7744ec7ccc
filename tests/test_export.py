"""Exports: every form is read back by a reader of its own, whatever an article's fields hold."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import bibtexparser
import pytest
import rispy
from Bio import Medline
from citeproc import Citation, CitationItem, CitationStylesBibliography, CitationStylesStyle, formatter
from citeproc.source.json import CiteProcJSON
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.answering.desk import Desk
from rag.answering.pipeline import answer
from rag.library.medline_text import from_medline
from rag.output import bibtex, csl_json, nbib, ris
from rag.output.bibliography import page_range
from rag.output.csv import COLUMNS
from rag.output.export import FORMS, export
from rag.output.json import answer_from_json
from rag.records import Article, Author, Link, MeshHeading
from rag.settings import Settings

FULL = Article(
    id="90000101",
    title="Zürich & the {braces} of 50% of $100_costs: a trial of IL-6 ~ #1 ^ \\ backslash",
    pmid="90000101",
    doi="10.1000/a_b{c}%7D",
    pmcid="PMC123456",
    authors=(
        Author("Müller-Łuka", "ÅB", "Åke Bo", "Jr"),
        Author("O'Neil", "C"),
        Author(collective="Trial and Error Group"),
        Author("van der Berg", "DE", "Dirk E"),
    ),
    journal="J Made Up (Zur)",
    year=2019,
    date="2019 Jul 25",
    volume="34",
    issue="4",
    pages="1038-43",
    languages=("eng", "ger"),
    publication_types=("Journal Article", "Randomized Controlled Trial"),
    mesh=(MeshHeading("Migraine Disorders", True, ("drug therapy",)), MeshHeading("Humans")),
    keywords=("fluvoxine", "Humans"),
    links=(Link("ErratumIn", "90000102", "J Made Up. 2020;35(1):9"),),
    status="corrected",
    revised="2020-02-03",
)
BARE = Article(id="local-1", title="A record with nothing but a title")
PREPRINT = replace(FULL, id="90000103", pmid="90000103", doi=None, status="preprint", links=(), pages="e123")


def test_ris_is_read_back_field_by_field():
    first, second, third = rispy.loads(ris.render([FULL, BARE, PREPRINT]))
    assert first["type_of_reference"] == "JOUR"
    assert first["title"] == FULL.title
    assert first["authors"] == [
        "Müller-Łuka, Åke Bo, Jr", "O'Neil, C.", "Trial and Error Group", "van der Berg, Dirk E",
    ]  # fmt: skip
    assert (first["start_page"], first["end_page"]) == ("1038", "1043")
    assert (first["doi"], first["accession_number"], first["year"]) == (FULL.doi, FULL.pmid, "2019")
    assert first["keywords"] == ["Migraine Disorders", "Humans", "fluvoxine"]
    assert first["urls"] == ["https://pubmed.ncbi.nlm.nih.gov/90000101/"]
    assert first["notes"] == ["A correction of this article was published."]
    assert second == {"type_of_reference": "JOUR", "title": BARE.title}
    assert third["type_of_reference"] == "UNPB"


def entries(articles):
    library = bibtexparser.parse_string(bibtex.render(articles))
    assert library.failed_blocks == []
    return library.entries


def decoded(value):
    """A BibTeX value as it prints."""
    for tex, plain in (
        (r"\textbackslash{}", "\0"), (r"\textasciitilde{}", "~"), (r"\textasciicircum{}", "^"),
        (r"\{", "\1"), (r"\}", "\2"), (r"\$", "$"), (r"\&", "&"), (r"\#", "#"), (r"\%", "%"), (r"\_", "_"),
        ("{", ""), ("}", ""), ("\0", "\\"), ("\1", "{"), ("\2", "}"),
    ):  # fmt: skip
        value = value.replace(tex, plain)
    return value


def test_bibtex_is_read_back_with_what_tex_would_obey_escaped():
    first, second, third = entries([FULL, BARE, PREPRINT])
    assert decoded(first["title"]) == FULL.title
    assert first["author"] == (
        "Müller-Łuka, Jr, Åke Bo and O'Neil, C. and {Trial and Error Group} and van der Berg, Dirk E"
    )
    assert (first["pages"], first["pmid"]) == ("1038--1043", "90000101")
    assert first["doi"] == "10.1000/a_b%7Bc%7D%7D"
    assert "{IL}-6" in first["title"]
    assert (first.entry_type, second.entry_type, third.entry_type) == ("article", "article", "unpublished")


def test_bibtex_keys_are_plain_and_each_stands_once():
    foreign = replace(BARE, authors=(Author("李", "W"),))
    keys = [one.key for one in entries([FULL, FULL, BARE, foreign, PREPRINT])]
    assert keys == ["mulleruka2019-1", "mulleruka2019-2", "anon-1", "anon-2", "mulleruka2019-3"]
    assert all(one.isascii() for one in keys)


def test_csl_json_has_only_fields_of_the_schema_and_a_citation_processor_prints_it(recwarn):
    items = json.loads(csl_json.render([FULL, BARE, PREPRINT]))
    assert [one["type"] for one in items] == ["article-journal", "article-journal", "article"]
    assert items[0]["issued"] == {"date-parts": [[2019]]}
    assert items[0]["author"][0] == {"family": "Müller-Łuka", "given": "Åke Bo", "suffix": "Jr"}
    assert items[0]["author"][2] == {"literal": "Trial and Error Group"}
    style = CitationStylesStyle("harvard-cite-them-right", validate=False)
    bibliography = CitationStylesBibliography(style, CiteProcJSON(items), formatter.plain)
    for one in items:
        bibliography.register(Citation([CitationItem(one["id"])]))
    printed = " ".join(map(str, bibliography.bibliography()))
    for words in ("Müller-Łuka", "2019", "J Made Up (Zur)", "34(4)", BARE.title):
        assert words in printed
    assert [str(one.message) for one in recwarn if "argument" in str(one.message)] == []


def test_nbib_is_read_back_by_biopython_and_by_our_own_reader():
    text = nbib.render([FULL, BARE, PREPRINT])
    assert max(map(len, text.split("\n"))) <= 80
    record = next(iter(Medline.parse(io.StringIO(text))))
    assert (record["PMID"], record["TI"], record["PG"]) == (FULL.pmid, FULL.title, "1038-43")
    first, second = from_medline(text)
    whole, initials, group, other = FULL.authors
    assert first == replace(FULL, authors=(whole, replace(initials, fore="C"), other, group))
    assert second.id == PREPRINT.id


@pytest.mark.parametrize(
    ("pages", "whole"),
    [("1038-43", ("1038", "1043")), ("7-9", ("7", "9")), ("e123", ("e123", "")), ("S12-S19", ("S12", "S19")),
     ("99-101", ("99", "101")), ("1-3, 7", ("1-3, 7", "")), ("", ("", "")), ("340–5", ("340", "345"))],
)  # fmt: skip
def test_a_page_range_has_its_last_page_in_full(pages, whole):
    assert page_range(pages) == whole


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=60).map(
    lambda text: " ".join(f"a{text}b".split())
)


@settings(max_examples=30)
@given(TEXTS, TEXTS, TEXTS)
def test_no_text_in_a_record_breaks_a_form_or_smuggles_a_field_in(title, name, journal):
    article = Article("7", title, pmid="7", authors=(Author(collective=name),), journal=journal, year=2020)
    articles = [article, replace(article, id="8", pmid="8")]
    assert [one["accession_number"] for one in rispy.loads(ris.render(articles))] == ["7", "8"]
    assert [one["pmid"] for one in entries(articles)] == ["7", "8"]
    assert [one["PMID"] for one in json.loads(csl_json.render(articles))] == ["7", "8"]
    assert [one["PMID"] for one in Medline.parse(io.StringIO(nbib.render(articles)))] == ["7", "8"]


# --- A whole answer -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def made(house, tmp_path_factory, embedder):
    with Desk(Settings(home=tmp_path_factory.mktemp("home"))) as desk:
        desk.__dict__["embed"] = embedder
        return answer(desk, house.QUESTIONS[0], articles=(house.TRIAL, house.AGAINST, house.ANIMAL))


@pytest.mark.parametrize("form", FORMS)
def test_every_form_names_every_article_of_an_answer_stored_or_not(made, house, form):
    stored = {one.id: one for one in house.ARTICLES}
    for look_up in (stored.get, lambda name: None):
        text = export(made, form, look_up)
        assert all(one.article in text for one in made.references)


@pytest.mark.parametrize("form", ["ris", "bibtex", "csl-json", "nbib"])
def test_no_abstract_is_passed_on_to_a_reference_manager(made, house, form):
    stored = {one.id: one for one in house.ARTICLES}
    text = " ".join(export(made, form, stored.get).split())
    assert "randomly assigned" not in text
    assert "Migraine days fell" not in text


def test_json_is_the_record_itself(made):
    assert answer_from_json(export(made, "json", lambda name: None)) == made


def test_an_article_that_is_not_stored_is_exported_from_its_reference(made):
    names = ("Doe J", "Smith-Jones AB", "The Trial Group", "WHO")
    told = replace(made, references=(replace(made.references[0], authors=names),))
    first = json.loads(export(told, "csl-json", lambda name: None))[0]
    assert first["author"] == [
        {"family": "Doe", "given": "J."}, {"family": "Smith-Jones", "given": "A. B."},
        {"literal": "The Trial Group"}, {"literal": "WHO"},
    ]  # fmt: skip


def test_the_standing_that_the_answer_shows_goes_along(made, house):
    told = replace(made, references=(replace(made.references[0], status="concern"),))
    for form in ("ris", "bibtex", "csl-json"):
        assert "expression of concern" in export(told, form, {house.TRIAL.id: house.TRIAL}.get)


def test_csv_has_a_row_for_each_citation_with_its_quote_word_for_word(made):
    rows = list(csv.DictReader(io.StringIO(export(made, "csv", lambda name: None), newline="")))
    assert tuple(rows[0]) == COLUMNS
    citations = [(one.id, each) for one in made.statements for each in one.citations]
    assert [(row["statement_id"], row["quote"]) for row in rows] == [
        (name, one.quote) for name, one in citations
    ]
    assert {row["design"] for row in rows} == {"randomised trial", "animal study"}


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "-1+cmd|' /C calc'!A0", "@SUM(A1)", " =1+1", "\u200b=1+1", "\t=1", "＝1"]
)
def test_no_cell_of_a_csv_is_a_formula(made, cell):
    statement = replace(made.statements[0], text=cell)
    told = replace(made, statements=(statement,), question=replace(made.question, understood=cell))
    row = next(csv.DictReader(io.StringIO(export(told, "csv", lambda name: None), newline="")))
    assert row["question"].startswith("'")
    assert row["statement"].startswith("'")


@settings(max_examples=40)
@given(st.text(st.characters(codec="utf-8"), max_size=80))
def test_any_text_comes_back_from_csv_in_its_cell(made, text):
    told = replace(made, question=replace(made.question, understood=f"x{text}"))
    rows = list(csv.DictReader(io.StringIO(export(told, "csv", lambda name: None), newline="")))
    assert len(rows) == sum(len(one.citations) for one in made.statements)
    assert all(None not in row and len(row) == len(COLUMNS) for row in rows)
