"""How far a long command is, on stderr: a bar with rate and time left on a terminal, else plain lines."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

EVERY = 10.0
"""Seconds between two lines of one phase."""


@dataclass(frozen=True, slots=True)
class Phase:
    """One kind of work, when it began, and how much of it had been done by then."""

    what: str
    began: float
    first: int

    def rate(self, done: int, now: float) -> float:
        """How much is done a second; 0 while that cannot be told."""
        return (done - self.first) / (now - self.began) if now > self.began else 0.0


def line(phase: Phase, done: int, total: int, now: float) -> str:
    """Say how far a phase is, e.g. ``Fetching: 4,000 of 25,000 (310 a second, 68 s left)``."""
    rate = phase.rate(done, now)
    left = f" ({rate:,.0f} a second, {(total - done) / rate:,.0f} s left)" if rate and done < total else ""
    return f"{phase.what}: {done:,} of {total:,}{left}"


@contextmanager
def phases() -> Iterator[Callable[[str, int, int], None]]:
    """Give a function to be told what is done, how much of it, and how much there is."""
    if not sys.stderr.isatty():
        yield _lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        known: dict[str, tuple[Phase, TaskID]] = {}

        def told(what: str, done: int, total: int) -> None:
            now = time.monotonic()
            if what not in known:
                known[what] = Phase(what, now, done), bar.add_task(what, total=total, rate="")
            phase, task = known[what]
            rate = phase.rate(done, now)
            bar.update(task, completed=done, total=total, rate=f"{rate:,.0f}/s" if rate else "")

        yield told


def _lines() -> Callable[[str, int, int], None]:
    """Print a line when a phase begins or ends, and now and then between."""
    phase, due = Phase("", 0.0, 0), 0.0

    def told(what: str, done: int, total: int) -> None:
        nonlocal phase, due
        now = time.monotonic()
        if what != phase.what:
            phase, due = Phase(what, now, done), 0.0
        if now >= due or done == total:
            print(line(phase, done, total, now), file=sys.stderr, flush=True)  # noqa: T201
            due = now + EVERY

    return told
