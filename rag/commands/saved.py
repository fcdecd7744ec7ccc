"""The commands on saved answers: ``rag show``, ``diff``, ``export``, ``review`` and ``purge``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from rag.commands.console import load_settings, open_desk, open_saved, rendered, say, status, write
from rag.commands.options import answer_format_option, format_option, out_option
from rag.errors import BadInput
from rag.output.export import FORMS


@click.command()
@click.argument("name", metavar="ANSWER", required=False)
@answer_format_option
@out_option
def show(name: str | None, form: str, out: Path | None) -> None:
    """Show a saved ANSWER as it stands now: an id, its beginning, or `last`. Without one, list them."""
    from rag.answering.conversation import reopened
    from rag.output.text import listing

    with open_desk() as desk:
        saved = open_saved(desk)
        if name is None:
            click.echo(listing([one.answer for one in saved.newest(50)]), nl=False)
            return
        answer = reopened(desk, saved, saved.get(name).answer)
    write(rendered(answer, form, color=out is None and sys.stdout.isatty()), out)


@click.command()
@click.argument("name", metavar="ANSWER")
@click.argument("other", metavar="[ANSWER]", required=False)
@click.option("--live", is_flag=True, help="Search PubMed again, not only the corpora as they are now.")
@format_option
def diff(name: str, other: str | None, live: bool, form: str) -> None:
    """Say what differs: ANSWER asked again on the corpora of today, or from one ANSWER to another."""
    from rag.answering.conversation import again, finder
    from rag.output.differences import as_json, as_text, differences

    with open_desk() as desk:
        saved = open_saved(desk)
        turn = saved.get(name)
        if other is not None:
            newer = saved.get(other).answer
        else:
            with status() as progress:
                newer = again(desk, turn, progress, live)
        found = differences(turn.answer, newer, finder(desk, saved, turn.answer, newer))
    click.echo(as_json(found) if form == "json" else as_text(found), nl=False)


@click.command()
@click.argument("name", metavar="ANSWER")
@click.option("--format", "form", required=True, type=click.Choice(FORMS), help="Form of the export.")
@out_option
def export(name: str, form: str, out: Path | None) -> None:
    """Print a saved ANSWER, or its references for a reference manager."""
    from rag.answering.conversation import finder, reopened
    from rag.output.export import export as exported

    with open_desk() as desk:
        saved = open_saved(desk)
        answer = reopened(desk, saved, saved.get(name).answer)
        text = exported(answer, form, finder(desk, saved, answer))
    write(text, out)


@click.command()
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
    saved = Saved(load_settings().home)
    answer = saved.get(name).answer
    if status and by:
        saved.review(answer.id, status, by, note)
    click.echo(reviews(saved.reviews(answer.id)), nl=False)


@click.command()
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

    settings = load_settings()
    plan = planned(settings, kinds, older_than)
    if not str(plan):
        click.echo("There is nothing to remove.")
        return
    say(f"To be removed: {plan}.")
    if not yes and not sys.stdin.isatty():
        raise BadInput("Nothing was removed. Add --yes to remove this.")
    if not yes:
        click.confirm("Remove this?", abort=True)
    carry_out(plan, settings)
    click.echo(f"Removed: {plan}.")
