"""Baselines rank as the packages they are named for do, with every default of theirs."""

from __future__ import annotations

import pytest
import snowballstemmer

from eval.baselines import bm25s, llamaindex
from rag.library.lexical import indexed

bm25s_itself = pytest.importorskip("bm25s")


def test_bm25s_ranks_as_bm25s_does(house):
    articles = list(house.ARTICLES)
    stemmer = snowballstemmer.stemmer("english")
    index = bm25s_itself.BM25(corpus=[one.id for one in articles])
    texts = [indexed(one) for one in articles]
    index.index(bm25s_itself.tokenize(texts, stemmer=stemmer, show_progress=False), show_progress=False)
    rank = bm25s(articles)
    for question in house.QUESTIONS:
        tokens = bm25s_itself.tokenize([question], stemmer=stemmer, show_progress=False)
        found, scores = index.retrieve(tokens, k=3, show_progress=False)
        assert rank(question, 3) == [str(n) for n, s in zip(found[0], scores[0], strict=True) if s > 0]
    assert rank("statins", 3) == rank("Statin", 3) != []
    assert rank("xylophone", 3) == []


def test_llamaindex_ranks_as_its_own_index_of_the_same_vectors(house, embedder, tmp_path):
    """Its default cut leaves an abstract whole, so that the order is that of the cosines of whole texts."""
    articles = list(house.ARTICLES)
    rank = llamaindex(articles, embedder, tmp_path / "index")
    texts = ["\n".join([one.title, *(part.text for part in one.sections)]).strip() for one in articles]
    vectors = embedder.documents(texts)
    for question in house.QUESTIONS:
        cosines = vectors @ embedder.query(question)
        expected = sorted(range(len(articles)), key=lambda at: -cosines[at])
        assert rank(question, 4) == [articles[at].id for at in expected[:4]]


def test_llamaindex_is_cut_by_its_splitter_and_merged_to_articles_by_the_best_chunk(
    house, embedder, tmp_path
):
    from dataclasses import replace

    from llama_index.core import StorageContext

    from rag.records import Section

    long = replace(
        house.ARTICLES[0], sections=(Section("", "Filler about nothing at all. " * 400 + "Zebras gallop."),)
    )
    rank = llamaindex([long, *house.ARTICLES[1:]], embedder, tmp_path / "index")
    chunks = StorageContext.from_defaults(persist_dir=str(tmp_path / "index")).docstore.docs
    assert len(chunks) > len(house.ARTICLES)
    found = rank("zebras", len(chunks))
    assert sorted(found) == sorted({one.id for one in house.ARTICLES})


def test_a_kept_index_is_read_and_not_made_again(house, embedder, tmp_path):
    first = llamaindex(list(house.ARTICLES), embedder, tmp_path / "index")("cataract", 3)
    assert llamaindex([], embedder, tmp_path / "index")("cataract", 3) == first
