"""``rag corpus``: list, show, build, update, import, check and remove corpora."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rag.commands.console import bar, load_settings, open_desk, say
from rag.commands.options import format_option
from rag.errors import BadInput, CorpusError

if TYPE_CHECKING:
    from rag.library.account import Account
    from rag.library.building import Job


@click.group()
def corpus() -> None:
    """List, show, build, update, import, check and remove corpora."""


@corpus.command("list")
@format_option
def corpus_list(form: str) -> None:
    """List the corpora that are built or declared."""
    from rag.library.corpus import listing
    from rag.output.articles import listing_text

    rows = listing(load_settings())
    click.echo(
        json.dumps(rows, ensure_ascii=False) + "\n" if form == "json" else listing_text(rows), nl=False
    )


@corpus.command("show")
@click.argument("name")
@click.option("--pmid", metavar="ID", help="One stored article: a PMID, doi:..., or an imported id.")
@format_option
def corpus_show(name: str, pmid: str | None, form: str) -> None:
    """Show counts and fingerprint of corpus NAME, or one of its articles."""
    from rag.library.account import account
    from rag.library.corpus import folder
    from rag.output.accounts import account_record, account_text
    from rag.output.articles import article_json, article_text, facts_text

    with open_desk() as desk:
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

    with open_desk() as desk, phases() as told:
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

    with open_desk() as desk, phases() as told:
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
    with open_desk() as desk, bar(None, "Importing") as advance:
        opened = desk.corpus(name, create=True)
        if own:
            report = import_own(opened, files, own, advance)
        else:
            report = import_files(opened, files, advance, filters=filters)
    for reason in report.unreadable:
        say(f"not read: {reason}")
    for warning in report.warnings:
        say(warning)
    click.echo(report.sentence())


@corpus.command("retractions")
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path))
def corpus_retractions(name: str, file: Path) -> None:
    """Mark articles of corpus NAME by FILE, the CSV of Retraction Watch; a newer one replaces an older."""
    from rag.library.retraction_watch import SOURCE, read_retraction_watch

    said = read_retraction_watch(file)
    with open_desk() as desk:
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

    with open_desk() as desk:
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
    remove(name, load_settings())
    click.echo(f"Corpus {name} is removed.")


def _say_unlike(made: Account, job: Job) -> None:
    from rag.library.account import unlike

    if difference := unlike(made, job.said.declaration):
        say(f"Not the declared set: {difference}")
