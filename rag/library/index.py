"""Both indexes of a corpus, kept in step with its article store.

The store is the truth. It notes what the indexes have to follow in the same transaction as the change; here
the indexes follow, and the note is struck out. A writer that is stopped in between leaves the note for the
next one, and whatever an index says of something that the store does not hold is dropped.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from rag.errors import CorpusError, IndexDamaged, IndexMismatch
from rag.library.lexical import PIECES, LexicalIndex
from rag.library.passages import embedded, passages
from rag.library.store import Store, content_hash, text_key
from rag.library.vectors import VectorIndex, stays_torn, torn
from rag.records import Article, Embed, Passage
from rag.settings import Settings

BATCH = 200
"""Articles that are embedded and indexed at a time."""
MOST_COMPARED = 1_000
"""Passages that are compared at a time."""
_TORN = RuntimeError("a writer was stopped while it wrote")


class Index:
    """The lexical and the vector index of one corpus; each is opened when first needed.

    Args:
        folder: of the corpus; the indexes lie in ``lexical/`` and ``chroma/``.
        name: of the corpus, for the name of the Chroma collection.
        store: whose articles are indexed.
        embed: gives the embedder when one is first needed.
        settings: ``chroma_url`` names a Chroma server.
    """

    def __init__(
        self, folder: Path, name: str, store: Store, embed: Callable[[], Embed], settings: Settings
    ) -> None:
        self._folder = folder
        self._name = name
        self._store = store
        self._embed = embed
        self._settings = settings

    @cached_property
    def lexical(self) -> LexicalIndex:
        """The lexical index."""
        return LexicalIndex(self._folder / "lexical")

    @cached_property
    def vectors(self) -> VectorIndex:
        """The vector index, of whatever kind it is found to be."""
        # A collection is named for the store too: two homes may use one Chroma server.
        name = f"rag-{self._name}-{self._store.fact('uid')}"
        if stays_torn(self._chroma):
            raise IndexDamaged(self._chroma, _TORN)
        return VectorIndex(self._chroma, name, self._embed(), self._settings)

    @property
    def _chroma(self) -> Path:
        return self._folder / "chroma"

    @cached_property
    def _complete(self) -> VectorIndex:
        """The vector index, once it has shown to be of the right kind and as large as the store says."""
        self.vectors.check_kind()
        version = self._store.version()
        if not (self.in_step() or any(self._store.pending())) and self._store.version() == version:
            raise CorpusError(
                f"The indexes of corpus {self._name} do not hold what its store holds. "
                f"Import its files again to mend it, or see: rag corpus check {self._name}"
            )
        return self.vectors

    def matching(self, query: str, k: int, pieces: float = PIECES) -> list[tuple[str, float]]:
        """Articles that share words or pieces of words with a query; see ``LexicalIndex.matching``."""
        return self.lexical.matching(query, k, pieces)

    def nearest(self, vector: Any, k: int) -> list[tuple[str, float]]:
        """Articles of the ``k`` passages nearest to a vector, best first, ties by id.

        Returns:
            (article id, cosine of its best passage) pairs.

        Raises:
            IndexMismatch: the index was made with another embedder or another form of passages.
            CorpusError: the index does not hold what the store holds.
        """
        hits = self._complete.nearest(vector, k)
        owners = self._store.article_of([passage for passage, _ in hits])
        best: dict[str, float] = {}
        for passage, cosine in hits:
            if owner := owners.get(passage):
                best.setdefault(owner, cosine)
        return sorted(best.items(), key=lambda hit: (-hit[1], hit[0]))

    def cosines(self, article_ids: Sequence[str], vector: Any) -> dict[str, float]:
        """The cosine of each article's best passage to a vector, exactly, by article id."""
        best: dict[str, float] = {}
        for article_id, own in self._store.vectors_of(article_ids, self._embed().name):
            cosine = float(own @ vector)
            best[article_id] = max(cosine, best.get(article_id, cosine))
        return best

    def means(self, article_ids: Sequence[str]) -> dict[str, Any]:
        """The mean of the vectors of each article's passages, of length 1, by article id."""
        total: dict[str, Any] = {}
        for article_id, own in self._store.vectors_of(article_ids, self._embed().name):
            total[article_id] = total.get(article_id, 0) + own
        return {name: vector / np.linalg.norm(vector) for name, vector in total.items()}

    def passages_of(self, article: Article) -> list[tuple[Passage, Any]]:
        """The passages of an article in reading order, each with its vector; none that has no vector yet."""
        cut = passages(article)
        keys = [text_key(article, passage) for passage in cut]
        vectors = self._store.known(keys, self._embed().name)
        return [(passage, vectors[key]) for passage, key in zip(cut, keys, strict=True) if key in vectors]

    def in_step(self) -> bool:
        """Whether both indexes hold as much as the store does and nothing is pending."""
        counts = (self.lexical.count(), self.vectors.count())
        return not any(self._store.pending()) and counts == self._store.counts()

    def follow(self) -> None:
        """Bring both indexes to where the store is."""
        changed, stale = self._store.pending()
        if not changed and not stale:
            return
        self.vectors.delete(stale)
        self._store.settle((), stale)
        for start in range(0, len(changed), BATCH):
            part = changed[start : start + BATCH]
            articles = self._store.articles(part)
            pairs = self._embedded(list(articles.values()))
            self.lexical.replace(part, articles.values())
            if pairs:
                vectors = np.stack([vector for _, vector in pairs])
                self.vectors.upsert([passage for passage, _ in pairs], articles, vectors)
            self._store.settle(part, ())
        self._store.remember(built=datetime.now(UTC).isoformat(timespec="seconds"))

    def mend(self) -> None:
        """Finish what an interrupted writer left, and make the indexes again where that is not enough.

        Raises:
            IndexMismatch: the index was made with another embedder or another form of passages.
        """
        try:
            if torn(self._chroma):
                raise IndexDamaged(self._chroma, _TORN)
            self.vectors.check_kind()
            if not self.in_step():  # looked at first, since reading shows what is damaged
                self.follow()
                if not self.in_step():
                    self.remake()
        except IndexDamaged:
            self._discard()
            self.remake()
        self.vectors.settle()

    def remake(self) -> None:
        """Make both indexes again from the store; vectors are kept there, so few texts are embedded again."""
        try:
            self.vectors.clear()
            self.lexical.clear()
        except IndexDamaged:
            self._discard()
        self._store.recut()
        self.follow()

    def repair(self) -> list[str]:
        """Bring both indexes to where the store is, with the embedder of now; returns what was wrong.

        Raises:
            CorpusError: the store itself is damaged; says what to do.
        """
        found = self.problems()
        if not found:
            return []
        try:
            self.mend()
        except IndexMismatch:
            self.remake()
        if self.problems():  # what is wrong within an index its size does not show
            self._discard()
            self.remake()
        if rest := self.problems():
            raise CorpusError(
                f"{rest[0]} The article store of corpus {self._name} is damaged. Import its files again, "
                "or remove the corpus and make it anew."
            )
        return found

    def problems(self) -> list[str]:
        """Compare the store with itself and with both indexes, ids both ways; each problem in one line."""
        problems = self._store.faults()
        changed, stale = self._store.pending()
        if changed or stale:
            problems.append(f"An interrupted change left {len(changed) + len(stale)} items to be indexed.")
        cut: set[str] = set()
        for content, article in self._store.records():
            if content_hash(article) != content:
                problems.append(f"Article {article.id} is not what was stored.")
            cut |= {passage.id for passage in passages(article)}
        problems += _differences("passages", "the articles", cut, "the store", self._store.passage_ids())
        for compare in (self._lexical_problems, self._vector_problems):
            try:
                problems += compare()
            except CorpusError as error:
                problems.append(str(error))
        return problems

    def _lexical_problems(self) -> list[str]:
        documents = self.lexical.ids()
        stored = set(self._store.ids())
        twice = len(documents) != len(set(documents))
        return [
            *(["The lexical index holds an article twice."] if twice else []),
            *_differences("articles", "the store", stored, "the lexical index", set(documents)),
        ]

    def _vector_problems(self) -> list[str]:
        """Compare the vector index with the store: ids, vectors, and the status of each article."""
        if torn(self._chroma):
            raise IndexDamaged(self._chroma, _TORN)
        self.vectors.check_kind()
        embedder = self._embed().name
        found: set[str] = set()
        unlike = 0
        held = self.vectors.held()
        while part := list(islice(held, MOST_COMPARED)):
            ids = [name for name, _, _ in part]
            found.update(ids)
            stored = self._store.entries(ids, embedder)
            unlike += sum(
                1
                for name, status, vector in part
                if name in stored and not (status == stored[name][0] and _alike(vector, stored[name][1]))
            )
        differ = [f"{unlike} passages of the vector index have another vector or status."] if unlike else []
        return differ + _differences(
            "passages", "the store", self._store.passage_ids(), "the vector index", found
        )

    def _discard(self) -> None:
        """Throw both indexes away, whatever state they are in."""
        self.close()
        shutil.rmtree(self._folder / "lexical", ignore_errors=True)
        if self._settings.chroma_url:
            self.vectors.clear()
        else:
            shutil.rmtree(self._chroma, ignore_errors=True)

    def drop(self) -> None:
        """Remove what lies outside the corpus' folder: the collection on a Chroma server."""
        if self._settings.chroma_url:
            self.vectors.drop()

    def close(self) -> None:
        """Release files and connections."""
        if "vectors" in self.__dict__:
            self.vectors.close()
        for name in ("vectors", "lexical", "_complete"):
            self.__dict__.pop(name, None)

    def _embedded(self, articles: Sequence[Article]) -> list[tuple[Passage, Any]]:
        """All passages of some articles with their vectors; only texts never seen before are embedded."""
        embed = self._embed()
        cut = [(article, passage) for article in articles for passage in passages(article)]
        keys = [text_key(article, passage) for article, passage in cut]
        vectors = self._store.known(keys, embed.name)
        missing = {
            key: embedded(article, passage)
            for key, (article, passage) in zip(keys, cut, strict=True)
            if key not in vectors
        }
        if missing:
            fresh = dict(zip(missing, embed.documents(list(missing.values())), strict=True))
            self._store.keep(fresh, embed.name)
            vectors |= fresh
        return [(passage, vectors[key]) for key, (_, passage) in zip(keys, cut, strict=True)]


def _alike(one: Any, other: Any) -> bool:
    """Whether two vectors have the same direction, which is all that counts; lengths may be normalised."""
    return bool(one @ other > 0.9999 * np.linalg.norm(one) * np.linalg.norm(other))


def _differences(what: str, here: str, ours: set[str], there: str, theirs: set[str]) -> list[str]:
    problems = []
    for only, has, lacks in ((ours - theirs, here, there), (theirs - ours, there, here)):
        if only:
            some = ", ".join(sorted(only)[:3])
            problems.append(f"{len(only)} {what} of {has} are not in {lacks}, for example {some}.")
    return problems
