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
    from rag.answering.saved import Saved
    from rag.library.account import Account
    from rag.library.building import Job
    from rag.records import Answer
    from rag.records import Progress as ProgressStep
    from rag.settings import Settings

FORMATS = ("text", "md", "json", "html")
EXPORTS = ("ris", "bibtex", "csl-json", "nbib", "csv", "md", "html", "json")
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
_live_option = click.option(
    "--live/--offline", default=False, help="Search PubMed (needs RAG_EMAIL); with --corpus, both."
)
_audience_option = click.option(
    "--audience",
    type=click.Choice(["clinician", "trainee", "plain"]),
    default="clinician",
    help="Who reads the answer; recorded in it.",
)
_llm_option = click.option(
    "--llm",
    metavar="NAME",
    help="Who writes the answer: none (quotes only), openai-like, anthropic, ollama, replay.",
)
_answer_format_option = click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="text",
    show_default=True,
    help="Form of the answer.",
)
_out_option = click.option(
    "--out", type=click.Path(path_type=Path), help="Write to a file; - is standard output."
)
_thread_option = click.option(
    "--thread", metavar="ID", help="Ask on in this thread: its id, the beginning of one, or `last`."
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
@_live_option
@click.option("--redacted", is_flag=True, help="Go on with identifying text taken out of the question.")
@_audience_option
@_llm_option
@_thread_option
@click.option(
    "--save/--no-save", default=True, show_default=True, help="Keep the answer for show, diff and export."
)
@click.option("--questions", type=click.Path(path_type=Path), help='Batch: JSON lines {"id","question"}.')
@_answer_format_option
@_out_option
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
    with _desk(llm=llm) as desk:
        if questions is not None and out is not None:
            rows = list(lines(questions))
            with _bar(len(rows), "Answering") as advance:
                answer_all(rows, out, lambda text: answer(desk, text, **options), advance)
            return
        text = sys.stdin.read() if question == "-" else str(question)
        with _status() as progress:
            if save:
                made = conversation.ask(desk, _saved(desk), text, progress, thread=thread, **options)
            else:
                made = answer(desk, text, progress, **options)
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
    """List, show, build, update, import, check and remove corpora."""


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
    from rag.library.account import account
    from rag.library.corpus import folder
    from rag.output.accounts import account_record, account_text
    from rag.output.articles import article_json, article_text, facts_text

    with _desk() as desk:
        opened = desk.corpus(name)
        if pmid is None:
            facts, made = opened.facts(), account(opened, folder(name, desk.settings))
            if form == "json":
                click.echo(json.dumps(facts | ({"pubmed": account_record(made)} if made else {})))
            else:
                click.echo(facts_text(facts) + (account_text(made) if made else ""), nl=False)
            return
        article = opened.article(pmid)
    if article is None:
        raise BadInput(f"Corpus {name} holds no article {pmid}.")
    click.echo(article_json(article) if form == "json" else article_text(article), nl=False)


@corpus.command("build")
@click.argument("name")
def corpus_build(name: str) -> None:
    """Fetch declared corpus NAME from PubMed (needs RAG_EMAIL); goes on where it was stopped."""
    from rag.library.building import build
    from rag.output.accounts import account_text
    from rag.progress import phases

    with _desk() as desk, phases() as told:
        job = desk.job(name, told)
        made = build(job)
    click.echo(account_text(made), nl=False)
    _say_unlike(made, job)


@corpus.command("update")
@click.argument("name")
def corpus_update(name: str) -> None:
    """Bring corpus NAME to where PubMed is: new, revised, retracted and deleted records."""
    from rag.library.building import update
    from rag.output.accounts import account_text, changes_text
    from rag.progress import phases

    with _desk() as desk, phases() as told:
        job = desk.job(name, told)
        made, changes = update(job)
    click.echo(changes_text(changes) + account_text(made), nl=False)
    _say_unlike(made, job)


@corpus.command("import")
@click.argument("name")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--from", "since", default="", metavar="DATE", help="Published on or after 2015[-03[-31]].")
@click.option("--until", default="", metavar="DATE", help="Published on or before.")
@click.option("--language", "languages", multiple=True, metavar="CODE", help="PubMed's code, as eng.")
@click.option("--mesh", multiple=True, metavar="HEADING", help="Has this MeSH heading.")
@click.option("--type", "types", multiple=True, metavar="TYPE", help="Has this publication type.")
@click.option(
    "--as",
    "own",
    type=click.Choice(["guideline", "review"]),
    help="FILES are own documents of this kind: also .txt, .md, .pdf.",
)
def corpus_import(
    name: str,
    files: tuple[Path, ...],
    since: str,
    until: str,
    languages: tuple[str, ...],
    mesh: tuple[str, ...],
    types: tuple[str, ...],
    own: str | None,
) -> None:
    """Read PubMed XML, MEDLINE text, RIS or JSON lines from FILES into corpus NAME.

    Of a repeated option one value is enough. PubMed's own files are taken in PubMed's order and compared with
    FILE.md5 where that lies beside them.
    """
    from rag.library.filters import Filters
    from rag.library.importing import import_files, import_own

    filters = Filters(since, until, languages, mesh, types)
    if own and filters != Filters():
        raise click.UsageError("--as takes whole documents; leave the filters out.")
    with _desk() as desk, _bar(None, "Importing") as advance:
        opened = desk.corpus(name, create=True)
        if own:
            report = import_own(opened, files, own, advance)
        else:
            report = import_files(opened, files, advance, filters=filters)
    for reason in report.unreadable:
        _say(f"not read: {reason}")
    for warning in report.warnings:
        _say(warning)
    click.echo(report.sentence())


@corpus.command("retractions")
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path))
def corpus_retractions(name: str, file: Path) -> None:
    """Mark articles of corpus NAME by FILE, the CSV of Retraction Watch; a newer one replaces an older."""
    from rag.library.retraction_watch import SOURCE, read_retraction_watch

    said = read_retraction_watch(file)
    with _desk() as desk:
        changed = desk.corpus(name).report(SOURCE, said)
    click.echo(f"Corpus {name}: the status of {changed:,} articles changed.")


@corpus.command("check")
@click.argument("name")
@click.option("--repair", is_flag=True, help="Make the indexes again from the store where they do not agree.")
def corpus_check(name: str, repair: bool) -> None:
    """Prove that store, lexical index and vector index of corpus NAME agree."""
    from rag.library.account import account
    from rag.library.corpus import folder
    from rag.output.accounts import lost_text

    with _desk() as desk:
        opened = desk.corpus(name)
        if repair:
            for problem in opened.repair():
                click.echo(f"mended: {problem}")
        problems = opened.check()
        if made := account(opened, folder(name, desk.settings)):
            problems += made.problems()
            click.echo(lost_text(made), nl=False)
    for problem in problems:
        click.echo(problem)
    if problems:
        raise CorpusError(f"Corpus {name} is out of step. Run: rag corpus check {name} --repair")
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
@_thread_option
@_corpus_option
@_live_option
@_audience_option
@_llm_option
def chat(thread: str | None, corpora: tuple[str, ...], live: bool, audience: str, llm: str | None) -> None:
    """Ask question after question in one thread; /help says what else can be typed."""
    from rag.chat import Chat, lines

    interactive = sys.stdin.isatty()
    with _desk(llm=llm) as desk:
        talk = Chat(
            desk,
            _saved(desk),
            show=lambda made: _write(_rendered(made, "text", color=sys.stdout.isatty()), None),
            say=_say,
            progress=_status,
            thread=thread,
            corpora=corpora,
            live=live,
            audience=audience,
        )
        if interactive:
            _say("Type a question, or /help. Every answer is checked; this is no advice for one patient.")
        for line in lines(interactive):
            if not talk.hear(line):
                break
    if talk.failures and not interactive:
        click.get_current_context().exit(1)


@main.command()
@click.argument("name", metavar="ANSWER", required=False)
@_answer_format_option
@_out_option
def show(name: str | None, form: str, out: Path | None) -> None:
    """Show a saved ANSWER as it stands now: an id, its beginning, or `last`. Without one, list them."""
    from rag.answering.conversation import reopened
    from rag.output.text import listing

    with _desk() as desk:
        saved = _saved(desk)
        if name is None:
            click.echo(listing([one.answer for one in saved.newest(50)]), nl=False)
            return
        answer = reopened(desk, saved, saved.get(name).answer)
    _write(_rendered(answer, form, color=out is None and sys.stdout.isatty()), out)


@main.command()
@click.argument("name", metavar="ANSWER")
@click.argument("other", metavar="[ANSWER]", required=False)
@click.option("--live", is_flag=True, help="Search PubMed again, not only the corpora as they are now.")
@_format_option
def diff(name: str, other: str | None, live: bool, form: str) -> None:
    """Say what differs: ANSWER asked again on the corpora of today, or from one ANSWER to another."""
    from rag.answering.conversation import again, finder
    from rag.output.differences import as_json, as_text, differences

    with _desk() as desk:
        saved = _saved(desk)
        turn = saved.get(name)
        if other is not None:
            newer = saved.get(other).answer
        else:
            with _status() as progress:
                newer = again(desk, turn, progress, live)
        found = differences(turn.answer, newer, finder(desk, saved, turn.answer, newer))
    click.echo(as_json(found) if form == "json" else as_text(found), nl=False)


@main.command()
@click.argument("name", metavar="ANSWER")
@click.option("--format", "form", required=True, type=click.Choice(EXPORTS), help="Form of the export.")
@_out_option
def export(name: str, form: str, out: Path | None) -> None:
    """Print a saved ANSWER, or its references for a reference manager."""
    from rag.answering.conversation import finder, reopened
    from rag.output.export import export as exported

    with _desk() as desk:
        saved = _saved(desk)
        answer = reopened(desk, saved, saved.get(name).answer)
        text = exported(answer, form, finder(desk, saved, answer))
    _write(text, out)


@main.command()
@click.argument("name", metavar="ANSWER")
@click.option(
    "--status", type=click.Choice(["under-review", "approved", "rejected"]), help="What the reviewer found."
)
@click.option("--by", metavar="NAME", help="Who reviewed it.")
@click.option("--note", metavar="TEXT", default="", help="What the reviewer has to say.")
def review(name: str, status: str | None, by: str | None, note: str) -> None:
    """Record the review of a saved ANSWER; without --status, show its reviews."""
    from rag.answering.saved import Saved
    from rag.output.text import reviews

    if (status is None) != (by is None):
        raise click.UsageError("--status and --by go together.")
    saved = Saved(_settings().home)
    answer = saved.get(name).answer
    if status and by:
        saved.review(answer.id, status, by, note)
    click.echo(reviews(saved.reviews(answer.id)), nl=False)


@main.command()
@click.option("--older-than", metavar="AGE", help="Only what is older, e.g. 12h, 30d, 8w, 6m, 1y.")
@click.option("--answers", "kinds", flag_value="answers", multiple=True, help="Saved answers.")
@click.option("--threads", "kinds", flag_value="threads", multiple=True, help="Threads with their answers.")
@click.option("--live", "kinds", flag_value="live", multiple=True, help="Records kept of live searches.")
@click.option("--replies", "kinds", flag_value="replies", multiple=True, help="Recorded replies of a model.")
@click.option("--yes", is_flag=True, help="Do not ask; needed where nobody can be asked.")
def purge(older_than: str | None, kinds: tuple[str, ...], yes: bool) -> None:
    """Remove what is kept of earlier questions, after saying what; everything unless kinds are named."""
    from rag.purge import carry_out
    from rag.purge import purge as planned

    settings = _settings()
    plan = planned(settings, kinds, older_than)
    if not str(plan):
        click.echo("There is nothing to remove.")
        return
    _say(f"To be removed: {plan}.")
    if not yes and not sys.stdin.isatty():
        raise BadInput("Nothing was removed. Add --yes to remove this.")
    if not yes:
        click.confirm("Remove this?", abort=True)
    carry_out(plan, settings)
    click.echo(f"Removed: {plan}.")


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


def _saved(desk: Desk) -> Saved:
    from rag.answering.saved import Saved

    return Saved(desk.settings.home)


def _say(text: str) -> None:
    """A notice on stderr; stdout carries data only."""
    click.echo(text, err=True)


def _say_unlike(made: Account, job: Job) -> None:
    from rag.library.account import unlike

    if difference := unlike(made, job.said.declaration):
        _say(f"Not the declared set: {difference}")


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
