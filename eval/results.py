"""``eval/RESULTS.md``: the latest run of every suite beside published figures, with its command and data.

Sections that a program cannot write (timings on named machines, what was tried) are files in
``eval/results/``; they are joined in the order of their names.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from eval.compare import paired
from eval.finished import Finished, finished
from eval.report.markdown import cell, estimate
from eval.suites import names, suite
from rag.errors import BadInput
from rag.resources import shipped

MAIN = 2
"""Figures of each suite in the table at the top: a catch rate says little without its false alarms."""
HEAD = """# Results

Made by `rag-eval results` from the latest finished run of every suite. Every figure stands with its 95 %
interval (bootstrap, clustered by question) and the number of items; items that could not be scored are
counted apart. Published figures were had under other conditions, which stand beside them.
"""


def document(runs: Path) -> str:
    """The document from a folder of runs: for each suite and set of options the latest run.

    Raises:
        BadInput: the folder holds no finished run.
    """
    found = latest(runs)
    if not found:
        raise BadInput(f"{runs} holds no finished run. Make some by: rag-eval run SUITE")
    plain = [run for run in found if not run.changed]
    parts = [HEAD, "\n".join(_overview(plain)), *("\n".join(_section(run)) for run in plain)]
    parts.append("\n".join(_ablations(found)))
    absent = sorted(set(names()) - {run.suite.name for run in found})
    if absent:
        parts.append(f"Not run: {', '.join(absent)}.")
    written = sorted(shipped("eval", "results").glob("*.md"))
    parts += [path.read_text(encoding="utf-8").strip() for path in written]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def latest(runs: Path) -> list[Finished]:
    """The latest run of every suite with every set of options, a whole run before a subset."""
    newest: dict[tuple[str, int, str], Finished] = {}
    for path in sorted(runs.glob("*/metrics.json")):
        run = finished(path.parent)
        if run.suite.name not in names():
            continue
        key = run.suite.name, len(run.changed), str(sorted(run.changed.items()))
        if key not in newest or _standing(run) > _standing(newest[key]):
            newest[key] = run
    return [newest[key] for key in sorted(newest)]


def _standing(run: Finished) -> tuple[bool, str]:
    return run.facts["limit"] is None, run.facts["started"]


def _overview(found: Sequence[Finished]) -> Iterator[str]:
    yield "| suite | main figures | value (95 % interval) | n | published, other conditions |"
    yield "|---|---|---|---|---|"
    for run, measure in _mains(found):
        one = run.metrics["figures"].get(measure)
        beside = [
            f"{p.value:.3f} {p.system}" for p in suite(run.suite.name).published if p.measure == measure
        ]
        n = one["n"] if one else 0
        yield (
            f"| [{run.suite.name}](#{run.suite.name}) | {measure} | {estimate(one)} | {n} "
            f"| {cell('; '.join(beside)) or 'none found'} |"
        )


def _section(run: Finished) -> Iterator[str]:
    declared = suite(run.suite.name)
    yield f'<a id="{declared.name}"></a>\n\n## {declared.title}'
    yield ""
    part = (
        f"a subset of {run.facts['limit']} items drawn with seed {run.facts['seed']}"
        if run.facts["limit"]
        else "all items"
    )
    yield f"{declared.about} {run.metrics['items']} items ({part})."
    if declared.caution:
        yield f"**Note.** {declared.caution}"
    yield ""
    yield "| figure | value (95 % interval) | n |"
    yield "|---|---|---|"
    for name, one in run.metrics["figures"].items():
        if name in declared.measures or name.startswith(("caught: ", "judged: ", "in-sample: ")):
            apart = f", {one['unscored']} unscored" if one and one["unscored"] else ""
            yield f"| {cell(name)} | {estimate(one)} | {one['n'] if one else 0}{apart} |"
    for other in declared.published:
        system = f"{cell(other.system)} ({cell(other.how)})"
        yield f"| *published:* {other.measure}, {system} | {other.value:.3f} | |"
    yield ""
    yield from run.metrics.get("judge", {}).get("lines", ())
    seconds = run.metrics["seconds"]
    pace = f", {seconds['median']:.2f} s an item at the median" if seconds else ""
    hashes = ", ".join(f"{role} `{digest[:12]}`" for role, digest in run.facts["data_sha256"].items())
    yield f"`{run.facts['command']}`, {run.facts['started'][:10]}{pace}. Data: {hashes}."


def _mains(found: Sequence[Finished]) -> Iterator[tuple[Finished, str]]:
    return ((run, measure) for run in found for measure in suite(run.suite.name).measures[:MAIN])


def _ablations(found: Sequence[Finished]) -> Iterator[str]:
    """Runs in which something was changed, each against the unchanged run on the same items."""
    plain = {run.suite.name: run for run in found if not run.changed}
    pairs = [(plain[run.suite.name], run) for run in found if run.changed and run.suite.name in plain]
    if not pairs:
        return
    yield "## What a change does"
    yield ""
    yield "Each run against the unchanged one, paired by item; the interval is that of the difference."
    yield ""
    yield "| suite | changed | figure | unchanged | changed | difference (95 % interval) | p | n |"
    yield "|---|---|---|---|---|---|---|---|"
    for before, after in pairs:
        measure = suite(after.suite.name).measures[0]
        row = paired(before.figures()[measure], after.figures()[measure], 0)
        if row:
            gap = f"{row.difference:+.3f} ({row.low:+.3f} to {row.high:+.3f})"
            yield (
                f"| {after.suite.name} | {cell(after.label)} | {measure} | {row.first:.3f} "
                f"| {row.second:.3f} | {gap} | {row.p:.4f} | {row.n} |"
            )
    yield ""
    yield "Commands: " + ", ".join(f"`{after.facts['command']}`" for _, after in pairs) + "."
