"""The command ``rag-eval``: suites, run offline, each figure with its interval."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from eval.interchange.commands import biogen, questions, score
from rag.errors import RagError


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def cli() -> None:
    """Evaluate pubmed-rag offline on declared suites."""


@cli.command("list")
def list_suites() -> None:
    """List the suites: which can run here, and what is missing for the others."""
    from eval.suites import missing, names, suite
    from rag.settings import load

    settings = load()
    for name in names():
        declared = suite(name)
        click.echo(f"{name:20} {missing(declared, settings) or 'ready'}\n{'':20} {declared.about}")


@cli.command()
@click.argument("suites", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Every suite whose data is here, and the time in all.")
@click.option(
    "--set",
    "assignments",
    multiple=True,
    metavar="KEY=VALUE",
    help="A setting or an option of the task; repeatable.",
)
@click.option(
    "--grid", "grids", multiple=True, metavar="KEY=A,B,C", help="One run for every combination; repeatable."
)
@click.option("--limit", type=click.IntRange(min=1), help="Run so many items, drawn with the seed.")
@click.option(
    "--seed",
    "seeds",
    type=int,
    multiple=True,
    default=(0,),
    show_default=True,
    help="Seed of the subset and of the bootstrap; several make a run each and show the spread.",
)
@click.option(
    "--workers", type=click.IntRange(min=1), help="Items that run at a time. Default: the cores, at most 4."
)
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("runs"), show_default=True, help="Folder of runs."
)
@click.option(
    "--name", help="Name of the run folder; give an old one to go on with it. Default: suite and time."
)
@click.option(
    "--record",
    type=click.Path(path_type=Path),
    help="Keep the language model's replies in a file, for RAG_LLM=replay.",
)
def run(
    suites: tuple[str, ...],
    every: bool,
    assignments: tuple[str, ...],
    grids: tuple[str, ...],
    limit: int | None,
    seeds: tuple[int, ...],
    workers: int | None,
    out: Path,
    name: str | None,
    record: Path | None,
) -> None:
    """Run SUITES and print their figures; each gets a run folder under --out."""
    from eval.grid import Order, carry_out, ready
    from rag.settings import load

    def notify(text: str) -> None:
        click.echo(text, err=True)

    if every == bool(suites):
        raise click.UsageError("Name suites, or give --all. See: rag-eval list")
    order = Order(
        suites or ready(load(), notify), assignments, grids, limit, seeds, workers, out, name, record
    )
    for line in carry_out(order, _bar, notify):
        click.echo(line)


@cli.command()
@click.argument("first", type=click.Path(path_type=Path))
@click.argument("second", type=click.Path(path_type=Path))
@click.option("--seed", default=0, show_default=True, help="Seed of the resampling.")
def compare(first: Path, second: Path, seed: int) -> None:
    """Compare run folders FIRST and SECOND item by item: difference, interval, p."""
    from eval.compare import lines
    from eval.finished import finished

    for line in lines(finished(first), finished(second), seed):
        click.echo(line)


@cli.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("others", nargs=-1, type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(["html", "md"]), default="html", show_default=True)
@click.option(
    "--out", type=click.Path(path_type=Path), help="File to write. Default: report.html or .md in FOLDER."
)
def report(folder: Path, others: tuple[Path, ...], form: str, out: Path | None) -> None:
    """Write the page of run FOLDER; OTHERS are shown beside it, cost against quality."""
    from eval.finished import finished
    from eval.report import html, markdown

    run = finished(folder)
    text = html.page(run, [finished(one) for one in others]) if form == "html" else markdown.document(run)
    path = out or folder / f"report.{form}"
    path.write_text(text, encoding="utf-8")
    click.echo(path)


@cli.command()
@click.option(
    "--runs", type=click.Path(path_type=Path), default=Path("runs"), show_default=True, help="Folder of runs."
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("eval/RESULTS.md"),
    show_default=True,
    help="File to write.",
)
def results(runs: Path, out: Path) -> None:
    """Write the document of results from the latest run of every suite."""
    from eval.results import document

    out.write_text(document(runs), encoding="utf-8")
    click.echo(out)


@contextmanager
def _bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(title, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


for command in (score, questions, biogen):
    cli.add_command(command)


def main() -> None:
    """Run the command; an error raised on purpose is one line and status 1."""
    try:
        cli()
    except RagError as error:
        click.echo(f"rag-eval: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
