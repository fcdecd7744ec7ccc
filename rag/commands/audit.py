"""``rag audit``: check an answer written elsewhere."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from rag.commands.console import open_desk, status, write
from rag.commands.options import answer_format_option, corpus_option, out_option
from rag.errors import BadInput

MOST_BYTES = 1_000_000
"""No text that can be audited is larger."""


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--sources", type=click.Path(path_type=Path), help="The articles cited: .jsonl, .nbib, .ris, .xml."
)
@corpus_option
@click.option(
    "--live/--offline",
    default=False,
    help="Look sources up in PubMed (needs RAG_EMAIL): PMIDs, DOIs and titles are sent, nothing else.",
)
@click.option("--question", default="", help="What was asked, if FILE does not begin with it.")
@click.option("--redacted", is_flag=True, help="Go on with identifying text taken out of the statements.")
@answer_format_option
@out_option
def audit(
    file: Path,
    sources: Path | None,
    corpora: tuple[str, ...],
    live: bool,
    question: str,
    redacted: bool,
    form: str,
    out: Path | None,
) -> None:
    """Check an answer written elsewhere: FILE has its text, with [n] and a reference list (- is stdin).

    Status 0 says that it was checked, whatever was found.
    """
    from rag.answering.auditing import audit as audited
    from rag.output.audit import render

    text = _text(file)
    with open_desk() as desk, status("Reading the answer") as progress:
        made = audited(
            desk,
            text,
            progress,
            sources=sources,
            corpora=corpora,
            live=live,
            question=question,
            redacted=redacted,
        )
    write(render(made, form, color=out is None and sys.stdout.isatty()), out)


def _text(path: Path) -> str:
    """What is to be audited.

    Raises:
        BadInput: it cannot be read, is no text, or is far too large.
    """
    name = "Standard input" if str(path) == "-" else str(path)
    try:
        with click.open_file(str(path), "rb") as file:
            data: bytes = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise BadInput(f"{name} cannot be read: {error.strerror}. Check the path.") from None
    if len(data) > MOST_BYTES:
        raise BadInput(f"{name} is larger than {MOST_BYTES:,} bytes. Give the text of one answer.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise BadInput(f"{name} is not plain text in UTF-8. Copy the answer into a text file.")
    return text
