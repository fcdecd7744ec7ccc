"""The vector index of a corpus: one Chroma collection of its passages, compared by cosine.

Chroma is given vectors and never a model (``embedding_function=None``); which embedder made them, their
length and the form of the passages stand in the collection's metadata and are checked on every opening.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from rag.errors import CorpusError, IndexDamaged, IndexMismatch, Unwritable
from rag.library.passages import FORM
from rag.records import Article, Embed, Passage
from rag.settings import Settings

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.collection_configuration import CreateCollectionConfiguration, CreateHNSWConfiguration
    from chromadb.api.models.Collection import Collection

HNSW: CreateHNSWConfiguration = {
    "space": "cosine",
    "ef_construction": 200,
    "ef_search": 200,
    "max_neighbors": 16,
}
"""Fixed when a collection is made. Twice Chroma's own efforts: recall against exact search is tested."""
READ = 1_000
"""Passages that are read at a time when all are."""
PATIENCE = 5.0
"""Seconds that a reader waits for a write to end before it takes the writer for dead."""
_NO_ROOM = re.compile(r"disk|space|too large|read-?only|permission|locked|busy", re.IGNORECASE)
"""What an error says when the files are sound and only cannot be written now."""


class VectorIndex:
    """The collection of one corpus, embedded in ``folder`` or on the Chroma server of the settings.

    Args:
        folder: where the embedded store lies.
        name: of the collection.
        embed: whose vectors it holds.
        settings: ``chroma_url`` names a server.

    Raises:
        IndexMismatch: the collection was made with another embedder, another form or another distance.
        CorpusError: the store or the server cannot be opened; also raised by every method.
    """

    def __init__(self, folder: Path, name: str, embed: Embed, settings: Settings) -> None:
        self._folder = folder
        self._url = settings.chroma_url
        self._wanted = {"embedder": embed.name, "dimension": embed.dimension, "form": FORM}
        self._name = name
        with self._told():
            self._client: Client = _client(folder, settings.chroma_url)
            self._collection = self._open()
            self._batch = self._client.get_max_batch_size()

    @property
    def collection(self) -> Collection:
        """The Chroma collection itself, for programs that know Chroma."""
        return self._collection

    def upsert(self, passages: Sequence[Passage], articles: dict[str, Article], vectors: Any) -> None:
        """Write passages with their vectors and flat metadata, replacing those of the same id."""
        for part in self._batches(len(passages)):
            chosen = passages[part]
            with self._writing():
                self._collection.upsert(
                    ids=[passage.id for passage in chosen],
                    embeddings=vectors[part],
                    documents=[passage.text for passage in chosen],
                    metadatas=[flat(passage, articles[passage.article]) for passage in chosen],
                )

    def delete(self, ids: Sequence[str]) -> None:
        """Forget passages; ids that are not there are no error."""
        for part in self._batches(len(ids)):
            with self._writing():
                self._collection.delete(ids=list(ids[part]))

    def nearest(self, vector: Any, k: int) -> list[tuple[str, float]]:
        """The passages nearest to a query vector: (passage id, cosine), best first, ties by id."""
        if k < 1:
            return []
        with self._told():
            found = self._collection.query(query_embeddings=[vector], n_results=k, include=["distances"])
        distances = (found["distances"] or [[]])[0]
        pairs = zip(found["ids"][0], distances, strict=True)
        return sorted(((name, 1.0 - float(gap)) for name, gap in pairs), key=lambda hit: (-hit[1], hit[0]))

    def count(self) -> int:
        """Number of passages in the collection."""
        with self._told():
            return self._collection.count()

    def held(self) -> Iterator[tuple[str, str, Any]]:
        """(passage id, status of its article, vector) of every passage in the collection."""
        for start in range(0, self.count(), READ):
            with self._told():
                part = self._collection.get(limit=READ, offset=start, include=["embeddings", "metadatas"])
            vectors, known = part["embeddings"], part["metadatas"] or ()
            for name, vector, metadata in zip(
                part["ids"], () if vectors is None else vectors, known, strict=True
            ):
                yield name, str(metadata.get("status", "")), vector

    def clear(self) -> None:
        """Begin again with an empty collection of the wanted kind."""
        self.drop()
        with self._told():
            self._collection = self._open()

    def drop(self) -> None:
        """Remove the collection."""
        with self._told():
            self._client.delete_collection(self._name)

    def settle(self) -> None:
        """Note that the folder is sound: what was left of an interrupted write has been followed up."""
        _marker(self._folder).unlink(missing_ok=True)

    def close(self) -> None:
        """Release the store."""
        self._client.close()

    def _batches(self, total: int) -> Iterator[slice]:
        return (slice(start, start + self._batch) for start in range(0, total, self._batch))

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Leave a mark while Chroma writes; it stays if the write does not end well, see ``torn``."""
        try:
            if not self._url:
                _marker(self._folder).touch()
            with self._told():
                yield
        except (OSError, IndexDamaged) as error:  # a full disk is hidden in many of Chroma's errors
            raise Unwritable(self._folder, error) from None
        self.settle()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Tell Chroma's errors apart: no room, a server that does not answer, a damaged folder."""
        try:
            yield
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # Chroma raises many unrelated types; its panics are no Exceptions
            if self._url:
                reason = str(error).splitlines()[0]
                raise CorpusError(f"The Chroma server {self._url} cannot be reached: {reason}.") from None
            if _NO_ROOM.search(str(error)):
                raise Unwritable(self._folder, error) from None
            raise IndexDamaged(self._folder, error) from None

    def _open(self) -> Collection:
        kind: CreateCollectionConfiguration = {"hnsw": HNSW}
        return self._client.get_or_create_collection(
            self._name, configuration=kind, metadata=self._wanted, embedding_function=None
        )

    def check_kind(self) -> None:
        """Compare what the collection says of itself with what is wanted.

        Raises:
            IndexMismatch: they differ; says in what.
        """
        found = {name: (self._collection.metadata or {}).get(name) for name in self._wanted}
        found["space"] = (self._collection.configuration.get("hnsw") or {}).get("space")
        wanted = self._wanted | {"space": HNSW["space"]}
        unlike = [
            f"{name} {found[name]} instead of {value}"
            for name, value in wanted.items()
            if found[name] != value
        ]
        if unlike:
            raise IndexMismatch(
                f"The index was built with {', '.join(unlike)}. Set RAG_EMBEDDER to what it was, "
                "or remove the corpus and import its files again."
            )


def torn(folder: Path) -> bool:
    """Whether a writer was stopped, or is at this moment, in the middle of writing Chroma's graph.

    Chroma writes the files of its graph in place, and reading what a killed writer left of them can end the
    process. They are torn if one of them changed after the mark of a write that did not end.
    """
    marker = _marker(folder)
    try:
        begun = marker.stat().st_mtime_ns
        return any(file.stat().st_mtime_ns >= begun for file in folder.glob("*/*"))
    except FileNotFoundError:
        return False


def stays_torn(folder: Path) -> bool:
    """Whether the graph is torn and no living writer goes on with it; waits to find out."""
    begun = time.monotonic()
    while torn(folder):
        if time.monotonic() - begun > PATIENCE:
            return True
        time.sleep(0.05)
    return False


def _marker(folder: Path) -> Path:
    return folder / "being-written"


def flat(passage: Passage, article: Article) -> dict[str, str | int]:
    """What is known of a passage as flat metadata of fixed types; what is unknown is left out."""
    known = {
        "article": passage.article,
        "pmid": article.pmid,
        "section": passage.section,
        "label": passage.label,
        "start": passage.start,
        "end": passage.end,
        "year": article.year,
        "status": article.status,
    }
    return {name: value for name, value in known.items() if value is not None}


def _client(folder: Path, url: str) -> Client:
    import chromadb
    from chromadb.config import Settings as ChromaSettings

    quiet = ChromaSettings(anonymized_telemetry=False)
    if not url:
        return cast("Client", chromadb.PersistentClient(str(folder), settings=quiet))
    parts = urlsplit(url if "//" in url else f"//{url}")
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 8000)
    server = chromadb.HttpClient(parts.hostname or "localhost", port, ssl=secure, settings=quiet)
    return cast("Client", server)
