"""The article store holds what was put into it, and notes what the indexes have to follow."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rag.errors import CorpusError
from rag.library.passages import passages
from rag.library.store import Added, Store, content_hash, text_key
from rag.records import Article, Author, Link, MeshHeading, Section

ZINC = Article(
    id="11",
    pmid="11",
    title="Zinc for colds",
    sections=(Section("RESULTS", "Colds were shorter by 10⁹ units. No harm was seen."),),
    authors=(Author("Ü", "A"), Author(collective="Cold Study Group")),
    mesh=(MeshHeading("Zinc", True, ("therapeutic use",)),),
    links=(Link("CommentIn", "12"),),
    year=2019,
    participants=120,
)
IRON = Article(id="doi:10.1/x", title="Iron for fatigue", sections=(Section("", "Fatigue fell."),))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "articles.sqlite")
    yield opened
    opened.close()


def test_an_article_comes_back_as_it_went_in(store: Store) -> None:
    store.put([ZINC, IRON])
    assert store.article("11") == ZINC
    assert store.articles(["doi:10.1/x", "11", "none"]) == {"11": ZINC, "doi:10.1/x": IRON}
    assert store.article("none") is None
    assert store.ids() == ["11", "doi:10.1/x"]
    assert store.counts() == (2, len(passages(ZINC)) + len(passages(IRON)))


def test_what_was_added_is_counted_and_the_same_twice_is_unchanged(store: Store) -> None:
    assert store.put([ZINC, IRON]) == Added(new=2)
    assert store.put([ZINC, replace(IRON, year=2020)]) == Added(changed=1, unchanged=1)
    assert store.put([ZINC, replace(ZINC, year=1), replace(ZINC, year=1)]) == Added(changed=1, unchanged=2)


def test_every_change_is_pending_until_it_is_settled(store: Store) -> None:
    store.put([ZINC, IRON])
    assert store.pending() == (["11", "doi:10.1/x"], [])
    store.settle(["11", "doi:10.1/x"], [])
    old = {passage.id for passage in passages(ZINC)}
    corrected = replace(ZINC, sections=(Section("RESULTS", "Colds were not shorter."),))
    store.put([corrected, IRON])
    changed, stale = store.pending()
    assert changed == ["11"]
    assert set(stale) == old - {passage.id for passage in passages(corrected)}
    store.settle(changed, stale)
    assert store.pending() == ([], [])


def test_a_text_that_comes_back_before_it_was_forgotten_is_not_stale(store: Store) -> None:
    store.put([ZINC])
    store.delete(["11"])
    assert store.pending()[1]
    store.put([ZINC])
    assert store.pending() == (["11"], [])


def test_a_failure_in_the_middle_stores_nothing(store: Store) -> None:
    def broken() -> Iterator[Article]:
        yield ZINC
        raise ConnectionError("the file ended early")

    with pytest.raises(ConnectionError):
        store.put(broken())
    assert store.counts() == (0, 0)
    assert store.pending() == ([], [])
    assert store.put([ZINC]) == Added(new=1)


def test_the_fingerprint_changes_exactly_with_the_content(store: Store) -> None:
    store.put([ZINC])
    one = store.fingerprint()
    store.put([IRON])
    two = store.fingerprint()
    store.put([ZINC])
    assert store.fingerprint() == two != one
    store.put([replace(ZINC, status="retracted")])
    assert store.fingerprint() not in (one, two)
    store.put([ZINC])
    store.delete([IRON.id])
    assert store.fingerprint() == one


def test_the_content_hash_sees_every_field() -> None:
    assert content_hash(ZINC) == content_hash(replace(ZINC))
    for other in ({"status": "retracted"}, {"links": ()}, {"revised": "2024"}, {"participants": None}):
        assert content_hash(replace(ZINC, **other)) != content_hash(ZINC)


def test_a_vector_is_kept_for_its_text_and_its_embedder_and_goes_with_the_text(store: Store) -> None:
    store.put([ZINC])
    key = text_key(ZINC, passages(ZINC)[0])
    store.keep({key: np.array([0.6, 0.8])}, "one")
    assert store.known([key], "one")[key].tolist() == pytest.approx([0.6, 0.8])
    assert store.known([key], "other") == {}
    assert dict(store.vectors_of(["11"], "one"))["11"].dtype == np.float32
    store.delete(["11"])
    assert store.known([key], "one") == {}


def test_more_ids_than_one_statement_takes_are_found(store: Store) -> None:
    store.put(Article(id=f"{n:04}", title=f"Title {n}") for n in range(1200))
    assert len(store.articles([f"{n:04}" for n in range(1200)])) == 1200


def test_a_file_that_is_no_store_is_a_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "articles.sqlite"
    path.write_text("this is not a database, " * 100)
    with pytest.raises(CorpusError, match="cannot be read as an article store"):
        Store(path)


def test_a_reader_never_sees_half_a_transaction(store: Store, tmp_path: Path) -> None:
    store.put([ZINC])
    seen = []

    def halfway() -> Iterator[Article]:
        yield IRON
        seen.append(store.ids())
        other = sqlite3.connect(tmp_path / "articles.sqlite")
        seen.append([row[0] for row in other.execute("SELECT id FROM articles")])
        other.close()

    store.put(halfway())
    assert seen == [["11"], ["11"]]
    assert len(store.ids()) == 2
