"""What is in force and what works here: settings, versions, models, corpora, reachable services."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from urllib.parse import urlsplit

from rag import __version__
from rag.answering.desk import Desk
from rag.errors import RagError
from rag.library.corpus import listing
from rag.settings import Settings

PACKAGES = (
    "biopython",
    "chromadb",
    "llama-index-core",
    "onnxruntime",
    "sentence-transformers",
    "tantivy",
    "torch",
    "llama-index-llms-openai-like",
    "llama-index-llms-anthropic",
    "llama-index-llms-ollama",
    "llama-index-llms-llama-cpp",
)
SECONDS_TO_CONNECT = 2.0


def report(settings: Settings) -> str:
    """A page of facts about this installation, keys masked.

    Args:
        settings: the settings in force.
    """
    parts = (_settings, _versions, _checker, _corpora, _reachable)
    return "\n".join(line for part in parts for line in (*part(settings), ""))


def _settings(settings: Settings) -> Iterator[str]:
    yield "Settings"
    for name, value in settings.public().items():
        yield f"  RAG_{name.upper():16} {value or '(empty)'}"


def _versions(_: Settings) -> Iterator[str]:
    yield "Versions"
    yield f"  {'pubmed-rag':30} {__version__}"
    for package in PACKAGES:
        try:
            yield f"  {package:30} {version(package)}"
        except PackageNotFoundError:
            yield f"  {package:30} not installed"


def _checker(settings: Settings) -> Iterator[str]:
    yield "Checker in force"
    try:
        with Desk(settings) as desk:
            yield f"  {desk.entail.name:30} takes a statement as supported from {desk.support_at:g}"
    except RagError as error:
        yield f"  {error}"


def _corpora(settings: Settings) -> Iterator[str]:
    yield "Corpora"
    try:
        for row in listing(settings):
            count = "not built" if row["articles"] is None else f"{row['articles']:,} articles"
            yield f"  {row['name']:30} {count}"
    except RagError as error:
        yield f"  {error}"


def _reachable(settings: Settings) -> Iterator[str]:
    yield "Reachable"
    services = {
        "PubMed": settings.eutils_url,
        "language model": settings.llm_base_url,
        "Chroma": settings.chroma_url,
    }
    for name, url in services.items():
        if url:
            yield f"  {name:30} {_connects(url)}"
    if not settings.email:
        yield "  Live search needs RAG_EMAIL, which is not set."


def _connects(url: str) -> str:
    parts = urlsplit(url)
    if not parts.hostname:
        return "no (not an address)"
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        with socket.create_connection((parts.hostname, port), timeout=SECONDS_TO_CONNECT):
            return "yes"
    except OSError as error:
        return f"no ({error.strerror or type(error).__name__})"
