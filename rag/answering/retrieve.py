"""Hybrid retrieval: articles by the words they share with a query and by the meaning of their passages.

Both scores of an article are divided by the best of their kind and averaged, a convex combination with
theoretical minima (Bruch, Gai and Ingber 2023, doi:10.1145/3596512). On the SciFact training claims it ranks
better than reciprocal rank fusion, and it needs no constant. An article that is near to what the first few
have in common then gains a little: relevance feedback without a user (Rocchio 1971). What each part gains is
in eval/results/5_retrieval.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rag.library.corpus import Corpus
from rag.library.lexical import PIECES
from rag.library.retractions import precedence
from rag.records import Article, Embed, Found, Hit, Passage, Retrieve

Combine = Callable[[Mapping[str, float], Mapping[str, float]], list[tuple[str, float]]]
"""From the BM25 scores and the cosines of the candidates by id to (id, score), best first."""

CANDIDATES = 100
"""Articles taken from the words, and passages taken from the vectors."""
FIRST = 3
"""Articles whose common meaning is fed back."""
FEEDBACK = 0.15
"""Weight of the nearness to that meaning beside the mean of both scores."""


def combined(lexical: Mapping[str, float], dense: Mapping[str, float]) -> list[tuple[str, float]]:
    """Rank ids by the mean of two scores, each as a share of the best of its kind.

    Args:
        lexical: BM25 score by id, above 0.
        dense: cosine by id; one below 0 counts as 0.

    Returns:
        (id, score between 0 and 1), best first, ties by id; an id without one of the scores has 0 there.
    """
    scores = dict.fromkeys([*lexical, *dense], 0.0)
    for kind in (lexical, dense):
        best = max(kind.values(), default=0.0)
        for name, score in kind.items():
            if best > 0:
                scores[name] += max(score, 0.0) / best / 2
    return sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))


@dataclass(frozen=True, slots=True)
class Way:
    """A way to rank: how scores are combined, the weight of pieces of words in BM25, that of feedback."""

    combine: Combine = combined
    pieces: float = PIECES
    feedback: float = FEEDBACK


TUNED = Way()
"""As tuned on development queries."""


def hybrid(corpora: Sequence[Corpus], embed: Embed, way: Way = TUNED) -> Retrieve:
    """A retriever over one or several corpora.

    Args:
        corpora: to be searched; of an article that several hold, a retracted version is taken, else the one
            revised last.
        embed: the embedder that the corpora were indexed with.
        way: how articles are ranked.

    Returns:
        A function from a query and a number of articles to the articles found, best first, ties by id.
        The passages of each are ordered by cosine to the query, which is their score.

    Raises:
        CorpusError: from the function: a corpus cannot be searched. A search that failed never looks like
            one that found nothing.
    """

    def retrieve(query: str, k: int) -> list[Found]:
        if k < 1 or not query.strip():
            return []
        vector = embed.query(query)
        chosen: list[tuple[Article, float, str, list[tuple[Passage, float]]]] = []
        for article_id, score in ranked(corpora, query, vector, k, way):
            if len(chosen) == k:
                break
            if held := _held(corpora, article_id):
                corpus, article = held
                cosines = [(part, float(own @ vector)) for part, own in corpus.index.passages_of(article)]
                if cosines:
                    chosen.append((article, score, corpus.name, cosines))
        ranks = _ranks(cosine for *_, cosines in chosen for cosine in cosines)
        return [
            Found(article, tuple(_hits(cosines, ranks)), score, name)
            for article, score, name, cosines in chosen
        ]

    return retrieve


def ranked(
    corpora: Sequence[Corpus], query: str, vector: Any, k: int, way: Way = TUNED
) -> list[tuple[str, float]]:
    """Rank the articles of some corpora for a query and its vector: (id, score), best first.

    There are at least ``k`` where so many share a word or come near in meaning; no article is read.
    """
    found = way.combine(*_candidates(corpora, query, vector, max(CANDIDATES, k), way.pieces))
    return _fed_back(corpora, found, way.feedback) if way.feedback else found


def _fed_back(
    corpora: Sequence[Corpus], found: list[tuple[str, float]], weight: float
) -> list[tuple[str, float]]:
    """Rank again with the nearness of each article to the mean of the first, weighted by their scores."""
    means: dict[str, Any] = {}
    for corpus in corpora:
        means |= corpus.index.means([name for name, _ in found])
    first = [score * means[name] for name, score in found[:FIRST] if name in means]
    common = np.sum(first, axis=0)
    near = {name: float(mean @ common) for name, mean in means.items()} if first else {}
    best = max(near.values(), default=0.0)
    if best <= 0:
        return found
    scores = [(name, score + weight * max(near.get(name, 0.0), 0.0) / best) for name, score in found]
    return sorted(
        ((name, score / (1 + weight)) for name, score in scores), key=lambda pair: (-pair[1], pair[0])
    )


def _candidates(
    corpora: Sequence[Corpus], query: str, vector: Any, depth: int, pieces: float
) -> tuple[dict[str, float], dict[str, float]]:
    """Scores of every candidate by words and by meaning; an article that several corpora hold counts once."""
    lexical: dict[str, float] = {}
    dense: dict[str, float] = {}
    for corpus in corpora:
        words = dict(corpus.index.matching(query, depth, pieces))
        near = dict(corpus.index.nearest(vector, depth))
        # What was found by its words alone has a meaning too, and its vectors are at hand.
        near |= corpus.index.cosines(list(words.keys() - near.keys()), vector)
        for scores, found in ((lexical, words), (dense, near)):
            for name, score in found.items():
                scores[name] = max(score, scores.get(name, score))
    return lexical, dense


def _held(corpora: Sequence[Corpus], article_id: str) -> tuple[Corpus, Article] | None:
    """The article and its corpus; of several versions the one that takes precedence."""
    versions = [(corpus, article) for corpus in corpora if (article := corpus.article(article_id))]
    return max(versions, key=lambda one: precedence(one[1]), default=None)


def _ranks(cosines: Iterable[tuple[Passage, float]]) -> dict[str, int]:
    ordered = sorted(((-cosine, passage.id) for passage, cosine in cosines))
    return {name: rank for rank, (_, name) in enumerate(ordered, start=1)}


def _hits(cosines: Iterable[tuple[Passage, float]], ranks: dict[str, int]) -> list[Hit]:
    hits = [Hit(passage, cosine, ranks[passage.id]) for passage, cosine in cosines]
    return sorted(hits, key=lambda hit: hit.rank)
