"""What a task is given, and what a task is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from eval.bench import Bench
from eval.records import Measured, Outcome
from eval.suites import Option, Suite


class Item(Protocol):
    """One item of a suite."""

    @property
    def id(self) -> str:
        """Its name, unique in the suite."""
        ...


@dataclass(frozen=True, slots=True)
class Job:
    """A suite that is about to run: its data files by role, models and corpora, options."""

    suite: Suite
    files: Mapping[str, Path]
    bench: Bench
    options: Mapping[str, Option]

    def text(self, name: str) -> str:
        """An option as text."""
        return str(self.options[name])

    def number(self, name: str) -> int:
        """An option as a whole number."""
        return int(self.options[name])


@dataclass(frozen=True, slots=True)
class Task:
    """A kind of suite.

    ``items`` reads what is to be run; ``run`` prepares what all items share and returns the function that
    runs one (its outcome may hold ``seconds`` by stage, which are kept apart); ``measure`` reads outcomes.
    ``options`` are what ``--set`` may change, with their defaults.
    """

    items: Callable[[Job], Sequence[Any]]
    run: Callable[[Job], Callable[[Any], Outcome]]
    measure: Callable[[Sequence[Outcome]], Measured]
    options: Mapping[str, Option] = field(default_factory=dict)
