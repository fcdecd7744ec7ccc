"""The starter corpus: real articles, our own words, each checked by a second reading."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from pathlib import Path

import pytest

from rag.library.medline import read
from rag.records import Article
from rag.resources import shipped


def jsonl(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


FILE = shipped("corpora", "starter", "articles.jsonl")
ROWS = jsonl(FILE)
COUNT = 159
SHA256 = "884b6bfbac08972001268c24f1d476d61a59b983c2a11a2d265686189af076b0"
RUN = 8
"""Shared words in a row from which a summary would count as copied."""


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def runs(text: str) -> set[tuple[str, ...]]:
    listed = words(text)
    return {tuple(listed[start : start + RUN]) for start in range(len(listed) - RUN + 1)}


def summary(row: dict) -> str:
    return " . ".join(section["text"] for section in row["sections"])


def test_count_hash_first_and_last_record_are_those_that_were_checked():
    assert len(ROWS) == COUNT
    assert hashlib.sha256(FILE.read_bytes()).hexdigest() == SHA256
    assert ROWS[0]["title"] == "Intra-arterial thrombolytic therapy for acute anterior spinal artery stroke"
    assert ROWS[-1]["title"].startswith("COVID-19 mRNA vaccine in pregnancy")


def test_every_record_is_readable_and_no_article_stands_twice():
    articles = list(read(FILE))
    assert all(isinstance(one, Article) for one in articles)
    assert len({one.id for one in articles}) == COUNT


def test_every_text_is_a_summary_of_ours_written_from_a_stated_source_and_read_twice():
    for row in ROWS:
        assert row["access"] == "summary"
        assert row["source"]["read"] in ("abstract", "facts")
        assert row["source"]["checked"] in ("abstract", "facts")
        assert [section["label"] for section in row["sections"]][:2] == ["STUDY", "FINDINGS"]
        assert 30 <= len(words(summary(row))) <= 260


def test_a_retracted_article_a_preprint_and_an_animal_study_are_there_to_be_handled():
    articles = [one for one in read(FILE) if isinstance(one, Article)]
    assert {"retracted", "preprint"} <= {one.status for one in articles}
    assert any("Rats" in one.title for one in articles)


def test_the_questions_name_articles_that_are_there():
    ids = {one.id for one in read(FILE) if isinstance(one, Article)}
    for question in jsonl(shipped("corpora", "starter", "questions.jsonl")):
        assert set(question["articles"]) <= ids
        assert question["why"]


def gz_rows(path: Path) -> list[dict]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def test_no_reserved_article_is_among_them(data):
    """Of PubMedQA's 1,000 only those with a published question are development data."""
    reserved = {row["pmid"] for row in gz_rows(data("pubmedqa/corpus.jsonl.gz"))}
    reserved -= {row["pmid"] for row in gz_rows(data("pubmedqa/questions.jsonl.gz"))}
    measured = {row["pmid"] for row in jsonl(data("planted_errors/abstracts.jsonl"))}
    assert not {row.get("pmid") for row in ROWS} & (reserved | measured)


@pytest.fixture(scope="module")
def sources():
    """A function from a data finder to the stored abstracts of the starter's articles, by PMID or title."""

    def find(data) -> dict[str, str]:
        found = {}
        for row in jsonl(data("seed_topic/records.jsonl")):
            if row["abstract"]:
                found[row["title"].rstrip(".").lower()] = str(row["abstract"])
        wanted = {row["pmid"] for row in ROWS if "pmid" in row}
        files = [data(f"medline_text/medline_{number:02}.txt.gz") for number in range(1, 7)]
        files += [data(f"pubmed_xml/pubmed_articles_current_{number:02}.xml.gz") for number in (1, 2)]
        for file in files:
            for one in read(file):
                if isinstance(one, Article) and one.pmid in wanted:
                    found[str(one.pmid)] = " . ".join(section.text for section in one.sections)
        return found

    return find


@pytest.mark.slow
def test_no_summary_shares_a_run_of_words_with_its_source_and_every_figure_is_in_it(data, sources):
    stored = sources(data)
    compared = 0
    for row in ROWS:
        source = stored.get(row.get("pmid", "")) or stored.get(row["title"].rstrip(".").lower())
        if not source:
            continue
        compared += 1
        assert not runs(summary(row)) & runs(source), row["title"]
    assert compared >= 100
