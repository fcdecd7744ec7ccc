"""The standing of an article, from its publication types and from both ends of every link."""

from __future__ import annotations

import gzip
import json
import re
from importlib.resources import files

import pytest

from rag.library.medline import read
from rag.library.retractions import SEVERITY, gravest, is_notice, status
from rag.records import Article, Link

REF_TYPES = {
    "AssociatedDataset": ("ok", False),
    "AssociatedPublication": ("ok", False),
    "CommentIn": ("ok", False),
    "CommentOn": ("ok", False),
    "CorrectedandRepublishedIn": ("corrected", False),
    "CorrectedandRepublishedFrom": ("ok", False),
    "ErratumIn": ("corrected", False),
    "ErratumFor": ("ok", True),
    "ExpressionOfConcernIn": ("concern", False),
    "ExpressionOfConcernFor": ("ok", True),
    "RepublishedIn": ("ok", False),
    "RepublishedFrom": ("ok", False),
    "RetractedandRepublishedIn": ("retracted", False),
    "RetractedandRepublishedFrom": ("ok", False),
    "RetractionIn": ("retracted", False),
    "RetractionOf": ("ok", True),
    "UpdateIn": ("ok", False),
    "UpdateOf": ("ok", False),
    "SummaryForPatientsIn": ("ok", False),
    "OriginalReportIn": ("ok", False),
    "ReprintIn": ("ok", False),
    "ReprintOf": ("ok", False),
    "Cites": ("ok", False),
}
PUBLICATION_TYPES = {
    "Retracted Publication": ("retracted", False),
    "Retraction of Publication": ("ok", True),
    "Published Erratum": ("ok", True),
    "Expression of Concern": ("ok", True),
    "Preprint": ("preprint", False),
    "Corrected and Republished Article": ("ok", False),
    "Duplicate Publication": ("ok", False),
    "Journal Article": ("ok", False),
}


@pytest.mark.parametrize("kind", REF_TYPES)
def test_every_link_gives_the_standing_that_its_direction_means(kind):
    links = (Link(kind, pmid="1"),)
    assert (status((), links), is_notice((), links)) == REF_TYPES[kind]


def test_the_table_holds_every_link_of_the_dtd_of_2025():
    dtd = (files("Bio.Entrez") / "DTDs" / "pubmed_250101.dtd").read_text(encoding="utf-8")
    declared = re.search(r"RefType\s*\(([^)]*)\)", dtd)
    assert declared is not None
    assert {name.strip() for name in declared[1].split("|")} == set(REF_TYPES)


@pytest.mark.parametrize("kind", PUBLICATION_TYPES)
def test_every_publication_type_gives_its_standing_in_any_case(kind):
    assert (status((kind,), ()), is_notice((kind,), ())) == PUBLICATION_TYPES[kind]
    assert (status((kind.upper(),), ()), is_notice((kind.upper(),), ())) == PUBLICATION_TYPES[kind]


def test_retracted_wins_over_all():
    links = [Link(kind) for kind, (standing, _) in REF_TYPES.items() if standing != "ok"]
    assert status(("Preprint",), links) == "retracted"
    for place, standing in enumerate(SEVERITY):
        assert gravest(SEVERITY[place:]) == standing
    assert gravest([]) == "ok"


def test_the_notice_of_a_retraction_is_never_taken_for_the_retracted_article(data):
    records = {
        record.pmid: record
        for name in ("current_01", "current_02", "form_2015")
        for record in read(data(f"pubmed_xml/pubmed_articles_{name}.xml.gz"))
        if isinstance(record, Article)
    }
    notices = [one for one in records.values() if "Retraction of Publication" in one.publication_types]
    assert notices
    assert all(one.notice and one.status != "retracted" for one in notices)
    with gzip.open(data("retracted_pmids/retracted_pmids.jsonl.gz"), "rt", encoding="utf-8") as file:
        known = {json.loads(line)["pmid"] for line in file} & set(records)
    assert known
    assert all(records[pmid].status == "retracted" and not records[pmid].notice for pmid in known)
