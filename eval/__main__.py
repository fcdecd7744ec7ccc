"""The command ``rag-eval``: suites, run offline, each figure with its interval."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

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
@click.argument("suites", nargs=-1, required=True)
@click.option("--out", type=click.Path(path_type=Path), default=Path("runs"), show_default=True)
@click.option(
    "--name", help="Name of the run folder; give an old one to go on with it. Default: suite and time."
)
@click.option("--seed", default=0, show_default=True, help="Seed of the bootstrap.")
def run(suites: tuple[str, ...], out: Path, name: str | None, seed: int) -> None:
    """Run SUITES and print their figures; each gets a run folder under --out."""
    from eval.run import lines
    from eval.run import run as run_suite
    from eval.suites import suite
    from rag.answering.desk import Desk
    from rag.settings import load

    with Desk(load(), notify=lambda text: click.echo(text, err=True)) as desk:
        for one in suites:
            declared = suite(one)
            stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
            folder = out / (name if name and len(suites) == 1 else f"{one}-{name or stamp}")
            figures = run_suite(declared, desk, folder, seed, _progress)
            click.echo(f"{declared.title} ({folder})")
            for line in lines(figures):
                click.echo(f"  {line}")


def _progress(done: int, total: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{done} of {total}", nl=done == total, err=True)


def main() -> None:
    """Run the command; an error raised on purpose is one line and status 1."""
    try:
        cli()
    except RagError as error:
        click.echo(f"rag-eval: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
