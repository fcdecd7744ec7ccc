"""The commands of ``rag-eval`` that take other people's files in and give ours out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from eval.interchange.score import Judge, Scored
    from eval.measures.integrity import Texts
    from rag.answering.desk import Desk

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("file", type=FILE)
@click.option("--corpus", "corpora", multiple=True, help="Look articles up in this corpus; repeatable.")
@click.option("--as", "form", type=click.Choice(["answers", "biogen", "alce", "ragas"]), help="Its format.")
@click.option(
    "--format",
    "shown",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="For people or for programs.",
)
@click.option("--seed", default=0, show_default=True, help="Seed of the bootstrap.")
@click.option(
    "--price",
    "prices",
    type=(str, float),
    multiple=True,
    metavar="MODEL AMOUNT",
    help="Money for a million tokens of a language model, for the cost of our records; repeatable.",
)
def score(
    file: Path,
    corpora: tuple[str, ...],
    form: str | None,
    shown: str,
    seed: int,
    prices: tuple[tuple[str, float], ...],
) -> None:
    """Score the answers in FILE: our records, TREC BioGen runs, ALCE results or RAGAS rows.

    Support is judged by RAG_JUDGE; without it, answers that are not ours are judged by the claim checker.
    """
    from eval.interchange.score import read
    from eval.interchange.score import score as score_file
    from rag.answering.desk import Desk
    from rag.settings import load

    name, _ = read(file, form)
    with Desk(load(), notify=lambda text: click.echo(text, err=True)) as desk:
        judge, called = _judge(desk, ours=name == "answers")
        texts = _texts(desk, corpora) if corpora else None
        scored = score_file(file, texts, judge, called, name, seed, dict(prices))
    click.echo(json.dumps(asdict(scored), indent=2) if shown == "json" else _table(scored))


@click.command()
@click.argument("file", type=FILE)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="File to write.")
def questions(file: Path, out: Path) -> None:
    """Turn FILE, MIRAGE's benchmark or a BioASQ Task B file, into lines for `rag ask --questions`."""
    from eval.interchange.questions import read_questions, write_questions

    rows = read_questions(file)
    write_questions(out, rows)
    click.echo(f"{len(rows)} questions written to {out}")


@click.command()
@click.argument("file", type=FILE)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="File to write.")
@click.option("--team", required=True, help="The team_id of the run.")
@click.option("--run-id", required=True, help="The run_id of the run.")
def biogen(file: Path, out: Path, team: str, run_id: str) -> None:
    """Turn FILE, answer records of `rag ask`, into a TREC BioGen 2025 run; their ids are the topics'."""
    from eval.interchange.biogen import write
    from eval.interchange.score import read
    from eval.interchange.submitted import Submitted

    _, everything = read(file, "answers")
    done = [one.answer for one in everything if isinstance(one, Submitted)]
    click.echo(f"{write(out, done, team, run_id)} of {len(everything)} answers written to {out}")


def _judge(desk: Desk, ours: bool) -> tuple[Judge | None, str]:
    """The judge and what it is called; our own answers are never judged by the checker that let them pass."""
    from eval.judge import judge, likeliest
    from rag.answering.verify import verify_pairs

    settings = desk.settings
    if settings.judge and (ours or settings.judge != settings.verifier):
        model = judge(settings, desk.complete)
        return lambda pairs: [likeliest(scores) for scores in model(pairs)], model.name
    if ours:
        return None, ""

    def check(pairs: Sequence[tuple[str, str]]) -> list[str]:
        turned = [(statement, passage) for passage, statement in pairs]
        return [verdict.label for verdict in verify_pairs(turned, desk.entail)]

    return check, f"the claim check on {desk.entail.name}"


def _texts(desk: Desk, corpora: Sequence[str]) -> Texts:
    opened = [desk.corpus(name) for name in corpora]

    def text(name: str) -> str | None:
        for corpus in opened:
            if article := corpus.article(name):
                return "\n".join((article.title, *(section.text for section in article.sections)))
        return None

    return text


def _table(scored: Scored) -> str:
    head = f"{scored.answers} answers ({scored.format}), {scored.failed} failed"
    lines = [f"{head}; support judged by {scored.judge}"]
    for name, figure in scored.figures.items():
        if figure is None:
            lines.append(f"  {name:32}  nothing to count, or nothing of it could be scored")
            continue
        unscored = f"  ({figure.unscored} not scored)" if figure.unscored else ""
        several = figure.clusters > 1
        interval = f"[{figure.low:.3f}, {figure.high:.3f}]" if several else "one question, no interval"
        lines.append(f"  {name:32} {figure.value:6.3f}  {interval}  n={figure.n}{unscored}")
    return "\n".join(lines)
