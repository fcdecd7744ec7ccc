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
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rag.errors import CorpusError, Unwritable
from rag.library import standing, versions
from rag.library.passages import embedded, passages
from rag.library.retractions import gravest
from rag.records import Article, ArticleStatus, Passage

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
FORM = 1
"""Raised when tables are added to the schema; a store of a lower form gets what it lacks."""
MOST_NAMES = 500
"""Values of one SQL list; SQLite takes more, but long statements gain nothing."""


@dataclass(frozen=True, slots=True)
class Added:
    """What became of the articles that were added; ``older`` ones were left out for what is held."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    older: int = 0

    def __add__(self, other: Added) -> Added:
        return Added(
            self.new + other.new,
            self.changed + other.changed,
            self.unchanged + other.unchanged,
            self.older + other.older,
        )


@cache
def _codec() -> TypeAdapter[Article]:
    from pydantic import TypeAdapter

    return TypeAdapter(Article)


class Store:
    """Articles, their passages and their vectors by id. Reading is safe from any thread; one thread writes.

    Raises:
        CorpusError: the file is not a store, or cannot be opened or written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._reading = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._reader = _connect(path)
            self._writer = _connect(path)
            self._prepare()
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise Unwritable(path, error) from None
            raise CorpusError(
                f"{path} cannot be read as an article store ({error}). Move it away and import again."
            ) from None
        except OSError as error:
            raise Unwritable(path, error) from None

    def _prepare(self) -> None:
        """Make the tables that are missing; a store that is complete is not written to."""
        if self._writer.execute("PRAGMA user_version").fetchone()[0] >= FORM:
            return
        with self._transaction() as db:
            for statement in (SCHEMA + standing.SCHEMA + versions.SCHEMA).split(";"):
                db.execute(statement)
            db.execute("INSERT OR IGNORE INTO facts VALUES ('uid', ?)", [uuid.uuid4().hex[:12]])
            db.execute(f"PRAGMA user_version = {FORM}")

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
        return self.articles([article_id]).get(article_id)

    def articles(self, ids: Sequence[str]) -> dict[str, Article]:
        """The stored articles among these ids, by id, each with its present standing."""
        statement = (
            "SELECT id, record, status FROM articles LEFT JOIN standing ON article = id WHERE id IN ({})"
        )
        return {
            row[0]: _standing(_codec().validate_json(row[1]), row[2]) for row in self._among(statement, ids)
        }

    def statuses(self, ids: Sequence[str]) -> dict[str, ArticleStatus]:
        """The present status of articles by id, of those that are held or that a report names."""
        found: dict[str, ArticleStatus] = {
            name: article.status for name, article in self.articles(ids).items()
        }
        for name, status in self._among("SELECT subject, status FROM reports WHERE subject IN ({})", ids):
            if name not in found:
                found[name] = gravest((status, found.get(name, "ok")))
        return found

    def ids(self) -> list[str]:
        """Every article id, sorted."""
        return [row[0] for row in self._rows("SELECT id FROM articles ORDER BY id")]

    def holds(self, ids: Sequence[str]) -> set[str]:
        """The ids among these that are held."""
        return {row[0] for row in self._among("SELECT id FROM articles WHERE id IN ({})", ids)}

    def passage_ids(self) -> set[str]:
        """Every passage id."""
        return {row[0] for row in self._rows("SELECT id FROM passages")}

    def records(self) -> Iterator[tuple[str, Article]]:
        """Every article as its own record is, with the hash it was stored under, by id, one at a time."""
        for article_id in self.ids():
            row = self._row("SELECT hash, record FROM articles WHERE id = ?", article_id)
            if row:
                yield row[0], _codec().validate_json(row[1])

    def article_of(self, passage_ids: Sequence[str]) -> dict[str, str]:
        """The article id of each stored passage among these."""
        return dict(self._among("SELECT id, article FROM passages WHERE id IN ({})", passage_ids))

    def entries(self, passage_ids: Sequence[str], embedder: str) -> dict[str, tuple[ArticleStatus, Any]]:
        """What the vector index is to hold of each of these passages: status of its article, and vector."""
        statement = (
            "SELECT id, article, vector FROM passages JOIN vectors USING (key) "
            "WHERE embedder = ? AND id IN ({})"
        )
        rows = list(self._among(statement, passage_ids, embedder))
        articles = self.articles(sorted({row[1] for row in rows}))
        return {
            row[0]: (articles[row[1]].status, np.frombuffer(row[2], np.float32))
            for row in rows
            if row[1] in articles
        }

    def faults(self) -> list[str]:
        """What SQLite finds wrong with the file, each in one line."""
        found = [str(row[0]) for row in self._rows("PRAGMA quick_check(3)")]
        return [f"The article store is damaged: {fault}." for fault in found if fault != "ok"]

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
        """Hash of ids, content hashes and standings: it changes exactly when the content does."""
        digest = hashlib.sha256()
        rows = self._rows(
            "SELECT id, hash, ifnull(status, '') FROM articles LEFT JOIN standing ON article = id ORDER BY id"
        )
        for article_id, content, status in rows:
            digest.update(f"{article_id}\n{content}{status}\n".encode())
        return digest.hexdigest()[:16]

    def pending(self) -> tuple[list[str], list[str]]:
        """Ids of articles that the indexes have not followed, and of passages that they must forget."""
        changed = [row[0] for row in self._rows("SELECT article FROM pending ORDER BY article")]
        return changed, [row[0] for row in self._rows("SELECT passage FROM stale ORDER BY passage")]

    # --- Writing ---

    def put(self, articles: Iterable[Article], file: str = "") -> Added:
        """Store articles, replacing those whose content differs, in one transaction.

        Args:
            articles: those of one file, in its order.
            file: place of the file among PubMed's files; an article that is held in a newer version is
                then left as it is (see ``versions``). Without it the articles are taken for the newest.
        """
        new = changed = unchanged = older = 0
        with self._transaction() as db:
            for article in articles:
                if file and versions.is_older(db, article, _held(db, article.id), file):
                    older += 1
                    continue
                versions.note(db, article.id, article.version, file)
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
                standing.settle(db, article)
                _reconsider(db, standing.report_of(db, article))
        return Added(new, changed, unchanged, older)

    def delete(self, ids: Iterable[str], file: str = "") -> int:
        """Remove articles, unless a later file has brought them; returns how many there were."""
        removed = 0
        with self._transaction() as db:
            for article_id in ids:
                if file and versions.is_older_deletion(db, article_id, file):
                    continue
                versions.note(db, article_id, versions.DELETED, file)
                if db.execute("DELETE FROM articles WHERE id = ?", [article_id]).rowcount:
                    removed += 1
                    _replace_passages(db, article_id, None)
                    _reconsider(db, standing.forget(db, article_id))
        return removed

    def report(self, source: str, said: Mapping[str, ArticleStatus]) -> int:
        """Put a list of what is said of articles in the place of the same list as it was before.

        Args:
            source: name of the list.
            said: the status of each subject, a PMID or ``doi:`` and the DOI in lower case.

        Returns:
            How many held articles have another status for it.
        """
        with self._transaction() as db:
            subjects = standing.report(db, source, said)
            held = (_held(db, article_id) for article_id in self.ids()) if subjects else ()
            return sum(_settle(db, article) for article in held if article)

    def settle(self, articles: Iterable[str], passage_ids: Iterable[str]) -> None:
        """Note that both indexes have followed these changes."""
        with self._transaction() as db:
            db.executemany("DELETE FROM pending WHERE article = ?", [[one] for one in articles])
            db.executemany("DELETE FROM stale WHERE passage = ?", [[one] for one in passage_ids])

    def recut(self) -> None:
        """Cut every article anew and note everything as pending, for indexes that are to be made again."""
        with self._transaction() as db:
            for (article_id,) in db.execute("SELECT id FROM articles").fetchall():
                article = _held(db, article_id)
                _replace_passages(db, article_id, article)
                if article:
                    standing.settle(db, article)
                    _reconsider(db, standing.report_of(db, article))
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
        try:
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
                self._writer.execute("COMMIT")
            except BaseException:
                if self._writer.in_transaction:  # some errors, a full disk among them, have rolled it back
                    self._writer.execute("ROLLBACK")
                raise
        except sqlite3.OperationalError as error:
            raise Unwritable(self._path, error) from None

    def _rows(self, statement: str, *values: object) -> list[Any]:
        # One statement at a time: one that is still open in another thread would keep this one, on the same
        # connection, from seeing what was committed since it began.
        with self._reading:
            try:
                return self._reader.execute(statement, values).fetchall()
            except sqlite3.DatabaseError as error:
                raise CorpusError(
                    f"{self._path} cannot be read: {error}. If this happens again, remove the corpus and "
                    "import its files anew."
                ) from None

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


def _standing(article: Article, status: ArticleStatus | None) -> Article:
    return replace(article, status=status) if status else article


def _held(db: sqlite3.Connection, article_id: str) -> Article | None:
    """An article as its own record is."""
    row = db.execute("SELECT record FROM articles WHERE id = ?", [article_id]).fetchone()
    return _codec().validate_json(row[0]) if row else None


def _settle(db: sqlite3.Connection, article: Article) -> bool:
    """Work out the standing of an article, and have the indexes follow if it changed."""
    changed = standing.settle(db, article)
    if changed:
        db.execute("INSERT OR IGNORE INTO pending VALUES (?)", [article.id])
    return changed


def _reconsider(db: sqlite3.Connection, subjects: Iterable[str]) -> None:
    """Work out the standing of those subjects that are held."""
    for subject in subjects:
        if article := _held(db, subject):
            _settle(db, article)


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
