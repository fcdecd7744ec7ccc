"""The desk of a run: retrieval that can be varied, replies that can be recorded, corpora of data sets."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from functools import cached_property
from pathlib import Path

from eval.baselines import BASELINES, Rank
from eval.remembered import Remembered
from rag.answering.desk import Desk
from rag.answering.retrieve import TUNED, Way, hybrid, ranked
from rag.errors import BadInput
from rag.library.store import content_hash
from rag.models.replay import Recording
from rag.records import Article, Complete, Embed, Entail, Retrieve
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
        retrieval: how articles are ranked, a name in ``WAYS`` or ``BASELINES``.
        record: a file that keeps every reply of the language model, for the provider ``replay``.

    Raises:
        BadInput: there is no such way to rank.
    """

    def __init__(
        self,
        settings: Settings,
        notify: Callable[[str], None] = lambda text: None,
        retrieval: str = "tuned",
        record: Path | None = None,
    ) -> None:
        super().__init__(settings, notify)
        check_way(retrieval)
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

    def under(self, settings: Settings, embed: Embed | None = None) -> Bench:
        """A desk with other settings, or another embedder, and the same checker; its corpora are its own."""
        other = type(self)(settings, self.notify, self.retrieval)
        other.__dict__ |= {"entail": self.entail, "embed": embed or self.embed}
        return other

    def __enter__(self) -> Bench:
        return self

    def retriever(self, names: Sequence[str]) -> Retrieve:
        """The retriever over some corpora, ranking as this run asks for.

        Raises:
            BadInput: this run asks for a baseline, which finds no passages.
        """
        if self.retrieval in BASELINES:
            raise BadInput(f"retrieval={self.retrieval} is for suites that rank. Use: {', '.join(WAYS)}.")
        return hybrid([self.corpus(name) for name in names], self.embed, WAYS[self.retrieval])

    def ranker(self, name: str) -> Rank:
        """The ids of the first articles of a corpus for a query, ranked as this run asks for."""
        corpus = self.corpus(name)
        if self.retrieval in BASELINES:
            start = time.perf_counter()
            baseline = BASELINES[self.retrieval](corpus, self.embed, self.settings.home)
            self.building += time.perf_counter() - start
            return baseline
        way = WAYS[self.retrieval]

        def rank(query: str, k: int) -> list[str]:
            found = ranked([corpus], query, self.embed.query(query), k, way)
            return [article for article, _ in found[:k]]

        return rank

    def pool(self, name: str, articles: Sequence[Article]) -> str:
        """A corpus of the articles of a data set, built on first use; returns its name.

        The name holds a hash of the content, so that other data makes another corpus.
        """
        content = hashlib.sha256("".join(sorted(map(content_hash, articles))).encode()).hexdigest()[:10]
        corpus = self.corpus(f"eval-{name}-{content}", create=True)
        missing = len({one.id for one in articles}) - corpus.articles
        # A build that was stopped goes on from where it was.
        if missing or not corpus.index.in_step():
            self.notify(f"Building corpus {corpus.name}: {missing:,} articles, once.")
            start = time.perf_counter()
            corpus.add(articles)
            self.building += time.perf_counter() - start
        return corpus.name


def check_way(name: str) -> None:
    """Refuse a way to rank that there is not.

    Raises:
        BadInput: there is none of this name; names those there are.
    """
    if name not in (*WAYS, *BASELINES):
        raise BadInput(f"retrieval={name} is not known. There are: {', '.join((*WAYS, *BASELINES))}.")


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


WAYS = {
    "tuned": TUNED,
    "no-feedback": Way(feedback=0),
    "no-pieces": Way(pieces=0),
    "hybrid": Way(pieces=0, feedback=0),
    "rrf": Way(rrf, pieces=0, feedback=0),
    "bm25": Way(bm25, pieces=0, feedback=0),
    "pieces": Way(bm25, feedback=0),
    "dense": Way(dense, pieces=0, feedback=0),
}
"""Ways to rank with our own indexes by name; ``tuned`` is the product's."""


def _sorted(scores: Scores) -> list[tuple[str, float]]:
    return sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))
