"""A corpus by name: what it holds, one writer at a time, and how corpora are found, made and removed."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from rag.errors import CorpusError
from rag.library import ledger
from rag.library.declared import declaration, declared
from rag.library.index import BATCH, Index
from rag.library.store import Added, Store
from rag.records import Article, Embed
from rag.settings import Settings

SECONDS_TO_WAIT = 2.0
"""How long a second writer waits for the first before it is refused."""
SECONDS_TO_BUILD = 600.0
"""How long a reader waits while another process builds a shipped corpus."""
PARTS = ("articles.sqlite", "articles.sqlite-wal", "articles.sqlite-shm", "lexical", "chroma", *ledger.PARTS)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


class Corpus:
    """One corpus, open. Reading is safe from any thread and beside a writer; there is one writer at a time.

    Args:
        name: letters, digits, ``-`` and ``_``.
        settings: ``home`` holds the corpus, ``chroma_url`` names a Chroma server.
        embed: gives the embedder when one is first needed.

    Raises:
        CorpusError: the name is not allowed, or the store cannot be opened.
    """

    def __init__(self, name: str, settings: Settings, embed: Callable[[], Embed]) -> None:
        self.name = name
        self._folder = folder(name, settings)
        self._store = Store(self._folder / "articles.sqlite")
        self._index = Index(self._folder, name, self._store, embed, settings)
        self._lock = FileLock(self._folder / "lock")
        self._fingerprint = (-1, "")

    # --- What it holds ---

    @property
    def articles(self) -> int:
        """Number of articles."""
        return self._store.counts()[0]

    @property
    def passages(self) -> int:
        """Number of passages."""
        return self._store.counts()[1]

    @property
    def built(self) -> str:
        """When it last changed: ISO 8601, UTC; empty if it never did."""
        return self._store.fact("built")

    @property
    def fingerprint(self) -> str:
        """A name for the content, which changes exactly when the content does."""
        version = self._store.version()
        if self._fingerprint[0] != version:
            self._fingerprint = (version, self._store.fingerprint())
        return self._fingerprint[1]

    def facts(self) -> dict[str, str | int]:
        """Name, fingerprint, numbers of articles and passages, and when it was built."""
        articles, count = self._store.counts()
        return {
            "name": self.name,
            "fingerprint": self.fingerprint,
            "articles": articles,
            "passages": count,
            "built": self.built,
        }

    def article(self, article_id: str) -> Article | None:
        """The stored article of an id: the PMID, ``doi:...`` or the imported id."""
        return self._store.article(article_id)

    def ids(self) -> list[str]:
        """Every article id, sorted."""
        return self._store.ids()

    @property
    def index(self) -> Index:
        """Both indexes, to be searched."""
        return self._index

    # --- Change ---

    def add(self, articles: Iterable[Article]) -> Added:
        """Add articles, replacing those whose content differs; adding the same twice changes nothing.

        Raises:
            CorpusError: another process is writing.
            IndexMismatch: the corpus was indexed with another embedder.
        """
        added = Added()
        stream = iter(articles)
        while batch := list(islice(stream, BATCH)):
            with self._writing():
                added += self._store.put(batch)
                self._index.follow()
        return added

    def delete(self, ids: Iterable[str]) -> int:
        """Remove articles by id; returns how many there were. Raises what ``add`` raises."""
        wanted = list(ids)
        if not wanted:
            return 0
        with self._writing():
            removed = self._store.delete(wanted)
            self._index.follow()
        return removed

    def reindex(self) -> None:
        """Make both indexes again from the store, with the embedder of the settings.

        Raises:
            CorpusError: another process is writing.
        """
        with self._locked(SECONDS_TO_WAIT):
            self._index.remake()

    def check(self) -> list[str]:
        """Prove that store, lexical index and vector index agree; each problem in one line."""
        return self._index.problems()

    def close(self) -> None:
        """Release files and connections."""
        self._index.close()
        self._store.close()

    # --- Inside ---

    @contextmanager
    def _locked(self, seconds: float) -> Iterator[None]:
        try:
            with self._lock.acquire(timeout=seconds):
                yield
        except Timeout:
            raise CorpusError(
                f"Corpus {self.name} is being written by another process. Try again when that has finished."
            ) from None

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Hold the lock, with both indexes open, of the right kind, and in step with the store."""
        with self._locked(SECONDS_TO_WAIT):
            self._index.vectors.check_kind()
            self._index.follow()
            if not self._index.in_step():
                self._index.remake()
            yield

    def _build(self, file: Path, notify: Callable[[str], None]) -> None:
        """Make the corpus what a shipped file of articles says; do nothing if it is that already."""
        from rag.library.medline import read

        content = hashlib.sha256(file.read_bytes()).hexdigest()
        if self._store.fact("file") == content:
            return
        with self._locked(SECONDS_TO_BUILD):
            if self._store.fact("file") == content:
                return
            records = list(read(file))
            articles = [one for one in records if isinstance(one, Article)]
            if len(articles) != len(records):
                raise CorpusError(f"{file} has records that cannot be read. Install the program again.")
            notify(f"Building corpus {self.name}: {len(articles)} articles, once.")
            self.add(articles)
            self.delete(set(self.ids()) - {article.id for article in articles})
            self._store.remember(file=content)


def open_corpus(
    name: str,
    settings: Settings,
    *,
    embed: Callable[[], Embed],
    notify: Callable[[str], None] = lambda text: None,
    create: bool = False,
) -> Corpus:
    """Open a corpus; one that ships with its articles is built on first use and when they changed.

    Args:
        name: of the corpus.
        settings: where corpora are looked for.
        embed: gives the embedder when one is first needed.
        notify: told, in words for a person, of what takes long.
        create: make an empty corpus if there is none.

    Raises:
        CorpusError: the name is not allowed, or there is no such corpus; says how to make one.
    """
    folder(name, settings)
    said = declaration(name, settings)
    if said and said.articles:
        corpus = Corpus(name, settings, embed)
        try:
            corpus._build(said.articles, notify)
        except BaseException:
            corpus.close()
            raise
        return corpus
    if not create and not exists(name, settings):
        if said:
            raise CorpusError(f"Corpus {name} is declared but not built. Run: rag corpus build {name}")
        raise CorpusError(f"There is no corpus {name}. Make one with: rag corpus import {name} FILE")
    if not create and ledger.unfinished(folder(name, settings)):
        notify(f"Corpus {name} is built only in part. To finish it, run: rag corpus build {name}")
    return Corpus(name, settings, embed)


def exists(name: str, settings: Settings) -> bool:
    """Whether a corpus of this name has been made."""
    return (folder(name, settings) / PARTS[0]).exists()


def listing(settings: Settings) -> list[dict[str, Any]]:
    """Every corpus that is made or declared, by name: its facts, or None for each where it is not built."""
    made = {file.parent.name for file in (settings.home / "corpora").glob(f"*/{PARTS[0]}")}
    rows = []
    for name in sorted(made | set(declared(settings))):
        said = declaration(name, settings)
        facts: dict[str, Any] = dict.fromkeys(("fingerprint", "articles", "passages", "built"))
        if name in made:
            corpus = Corpus(name, settings, _no_embedder)
            facts = corpus.facts()
            corpus.close()
        rows.append({"name": name, "title": said.declaration.title if said else "", **facts})
    return rows


def remove(name: str, settings: Settings) -> None:
    """Remove a corpus with its indexes; a declaration stays.

    Raises:
        CorpusError: there is no such corpus, or it is being written.
    """
    if not any((folder(name, settings) / part).exists() for part in PARTS):
        raise CorpusError(f"There is no corpus {name} to remove. See: rag corpus list")
    from rag import providers

    corpus = Corpus(name, settings, lambda: providers.embedder(settings))
    try:
        with corpus._locked(SECONDS_TO_WAIT):
            corpus._index.drop()
            corpus.close()
            for part in PARTS:
                path = corpus._folder / part
                if path.is_dir():
                    shutil.rmtree(path)
                else:
                    path.unlink(missing_ok=True)
    finally:
        corpus.close()


def _no_embedder() -> Embed:
    raise CorpusError("This corpus was opened for its facts only.")


def folder(name: str, settings: Settings) -> Path:
    """Where a corpus of this name lies, made or not.

    Raises:
        CorpusError: the name is not allowed.
    """
    if not _NAME.fullmatch(name):
        raise CorpusError(f"{name!r} is no name for a corpus. Use up to 64 letters, digits, - and _.")
    return settings.home / "corpora" / name
