"""What others say of an article: notices in the corpus and Retraction Watch, whatever is read again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from rag.errors import BadInput
from rag.library.corpus import statuses
from rag.library.retraction_watch import SOURCE, read_retraction_watch
from rag.library.retractions import REF_TYPES
from rag.library.store import Store
from rag.records import Article, Link, Section

TRIAL = Article("11", "A trial", (Section("", "It worked."),), pmid="11", doi="10.1016/S0140-6736(20)1")
NOTICE = Article(
    "12",
    "Retraction: a trial",
    pmid="12",
    publication_types=("Retraction of Publication",),
    links=(Link("RetractionOf", "11"),),
    notice=True,
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "articles.sqlite")
    yield opened
    opened.close()


def status(store: Store, article_id: str = "11") -> str:
    article = store.article(article_id)
    assert article is not None
    return article.status


# --- Notices ---


@pytest.mark.parametrize("first", ["article", "notice"])
def test_a_notice_marks_its_article_whichever_is_read_first(store: Store, first: str) -> None:
    for article in (TRIAL, NOTICE) if first == "article" else (NOTICE, TRIAL):
        store.put([article])
    assert (status(store), status(store, "12")) == ("retracted", "ok")


@pytest.mark.parametrize("kind", REF_TYPES)
def test_every_link_says_of_the_other_article_what_its_direction_means(store: Store, kind: str) -> None:
    store.put([TRIAL, replace(NOTICE, links=(Link(kind, "11"),))])
    assert status(store) == REF_TYPES[kind].other


def test_a_pair_of_links_says_the_same_from_both_ends() -> None:
    for one, other in (
        ("RetractionIn", "RetractionOf"),
        ("PartialRetractionIn", "PartialRetractionOf"),
        ("RetractedandRepublishedIn", "RetractedandRepublishedFrom"),
        ("ExpressionOfConcernIn", "ExpressionOfConcernFor"),
        ("ErratumIn", "ErratumFor"),
        ("CorrectedandRepublishedIn", "CorrectedandRepublishedFrom"),
        ("RepublishedIn", "RepublishedFrom"),
        ("UpdateIn", "UpdateOf"),
        ("ReprintIn", "ReprintOf"),
    ):
        assert REF_TYPES[one].itself == REF_TYPES[other].other
        assert REF_TYPES[one].other == REF_TYPES[other].itself == "ok"


def test_a_notice_that_is_gone_or_says_otherwise_marks_no_more(store: Store) -> None:
    store.put([TRIAL, NOTICE])
    store.put([replace(NOTICE, links=(Link("ErratumFor", "11"),))])
    assert status(store) == "corrected"
    store.delete(["12"])
    assert status(store) == "ok"


def test_a_status_that_changed_has_the_indexes_follow_and_changes_the_fingerprint(store: Store) -> None:
    store.put([TRIAL])
    store.settle(["11"], [])
    before = store.fingerprint()
    store.report(SOURCE, {"11": "concern"})
    assert store.pending()[0] == ["11"]
    assert store.fingerprint() != before
    store.report(SOURCE, {})
    assert store.fingerprint() == before


# --- Lists ---


def test_a_record_that_is_read_again_does_not_undo_the_list(store: Store) -> None:
    store.report(SOURCE, {"11": "retracted"})
    store.put([TRIAL])
    store.put([replace(TRIAL, title="A trial, revised")])
    assert status(store) == "retracted"
    store.delete(["11"])
    store.put([TRIAL])
    assert status(store) == "retracted"


def test_an_article_is_known_by_its_doi_in_any_case(store: Store) -> None:
    store.put([TRIAL, replace(TRIAL, id="doi:10.1/y", pmid=None, doi="10.1/Y")])
    assert store.report(SOURCE, {"doi:10.1016/s0140-6736(20)1": "retracted", "doi:10.1/y": "concern"}) == 2
    assert (status(store), status(store, "doi:10.1/y")) == ("retracted", "concern")


def test_the_graver_of_record_and_list_counts(store: Store) -> None:
    store.put(
        [replace(TRIAL, status="retracted"), replace(TRIAL, id="13", pmid="13", doi=None, status="preprint")]
    )
    assert store.report(SOURCE, {"11": "corrected", "13": "corrected"}) == 1
    assert (status(store), status(store, "13")) == ("retracted", "corrected")


def test_a_notice_is_not_taken_for_the_article_where_a_list_gives_its_pmid(store: Store) -> None:
    store.put([NOTICE])
    assert store.report(SOURCE, {"12": "retracted"}) == 0
    assert status(store, "12") == "ok"


def test_a_newer_list_replaces_the_older_one_and_leaves_the_notices(store: Store) -> None:
    store.put([TRIAL, NOTICE])
    store.report(SOURCE, {"11": "concern", "99": "retracted"})
    assert store.statuses(["11", "99", "100"]) == {"11": "retracted", "99": "retracted"}
    store.report(SOURCE, {})
    assert store.statuses(["11", "99"]) == {"11": "retracted"}


def test_the_present_status_is_the_gravest_that_any_corpus_knows(tmp_path: Path) -> None:
    one, other = Store(tmp_path / "one.sqlite"), Store(tmp_path / "other.sqlite")
    one.put([TRIAL])
    other.report(SOURCE, {"11": "retracted"})
    assert statuses(["11", "5"], [one, other]) == {"11": "retracted"}  # type: ignore[list-item]
    one.close()
    other.close()


# --- Retraction Watch ---

HEAD = "Record ID,Title,Author,OriginalPaperDOI,OriginalPaperPubMedID,RetractionNature,RetractionDate,Reason"


def watch(tmp_path: Path, *rows: str, encoding: str = "utf-8") -> dict[str, str]:
    path = tmp_path / "retraction_watch.csv"
    path.write_bytes("\r\n".join((HEAD, *rows, "")).encode(encoding))
    return dict(read_retraction_watch(path))


def test_each_nature_gives_its_status_by_pmid_and_by_doi(tmp_path: Path) -> None:
    assert watch(
        tmp_path,
        '1,"A, b",Müller,10.1016/S0140-1,11,Retraction,1/31/2020 0:00,+Error;',
        "2,T,A,https://doi.org/10.2000/X,0,Expression of concern,12/1/2021 0:00,",
        "3,T,A,unavailable,13,Correction,2021-05-06,",
        "4,T,A,Unavailable,0,Retraction,1/1/2020 0:00,",
        "5,T,A,,14.0,retraction,,",
    ) == {
        "11": "retracted",
        "doi:10.1016/s0140-1": "retracted",
        "doi:10.2000/x": "concern",
        "13": "corrected",
        "14": "retracted",
    }


def test_a_reinstatement_takes_back_what_came_before_it_and_not_what_came_after(tmp_path: Path) -> None:
    rows = [
        "1,T,A,,11,Reinstatement,6/1/2020 0:00,",
        "2,T,A,,11,Retraction,1/31/2020 0:00,",
        "3,T,A,,12,Reinstatement,1/1/2019 0:00,",
        "4,T,A,,12,Expression of concern,2/1/2019 0:00,",
        "5,T,A,,12,Retraction,3/1/2019 0:00,",
    ]
    assert watch(tmp_path, *rows) == {"12": "retracted"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_the_file_is_read_in_every_encoding_in_which_it_is_given_away(tmp_path: Path, encoding: str) -> None:
    said = watch(
        tmp_path, "1,Größe – ein Test,Müller,10.1000/ö,11,Retraction,1/1/2020 0:00,", encoding=encoding
    )
    assert said == {"11": "retracted", "doi:10.1000/ö": "retracted"}


def test_another_file_and_an_unknown_nature_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="line 2: 'Withdrawn' is no known nature"):
        watch(tmp_path, "1,T,A,,11,Withdrawn,1/1/2020 0:00,")
    path = tmp_path / "other.csv"
    path.write_text("pmid,doi\n1,2\n")
    with pytest.raises(BadInput, match="lacks the column OriginalPaperPubMedID"):
        read_retraction_watch(path)
    with pytest.raises(BadInput, match="cannot be read"):
        read_retraction_watch(tmp_path / "none.csv")
