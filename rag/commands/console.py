"""What every command does with the outside: open the desk, write to stdout or a file, tell a person."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from rag.errors import BadInput

if TYPE_CHECKING:
    from rag.answering.desk import Desk
    from rag.answering.saved import Saved
    from rag.records import Answer, Progress
    from rag.settings import Settings


def load_settings(**overrides: object) -> Settings:
    """The settings in force, with what the command line says instead."""
    from rag.settings import load

    return load(**overrides)


def open_desk(**overrides: object) -> Desk:
    """A desk by the settings in force; what takes long is told on stderr."""
    from rag.answering.desk import Desk

    return Desk(load_settings(**overrides), notify=say)


def open_saved(desk: Desk) -> Saved:
    """The saved answers of the desk's home."""
    from rag.answering.saved import Saved

    return Saved(desk.settings.home)


def say(text: str) -> None:
    """A notice on stderr; stdout carries data only."""
    click.echo(text, err=True)


def rendered(answer: Answer, form: str, color: bool) -> str:
    """An answer in one of the forms for people and programs; colours on a terminal only."""
    if form == "text":
        from rag.output import text

        return text.render(answer, color=color)
    from rag.output.export import PAGES

    return str(import_module(f"rag.output.{PAGES[form]}").render(answer))


def write(text: str, out: Path | None) -> None:
    """Write to a file, or to standard output."""
    with sink(out or Path("-")) as file:
        file.write(text if text.endswith("\n") else text + "\n")


@contextmanager
def sink(path: Path) -> Iterator[IO[str]]:
    """A file to write to; ``-`` is standard output."""
    if str(path) == "-":
        yield sys.stdout
        return
    try:
        file = path.open("w", encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{path} cannot be written: {error.strerror}.") from None
    with file:
        yield file


@contextmanager
def bar(total: int | None, what: str) -> Iterator[Callable[[int], None]]:
    """A progress bar on stderr, on a terminal only."""
    if not sys.stderr.isatty():
        yield lambda done: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(what, total=total)
        yield lambda done: shown.update(task, completed=done)


@contextmanager
def status(first: str = "Reading the question") -> Iterator[Callable[[Progress], None]]:
    """The present step in words on stderr, on a terminal only."""
    if not sys.stderr.isatty():
        yield lambda step: None
        return
    from rich.console import Console

    with Console(stderr=True).status(first) as shown:
        yield lambda step: shown.update(step.detail)
