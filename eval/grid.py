"""From what was asked for on the command line to runs: settings, options, and every combination of a grid."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

from eval.bench import Bench
from eval.measure import lines
from eval.run import WORKERS, Plan, run
from eval.suites import Option, Suite, files, suite
from eval.tasks.table import TASKS
from rag.errors import BadInput
from rag.settings import Settings, load

Bar = Callable[[str], AbstractContextManager[Callable[[int, int], None]]]


@dataclass(frozen=True, slots=True)
class Order:
    """What ``rag-eval run`` was asked for, as typed."""

    suites: tuple[str, ...]
    assignments: tuple[str, ...] = ()
    grids: tuple[str, ...] = ()
    limit: int | None = None
    seed: int = 0
    workers: int | None = None
    out: Path = Path("runs")
    name: str | None = None
    record: Path | None = None


def carry_out(order: Order, bar: Bar, notify: Callable[[str], None]) -> Iterator[str]:
    """Carry out every run of an order, one after the other.

    Yields:
        The lines to print.

    Raises:
        BadInput: a suite, a setting or an option is not known, or data is missing. All are looked at before
            anything is run.
    """
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    runs = [
        (suite(name), [*map(_pair, order.assignments), *cell])
        for name in order.suites
        for cell in cells(order.grids)
    ]
    for declared, pairs in runs:
        settings, _ = split(declared, pairs)
        files(declared, load(**settings))
    for declared, pairs in runs:
        settings, options = split(declared, pairs)
        varied = [pair for pair in pairs if f"{pair[0]}={pair[1]}" not in order.assignments]
        folder = order.out / _folder(declared, order, varied, stamp, len(runs))
        plan = Plan(
            options, order.limit, order.seed, order.workers or WORKERS, command(declared, order, pairs)
        )
        retrieval = str({**declared.options, **options}.get("retrieval", "hybrid"))
        with (
            Bench(load(**settings), notify, retrieval, order.record) as bench,
            bar(declared.name) as progress,
        ):
            metrics = run(declared, bench, folder, plan, progress)
        yield f"{declared.title} ({folder})"
        yield from (f"  {line}" for line in lines(metrics))
        if declared.caution:
            yield f"  Note: {declared.caution}"


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


def command(declared: Suite, order: Order, pairs: Sequence[tuple[str, str]]) -> str:
    """The command that makes this one run again."""
    parts = ["rag-eval", "run", declared.name]
    for key, value in pairs:
        parts += ["--set", f"{key}={value}"]
    if order.limit is not None:
        parts += ["--limit", str(order.limit)]
    if order.seed or order.limit is not None:
        parts += ["--seed", str(order.seed)]
    return shlex.join(parts)


def _folder(declared: Suite, order: Order, varied: Sequence[tuple[str, str]], stamp: str, runs: int) -> str:
    if order.name and runs == 1:
        return order.name
    cell = [f"{key}={value}".replace("/", "_") for key, value in varied]
    return "-".join([declared.name, *cell, order.name or stamp])


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
