"""From what was asked for on the command line to runs: settings, options, and every combination of a grid."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any

from eval.bench import Bench, check_way
from eval.measure import lines
from eval.run import WORKERS, Plan, run
from eval.statistics import over_seeds
from eval.suites import Option, Suite, files, missing, names, suite
from eval.tasks.table import TASKS
from rag.errors import BadInput
from rag.resources import prompt_hash
from rag.settings import Settings, load

Bar = Callable[[str], AbstractContextManager[Callable[[int, int], None]]]


@dataclass(frozen=True, slots=True)
class Order:
    """What ``rag-eval run`` was asked for, as typed; with several seeds each run is made with each."""

    suites: tuple[str, ...]
    assignments: tuple[str, ...] = ()
    grids: tuple[str, ...] = ()
    limit: int | None = None
    seeds: tuple[int, ...] = (0,)
    workers: int | None = None
    out: Path = Path("runs")
    name: str | None = None
    record: Path | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """One run of an order: a suite, a seed, what is changed; ``varied`` sets it apart within the order."""

    suite: Suite
    seed: int
    pairs: tuple[tuple[str, str], ...]
    varied: tuple[tuple[str, str], ...]
    settings: Settings
    options: dict[str, Option]


def carry_out(
    order: Order, bar: Bar, notify: Callable[[str], None], find: Callable[[str], Suite] = suite
) -> Iterator[str]:
    """Carry out every run of an order, one after the other; runs of the same settings share their models.

    Yields:
        The lines to print: the figures of each run, the spread over the seeds if there are several, and after
        several runs the time they took in all; ``find`` gives a suite by its name.

    Raises:
        BadInput: a suite, a setting or an option is not known, or data is missing. All are looked at before
            anything is run.
        SettingsError: a setting has no such value, or a prompt cannot be used.
    """
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    start, building = time.perf_counter(), 0.0
    runs = planned(order, find)
    bench: Bench | None = None
    over: dict[str, list[dict[str, Any]]] = {}
    for one in runs:
        if bench is None or bench.settings != one.settings:
            bench = Bench(one.settings, notify, record=order.record)
        bench.retrieval = _retrieval(one)
        folder = order.out / _folder(one, order, stamp, len(runs))
        plan = Plan(
            one.options,
            order.limit,
            one.seed,
            order.workers or WORKERS,
            command(one.suite, order, one.pairs, one.seed),
        )
        before = bench.building
        with bench, bar(one.suite.name) as progress:
            metrics = run(one.suite, bench, folder, plan, progress)
        building += bench.building - before
        yield f"{one.suite.title} ({folder})"
        yield from (f"  {line}" for line in lines(metrics))
        if one.suite.caution:
            yield f"  Note: {one.suite.caution}"
        cell = _cell(one, [pair for pair in one.varied if pair[0] != "seed"])
        over.setdefault(cell, []).append(metrics["figures"])
    if len(order.seeds) > 1:
        for cell, figures in over.items():
            yield f"{cell}, over {len(order.seeds)} seeds"
            yield from (f"  {line}" for line in spread(figures))
    if len(runs) > 1:
        taken = time.perf_counter() - start
        yield f"{len(runs)} runs in {_clock(taken - building)}; indexes were built in {_clock(building)}"


def planned(order: Order, find: Callable[[str], Suite] = suite) -> list[Run]:
    """Every run of an order: each suite with each combination of the grid and each seed.

    Raises:
        BadInput: as for ``carry_out``.
    """
    made = []
    seeds = [("seed", str(seed)) for seed in order.seeds] if len(order.seeds) > 1 else []
    for name in order.suites:
        declared = find(name)
        for cell in cells(order.grids):
            pairs = [*map(_pair, order.assignments), *cell]
            changed, options = split(declared, pairs)
            settings = load(**changed)
            files(declared, settings)
            prompt_hash("answer", settings.prompt)
            for number, seed in enumerate(order.seeds):
                varied = (*cell, *seeds[number : number + 1])
                one = Run(declared, seed, tuple(pairs), varied, settings, options)
                check_way(_retrieval(one))
                made.append(one)
    return made


def ready(settings: Settings, notify: Callable[[str], None]) -> tuple[str, ...]:
    """Names of all suites whose data is here; the others are told with the reason."""
    found = []
    for name in names():
        why = missing(suite(name), settings)
        if why:
            notify(f"{name} is left out: {why}")
        else:
            found.append(name)
    return tuple(found)


def spread(runs: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Each figure of runs that differ in their seed only: mean, standard deviation, least and most."""
    for name in runs[0]:
        values = [figures[name]["value"] for figures in runs if figures.get(name)]
        if values:
            one = over_seeds(values)
            deviation = "" if one.deviation is None else f"  sd {one.deviation:.3f}"
            ends = f"[{one.least:.3f}, {one.most:.3f}]"
            yield f"{name:36} {one.mean:7.3f}{deviation}  {ends}  seeds={one.seeds}"


def cells(grids: Sequence[str]) -> list[list[tuple[str, str]]]:
    """Every combination of the values of a grid; one empty combination without a grid."""
    axes = []
    for one in grids:
        key, values = _pair(one)
        axes.append([(key, value.strip()) for value in values.split(",") if value.strip()])
    return [list(cell) for cell in product(*axes)]


def split(declared: Suite, pairs: Sequence[tuple[str, str]]) -> tuple[dict[str, str], dict[str, Option]]:
    """Tell settings of the program from options of the suite's task; options get the type of their default.

    Raises:
        BadInput: a key is neither; names the options there are.
    """
    known = TASKS[declared.task].options
    settings: dict[str, str] = {}
    options: dict[str, Option] = {}
    for key, value in pairs:
        if key in known:
            options[key] = _typed(key, value, known[key])
        elif key in Settings.model_fields:
            settings[key] = value
        else:
            raise BadInput(
                f"{key} is neither a setting nor an option of suite {declared.name}. "
                f"Its options: {', '.join(known) or 'none'}."
            )
    return settings, options


def command(declared: Suite, order: Order, pairs: Sequence[tuple[str, str]], seed: int) -> str:
    """The command that makes this one run again."""
    parts = ["rag-eval", "run", declared.name]
    for key, value in pairs:
        parts += ["--set", f"{key}={value}"]
    if order.limit is not None:
        parts += ["--limit", str(order.limit)]
    if seed or order.limit is not None:
        parts += ["--seed", str(seed)]
    return shlex.join(parts)


def _retrieval(one: Run) -> str:
    return str({**one.suite.options, **one.options}.get("retrieval", "tuned"))


def _folder(one: Run, order: Order, stamp: str, runs: int) -> str:
    if order.name and runs == 1:
        return order.name
    return f"{_cell(one, one.varied)}-{order.name or stamp}"


def _cell(one: Run, varied: Sequence[tuple[str, str]]) -> str:
    """The suite and what sets the run apart, as part of a file name."""
    return "-".join([one.suite.name, *(f"{key}={value}".replace("/", "_") for key, value in varied)])


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise BadInput(f"{text!r} is not of the form key=value.")
    return key.strip().lower(), value.strip()


def _typed(key: str, value: str, default: Option) -> Option:
    try:
        return type(default)(value)
    except ValueError:
        raise BadInput(f"{key}={value} is not a {type(default).__name__}.") from None
