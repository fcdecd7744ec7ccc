"""The ledger of a corpus that comes from PubMed: what was searched, found, fetched, and what became of it.

One SQLite file beside the raw replies (``raw/000001.xml.gz`` ...), each saved before it is read. Whatever
happened is written down in one transaction with what follows from it, so that a build stopped at any moment
goes on from there: nothing is asked for twice that is already saved, and nothing is forgotten.
"""

from __future__ import annotations

import gzip
import json
import os
import sqlite3
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

from filelock import FileLock, Timeout

from rag.errors import CorpusError, Unwritable
from rag.library.pubmed import NO_RECORD
from rag.library.pubmed_xml import from_xml
from rag.records import Article, Deleted, Unreadable

FILE, RAW = "pubmed.sqlite", "raw"
DAMAGED = (OSError, EOFError, zlib.error)
"""What gzip raises on a file that is cut or changed."""
PARTS = (FILE, f"{FILE}-wal", f"{FILE}-shm", RAW)
"""What lies in the folder of a corpus that was built from PubMed."""

Change = Literal["new", "revised", "retracted", "unmatched", "deleted"]
"""What became of an article since the last search; ``unmatched`` is one that the query finds no longer."""
State = Literal["held", "unreadable", "missing"]
"""Whether an article was fetched, could not be read, or is not at PubMed."""

FORM = 1
"""Version of the tables; a ledger of this version is not written to when it is opened."""
SCHEMA = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS slices (
    search TEXT, since TEXT, until TEXT, count INTEGER NOT NULL, pmids TEXT NOT NULL,
    PRIMARY KEY (search, since, until)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS found (pmid TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS wanted (pmid TEXT PRIMARY KEY, gone INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS replies (name TEXT PRIMARY KEY, indexed INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS records (
    pmid TEXT PRIMARY KEY, state TEXT NOT NULL, reply TEXT NOT NULL, reason TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS records_in ON records (reply);
CREATE TABLE IF NOT EXISTS changes (pmid TEXT PRIMARY KEY, change TEXT NOT NULL) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Slice:
    """What one search found between two days; no PMIDs where they are more than PubMed names."""

    count: int
    pmids: tuple[str, ...]


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Be the only process that builds the corpus in a folder, which is made if it is not there.

    Raises:
        CorpusError: another process builds it.
        Unwritable: the folder cannot be written.
    """
    lock = FileLock(folder / "build.lock")
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise CorpusError(
                f"Corpus {folder.name} is being built by another process. Try again when that has finished."
            ) from None
    try:
        yield
    finally:
        lock.release()


def unfinished(folder: Path) -> bool:
    """Whether a build or an update of the corpus in a folder was begun and has not ended."""
    if not (folder / FILE).exists():
        return False
    with closing(Ledger(folder)) as ledger:
        return bool(ledger.fact("stage") != "done")


class Ledger:
    """The ledger in the folder of one corpus; one process writes.

    Raises:
        Unwritable: the file is not a ledger, or cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self._raw = folder / RAW
        with writing(folder):
            self._db = sqlite3.connect(folder / FILE, timeout=30, isolation_level=None)
            self._db.execute("PRAGMA journal_mode = WAL")
            if self._db.execute("PRAGMA user_version").fetchone()[0] < FORM:
                self._db.executescript(f"BEGIN IMMEDIATE; {SCHEMA} PRAGMA user_version = {FORM}; COMMIT;")

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    # --- The search ---

    def fact(self, name: str) -> Any:
        """A named fact, None if it was never set."""
        row = self._db.execute("SELECT value FROM facts WHERE name = ?", [name]).fetchone()
        return json.loads(row[0]) if row else None

    def begin(self, **facts: object) -> None:
        """Begin a search anew, with what is known of it."""
        with self._transaction() as db:
            db.execute("DELETE FROM slices")
            _remember(db, facts)

    def slice(self, search: str, since: date, until: date) -> Slice | None:
        """What a search in progress found between two days, None if it has not been asked."""
        key = [search, since.isoformat(), until.isoformat()]
        statement = "SELECT count, pmids FROM slices WHERE search = ? AND since = ? AND until = ?"
        row = self._db.execute(statement, key).fetchone()
        return Slice(row[0], tuple(row[1].split())) if row else None

    def keep_slice(self, search: str, since: date, until: date, found: Slice) -> None:
        """Write down what a search in progress found between two days."""
        row = [search, since.isoformat(), until.isoformat(), found.count, " ".join(found.pmids)]
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO slices VALUES (?, ?, ?, ?, ?)", row)

    def plan(self, found: Iterable[str], again: Iterable[str], **facts: object) -> None:
        """End a search: write down what it found, and with that what is to be fetched.

        What is no longer found is fetched too, to tell whether PubMed still has it; and what an earlier plan
        left unfetched stays wanted.

        Args:
            found: every PMID that it found.
            again: those of them to be fetched although they are held.
            **facts: what is now known.
        """
        now = set(found)
        with self._transaction() as db:
            before = {row[0] for row in db.execute("SELECT pmid FROM found")}
            before |= {row[0] for row in db.execute("SELECT pmid FROM wanted WHERE gone")}
            held = {row[0] for row in db.execute("SELECT pmid FROM records WHERE state = 'held'")}
            wanted = {row[0] for row in db.execute("SELECT pmid FROM wanted")} | set(again) | (now - held)
            for table in ("found", "wanted", "changes", "slices"):
                db.execute(f"DELETE FROM {table}")
            db.executemany("INSERT INTO found VALUES (?)", [[pmid] for pmid in now])
            db.executemany("INSERT INTO wanted VALUES (?, 0)", [[pmid] for pmid in wanted & now])
            db.executemany("INSERT INTO wanted VALUES (?, 1)", [[pmid] for pmid in before - now])
            _remember(db, facts)

    def found(self) -> set[str]:
        """Every PMID of the last search that was ended."""
        return {row[0] for row in self._db.execute("SELECT pmid FROM found")}

    # --- The records ---

    def wanted(self) -> list[str]:
        """PMIDs still to be fetched, by number."""
        return sorted((row[0] for row in self._db.execute("SELECT pmid FROM wanted")), key=int)

    def take(self, body: bytes) -> list[Article | Deleted | Unreadable]:
        """Save a reply of PubMed, then read it and note the articles it holds.

        Returns:
            Its records.
        """
        name = _name(self._last() + 1)
        path = self._raw / name
        part = path.with_suffix(".part")
        with writing(path):
            self._raw.mkdir(exist_ok=True)
            with part.open("wb") as file:
                file.write(gzip.compress(body, 6, mtime=0))
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        return self._note(name, body)

    def adopt(self) -> None:
        """Note replies that were saved by a process that then was stopped."""
        for part in self._raw.glob("*.part"):
            part.unlink()
        noted = {row[0] for row in self._db.execute("SELECT name FROM replies")}
        for path in sorted(self._raw.glob("*.xml.gz")):
            if path.name in noted:
                continue
            try:
                body = gzip.decompress(path.read_bytes())
            except DAMAGED:
                path.unlink()
                continue
            self._note(path.name, body)

    def lose(self, record: Unreadable) -> None:
        """Note that an article that was wanted cannot be had, and why."""
        state: State = "missing" if record.reason == NO_RECORD else "unreadable"
        with self._transaction() as db:
            row = db.execute("DELETE FROM wanted WHERE pmid = ? RETURNING gone", [record.pmid]).fetchone()
            if row and row[0]:
                change: Change = "deleted" if state == "missing" else "unmatched"
                db.execute("INSERT OR REPLACE INTO changes VALUES (?, ?)", [record.pmid, change])
            elif row:
                values = [record.pmid, state, _name(last) if (last := self._last()) else "", record.reason]
                db.execute("INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?)", values)

    def lost(self, state: State) -> dict[str, str]:
        """The articles that were found and are in a state, by number of the PMID.

        Returns:
            The reason by PMID, with the file of the last reply on it.
        """
        statement = "SELECT pmid, reason, reply FROM records JOIN found USING (pmid) WHERE state = ?"
        rows = sorted(self._db.execute(statement, [state]), key=lambda row: int(row[0]))
        return {pmid: f"{reason} ({RAW}/{reply})" if reply else reason for pmid, reason, reply in rows}

    def managed(self) -> tuple[set[str], set[str]]:
        """PMIDs that the corpus shall hold, and all those that were ever fetched for it."""
        every = {row[0]: row[1] for row in self._db.execute("SELECT pmid, state FROM records")}
        found = self.found()
        return {pmid for pmid, state in every.items() if state == "held" and pmid in found}, set(every)

    # --- From the raw replies to the corpus ---

    def unindexed(self, stored: set[str]) -> dict[str, int]:
        """Replies with an article that the corpus lacks or has in an older form.

        Args:
            stored: ids of the articles that the corpus holds.

        Returns:
            The number of articles of each such reply by its name, in order.
        """
        statement = (
            "SELECT pmid, reply, indexed FROM records JOIN found USING (pmid) JOIN replies ON name = reply "
            "WHERE state = 'held'"
        )
        rows = self._db.execute(statement).fetchall()
        names = {reply for pmid, reply, indexed in rows if not indexed or pmid not in stored}
        return dict(sorted(Counter(reply for _, reply, _ in rows if reply in names).items()))

    def articles(self, name: str) -> list[Article]:
        """The articles of a reply of which it holds the newest record that was fetched.

        Raises:
            CorpusError: the file was damaged since it was saved; its articles are then wanted again.
        """
        statement = "SELECT pmid FROM records JOIN found USING (pmid) WHERE reply = ? AND state = 'held'"
        newest = {row[0] for row in self._db.execute(statement, [name])}
        path = self._raw / name
        try:
            records = list(from_xml(gzip.decompress(path.read_bytes())))
        except DAMAGED:
            records = []
        articles = {one.pmid: one for one in records if isinstance(one, Article) and one.pmid in newest}
        if len(articles) < len(newest):
            self._forget(name)
            raise CorpusError(
                f"{path} is damaged. Run the same command again: it fetches these articles anew."
            )
        return list(articles.values())

    def note_changes(self, changes: Mapping[str, Change]) -> None:
        """Note what is about to change in the corpus; what was noted before stands."""
        with self._transaction() as db:
            db.executemany("INSERT OR IGNORE INTO changes VALUES (?, ?)", changes.items())

    def note_indexed(self, name: str) -> None:
        """Note that the corpus holds the articles of a reply."""
        with self._transaction() as db:
            db.execute("UPDATE replies SET indexed = 1 WHERE name = ?", [name])

    def changes(self) -> dict[str, Change]:
        """What became of each article that changed since the last search."""
        return dict(self._db.execute("SELECT pmid, change FROM changes"))

    def finish(self, **facts: object) -> None:
        """End a build: forget what is no longer found, and raw replies that hold nothing newest."""
        unused = "SELECT name FROM replies WHERE name NOT IN (SELECT reply FROM records)"
        with self._transaction() as db:
            db.execute("DELETE FROM records WHERE pmid NOT IN (SELECT pmid FROM found)")
            _remember(db, facts)
        for (name,) in self._db.execute(unused).fetchall():
            (self._raw / name).unlink(missing_ok=True)
            with self._transaction() as db:
                db.execute("DELETE FROM replies WHERE name = ?", [name])

    # --- Inside ---

    def _note(self, name: str, body: bytes) -> list[Article | Deleted | Unreadable]:
        records = list(from_xml(body))
        with self._transaction() as db:
            # A name may be that of a reply whose file is gone while its row is still there.
            db.execute("INSERT OR REPLACE INTO replies VALUES (?, 0)", [name])
            for one in records:
                if not isinstance(one, Article):
                    continue
                row = db.execute("DELETE FROM wanted WHERE pmid = ? RETURNING gone", [one.pmid]).fetchone()
                if row and row[0]:
                    db.execute("INSERT OR REPLACE INTO changes VALUES (?, 'unmatched')", [one.pmid])
                elif row:
                    db.execute("INSERT OR REPLACE INTO records VALUES (?, 'held', ?, '')", [one.pmid, name])
        return records

    def _forget(self, name: str) -> None:
        """Forget a reply, so that its articles are fetched again."""
        with self._transaction() as db:
            lost = db.execute("DELETE FROM records WHERE reply = ? RETURNING pmid", [name]).fetchall()
            db.executemany("INSERT OR IGNORE INTO wanted VALUES (?, 0)", lost)
            db.execute("DELETE FROM wanted WHERE NOT gone AND pmid NOT IN (SELECT pmid FROM found)")
            db.execute("DELETE FROM replies WHERE name = ?", [name])
            _remember(db, {"stage": "fetch"})

    def _last(self) -> int:
        return max((int(path.name.partition(".")[0]) for path in self._raw.glob("*.xml.gz")), default=0)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with writing(self._raw.parent):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")


def _name(number: int) -> str:
    return f"{number:06}.xml.gz"


def _remember(db: sqlite3.Connection, facts: Mapping[str, object]) -> None:
    rows = [(name, json.dumps(value)) for name, value in facts.items()]
    db.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?)", rows)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Say what to do when a disk is full or a folder read-only."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise Unwritable(path, error) from None
