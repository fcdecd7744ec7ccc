"""Saved answers, the threads they belong to and their reviews: one SQLite file in ``RAG_HOME``.

A question is stored only as its answer shows it, without identifying text. The file is readable by its owner
alone, and what is removed is overwritten.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from rag.errors import BadInput, SavedError
from rag.output.json import answer_from_json, render
from rag.records import Answer, Review

FILE = "answers.sqlite"
LAST = "last"
"""What a user may write for the id of the newest answer or thread."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS answers (
    place INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE NOT NULL, thread TEXT NOT NULL,
    made TEXT NOT NULL, only_studies TEXT NOT NULL, record TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS turns ON answers (thread);
CREATE TABLE IF NOT EXISTS numbers (
    thread TEXT NOT NULL, n INTEGER NOT NULL, article TEXT NOT NULL,
    PRIMARY KEY (thread, n), UNIQUE (thread, article)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS reviews (
    place INTEGER PRIMARY KEY AUTOINCREMENT, answer TEXT NOT NULL, status TEXT NOT NULL, by TEXT NOT NULL,
    at TEXT NOT NULL, note TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS reviews_of ON reviews (answer);
"""


@dataclass(frozen=True, slots=True)
class Turn:
    """A saved answer, and what kind of studies it was restricted to, as text; empty for all."""

    answer: Answer
    only_studies: str = ""


class Saved:
    """The saved answers of one home.

    Every call opens the file and closes it, so that any thread and any process may read and write.

    Args:
        home: the folder, ``RAG_HOME``; the file in it is made when the first answer is saved.
    """

    def __init__(self, home: Path) -> None:
        self.path = home / FILE

    def ready(self) -> None:
        """Make sure that answers can be saved.

        Raises:
            SavedError: they cannot.
        """
        with self._open():
            pass

    def put(self, turn: Turn) -> None:
        """Save an answer as the newest turn of its thread.

        Raises:
            BadInput: another turn of the thread was saved meanwhile, with numbers that this one gives to
                other articles.
            SavedError: the file cannot be written.
        """
        answer = turn.answer
        thread = answer.thread or answer.id
        row = (answer.id, thread, answer.status.generated, turn.only_studies, render(answer))
        with self._open() as db:
            db.execute(
                "INSERT INTO answers (id, thread, made, only_studies, record) VALUES (?, ?, ?, ?, ?)", row
            )
            taken = _numbers(db, thread)
            new = [(thread, one.n, one.article) for one in answer.references if one.article not in taken]
            moved = any(taken.get(one.article, one.n) != one.n for one in answer.references)
            if moved or {n for _, n, _ in new} & set(taken.values()):
                raise BadInput("Another question was asked in this thread meanwhile. Ask this one again.")
            db.executemany("INSERT INTO numbers VALUES (?, ?, ?)", new)

    def get(self, name: str) -> Turn:
        """The answer of an id, of the beginning of one, or the ``last``; with its latest review.

        Raises:
            BadInput: there is no such answer, or several begin so.
        """
        with self._open() as db:
            return _turn(db, _only(db, "id", name, "answer"))

    def thread_id(self, name: str) -> str:
        """The whole id of the thread that ``name`` begins, or of the last one.

        Raises:
            BadInput: there is no such thread, or several begin so.
        """
        with self._open() as db:
            return _only(db, "thread", name, "thread")

    def turns(self, thread: str) -> tuple[Turn, ...]:
        """The turns of a thread, oldest first."""
        with self._open() as db:
            rows = db.execute("SELECT id FROM answers WHERE thread = ? ORDER BY place", [thread])
            return tuple(_turn(db, row[0]) for row in rows.fetchall())

    def numbers(self, thread: str) -> dict[str, int]:
        """The number of every article that a thread ever cited, by article id."""
        with self._open() as db:
            return _numbers(db, thread)

    def newest(self, most: int) -> tuple[Turn, ...]:
        """The newest answers, newest first."""
        with self._open() as db:
            rows = db.execute("SELECT id FROM answers ORDER BY place DESC LIMIT ?", [most])
            return tuple(_turn(db, row[0]) for row in rows.fetchall())

    def review(self, answer: str, status: str, by: str, note: str) -> None:
        """Add a review to an answer, dated now; earlier ones are kept."""
        values = (answer, status, by, datetime.now(UTC).isoformat(timespec="seconds"), note)
        with self._open() as db:
            db.execute("INSERT INTO reviews (answer, status, by, at, note) VALUES (?, ?, ?, ?, ?)", values)

    def reviews(self, answer: str) -> tuple[Review, ...]:
        """The reviews of an answer, oldest first."""
        with self._open() as db:
            return _reviews(db, answer)

    def older(self, before: str) -> Mapping[str, Sequence[str]]:
        """What was made before a time: ids of ``answers``, and of ``threads`` by their last turn.

        Args:
            before: ISO 8601, UTC.
        """
        with self._open() as db:
            answers = db.execute("SELECT id FROM answers WHERE made < ? ORDER BY place", [before])
            threads = db.execute(
                "SELECT thread FROM answers GROUP BY thread HAVING max(made) < ? ORDER BY min(place)",
                [before],
            )
            return {"answers": [row[0] for row in answers], "threads": [row[0] for row in threads]}

    def remove(self, answers: Sequence[str] = (), threads: Sequence[str] = ()) -> None:
        """Remove answers, and threads with all their answers.

        The numbers of a thread stay while any of its answers does, so that none is given twice.
        """
        with self._open() as db:
            db.executemany("DELETE FROM answers WHERE id = ?", [[one] for one in answers])
            db.executemany("DELETE FROM answers WHERE thread = ?", [[one] for one in threads])
            db.execute("DELETE FROM reviews WHERE answer NOT IN (SELECT id FROM answers)")
            db.execute("DELETE FROM numbers WHERE thread NOT IN (SELECT thread FROM answers)")

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """One connection and one transaction."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
            with closing(sqlite3.connect(self.path, timeout=10.0)) as db:
                db.execute("PRAGMA secure_delete = ON")
                db.executescript(SCHEMA)
                with db:
                    db.execute("BEGIN IMMEDIATE")
                    yield db
        except (OSError, sqlite3.Error) as error:
            raise SavedError(
                f"{self.path} cannot be used ({error}). Check who may write there, move the file away, "
                "or ask with --no-save."
            ) from None


def _only(db: sqlite3.Connection, column: str, name: str, what: str) -> str:
    """The one value of a column that ``name`` begins."""
    if name == LAST:
        row = db.execute(f"SELECT {column} FROM answers ORDER BY place DESC LIMIT 1").fetchone()
        if row is None:
            raise BadInput("No answer is saved yet. Ask a question first: rag ask QUESTION")
        return str(row[0])
    rows = db.execute(
        f"SELECT DISTINCT {column} FROM answers WHERE substr({column}, 1, ?) = ?", [len(name), name]
    )
    found = sorted(str(row[0]) for row in rows)
    if name in found or (name and len(found) == 1):
        return name if name in found else found[0]
    if name and found:
        raise BadInput(f"Several {what}s begin with {name}: {', '.join(found[:5])}. Give more of the id.")
    raise BadInput(f"There is no saved {what} {name}. See what there is with: rag show")


def _turn(db: sqlite3.Connection, name: str) -> Turn:
    row = db.execute("SELECT only_studies, record FROM answers WHERE id = ?", [name]).fetchone()
    answer = answer_from_json(row[1])
    reviews = _reviews(db, name)
    latest = reviews[-1] if reviews else None
    return Turn(replace(answer, status=replace(answer.status, reviewed=latest)), row[0])


def _reviews(db: sqlite3.Connection, answer: str) -> tuple[Review, ...]:
    rows = db.execute("SELECT status, by, at, note FROM reviews WHERE answer = ? ORDER BY place", [answer])
    return tuple(Review(*row) for row in rows)


def _numbers(db: sqlite3.Connection, thread: str) -> dict[str, int]:
    rows = db.execute("SELECT article, n FROM numbers WHERE thread = ? ORDER BY n", [thread])
    return dict(rows.fetchall())
