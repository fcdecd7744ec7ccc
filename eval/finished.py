"""A finished run, read back from its folder: what was run, the outcomes, the figures."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.judge import Judgements, judged
from eval.records import Figure, Outcome
from eval.run import read
from eval.suites import Suite
from eval.tasks.table import TASKS
from rag.errors import BadInput


@dataclass(frozen=True, slots=True)
class Finished:
    """A run folder that was measured; ``facts`` is its ``run.json``, ``metrics`` its ``metrics.json``."""

    folder: Path
    facts: dict[str, Any]
    metrics: dict[str, Any]
    suite: Suite

    @property
    def name(self) -> str:
        """The name of its folder."""
        return self.folder.name

    @property
    def changed(self) -> dict[str, Any]:
        """Options that are not the suite's own, and settings that are not the defaults."""
        defaults = {**TASKS[self.suite.task].options, **self.suite.options}
        options = {k: v for k, v in self.facts["options"].items() if defaults.get(k) != v}
        usual = {"llm": "none", "llm_model": "", "prompt": "", "verifier": "bundled", "embedder": "minilm"}
        return options | {k: v for k, v in self.facts["settings"].items() if usual.get(k, v) != v}

    @property
    def label(self) -> str:
        """What sets the run apart among those of its suite, in words: what was changed."""
        return ", ".join(f"{name}={value}" for name, value in sorted(self.changed.items())) or "unchanged"

    def outcomes(self) -> list[Outcome]:
        """Every outcome, in the order of the items."""
        return list(read(self.folder / "items.jsonl"))

    def figures(self) -> dict[str, Figure]:
        """Every figure with its units, the judge's among them."""
        outcomes = self.outcomes()
        measured = TASKS[self.suite.task].measure(outcomes).figures
        if (self.folder / "judge.json").exists():
            measured |= judged(Judgements(self.folder), outcomes)
        return measured


def finished(folder: Path) -> Finished:
    """Read a run folder.

    Raises:
        BadInput: it holds no run, or one that was not finished.
    """
    try:
        facts, metrics = (
            json.loads((folder / name).read_text(encoding="utf-8")) for name in ("run.json", "metrics.json")
        )
    except (OSError, json.JSONDecodeError):
        raise BadInput(
            f"{folder} holds no finished run. Make one, or go on with it, by: rag-eval run"
        ) from None
    return Finished(folder, facts, metrics, Suite.model_validate(facts["suite"]))


def by_item(figure: Figure) -> tuple[dict[str, Any], dict[str, str]]:
    """One value and the cluster of each item: of several numbers the mean of those that were scored."""
    values: dict[str, list[Any]] = {}
    clusters = {}
    for unit in figure.units:
        values.setdefault(unit.item, []).append(unit.value)
        clusters[unit.item] = unit.cluster
    merge: Callable[[Sequence[Any]], Any] = _mean if figure.statistic is None else _only
    return {item: merge(several) for item, several in values.items()}, clusters


def _mean(values: Sequence[float | None]) -> float | None:
    scored = [value for value in values if value is not None]
    return sum(scored) / len(scored) if scored else None


def _only(values: Sequence[Any]) -> Any:
    (value,) = values
    return value
