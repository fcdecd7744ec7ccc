"""Hybrid retrieval: articles by the words they share with a query and by the meaning of their passages.

The two rankings are joined by reciprocal rank fusion (Cormack, Clarke and Büttcher 2009,
doi:10.1145/1571941.1572114) over articles, so that one article's passages stay together.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rag.library.corpus import Corpus
from rag.records import Article, Embed, Found, Hit, Passage, Retrieve

K = 60
"""The constant of reciprocal rank fusion, as in the paper."""
CANDIDATES = 100
"""Hits of each ranking that are joined."""

Ranking = list[tuple[str, float]]


def hybrid(corpora: Sequence[Corpus], embed: Embed) -> Retrieve:
    """A retriever over one or several corpora.

    Args:
        corpora: to be searched; an article that several hold is taken from the first of them.
        embed: the embedder that the corpora were indexed with.

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
        depth = max(CANDIDATES, k)
        vector = embed.query(query)
        lexical = _merged([corpus.index.matching(query, depth) for corpus in corpora])
        dense = _merged([corpus.index.nearest(vector, depth) for corpus in corpora])
        chosen: list[tuple[Article, float, str, list[tuple[Passage, float]]]] = []
        for article_id, score in fused([lexical, dense]):
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


def fused(rankings: Iterable[Ranking], k: int = K) -> Ranking:
    """Join rankings of ids by reciprocal rank fusion.

    Args:
        rankings: each a list of (id, score), best first; only the order counts.
        k: the larger, the less the first ranks stand out.

    Returns:
        (id, sum of 1 / (k + rank)) over the rankings that have the id, best first, ties by id.
    """
    scores: dict[str, float] = {}
    for ranking in rankings:
        for rank, (name, _) in enumerate(ranking, start=1):
            scores[name] = scores.get(name, 0.0) + 1 / (k + rank)
    return sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))


def _merged(rankings: Sequence[Ranking]) -> Ranking:
    """One ranking of several corpora's, by score; an article that several hold counts once, at its best."""
    best: dict[str, float] = {}
    for name, score in (hit for ranking in rankings for hit in ranking):
        best[name] = max(score, best.get(name, score))
    return sorted(best.items(), key=lambda pair: (-pair[1], pair[0]))


def _held(corpora: Sequence[Corpus], article_id: str) -> tuple[Corpus, Article] | None:
    for corpus in corpora:
        if article := corpus.article(article_id):
            return corpus, article
    return None


def _ranks(cosines: Iterable[tuple[Passage, float]]) -> dict[str, int]:
    ordered = sorted(((-cosine, passage.id) for passage, cosine in cosines))
    return {name: rank for rank, (_, name) in enumerate(ordered, start=1)}


def _hits(cosines: Iterable[tuple[Passage, float]], ranks: dict[str, int]) -> list[Hit]:
    hits = [Hit(passage, cosine, ranks[passage.id]) for passage, cosine in cosines]
    return sorted(hits, key=lambda hit: hit.rank)
