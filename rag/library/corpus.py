"""A corpus by name: what it holds, one writer at a time, and how corpora are found, made and removed."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from rag.errors import CorpusError, Unwritable
from rag.library import ledger
from rag.library.declared import declaration, declared
from rag.library.index import BATCH, Index
from rag.library.lexical import FORM
from rag.library.retractions import gravest
from rag.library.store import Added, Store
from rag.records import Article, ArticleStatus, Embed
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
        self._settings = settings
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

    def holds(self, ids: Sequence[str]) -> set[str]:
        """The ids among these that are held."""
        return self._store.holds(ids)

    def statuses(self, ids: Sequence[str]) -> dict[str, ArticleStatus]:
        """The present status of articles by id, of those that are held or reported on."""
        return self._store.statuses(ids)

    @property
    def kind(self) -> str:
        """What it holds: ``own`` documents, ``pubmed`` records, or nothing yet, which is empty."""
        return self._store.fact("kind") or ("pubmed" if self.articles else "")

    def keep_for_own(self) -> None:
        """Make an empty corpus one of own documents.

        Raises:
            CorpusError: it holds records of PubMed, or is declared to hold them.
        """
        if self.kind == "pubmed" or declaration(self.name, self._settings):
            raise CorpusError(
                f"Corpus {self.name} is one of PubMed records. Keep own documents in a corpus of their own, "
                "for example: rag corpus import guidelines FILE --as guideline"
            )
        with self.writing():
            self._store.remember(kind="own")

    @property
    def index(self) -> Index:
        """Both indexes, to be searched."""
        return self._index

    # --- Change ---

    def add(self, articles: Iterable[Article], file: str = "") -> Added:
        """Add articles, replacing those whose content differs; adding the same twice changes nothing.

        Args:
            articles: any number of them.
            file: place of the PubMed file that they come from, see ``versions``.

        Raises:
            CorpusError: another process is writing, or the corpus cannot be written.
            IndexMismatch: the corpus was indexed with another embedder.
        """
        added = Added()
        stream = iter(articles)
        while batch := list(islice(stream, BATCH)):
            with self.writing():
                added += self._store.put(batch, file)
                self._index.follow()
        return added

    def delete(self, ids: Iterable[str], file: str = "") -> int:
        """Remove articles by id; returns how many there were. Arguments and errors are those of ``add``."""
        wanted = list(ids)
        if not wanted:
            return 0
        with self.writing():
            removed = self._store.delete(wanted, file)
            self._index.follow()
        return removed

    def report(self, source: str, said: Mapping[str, ArticleStatus]) -> int:
        """Take over a list of what is said of articles, in the place of the same list as it was before.

        Args:
            source: name of the list.
            said: the status of each subject, a PMID or ``doi:`` and the DOI in lower case.

        Returns:
            How many held articles have another status for it. Raises what ``add`` raises.
        """
        with self.writing():
            changed = self._store.report(source, said)
            self._index.follow()
        return changed

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Be the writer, with both indexes of the right kind and in step with the store.

        Enter it around many changes: the indexes are then compared once, and no other process comes between.
        """
        if self._lock.is_locked:  # by this thread: the lock counts for each thread by itself
            yield
            return
        with self._locked(SECONDS_TO_WAIT):
            self._index.mend()
            yield

    def reindex(self) -> None:
        """Make both indexes again from the store, with the embedder of the settings.

        Raises:
            CorpusError: another process is writing.
        """
        with self._locked(SECONDS_TO_WAIT):
            self._index.remake()

    def check(self) -> list[str]:
        """Prove that store, lexical index and vector index agree; each problem in one line.

        Raises:
            CorpusError: another process is writing.
        """
        with self._locked(SECONDS_TO_WAIT):
            return self._index.problems()

    def repair(self) -> list[str]:
        """Bring both indexes to where the store is; returns what was wrong.

        Raises:
            CorpusError: another process is writing, or the store itself is damaged.
        """
        with self._locked(SECONDS_TO_WAIT):
            return self._index.repair()

    def close(self) -> None:
        """Release files and connections."""
        self._index.close()
        self._store.close()

    # --- Inside ---

    @contextmanager
    def _locked(self, seconds: float) -> Iterator[None]:
        """Hold the lock of the one writer, and put down who holds it.

        The lock is the system's: it goes with the process that held it, however that ended.
        """
        holder = self._folder / "writer"
        try:
            self._lock.acquire(timeout=seconds)
        except Timeout:
            raise CorpusError(f"Corpus {self.name} is being written by {_writer(holder)}.") from None
        except OSError as error:
            raise Unwritable(self._folder, error) from None
        try:
            with suppress(OSError):  # on a full disk; it is only for the message
                now = datetime.now(UTC).isoformat(timespec="seconds")
                holder.write_text(f"process {os.getpid()} on {platform.node()} since {now}")
            yield
        finally:
            with suppress(OSError):
                holder.unlink(missing_ok=True)
            self._lock.release()

    def _build(self, file: Path, notify: Callable[[str], None]) -> None:
        """Make the corpus what a shipped file of articles says; do nothing if it is that already."""
        from rag.library.medline import read

        content = f"{hashlib.sha256(file.read_bytes()).hexdigest()}-{FORM}"
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
        with ledger.alone(corpus._folder), corpus._locked(SECONDS_TO_WAIT):
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


def statuses(ids: Sequence[str], corpora: Iterable[Corpus]) -> dict[str, ArticleStatus]:
    """The present status of articles, the gravest that any of the corpora knows of.

    Args:
        ids: of articles, as a reference or a citation names them.
        corpora: to be asked, open.

    Returns:
        Status by id; an article that no corpus holds or has heard of is left out.
    """
    found: dict[str, ArticleStatus] = {}
    for corpus in corpora:
        for name, status in corpus.statuses(ids).items():
            found[name] = gravest((status, found.get(name, "ok")))
    return found


def _writer(holder: Path) -> str:
    """Who writes, and what to do."""
    try:
        who = holder.read_text()
    except OSError:
        who = "another process"
    return f"{who}. Try again when that has finished, or stop it; reading goes on meanwhile"


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
