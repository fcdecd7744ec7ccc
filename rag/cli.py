"""The command ``rag``: parse, call, render; no logic. Heavy imports are late, so that help is instant."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click

from rag import __version__
from rag.commands import saved
from rag.commands.audit import audit
from rag.commands.console import bar, load_settings, open_desk, open_saved, rendered, say, sink, status, write
from rag.commands.corpus import corpus
from rag.commands.options import (
    answer_format_option,
    audience_option,
    corpus_option,
    format_option,
    live_option,
    llm_option,
    out_option,
    thread_option,
)
from rag.errors import RagError


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
@corpus_option
@live_option
@click.option("--redacted", is_flag=True, help="Go on with identifying text taken out of the question.")
@audience_option
@llm_option
@thread_option
@click.option(
    "--save/--no-save", default=True, show_default=True, help="Keep the answer for show, diff and export."
)
@click.option("--questions", type=click.Path(path_type=Path), help='Batch: JSON lines {"id","question"}.')
@answer_format_option
@out_option
def ask(
    question: str | None,
    corpora: tuple[str, ...],
    live: bool,
    redacted: bool,
    audience: str,
    llm: str | None,
    thread: str | None,
    save: bool,
    questions: Path | None,
    form: str,
    out: Path | None,
) -> None:
    """Answer QUESTION with graded, cited and checked statements (- reads it from standard input)."""
    if (question is None) == (questions is None):
        raise click.UsageError("Give a question, or --questions FILE.")
    if questions is not None and out is None:
        raise click.UsageError("--questions needs --out FILE.")
    if thread and (questions is not None or not save):
        raise click.UsageError("--thread goes with one question, which is saved.")
    from rag.answering import conversation
    from rag.answering.batch import answer_all, lines
    from rag.answering.pipeline import answer

    options: dict[str, Any] = {"corpora": corpora, "live": live, "redacted": redacted, "audience": audience}
    with open_desk(llm=llm) as desk:
        if questions is not None and out is not None:
            rows = list(lines(questions))
            with bar(len(rows), "Answering") as advance:
                answer_all(rows, out, lambda text: answer(desk, text, **options), advance)
            return
        text = sys.stdin.read() if question == "-" else str(question)
        with status() as progress:
            if save:
                made = conversation.ask(desk, open_saved(desk), text, progress, thread=thread, **options)
            else:
                made = answer(desk, text, progress, **options)
    write(rendered(made, form, color=out is None and sys.stdout.isatty()), out)


@main.command()
@click.argument("query", required=False)
@corpus_option
@click.option(
    "--k", default=10, show_default=True, type=click.IntRange(1, 10_000), help="Articles to return."
)
@format_option
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

    with open_desk() as desk:
        retrieve = desk.retriever(corpora)
        if queries is not None and run is not None:
            rows = list(lines(queries))
            with sink(run) as file, bar(len(rows), "Searching") as advance:
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
    with open_desk() as desk, sink(out) as file, bar(len(rows), "Checking") as advance:
        for start in range(0, len(rows), 64):
            batch = rows[start : start + 64]
            texts = [(text_of(row, "statement"), text_of(row, "passage")) for row in batch]
            for row, verdict in zip(batch, verify_pairs(texts, desk.entail), strict=True):
                file.write(as_line(row.get("id"), verdict))
            file.flush()
            advance(start + len(batch))


@main.command()
@thread_option
@corpus_option
@live_option
@audience_option
@llm_option
def chat(thread: str | None, corpora: tuple[str, ...], live: bool, audience: str, llm: str | None) -> None:
    """Ask question after question in one thread; /help says what else can be typed."""
    from rag.chat import Chat, lines

    interactive = sys.stdin.isatty()
    with open_desk(llm=llm) as desk:
        talk = Chat(
            desk,
            open_saved(desk),
            show=lambda made: write(rendered(made, "text", color=sys.stdout.isatty()), None),
            say=say,
            progress=status,
            thread=thread,
            corpora=corpora,
            live=live,
            audience=audience,
        )
        if interactive:
            say("Type a question, or /help. Every answer is checked; this is no advice for one patient.")
        for line in lines(interactive):
            if not talk.hear(line):
                break
    if talk.failures and not interactive:
        click.get_current_context().exit(1)


@main.command()
def doctor() -> None:
    """Show settings, versions, models, corpora, and what can be reached."""
    from rag.doctor import report

    click.echo(report(load_settings()), nl=False)


for command in (audit, corpus, saved.show, saved.diff, saved.export, saved.review, saved.purge):
    main.add_command(command)
