"""What is kept of earlier questions and how it is removed: answers, threads, live caches, replies."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rag.answering.saved import Saved
from rag.errors import BadInput
from rag.library.corpus import listing, remove
from rag.models.replay import FILE
from rag.settings import Settings

KINDS = ("answers", "threads", "live", "replies")
_AGE = re.compile(r"(\d{1,6})\s*([hdwmy])")
_HOURS = {"h": 1, "d": 24, "w": 24 * 7, "m": 24 * 30, "y": 24 * 365}


@dataclass(frozen=True, slots=True)
class Purge:
    """What is to be removed: ids of answers and threads, names of live corpora, the file of replies."""

    answers: tuple[str, ...] = ()
    threads: tuple[str, ...] = ()
    live: tuple[str, ...] = ()
    replies: Path | None = None

    def __str__(self) -> str:
        """In words; empty where there is nothing to remove."""
        counts = ((self.answers, "saved answer"), (self.threads, "thread"), (self.live, "live cache"))
        told = [f"{len(ids)} {what}{'' if len(ids) == 1 else 's'}" for ids, what in counts if ids]
        return ", ".join([*told, *(["the recorded replies"] if self.replies else [])])


def purge(settings: Settings, kinds: Collection[str], older_than: str | None) -> Purge:
    """Find what is to be removed; nothing is removed yet.

    Args:
        settings: whose home is looked through.
        kinds: of ``KINDS``; all of them if empty. A thread goes with its answers.
        older_than: an age such as ``30d``; None for any age. A thread is as old as its last answer, a cache
            as its last change.

    Raises:
        BadInput: the age cannot be read.
    """
    chosen = kinds or KINDS
    before = datetime.now(UTC) - (age(older_than) if older_than else timedelta(seconds=-1))
    limit = before.isoformat(timespec="seconds")
    saved = Saved(settings.home)
    old = saved.older(limit) if saved.path.exists() else {"answers": (), "threads": ()}
    replies = settings.home / FILE
    is_old = replies.exists() and datetime.fromtimestamp(replies.stat().st_mtime, UTC) < before
    return Purge(
        answers=tuple(old["answers"]) if "answers" in chosen else (),
        threads=tuple(old["threads"]) if "threads" in chosen else (),
        live=tuple(
            row["name"]
            for row in listing(settings)
            if "live" in chosen and row["name"].startswith("live-") and str(row["built"] or "") < limit
        ),
        replies=replies if "replies" in chosen and is_old else None,
    )


def carry_out(plan: Purge, settings: Settings) -> None:
    """Remove what was found.

    Raises:
        CorpusError: a live cache is being written; what was removed before it stays removed.
    """
    if plan.answers or plan.threads:
        Saved(settings.home).remove(plan.answers, plan.threads)
    if plan.replies:
        plan.replies.unlink(missing_ok=True)
    for name in plan.live:
        remove(name, settings)


def age(text: str) -> timedelta:
    """Read an age: ``12h``, ``30d``, ``8w``, ``6m``, ``1y`` (a month has 30 days, a year 365).

    Raises:
        BadInput: it is none.
    """
    found = _AGE.fullmatch(text.strip().lower())
    if found is None:
        raise BadInput(f"{text!r} is no age. Write a number and h, d, w, m or y, for example 30d.")
    return timedelta(hours=int(found[1]) * _HOURS[found[2]])
