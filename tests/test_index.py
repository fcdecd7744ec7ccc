"""Both indexes of a corpus: Chroma's and tantivy's known pitfalls, and that they follow the store."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from rag.errors import CorpusError, IndexDamaged, IndexMismatch
from rag.library.index import Index
from rag.library.lexical import LexicalIndex
from rag.library.passages import passages
from rag.library.store import Store
from rag.library.vectors import HNSW, VectorIndex
from rag.records import Article, MeshHeading, Passage, Section
from rag.settings import Settings


def article(name: str, text: str, **more: Any) -> Article:
    return Article(id=name, pmid=name, title="", sections=(Section("", text),), **more)


def embedder(name: str = "small", dimension: int = 32) -> Any:
    """Random directions, fixed by the text: enough where only the index is tested."""

    def query(text: str) -> Any:
        vector = np.random.default_rng(list(text.encode())).normal(size=dimension)
        return (vector / np.linalg.norm(vector)).astype(np.float32)

    def documents(texts: Any) -> Any:
        return np.stack([query(text) for text in texts])

    return SimpleNamespace(name=name, dimension=dimension, query=query, documents=documents)


@pytest.fixture
def vectors(tmp_path: Path, settings: Settings) -> Iterator[VectorIndex]:
    opened = VectorIndex(tmp_path / "chroma", "rag-test", embedder(), settings)
    yield opened
    opened.close()


def some(count: int) -> tuple[list[Passage], dict[str, Article], Any]:
    articles = {str(n): article(str(n), f"Text number {n}.") for n in range(count)}
    cut = [passage for one in articles.values() for passage in passages(one)]
    return cut, articles, embedder().documents([passage.text for passage in cut])


# --- Chroma ---


def test_the_collection_is_cosine_without_a_model_of_its_own_and_says_who_made_it(
    vectors: VectorIndex,
) -> None:
    """Chroma's default is squared distance, and it would fetch a model to embed a text by itself."""
    found = vectors.collection.configuration
    assert {name: found["hnsw"][name] for name in HNSW} == HNSW
    assert not found["embedding_function"]
    assert vectors.collection.metadata == {"embedder": "small", "dimension": 32, "form": 1}


def test_an_unlike_embedder_is_refused_and_the_message_names_both(
    vectors: VectorIndex, tmp_path: Path, settings: Settings
) -> None:
    for other in (embedder("large"), embedder(dimension=64)):
        opened = VectorIndex(tmp_path / "chroma", "rag-test", other, settings)
        with pytest.raises(IndexMismatch, match=r"small instead of large|32 instead of 64"):
            opened.check_kind()
        opened.close()
    vectors.check_kind()


def test_a_collection_of_another_distance_is_refused(tmp_path: Path, settings: Settings) -> None:
    """Chroma keeps the first distance and says nothing when another is asked for."""
    import chromadb

    client = chromadb.PersistentClient(str(tmp_path / "chroma"))
    metadata = {"embedder": "small", "dimension": 32, "form": 1}
    client.create_collection("rag-test", metadata=metadata, embedding_function=None)
    client.close()
    opened = VectorIndex(tmp_path / "chroma", "rag-test", embedder(), settings)
    with pytest.raises(IndexMismatch, match="space l2 instead of cosine"):
        opened.check_kind()
    opened.close()


def test_a_passage_written_twice_has_the_second_metadata(vectors: VectorIndex) -> None:
    """``add`` would silently keep the first, so a retraction would never arrive."""
    cut, articles, rows = some(1)
    vectors.upsert(cut, articles, rows)
    vectors.upsert(cut, {"0": replace(articles["0"], status="retracted")}, rows)
    (metadata,) = vectors.collection.get(ids=[cut[0].id])["metadatas"]
    assert metadata["status"] == "retracted"
    assert vectors.count() == 1


def test_more_passages_than_chroma_takes_at_once_are_written_and_removed(
    vectors: VectorIndex,
) -> None:
    limit = vectors._client.get_max_batch_size()
    cut, articles, rows = some(limit + 10)
    vectors.upsert(cut, articles, rows)
    assert {name for name, _, _ in vectors.held()} == {passage.id for passage in cut}
    vectors.delete([passage.id for passage in cut])
    assert vectors.count() == 0


def test_deleting_nothing_or_the_unknown_is_no_error(vectors: VectorIndex) -> None:
    vectors.delete([])
    vectors.delete(["unknown"])
    assert vectors.nearest(embedder().query("a"), 5) == []


def test_metadata_are_flat_typed_and_leave_out_what_is_unknown(vectors: VectorIndex) -> None:
    """A range filter silently skips a year that was stored as text."""
    one = article("1", "Zinc helped.", year=2019)
    other = article("2", "Iron helped.")
    cut = passages(one) + passages(other)
    vectors.upsert(cut, {"1": one, "2": other}, embedder().documents(["a", "b"]))
    found = vectors.collection.get(where={"year": {"$gte": 2019}})
    assert [metadata["article"] for metadata in found["metadatas"]] == ["1"]
    (metadata,) = vectors.collection.get(ids=[cut[1].id])["metadatas"]
    assert "year" not in metadata


def test_the_score_is_the_cosine_and_recall_against_exact_search_is_high(vectors: VectorIndex) -> None:
    cut, articles, rows = some(3000)
    vectors.upsert(cut, articles, rows)
    shares = []
    for n in range(40):
        query = embedder().query(f"query {n}")
        exact = rows @ query
        best = {cut[place].id for place in np.argsort(-exact)[:10]}
        found = vectors.nearest(query, 10)
        cosines = dict(zip((passage.id for passage in cut), exact, strict=True))
        assert all(abs(cosine - cosines[name]) < 1e-4 for name, cosine in found)
        assert [cosine for _, cosine in found] == sorted((cosine for _, cosine in found), reverse=True)
        shares.append(len(best & {name for name, _ in found}) / 10)
    assert np.mean(shares) >= 0.98


def test_a_server_that_is_not_there_is_a_clear_error(tmp_path: Path, settings: Settings) -> None:
    nowhere = settings.model_copy(update={"chroma_url": "http://127.0.0.1:9"})
    with pytest.raises(CorpusError, match=r"Chroma server http://127.0.0.1:9 cannot be reached"):
        VectorIndex(tmp_path / "chroma", "rag-test", embedder(), nowhere)


# --- tantivy ---


@pytest.fixture
def lexical(tmp_path: Path) -> LexicalIndex:
    index = LexicalIndex(tmp_path / "lexical")
    texts = {"1": "Zinc shortened colds.", "2": "Iron reduced fatigue.", "3": "Zinc and zinc again; zinc."}
    index.replace(texts, [article(name, text) for name, text in texts.items()])
    return index


def test_words_are_found_by_their_stem_in_any_case(lexical: LexicalIndex) -> None:
    assert [name for name, _ in lexical.matching("Does it REDUCE shortening?", 5)] == ["1", "2"]


def test_a_word_is_found_by_its_pieces_after_those_that_have_it_whole(tmp_path: Path) -> None:
    index = LexicalIndex(tmp_path / "pieces")
    texts = {"1": "Hyperphosphatasia was seen.", "2": "Phosphatase was measured.", "3": "Iron was given."}
    index.replace(texts, [article(name, text) for name, text in texts.items()])
    assert [name for name, _ in index.matching("phosphatase", 5)] == ["2", "1"]
    assert [name for name, _ in index.matching("phosphatase", 5, pieces=0)] == ["2"]


def test_an_index_of_another_form_says_how_it_is_made_again(tmp_path: Path) -> None:
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_text_field("article", stored=True)
    (tmp_path / "lexical").mkdir()
    tantivy.Index(builder.build(), path=str(tmp_path / "lexical"))
    with pytest.raises(IndexDamaged, match=r"corpus check .* --repair"):
        LexicalIndex(tmp_path / "lexical")


def test_what_shares_no_word_is_no_hit(lexical: LexicalIndex) -> None:
    """BM25 retrievers that return zero scores would feed noise into the fusion."""
    hits = lexical.matching("zinc", 10)
    assert {name for name, _ in hits} == {"1", "3"}
    assert all(score > 0 for _, score in hits)
    assert lexical.matching("asthma", 10) == []


@pytest.mark.parametrize(
    "query",
    [
        '"zinc',
        "zinc AND",
        "(zinc OR",
        "zinc:",
        "title:zinc^2~",
        "[18F]zinc TO {",
        "NOT zinc",
        "zinc\\",
        "a/zinc*?",
        "+zinc -zinc",
        "'zinc' && ||!",
    ],
)
def test_no_character_of_a_question_has_a_meaning_of_its_own(lexical: LexicalIndex, query: str) -> None:
    assert {name for name, _ in lexical.matching(query, 5)} >= {"1", "3"}


@pytest.mark.parametrize("query", ["", "   ", "?!", "is it the", "\x00", "🫀", "α" * 5000])
def test_a_query_without_words_finds_nothing(lexical: LexicalIndex, query: str) -> None:
    assert lexical.matching(query, 5) == []


def test_a_very_long_query_is_cut_not_refused(lexical: LexicalIndex) -> None:
    assert lexical.matching("zinc " + " ".join(f"word{n}" for n in range(5000)), 5)


def test_subject_headings_are_words_too(tmp_path: Path) -> None:
    index = LexicalIndex(tmp_path / "headings")
    index.replace(
        ["1"], [article("1", "Text.", mesh=(MeshHeading("Pre-Eclampsia"),), keywords=("toxaemia",))]
    )
    assert index.matching("eclampsia", 5)
    assert index.matching("toxaemia", 5)


def test_the_order_of_equal_scores_is_by_id(tmp_path: Path) -> None:
    index = LexicalIndex(tmp_path / "ties")
    names = [str(n) for n in (7, 3, 9, 1)]
    index.replace(names, [article(name, "Zinc helped.") for name in names])
    assert [name for name, _ in index.matching("zinc", 10)] == sorted(names)


def test_replacing_removes_the_old_words(lexical: LexicalIndex) -> None:
    lexical.replace(["1"], [article("1", "Copper did nothing.")])
    assert {name for name, _ in lexical.matching("zinc", 5)} == {"3"}
    assert lexical.count() == 3
    assert lexical.ids() == ["1", "2", "3"]
    lexical.replace(["1", "2"], [])
    assert lexical.ids() == ["3"]


def test_a_second_writer_gets_a_clear_error(lexical: LexicalIndex, tmp_path: Path) -> None:
    with lexical._writer(), pytest.raises(CorpusError, match="being written"):
        LexicalIndex(tmp_path / "lexical").replace(["1"], [])


# --- In step ---


@pytest.fixture
def opened(tmp_path: Path, settings: Settings) -> Iterator[tuple[Store, Index]]:
    store = Store(tmp_path / "c" / "articles.sqlite")
    small = embedder()
    index = Index(tmp_path / "c", "c", store, lambda: small, settings)
    yield store, index
    index.close()
    store.close()


def test_indexes_follow_the_store_and_say_so(opened: tuple[Store, Index]) -> None:
    store, index = opened
    store.put([article("1", "Zinc."), article("2", "Iron.")])
    assert not index.in_step()
    assert any("interrupted" in problem for problem in index.problems())
    index.follow()
    assert index.in_step()
    assert index.problems() == []


def test_what_an_index_says_of_a_removed_article_is_dropped(opened: tuple[Store, Index]) -> None:
    """A reader may come between the store's change and the index's."""
    store, index = opened
    store.put([article("1", "Zinc."), article("2", "Iron.")])
    index.follow()
    store.delete(["1"])
    assert [name for name, _ in index.nearest(embedder().query("Zinc."), 5)] == ["2"]


@pytest.mark.parametrize("harm", ["vector", "extra vector", "document", "extra document"])
def test_every_way_of_being_out_of_step_is_found_and_mended(opened: tuple[Store, Index], harm: str) -> None:
    store, index = opened
    one, two = article("1", "Zinc."), article("2", "Iron.")
    store.put([one, two])
    index.follow()
    extra = article("3", "Copper.")
    if harm == "vector":
        index.vectors.delete([passages(one)[0].id])
    elif harm == "extra vector":
        index.vectors.upsert(passages(extra), {"3": extra}, embedder().documents(["c"]))
    elif harm == "document":
        index.lexical.replace(["1"], [])
    else:
        index.lexical.replace(["3"], [extra])
    assert len(index.problems()) == 1
    assert not index.in_step()
    with pytest.raises(CorpusError, match="do not hold what its store holds"):
        index.nearest(embedder().query("Zinc."), 5)
    index.remake()
    assert index.problems() == []


def test_a_text_is_embedded_once(tmp_path: Path, settings: Settings) -> None:
    """Neither an index made again nor an article that came back with other metadata embeds a known text."""
    small = embedder()
    seen: list[str] = []

    def counted(texts: Any) -> Any:
        seen.extend(texts)
        return small.documents(texts)

    counting = SimpleNamespace(name="small", dimension=32, query=small.query, documents=counted)
    store = Store(tmp_path / "c" / "articles.sqlite")
    index = Index(tmp_path / "c", "c", store, lambda: counting, settings)
    store.put([article("1", "Zinc."), article("2", "Zinc.")])
    index.follow()
    index.remake()
    store.put([article("1", "Zinc.", status="retracted")])
    index.follow()
    assert seen == ["Zinc."]
    index.close()
    store.close()
