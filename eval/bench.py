"""The desk of a run: retrieval that can be varied, replies that can be recorded, corpora of data sets."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from functools import cached_property
from pathlib import Path

from eval.remembered import Remembered
from rag.answering.desk import Desk
from rag.answering.retrieve import Combine, combined, hybrid, ranked
from rag.errors import BadInput
from rag.library.store import content_hash
from rag.models.replay import Recording
from rag.records import Article, Complete, Entail, Retrieve
from rag.settings import Settings

Scores = Mapping[str, float]
RRF = 60
"""The constant of reciprocal rank fusion, as Cormack, Clarke and Büttcher (2009) have it."""


class Bench(Desk):
    """A desk for evaluation; it can be entered again and then opens its corpora anew, its models stay.

    ``building`` counts the seconds that corpora of data sets took to build.

    Args:
        settings: as for a desk.
        notify: told what takes long.
        retrieval: how candidates are ranked, a name in ``RETRIEVAL``.
        record: a file that keeps every reply of the language model, for the provider ``replay``.

    Raises:
        BadInput: there is no such way to rank.
    """

    def __init__(
        self,
        settings: Settings,
        notify: Callable[[str], None] = lambda text: None,
        retrieval: str = "hybrid",
        record: Path | None = None,
    ) -> None:
        super().__init__(settings, notify)
        way_to_rank(retrieval)
        self.retrieval = retrieval
        self.building = 0.0
        self._record = record

    @cached_property
    def entail(self) -> Entail:
        """The checker; the bundled one, whose scores of a pair depend on no other pair, scores each once."""
        checker = super().entail
        return Remembered(checker) if self.settings.verifier == "bundled" else checker

    @cached_property
    def complete(self) -> Complete | None:
        """The language model of the settings, recorded if a file was named."""
        model = super().complete
        return Recording(model, self._record) if model and self._record else model

    def written_by(self, complete: Complete) -> Bench:
        """The same desk, models and corpora with another writer."""
        other = copy(self)
        other.__dict__["complete"] = complete  # where the cached property would keep it
        return other

    def __enter__(self) -> Bench:
        return self

    def retriever(self, names: Sequence[str]) -> Retrieve:
        """The retriever over some corpora, ranking as this run asks for."""
        return hybrid([self.corpus(name) for name in names], self.embed, way_to_rank(self.retrieval))

    def rank(self, names: Sequence[str], query: str, k: int) -> list[str]:
        """Ids of the first ``k`` articles of some corpora for a query, ranked as this run asks for."""
        corpora = [self.corpus(name) for name in names]
        found = ranked(corpora, query, self.embed.query(query), k, way_to_rank(self.retrieval))
        return [article for article, _ in found[:k]]

    def pool(self, name: str, articles: Sequence[Article]) -> str:
        """A corpus of the articles of a data set, built on first use; returns its name.

        The name holds a hash of the content, so that other data makes another corpus.
        """
        content = hashlib.sha256("".join(sorted(map(content_hash, articles))).encode()).hexdigest()[:10]
        corpus = self.corpus(f"eval-{name}-{content}", create=True)
        missing = len({one.id for one in articles}) - corpus.articles
        if missing:
            self.notify(f"Building corpus {corpus.name}: {missing:,} articles, once.")
            start = time.perf_counter()
            corpus.add(articles)
            self.building += time.perf_counter() - start
        return corpus.name


def way_to_rank(name: str) -> Combine:
    """The way to rank of this name.

    Raises:
        BadInput: there is none; names those there are.
    """
    if name not in RETRIEVAL:
        raise BadInput(f"retrieval={name} is not known. There are: {', '.join(RETRIEVAL)}.")
    return RETRIEVAL[name]


def bm25(lexical: Scores, dense: Scores) -> list[tuple[str, float]]:
    """Rank by words alone."""
    return _sorted(lexical)


def dense(lexical: Scores, dense: Scores) -> list[tuple[str, float]]:
    """Rank by meaning alone: the cosine of an article's best passage."""
    return _sorted(dense)


def rrf(lexical: Scores, dense: Scores) -> list[tuple[str, float]]:
    """Reciprocal rank fusion of both rankings (Cormack, Clarke and Büttcher 2009)."""
    scores: dict[str, float] = {}
    for ranking in (_sorted(lexical), _sorted(dense)):
        for rank, (name, _) in enumerate(ranking, start=1):
            scores[name] = scores.get(name, 0.0) + 1 / (RRF + rank)
    return _sorted(scores)


RETRIEVAL: dict[str, Combine] = {"hybrid": combined, "bm25": bm25, "dense": dense, "rrf": rrf}
"""Ways to rank candidates by name; ``hybrid`` is the product's."""


def _sorted(scores: Scores) -> list[tuple[str, float]]:
    return sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))
