"""A run as Markdown: the same figures and tables as the page, without plots and items."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from eval.finished import Finished
from eval.report.content import matrix


def document(run: Finished) -> str:
    """The Markdown document of a run."""
    return "\n".join(_lines(run)) + "\n"


def estimate(one: Mapping[str, float] | None) -> str:
    """A figure with its interval in a table cell."""
    return "not scored" if one is None else f"{one['value']:.3f} ({one['low']:.3f} to {one['high']:.3f})"


def cell(text: object) -> str:
    """Text that cannot break a table row."""
    return " ".join(str(text).replace("|", "\\|").split())


def _lines(run: Finished) -> Iterator[str]:
    yield f"# {run.suite.title}"
    yield ""
    yield f"{run.suite.about} {run.metrics['items']} items, {run.facts['started']}."
    if run.suite.caution:
        yield ""
        yield f"**Note.** {run.suite.caution}"
    yield ""
    yield "| figure | value (95 % interval) | n | clusters | unscored |"
    yield "|---|---|---|---|---|"
    for name, one in run.metrics["figures"].items():
        counts = "| | |" if one is None else f"{one['n']} | {one['clusters']} | {one['unscored']}"
        yield f"| {cell(name)} | {estimate(one)} | {counts} |"
    if run.suite.published:
        yield ""
        yield "| published | value | system | how | source |"
        yield "|---|---|---|---|---|"
        for other in run.suite.published:
            yield (
                f"| {cell(other.measure)} | {other.value:.3f} | {cell(other.system)} | {cell(other.how)} "
                f"| {cell(other.source)} |"
            )
    for name, table in run.metrics["tables"].items():
        if name.startswith("confusion") and table:
            labels, rows = matrix(table)
            yield ""
            yield f"| {name} (given \\\\ outcome) | {' | '.join(labels)} |"
            yield "|" + "---|" * (len(labels) + 1)
            for given, row in rows:
                yield f"| {given} | {' | '.join(map(str, row))} |"
    if "judge" in run.metrics:
        yield ""
        yield "```"
        yield from run.metrics["judge"]["lines"]
        yield "```"
    yield ""
    yield f"Command: `{run.facts['command']}`. {run.facts['software']}, Python {run.facts['python']}."
    for role, digest in run.facts["data_sha256"].items():
        yield f"Data, {role}: `{digest}`."
