"""Hybrid retrieval: what is found, in what order, and as LlamaIndex nodes."""

from __future__ import annotations

import gzip
import json
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as checked
from hypothesis import strategies as st

from rag.answering.retrieve import Way, combined, hybrid, ranked
from rag.library.corpus import Corpus, open_corpus
from rag.records import Article, Section
from rag.settings import Settings


def article(name: str, title: str, **sections: str) -> Article:
    cut = tuple(Section(label, text) for label, text in sections.items())
    return Article(id=name, pmid=name, title=title, sections=cut, year=2000 + int(name))


ARTICLES = [
    article(
        "1",
        "Zinc lozenges for the common cold",
        METHODS="Eighty adults with a cold took zinc or placebo lozenges.",
        RESULTS="Colds lasted 4.5 days with zinc and 8.1 days with placebo.",
    ),
    article("2", "Iron infusion and fatigue", RESULTS="Fatigue fell in women whose ferritin was low."),
    article("3", "Hand washing and infections of the airways", RESULTS="Washed hands spread fewer viruses."),
    article("4", "Statins after a stroke", RESULTS="A second stroke was rarer with high-dose atorvastatin."),
    article("5", "", RESULTS="Ibuprofen eased the pain of a sprained ankle."),
]


@pytest.fixture(scope="module")
def corpora(tmp_path_factory: pytest.TempPathFactory, embedder: Any) -> Iterator[dict[str, Corpus]]:
    """Two corpora: ``all``, and ``later`` with a newer version of article 1 and an article of its own."""
    settings = Settings(home=tmp_path_factory.mktemp("home"))
    retracted = replace(ARTICLES[0], status="retracted", revised="2024-05-01")
    contents = {"all": ARTICLES, "later": [retracted, article("6", "Copper and colds", RESULTS="No effect.")]}
    opened = {}
    for name, articles in contents.items():
        opened[name] = open_corpus(name, settings, embed=lambda: embedder, create=True)
        opened[name].add(articles)
    yield opened
    for corpus in opened.values():
        corpus.close()


def test_an_article_is_found_by_its_words_and_by_its_meaning(
    corpora: dict[str, Corpus], embedder: Any
) -> None:
    retrieve = hybrid([corpora["all"]], embedder)
    assert retrieve("zinc for colds", 1)[0].article.id == "1"
    assert retrieve("atorvastatin", 1)[0].article.id == "4"
    assert retrieve("tired because of anaemia", 1)[0].article.id == "2"
    assert retrieve("analgesic for an injured joint", 1)[0].article.id == "5"


def test_passages_of_an_article_stay_together_best_first(corpora: dict[str, Corpus], embedder: Any) -> None:
    found = hybrid([corpora["all"]], embedder)("How long does a cold last with zinc?", 5)
    assert len({one.article.id for one in found}) == len(found) == 5
    for one in found:
        assert {hit.passage.article for hit in one.hits} == {one.article.id}
        assert [hit.score for hit in one.hits] == sorted((hit.score for hit in one.hits), reverse=True)
        for hit in one.hits:
            text = one.article.section_text(hit.passage.section)
            assert text[hit.passage.start : hit.passage.end] == hit.passage.text
    ranks = [hit.rank for one in found for hit in one.hits]
    assert sorted(ranks) == list(range(1, len(ranks) + 1))
    assert found[0].hits[0].rank == 1


def test_no_more_articles_than_asked_for_and_none_for_nothing(
    corpora: dict[str, Corpus], embedder: Any
) -> None:
    retrieve = hybrid([corpora["all"]], embedder)
    assert [len(retrieve("zinc", k)) for k in (0, 1, 3, 100)] == [0, 1, 3, 5]
    assert retrieve("  ", 5) == []
    assert hybrid([], embedder)("zinc", 5) == []


def test_the_same_question_gives_the_same_answer(corpora: dict[str, Corpus], embedder: Any) -> None:
    retrieve = hybrid([corpora["all"], corpora["later"]], embedder)
    assert retrieve("colds and hands", 6) == retrieve("colds and hands", 6)


def test_an_article_of_two_corpora_is_found_once_as_its_latest_version(
    corpora: dict[str, Corpus], embedder: Any
) -> None:
    """Whichever corpus is named first: the later version may be a retraction."""
    for order in (["all", "later"], ["later", "all"]):
        found = hybrid([corpora[name] for name in order], embedder)("zinc and copper for colds", 10)
        assert sorted(one.article.id for one in found) == ["1", "2", "3", "4", "5", "6"]
        (zinc,) = [one for one in found if one.article.id == "1"]
        assert (zinc.article.status, zinc.corpus) == ("retracted", "later")


def test_a_version_that_knows_nothing_of_the_retraction_never_undoes_it(
    tmp_path: Path, embedder: Any
) -> None:
    settings = Settings(home=tmp_path)
    opened = []
    for name, status, revised in (("old", "retracted", "2020-01-01"), ("new", "ok", "2024-01-01")):
        corpus = open_corpus(name, settings, embed=lambda: embedder, create=True)
        corpus.add([replace(ARTICLES[0], status=status, revised=revised)])
        opened.append(corpus)
    for corpora in (opened, opened[::-1]):
        (found,) = hybrid(corpora, embedder)(ARTICLES[0].title, 1)
        assert found.article.status == "retracted"
    for corpus in opened:
        corpus.close()


@given(
    query=st.text(st.sampled_from("zinc AND OR NOT \"'()[]{}:^~*?+-&|!\\/<>=. \n"), max_size=60) | st.text()
)
@checked(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_question_text_can_break_the_search(corpora: dict[str, Corpus], embedder: Any, query: str) -> None:
    assert isinstance(hybrid([corpora["all"]], embedder)(query, 3), list)


def test_what_is_near_to_the_first_articles_rises_and_no_article_comes_or_goes(
    corpora: dict[str, Corpus], embedder: Any
) -> None:
    """With all weight on feedback the order is that of the cosine to the mean of the first three."""
    opened, query = [corpora["all"]], "zinc for colds"
    plain = ranked(opened, query, embedder.query(query), 5, Way(feedback=0))
    means = corpora["all"].index.means([name for name, _ in plain])
    common = sum(score * means[name] for name, score in plain[:3])
    expected = sorted(means, key=lambda name: -float(means[name] @ common))
    fed = ranked(opened, query, embedder.query(query), 5, Way(feedback=1e6))
    assert [name for name, _ in fed] == expected
    light = ranked(opened, query, embedder.query(query), 5)
    assert {name for name, _ in light} == {name for name, _ in plain}
    assert all(0 <= score <= 1 for _, score in light)
    assert light[0][0] == plain[0][0] == "1"


def test_nothing_found_is_fed_back_as_nothing(corpora: dict[str, Corpus], embedder: Any) -> None:
    unlike = -embedder.query("zinc")
    assert ranked([corpora["all"]], "?!", unlike, 5, Way(feedback=0.5, combine=lambda *_: [])) == []


def test_scores_are_combined_as_shares_of_the_best() -> None:
    ranking = combined({"a": 10.0, "b": 5.0}, {"b": 0.8, "c": 0.4, "d": -0.2})
    assert [name for name, _ in ranking] == ["b", "a", "c", "d"]
    assert [score for _, score in ranking] == pytest.approx([0.75, 0.5, 0.25, 0.0])


def test_equal_scores_are_ordered_by_id() -> None:
    assert [name for name, _ in combined({"b": 2.0, "a": 2.0}, {"d": 1.0, "c": 1.0})] == ["a", "b", "c", "d"]
    assert combined({}, {}) == []
    assert combined({}, {"b": -0.1, "a": -0.5}) == [("a", 0.0), ("b", 0.0)]


def test_searching_opens_no_socket(
    corpora: dict[str, Corpus], embedder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Chroma's telemetry is off, and neither Chroma nor LlamaIndex fetches a model."""

    def refuse(*_: Any) -> None:
        pytest.fail("a socket was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert hybrid([corpora["all"]], embedder)("zinc", 3)


# --- LlamaIndex ---


def test_a_llamaindex_retriever_gives_flat_nodes_named_by_passage(
    corpora: dict[str, Corpus], embedder: Any
) -> None:
    from rag.answering.llamaindex import HybridRetriever

    retrieve = hybrid([corpora["all"]], embedder)
    nodes = HybridRetriever(retrieve, k=2).retrieve("zinc for colds")
    (first, _) = found = retrieve("zinc for colds", 2)
    hits = [hit for one in found for hit in one.hits[:3]]
    assert [node.node_id for node in nodes] == [hit.passage.id for hit in hits]
    assert nodes[0].text == first.hits[0].passage.text
    assert nodes[0].score == first.score
    assert set(nodes[0].metadata) == {
        "article", "pmid", "section", "label", "start", "end", "year", "status",
    }  # fmt: skip
    assert all(isinstance(value, str | int) for value in nodes[0].metadata.values())
    assert "start" not in nodes[0].get_content("llm")


def test_the_retriever_plugs_into_a_query_engine(corpora: dict[str, Corpus], embedder: Any) -> None:
    from llama_index.core.llms import MockLLM
    from llama_index.core.query_engine import RetrieverQueryEngine

    from rag.answering.llamaindex import HybridRetriever

    retriever = HybridRetriever(hybrid([corpora["all"]], embedder), k=1)
    engine = RetrieverQueryEngine.from_args(retriever, llm=MockLLM())
    response = engine.query("Does zinc shorten colds?")
    assert {node.metadata["pmid"] for node in response.source_nodes} == {"1"}
    assert "Colds lasted 4.5 days with zinc" in str(response)


# --- Real abstracts ---


def test_questions_find_their_own_abstracts(
    data: Callable[[str], Path], tmp_path: Path, embedder: Any
) -> None:
    """Of 24 PubMedQA development questions, nearly all find their abstract first among 36."""
    questions = _rows(data("pubmedqa/questions.jsonl.gz"))[:24]
    wanted = {one["pmid"] for one in questions}
    rows = _rows(data("pubmedqa/corpus.jsonl.gz"))
    pool = [row for row in rows if row["pmid"] in wanted] + [
        row for row in rows if row["pmid"] not in wanted
    ][:12]
    corpus = open_corpus("pool", Settings(home=tmp_path), embed=lambda: embedder, create=True)
    corpus.add(
        Article(
            row["pmid"], "", tuple(Section(part["label"] or "", part["text"]) for part in row["sections"])
        )
        for row in pool
    )
    retrieve = hybrid([corpus], embedder)
    first = [retrieve(one["question"], 1)[0].article.id == one["pmid"] for one in questions]
    assert np.mean(first) >= 0.95
    corpus.close()


def _rows(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]
