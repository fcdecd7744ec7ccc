"""Run a suite: one JSON line an item, resumable, with settings, versions and hashes beside it.

A run folder holds ``run.json`` (what was run, with what), ``items.jsonl`` (one line an item, the same bytes
whenever the same is run), ``timings.jsonl`` (seconds by item), with a judge ``judgements.jsonl`` and
``judge.json``, and ``metrics.json`` (each figure with its interval).
"""

from __future__ import annotations

import json
import os
import platform
import random
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from eval import judge as judging
from eval.bench import Bench
from eval.measure import measured
from eval.records import Outcome
from eval.suites import Option, Suite, digests, files
from eval.tasks.job import Job
from eval.tasks.table import TASKS
from rag import __version__
from rag.answering.batch import whole_lines
from rag.errors import BadInput
from rag.resources import prompt_hash

PACKAGES = ("chromadb", "llama-index-core", "numpy", "onnxruntime", "tantivy", "tokenizers")
"""Packages whose version can change a figure."""
WORKERS = min(4, os.cpu_count() or 1)


@dataclass(frozen=True, slots=True)
class Plan:
    """How a suite is run: a subset of ``limit`` items drawn with ``seed``, ``options`` of its task."""

    options: dict[str, Option] = field(default_factory=dict)
    limit: int | None = None
    seed: int = 0
    workers: int = WORKERS
    command: str = ""


def run(
    declared: Suite,
    bench: Bench,
    folder: Path,
    plan: Plan = Plan(),
    progress: Callable[[int, int], None] = lambda *_: None,
) -> dict[str, Any]:
    """Run every item of a suite that the folder does not hold yet, then measure all.

    Args:
        declared: the suite.
        bench: settings, models and corpora.
        folder: the run folder; made if absent. A folder of another suite or of other settings is refused.
        plan: subset, seed, options.
        progress: told how many of how many items are done.

    Returns:
        What ``metrics.json`` holds; see ``eval.measure.measured``.

    Raises:
        BadInput: the data is missing, the folder belongs to another run, an option is not known, or the judge
            is the checker that gates this run.
    """
    task = TASKS[declared.task]
    plan = replace(plan, limit=plan.limit or declared.sample)
    job = Job(declared, files(declared, bench.settings), bench, _options(declared, plan))
    judge = judging.judge(bench.settings, bench.complete) if bench.settings.judge else None
    folder.mkdir(parents=True, exist_ok=True)
    _describe(job, folder, plan)
    items = subset(task.items(job), plan)
    path, timings = folder / "items.jsonl", folder / "timings.jsonl"
    held = [json.loads(line)["id"] for line in whole_lines(path)]
    whole_lines(timings)
    if held != [item.id for item in items[: len(held)]]:
        raise BadInput(f"{path} holds other items. Name another folder.")
    left = items[len(held) :]
    if left:
        outcomes = _in_order(task.run(job), left, plan.workers)
        with path.open("a", encoding="utf-8") as file, timings.open("a", encoding="utf-8") as times:
            for number, (outcome, seconds) in enumerate(outcomes, start=len(held) + 1):
                stages = outcome.pop("seconds", {})
                times.write(_line({"id": outcome["id"], "seconds": round(seconds, 4), "stages": stages}))
                times.flush()
                file.write(_line(outcome))
                file.flush()
                progress(number, len(items))
    if judge is not None:
        judging.judge_run(judge, bench, folder, list(read(path)), plan.seed, progress)
    return measure_folder(folder, declared, plan.seed)


def measure_folder(folder: Path, declared: Suite, seed: int) -> dict[str, Any]:
    """Measure the outcomes of a run folder and write ``metrics.json``."""
    outcomes = list(read(folder / "items.jsonl"))
    figures = measured(TASKS[declared.task].measure(outcomes), seed)
    judged = judging.figures(folder, outcomes, seed)
    figures["figures"] |= judged.pop("figures", {})
    figures |= judged
    timed = [row["seconds"] for row in read(folder / "timings.jsonl")]
    figures["items"] = len(outcomes)
    figures["seconds"] = _seconds(timed)
    (folder / "metrics.json").write_text(
        json.dumps(figures, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    return figures


def subset(items: Sequence[Any], plan: Plan) -> list[Any]:
    """The items of a plan, in their own order: all, or ``limit`` of them drawn with ``seed``."""
    if plan.limit is None or plan.limit >= len(items):
        return list(items)
    drawn = set(random.Random(plan.seed).sample(range(len(items)), plan.limit))
    return [item for place, item in enumerate(items) if place in drawn]


def read(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a file that a run wrote; an absent one is empty."""
    return (json.loads(line) for line in whole_lines(path))


def _in_order(
    one: Callable[[Any], Outcome], items: Sequence[Any], workers: int
) -> Iterator[tuple[Outcome, float]]:
    """Run items in threads; outcomes come in the order of the items, each with its seconds."""

    def timed(item: Any) -> tuple[Outcome, float]:
        start = time.perf_counter()
        outcome = one(item)
        return outcome, time.perf_counter() - start

    pool = ThreadPoolExecutor(max(1, workers), thread_name_prefix="eval")
    try:
        yield from pool.map(timed, items)
    finally:
        pool.shutdown(cancel_futures=True)


def _options(declared: Suite, plan: Plan) -> dict[str, Option]:
    known = TASKS[declared.task].options
    unknown = sorted(set(declared.options | plan.options) - set(known))
    if unknown:
        raise BadInput(
            f"Suite {declared.name} has no option {', '.join(unknown)}. "
            f"It has: {', '.join(known) or 'none'}; settings can be changed too."
        )
    return {**known, **declared.options, **plan.options}


def _describe(job: Job, folder: Path, plan: Plan) -> None:
    """Write what is run, or refuse to go on with a folder of another run."""
    settings = job.bench.settings
    facts = {
        "suite": job.suite.model_dump(mode="json"),
        "options": dict(job.options),
        "limit": plan.limit,
        "seed": plan.seed,
        "software": f"pubmed-rag {__version__}",
        "settings": {name: value for name, value in settings.public().items() if name not in _HIDDEN},
        "settings_hash": settings.fingerprint(),
        "prompts": {"answer": prompt_hash("answer", settings.prompt), "judge": prompt_hash("judge")},
        "data_sha256": digests(job.files),
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in PACKAGES},
    }
    facts = json.loads(json.dumps(facts))
    path = folder / "run.json"
    if path.exists():
        before = json.loads(path.read_text(encoding="utf-8"))
        unlike = [name for name, value in facts.items() if before.get(name) != value]
        if unlike:
            raise BadInput(
                f"{folder} holds another run (other {', '.join(unlike)}). Name another with --name."
            )
        return
    once = {"started": datetime.now(UTC).isoformat(timespec="seconds"), "command": plan.command}
    path.write_text(json.dumps(facts | once, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


_HIDDEN = frozenset({"home", "data", "email", "llm_base_url", "chroma_url"})
"""Settings that tell of the machine, not of the run."""


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _line(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True) + "\n"


def _seconds(timed: Sequence[float]) -> dict[str, float]:
    if not timed:
        return {}
    ordered = sorted(timed)
    at = {"median": 0.5, "p95": 0.95}
    return {
        "total": round(sum(ordered), 2),
        **{name: ordered[min(len(ordered) - 1, int(share * len(ordered)))] for name, share in at.items()},
    }
