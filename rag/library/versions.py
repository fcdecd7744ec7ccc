"""Which PubMed file last spoke of an article, so that an older file read later undoes nothing.

PubMed's files are numbered and each replaces what the ones before it said (a yearly baseline, then daily
updates). What a file deleted is noted too: an older file does not bring it back.
"""

from __future__ import annotations

import re
import sqlite3

from rag.records import Article

SCHEMA = """
CREATE TABLE IF NOT EXISTS versions (
    article TEXT PRIMARY KEY, version INTEGER NOT NULL, file TEXT NOT NULL
) WITHOUT ROWID;
"""
DELETED = 0
_FILE = re.compile(r"pubmed(\d\d)n(\d{4,6})\.xml", re.IGNORECASE)


def place(name: str) -> str:
    """Place of a file among PubMed's files, to be compared: ``26n000012`` of ``pubmed26n0012.xml.gz``.

    Empty if it is none of them.
    """
    found = _FILE.match(name)
    return f"{found[1]}n{found[2]:>06}" if found else ""


def note(db: sqlite3.Connection, article_id: str, version: int, file: str) -> None:
    """Note which file brought a version of an article, or deleted it; none: it came from elsewhere."""
    if file:
        db.execute("INSERT OR REPLACE INTO versions VALUES (?, ?, ?)", [article_id, version, file])
    else:
        db.execute("DELETE FROM versions WHERE article = ?", [article_id])


def is_older(db: sqlite3.Connection, article: Article, held: Article | None, file: str) -> bool:
    """Whether a record of a file is older than what is held, or than its deletion.

    The higher version is newer, then the later file; against what was fetched from PubMed itself the later
    date of revision.
    """
    if known := _known(db, article.id):
        version, seen = known
        return file < seen if version == DELETED else (article.version, file) < known
    return held is not None and (article.version, article.revised or "9") < (held.version, held.revised)


def is_older_deletion(db: sqlite3.Connection, article_id: str, file: str) -> bool:
    """Whether a later file than this one has spoken of the article."""
    known = _known(db, article_id)
    return known is not None and file < known[1]


def _known(db: sqlite3.Connection, article_id: str) -> tuple[int, str] | None:
    row = db.execute("SELECT version, file FROM versions WHERE article = ?", [article_id]).fetchone()
    return (row[0], row[1]) if row else None
