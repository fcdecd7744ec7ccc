"""The options that several commands share."""

from __future__ import annotations

from pathlib import Path

import click

FORMATS = ("text", "md", "json", "html")
format_option = click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="For people or for programs.",
)
corpus_option = click.option(
    "--corpus", "corpora", multiple=True, help="Corpus; repeatable. Default: starter."
)
live_option = click.option(
    "--live/--offline", default=False, help="Search PubMed (needs RAG_EMAIL); with --corpus, both."
)
audience_option = click.option(
    "--audience",
    type=click.Choice(["clinician", "trainee", "plain"]),
    default="clinician",
    help="Who reads: the claims and checks are the same; words and explanations differ.",
)
llm_option = click.option(
    "--llm",
    metavar="NAME",
    help="Who writes the answer: none (quotes only), openai-like, anthropic, ollama, llama-cpp, replay.",
)
answer_format_option = click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="text",
    show_default=True,
    help="Form of the output.",
)
out_option = click.option(
    "--out", type=click.Path(path_type=Path), help="Write to a file; - is standard output."
)
thread_option = click.option(
    "--thread", metavar="ID", help="Ask on in this thread: its id, the beginning of one, or `last`."
)
