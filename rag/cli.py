"""The command ``rag``: parse, call, render; no logic. Heavy imports are late, so that help is instant."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from rag import __version__
from rag.errors import BadInput, CorpusError, RagError

if TYPE_CHECKING:
    from rag.answering.desk import Desk
    from rag.records import Answer
    from rag.records import Progress as ProgressStep
    from rag.settings import Settings

FORMATS = ("text", "md", "json", "html")
_format_option = click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="For people or for programs.",
)
_corpus_option = click.option(
    "--corpus", "corpora", multiple=True, help="Corpus; repeatable. Default: starter."
)


class _Group(click.Group):
    """Prints an error raised on purpose as one line and leaves with status 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except RagError as error:
            if ctx.params.get("debug"):
                raise
            click.echo(f"rag: {error}", err=True)
            ctx.exit(1)
        except BrokenPipeError:
            # The reader of a pipe went away, as `head` does; that is no error of ours.
            sys.stdout = open(os.devnull, "w")  # noqa: SIM115
            ctx.exit(0)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.version_option(__version__, prog_name="rag")
def main(debug: bool) -> None:
    """Answer medical questions from PubMed, with every citation checked before it is shown."""


@main.command()
@click.argument("question", required=False)
@_corpus_option
@click.option("--live/--offline", default=False, help="Search PubMed (needs RAG_EMAIL); with --corpus, both.")
@click.option("--redacted", is_flag=True, help="Go on with identifying text taken out of the question.")
@click.option(
    "--audience",
    type=click.Choice(["clinician", "trainee", "plain"]),
    default="clinician",
    help="Who reads the answer; recorded in it.",
)
@click.option("--llm", metavar="NAME", help="Who writes the answer: none (quotes only), openai-like, anthropic, ollama, replay.")
@click.option("--questions", type=click.Path(path_type=Path), help='Batch: JSON lines {"id","question"}.')
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="text",
    show_default=True,
    help="Form of the answer.",
)
@click.option("--out", type=click.Path(path_type=Path), help="Write to a file; - is standard output.")
def ask(
    question: str | None,
    corpora: tuple[str, ...],
    live: bool,
    redacted: bool,
    audience: str,
    llm: str | None,
    questions: Path | None,
    form: str,
    out: Path | None,
) -> None:
    """Answer QUESTION with graded, cited and checked statements (- reads it from standard input)."""
    if (question is None) == (questions is None):
        raise click.UsageError("Give a question, or --questions FILE.")
    if questions is not None and out is None:
        raise click.UsageError("--questions needs --out FILE.")
    from rag.answering.batch import answer_all, lines
    from rag.answering.pipeline import answer

    options: dict[str, Any] = {"corpora": corpora, "live": live, "redacted": redacted, "audience": audience}
    with _desk(llm=llm) as desk:
        if questions is not None and out is not None:
            rows = list(lines(questions))
            with _bar(len(rows), "Answering") as advance:
                answer_all(rows, out, lambda text: answer(desk, text, **options), advance)
            return
        text = sys.stdin.read() if question == "-" else str(question)
        with _status() as progress:
            made = answer(desk, text, progress=progress, **options)
    _write(_rendered(made, form, color=out is None and sys.stdout.isatty()), out)


@main.command()
@click.argument("query", required=False)
@_corpus_option
@click.option(
    "--k", default=10, show_default=True, type=click.IntRange(1, 10_000), help="Articles to return."
)
@_format_option
@click.option("--queries", type=click.Path(path_type=Path), help='Batch: JSON lines {"id","query"}.')
@click.option("--run", type=click.Path(path_type=Path), help="Batch: write a TREC run over articles.")
def search(
    query: str | None, corpora: tuple[str, ...], k: int, form: str, queries: Path | None, run: Path | None
) -> None:
    """Show the passages found for QUERY."""
    if (query is None) == (queries is None):
        raise click.UsageError("Give a query, or --queries FILE.")
    if queries is not None and run is None:
        raise click.UsageError("--queries needs --run FILE.")
    from rag.answering.batch import lines, text_of
    from rag.output import hits

    with _desk() as desk:
        retrieve = desk.retriever(corpora)
        if queries is not None and run is not None:
            rows = list(lines(queries))
            with _sink(run) as file, _bar(len(rows), "Searching") as advance:
                for done, row in enumerate(rows, start=1):
                    file.write(hits.as_trec(text_of(row, "id"), retrieve(text_of(row, "query"), k)))
                    advance(done)
            return
        found = retrieve(str(query), k)
    click.echo(hits.as_json(found) if form == "json" else hits.as_text(found), nl=False)


@main.command()
@click.option("--pairs", type=click.Path(path_type=Path), required=True, help="JSON lines in; - is stdin.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="JSON lines out; - is stdout.")
def verify(pairs: Path, out: Path) -> None:
    """Check statements against passages: lines {"id","statement","passage"} in, verdicts out."""
    from rag.answering.batch import lines, text_of
    from rag.answering.verify import verify_pairs
    from rag.output.verdicts import as_line

    rows = list(lines(pairs))
    with _desk() as desk, _sink(out) as file, _bar(len(rows), "Checking") as advance:
        for start in range(0, len(rows), 64):
            batch = rows[start : start + 64]
            texts = [(text_of(row, "statement"), text_of(row, "passage")) for row in batch]
            for row, verdict in zip(batch, verify_pairs(texts, desk.entail), strict=True):
                file.write(as_line(row.get("id"), verdict))
            file.flush()
            advance(start + len(batch))


@main.group()
def corpus() -> None:
    """List, show, import, check and remove corpora."""


@corpus.command("list")
@_format_option
def corpus_list(form: str) -> None:
    """List the corpora that are built or declared."""
    from rag.library.corpus import listing
    from rag.output.articles import listing_text

    rows = listing(_settings())
    click.echo(
        json.dumps(rows, ensure_ascii=False) + "\n" if form == "json" else listing_text(rows), nl=False
    )


@corpus.command("show")
@click.argument("name")
@click.option("--pmid", metavar="ID", help="One stored article: a PMID, doi:..., or an imported id.")
@_format_option
def corpus_show(name: str, pmid: str | None, form: str) -> None:
    """Show counts and fingerprint of corpus NAME, or one of its articles."""
    from rag.output.articles import article_json, article_text, facts_text

    with _desk() as desk:
        opened = desk.corpus(name)
        if pmid is None:
            facts = opened.facts()
            click.echo(json.dumps(facts) + "\n" if form == "json" else facts_text(facts), nl=False)
            return
        article = opened.article(pmid)
    if article is None:
        raise BadInput(f"Corpus {name} holds no article {pmid}.")
    click.echo(article_json(article) if form == "json" else article_text(article), nl=False)


@corpus.command("import")
@click.argument("name")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
def corpus_import(name: str, files: tuple[Path, ...]) -> None:
    """Read PubMed XML, MEDLINE text or JSON lines from FILES into corpus NAME."""
    from rag.library.importing import import_files

    with _desk() as desk, _bar(None, "Importing") as advance:
        report = import_files(desk.corpus(name, create=True), files, advance)
    for reason in report.unreadable:
        _say(f"not read: {reason}")
    click.echo(report.sentence())


@corpus.command("check")
@click.argument("name")
def corpus_check(name: str) -> None:
    """Prove that store, lexical index and vector index of corpus NAME agree."""
    with _desk() as desk:
        problems = desk.corpus(name).check()
    for problem in problems:
        click.echo(problem)
    if problems:
        raise CorpusError(f"Corpus {name} is out of step. Import its files again, or remove and rebuild it.")
    click.echo(f"Corpus {name}: store, lexical index and vector index agree.")


@corpus.command("remove")
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
def corpus_remove(name: str, yes: bool) -> None:
    """Remove corpus NAME with its indexes; asks only on a terminal."""
    from rag.library.corpus import remove

    if sys.stdin.isatty() and not yes:
        click.confirm(f"Remove corpus {name}?", abort=True)
    remove(name, _settings())
    click.echo(f"Corpus {name} is removed.")


@main.command()
def doctor() -> None:
    """Show settings, versions, models, corpora, and what can be reached."""
    from rag.doctor import report

    click.echo(report(_settings()), nl=False)


def _settings(**overrides: object) -> Settings:
    from rag.settings import load

    return load(**overrides)


def _desk(**overrides: object) -> Desk:
    from rag.answering.desk import Desk

    return Desk(_settings(**overrides), notify=_say)


def _say(text: str) -> None:
    """A notice on stderr; stdout carries data only."""
    click.echo(text, err=True)


def _rendered(answer: Answer, form: str, color: bool) -> str:
    if form == "text":
        from rag.output import text

        return text.render(answer, color=color)
    from importlib import import_module

    module = {"md": "markdown"}.get(form, form)
    return str(import_module(f"rag.output.{module}").render(answer))


def _write(text: str, out: Path | None) -> None:
    with _sink(out or Path("-")) as file:
        file.write(text if text.endswith("\n") else text + "\n")


@contextmanager
def _sink(path: Path) -> Iterator[IO[str]]:
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
def _bar(total: int | None, what: str) -> Iterator[Callable[[int], None]]:
    """A progress bar on stderr, on a terminal only."""
    if not sys.stderr.isatty():
        yield lambda done: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda done: bar.update(task, completed=done)


@contextmanager
def _status() -> Iterator[Callable[[ProgressStep], None]]:
    """The present step in words on stderr, on a terminal only."""
    if not sys.stderr.isatty():
        yield lambda step: None
        return
    from rich.console import Console

    with Console(stderr=True).status("Reading the question") as status:
        yield lambda step: status.update(step.detail)
