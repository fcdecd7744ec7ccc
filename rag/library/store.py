"""The article store: one SQLite file a corpus, and the truth about what the corpus holds.

The two indexes are made from it and can be made again. Whatever changes here is noted as *pending* in the
same transaction, until both indexes have followed; a writer that is stopped in between leaves that note,
and the next writer goes on from it.
"""

from __future__ import annotations

import hashlib
import sqlite3
import threading
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rag.errors import CorpusError
from rag.library.passages import embedded, passages
from rag.records import Article, Passage

if TYPE_CHECKING:
    from pydantic import TypeAdapter

SCHEMA = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS articles (id TEXT PRIMARY KEY, hash TEXT NOT NULL, record BLOB NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS content ON articles (id, hash);
CREATE TABLE IF NOT EXISTS passages (
    id TEXT PRIMARY KEY, article TEXT NOT NULL, key BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS passages_of ON passages (article);
CREATE INDEX IF NOT EXISTS passages_with ON passages (key);
CREATE TABLE IF NOT EXISTS vectors (
    key BLOB NOT NULL, embedder TEXT NOT NULL, vector BLOB NOT NULL, PRIMARY KEY (key, embedder)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pending (article TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS stale (passage TEXT PRIMARY KEY) WITHOUT ROWID;
"""
MOST_NAMES = 500
"""Values of one SQL list; SQLite takes more, but long statements gain nothing."""


@dataclass(frozen=True, slots=True)
class Added:
    """What became of the articles that were added."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0

    def __add__(self, other: Added) -> Added:
        return Added(self.new + other.new, self.changed + other.changed, self.unchanged + other.unchanged)


@cache
def _codec() -> TypeAdapter[Article]:
    from pydantic import TypeAdapter

    return TypeAdapter(Article)


class Store:
    """Articles, their passages and their vectors by id. Reading is safe from any thread; one thread writes.

    Raises:
        CorpusError: the file is not a store, or cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._reading = threading.Lock()
        try:
            self._reader = _connect(path)
            self._writer = _connect(path)
            self._writer.executescript(SCHEMA)
            self._writer.execute("INSERT OR IGNORE INTO facts VALUES ('uid', ?)", [uuid.uuid4().hex[:12]])
        except sqlite3.Error as error:
            raise CorpusError(
                f"{path} cannot be read as an article store ({error}). Move it away and import again."
            ) from None

    def close(self) -> None:
        """Close the file."""
        self._reader.close()
        self._writer.close()

    # --- Reading ---

    def fact(self, name: str) -> str:
        """A named fact about the corpus, empty if it was never set."""
        row = self._row("SELECT value FROM facts WHERE name = ?", name)
        return str(row[0]) if row else ""

    def article(self, article_id: str) -> Article | None:
        """The article with this id."""
        row = self._row("SELECT record FROM articles WHERE id = ?", article_id)
        return _codec().validate_json(row[0]) if row else None

    def articles(self, ids: Sequence[str]) -> dict[str, Article]:
        """The stored articles among these ids, by id."""
        rows = self._among("SELECT id, record FROM articles WHERE id IN ({})", ids)
        return {row[0]: _codec().validate_json(row[1]) for row in rows}

    def ids(self) -> list[str]:
        """Every article id, sorted."""
        return [row[0] for row in self._rows("SELECT id FROM articles ORDER BY id")]

    def passage_ids(self) -> set[str]:
        """Every passage id."""
        return {row[0] for row in self._rows("SELECT id FROM passages")}

    def records(self) -> Iterator[tuple[str, Article]]:
        """Every article with the content hash it was stored under, by id, one at a time."""
        for article_id in self.ids():
            row = self._row("SELECT hash, record FROM articles WHERE id = ?", article_id)
            if row:
                yield row[0], _codec().validate_json(row[1])

    def article_of(self, passage_ids: Sequence[str]) -> dict[str, str]:
        """The article id of each stored passage among these."""
        return dict(self._among("SELECT id, article FROM passages WHERE id IN ({})", passage_ids))

    def vectors_of(self, article_ids: Sequence[str], embedder: str) -> Iterator[tuple[str, Any]]:
        """(article id, vector) of every passage of these articles that has a vector."""
        statement = (
            "SELECT article, vector FROM passages JOIN vectors USING (key) "
            "WHERE embedder = ? AND article IN ({})"
        )
        for article_id, vector in self._among(statement, article_ids, embedder):
            yield article_id, np.frombuffer(vector, np.float32)

    def counts(self) -> tuple[int, int]:
        """Number of articles and of passages."""
        row = self._row("SELECT (SELECT count(*) FROM articles), (SELECT count(*) FROM passages)")
        return (row[0], row[1]) if row else (0, 0)

    def version(self) -> int:
        """A number that differs whenever the file was written since the last call."""
        row = self._row("PRAGMA data_version")
        return int(row[0]) if row else 0

    def fingerprint(self) -> str:
        """Hash of the sorted article ids and content hashes: it changes exactly when the content does."""
        digest = hashlib.sha256()
        for article_id, content in self._rows("SELECT id, hash FROM articles ORDER BY id"):
            digest.update(f"{article_id}\n{content}\n".encode())
        return digest.hexdigest()[:16]

    def pending(self) -> tuple[list[str], list[str]]:
        """Ids of articles that the indexes have not followed, and of passages that they must forget."""
        changed = [row[0] for row in self._rows("SELECT article FROM pending ORDER BY article")]
        return changed, [row[0] for row in self._rows("SELECT passage FROM stale ORDER BY passage")]

    # --- Writing ---

    def put(self, articles: Iterable[Article]) -> Added:
        """Store articles, replacing those whose content differs, in one transaction."""
        new = changed = unchanged = 0
        with self._transaction() as db:
            for article in articles:
                content = content_hash(article)
                old = db.execute("SELECT hash FROM articles WHERE id = ?", [article.id]).fetchone()
                if old and old[0] == content:
                    unchanged += 1
                    continue
                new, changed = (new, changed + 1) if old else (new + 1, changed)
                db.execute(
                    "INSERT OR REPLACE INTO articles VALUES (?, ?, ?)",
                    [article.id, content, _record(article)],
                )
                _replace_passages(db, article.id, article)
        return Added(new, changed, unchanged)

    def delete(self, ids: Iterable[str]) -> int:
        """Remove articles; returns how many there were."""
        removed = 0
        with self._transaction() as db:
            for article_id in ids:
                if db.execute("DELETE FROM articles WHERE id = ?", [article_id]).rowcount:
                    removed += 1
                    _replace_passages(db, article_id, None)
        return removed

    def settle(self, articles: Iterable[str], passage_ids: Iterable[str]) -> None:
        """Note that both indexes have followed these changes."""
        with self._transaction() as db:
            db.executemany("DELETE FROM pending WHERE article = ?", [[one] for one in articles])
            db.executemany("DELETE FROM stale WHERE passage = ?", [[one] for one in passage_ids])

    def recut(self) -> None:
        """Cut every article anew and note everything as pending, for indexes that are to be made again."""
        with self._transaction() as db:
            for (article_id,) in db.execute("SELECT id FROM articles").fetchall():
                _replace_passages(db, article_id, self.article(article_id))
            db.execute("DELETE FROM stale")

    def remember(self, **facts: str) -> None:
        """Set named facts."""
        with self._transaction() as db:
            db.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?)", facts.items())

    def known(self, keys: Sequence[bytes], embedder: str) -> dict[bytes, Any]:
        """The vectors already computed for these text keys."""
        statement = "SELECT key, vector FROM vectors WHERE embedder = ? AND key IN ({})"
        return {row[0]: np.frombuffer(row[1], np.float32) for row in self._among(statement, keys, embedder)}

    def keep(self, vectors: Mapping[bytes, Any], embedder: str) -> None:
        """Keep computed vectors by text key, so that no text is embedded twice."""
        rows = [(key, embedder, np.asarray(vector, np.float32).tobytes()) for key, vector in vectors.items()]
        with self._transaction() as db:
            db.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", rows)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self._writer.execute("BEGIN IMMEDIATE")
        try:
            yield self._writer
        except BaseException:
            self._writer.execute("ROLLBACK")
            raise
        self._writer.execute("COMMIT")

    def _rows(self, statement: str, *values: object) -> list[Any]:
        # One statement at a time: one that is still open in another thread would keep this one, on the same
        # connection, from seeing what was committed since it began.
        with self._reading:
            return self._reader.execute(statement, values).fetchall()

    def _row(self, statement: str, *values: object) -> Any:
        return next(iter(self._rows(statement, *values)), None)

    def _among(self, statement: str, names: Sequence[str | bytes], *values: object) -> Iterator[Any]:
        """Rows of a statement whose ``{}`` is a list of names, a part of the list at a time."""
        for start in range(0, len(names), MOST_NAMES):
            part = names[start : start + MOST_NAMES]
            yield from self._rows(statement.format(",".join("?" * len(part))), *values, *part)


def content_hash(article: Article) -> str:
    """Hash of everything that is known of an article; a field that is empty or unknown adds nothing to it."""
    return hashlib.sha256(_record(article)).hexdigest()


def text_key(article: Article, passage: Passage) -> bytes:
    """Hash of what an embedder reads of a passage: equal texts share one vector."""
    return hashlib.sha256(embedded(article, passage).encode()).digest()[:16]


def _record(article: Article) -> bytes:
    return _codec().dump_json(article, exclude_defaults=True)


def _connect(path: Path) -> sqlite3.Connection:
    # The module is built in serialised mode, so threads may share a connection statement by statement.
    db = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    return db


def _replace_passages(db: sqlite3.Connection, article_id: str, article: Article | None) -> None:
    """Exchange the passages of one article and note what the indexes have to follow."""
    old = db.execute("SELECT id, key FROM passages WHERE article = ?", [article_id]).fetchall()
    db.execute("DELETE FROM passages WHERE article = ?", [article_id])
    cut = passages(article) if article else []
    rows = [(passage.id, article_id, text_key(article, passage)) for passage in cut if article]
    db.executemany("INSERT INTO passages VALUES (?, ?, ?)", rows)
    db.execute("INSERT OR IGNORE INTO pending VALUES (?)", [article_id])
    db.executemany("INSERT OR IGNORE INTO stale VALUES (?)", [[name] for name, _ in old])
    db.executemany("DELETE FROM stale WHERE passage = ?", [[row[0]] for row in rows])
    unused = "DELETE FROM vectors WHERE key = ? AND NOT EXISTS (SELECT 1 FROM passages WHERE key = ?)"
    db.executemany(unused, [[key, key] for _, key in old])
