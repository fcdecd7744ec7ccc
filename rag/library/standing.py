"""What others say of an article: notices that the corpus holds, and a list such as Retraction Watch.

It stands in tables of its own beside the records, so that a record that is read again, in a version that
does not know of its retraction, undoes nothing. A *report* is what one source says of one subject, which
need not be held; the *standing* of a held article is the gravest report, where that is graver than what
its own record says.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from rag.library.identifiers import article_id
from rag.library.retractions import gravest, of_others
from rag.records import Article, ArticleStatus

SCHEMA = """
CREATE TABLE IF NOT EXISTS reports (
    subject TEXT NOT NULL, source TEXT NOT NULL, status TEXT NOT NULL, PRIMARY KEY (subject, source)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS reports_by ON reports (source);
CREATE TABLE IF NOT EXISTS standing (article TEXT PRIMARY KEY, status TEXT NOT NULL) WITHOUT ROWID;
"""


def report(db: sqlite3.Connection, source: str, said: Mapping[str, ArticleStatus]) -> set[str]:
    """Put what a source says in the place of what it said before.

    Args:
        db: a store, in a transaction.
        source: id of the article that is a notice, or name of a list.
        said: the status of each subject, a PMID or ``doi:`` and the DOI in lower case.

    Returns:
        The subjects of whom it says something else than before.
    """
    before = dict(db.execute("SELECT subject, status FROM reports WHERE source = ?", [source]).fetchall())
    if before == said:
        return set()
    db.execute("DELETE FROM reports WHERE source = ?", [source])
    rows = [(subject, source, status) for subject, status in said.items()]
    db.executemany("INSERT INTO reports VALUES (?, ?, ?)", rows)
    return {subject for subject, _ in before.items() ^ said.items()}


def report_of(db: sqlite3.Connection, article: Article) -> set[str]:
    """Put down what a record says of other articles; see ``report``."""
    return report(db, article.id, of_others(article))


def settle(db: sqlite3.Connection, article: Article) -> bool:
    """Work out the standing of a held article from all reports; returns whether it changed.

    A notice has none: lists give the PMID of the notice in the place of its article's now and then.
    """
    reported = "ok" if article.notice else gravest(_reported(db, _subjects(article)))
    graver = reported if gravest((reported, article.status)) != article.status else "ok"
    row = db.execute("SELECT status FROM standing WHERE article = ?", [article.id]).fetchone()
    if graver == (row[0] if row else "ok"):
        return False
    db.execute("DELETE FROM standing WHERE article = ?", [article.id])
    if graver != "ok":
        db.execute("INSERT INTO standing VALUES (?, ?)", [article.id, graver])
    return True


def forget(db: sqlite3.Connection, gone: str) -> set[str]:
    """Forget the standing of an article that is removed, and what it said of others; see ``report``."""
    db.execute("DELETE FROM standing WHERE article = ?", [gone])
    return report(db, gone, {})


def _subjects(article: Article) -> list[str]:
    """Every name under which an article may be reported."""
    return [article.id, article_id(None, article.doi)] if article.doi else [article.id]


def _reported(db: sqlite3.Connection, subjects: list[str]) -> list[ArticleStatus]:
    marks = ",".join("?" * len(subjects))
    return [row[0] for row in db.execute(f"SELECT status FROM reports WHERE subject IN ({marks})", subjects)]
