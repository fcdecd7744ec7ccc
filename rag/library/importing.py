"""Files into a corpus: read, filter, add, and account for every record."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path

from rag.errors import CorpusError
from rag.library import versions
from rag.library.corpus import Corpus
from rag.library.documents import FORMS, read_document
from rag.library.filters import EVERYTHING, Filters
from rag.library.medline import read
from rag.library.reading import Batch, in_order
from rag.library.store import Added
from rag.records import Article, Deleted, Unreadable
from rag.text.injection import orders

KINDS = {"guideline": "Practice Guideline", "review": "Review"}
"""What an own document may be: the word for it -> publication type, which decides its tier."""


@dataclass(slots=True)
class Imported:
    """What became of every record that was read.

    found = new + changed + unchanged + older + excluded + unreadable; ``excluded`` counts by reason.
    ``warnings`` are sentences about records that were imported.
    """

    added: Added = field(default_factory=Added)
    deleted: int = 0
    excluded: Counter[str] = field(default_factory=Counter)
    unreadable: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def found(self) -> int:
        """Number of records read, deletions not among them."""
        added = self.added.new + self.added.changed + self.added.unchanged + self.added.older
        return added + self.excluded.total() + len(self.unreadable)

    def sentence(self) -> str:
        """The counts in one sentence."""
        added = self.added
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in self.excluded.most_common())
        parts = [
            f"{self.found:,} records read: {added.new:,} new",
            f"{added.changed:,} changed",
            f"{added.unchanged:,} unchanged",
            *([f"{added.older:,} older than what is held"] if added.older else []),
            *([f"{self.excluded.total():,} excluded ({reasons})"] if reasons else []),
            f"{len(self.unreadable):,} not readable; {self.deleted:,} deleted.",
        ]
        return ", ".join(parts)


def import_files(
    corpus: Corpus,
    files: Sequence[Path],
    progress: Callable[[int], None] = lambda done: None,
    *,
    filters: Filters = EVERYTHING,
    processes: int = os.cpu_count() or 1,
) -> Imported:
    """Read files of records into a corpus; reading the same file twice changes nothing.

    PubMed's own files are taken in PubMed's order, whatever order they are named in, after all others.

    Args:
        corpus: where the articles go.
        files: PubMed XML, MEDLINE text, RIS or JSON lines.
        progress: told how many records are done.
        filters: which records are wanted. One that the corpus holds already is brought up to date even so:
            otherwise its retraction could be missed.
        processes: how many files are read at a time.

    Raises:
        BadInput: a file is absent, is not what its name says, or not what its checksum says; the files
            before it are imported.
        CorpusError: the corpus cannot be written, or is one of own documents.
    """
    if corpus.kind == "own":
        raise CorpusError(
            f"Corpus {corpus.name} holds own documents. Say what these are with --as, "
            "or import them into another corpus."
        )
    count = Imported()
    with corpus.writing():
        ordered = sorted(files, key=lambda path: versions.place(path.name))
        for path, batches in in_order(ordered, filters, processes):
            held: dict[str, str] = {}
            for batch in batches:
                _import(corpus, path, batch, count)
                held |= _held(corpus, batch)
                progress(count.found)
            if held:
                count.excluded -= Counter(held.values())
                _import(corpus, path, Batch(tuple(_again(path, held))), count)
    return count


def import_own(
    corpus: Corpus, files: Sequence[Path], kind: str, progress: Callable[[int], None] = lambda done: None
) -> Imported:
    """Read own documents into a corpus of their own.

    Args:
        corpus: an empty corpus, or one of own documents.
        files: plain text, Markdown or PDF, each one document; or records as for ``import_files``.
        kind: what they are, one of KINDS.
        progress: told how many records are done.

    Raises:
        BadInput: a file cannot be read.
        CorpusError: the corpus holds records of PubMed, or is declared to.
        MissingPackage: there is a PDF, and pypdf is not installed.
    """
    corpus.keep_for_own()
    count = Imported()
    with corpus.writing():
        for path in files:
            records = tuple(_own(path, KINDS[kind]))
            _import(corpus, path, Batch(records), count)
            for one in records:
                if isinstance(one, Article) and (told := orders(_text(one))):
                    count.warnings.append(
                        f"{path.name}: gives orders to a language model ({told!r}); not used."
                    )
            progress(count.found)
    return count


def _own(path: Path, publication_type: str) -> Iterator[Article | Deleted | Unreadable]:
    if path.suffix.lower() in FORMS:
        yield read_document(path, [publication_type])
        return
    for one in read(path):
        if isinstance(one, Article):
            types = dict.fromkeys((publication_type, *one.publication_types))
            one = replace(one, publication_types=tuple(types))
        yield one


def _text(article: Article) -> str:
    return "\n".join((article.title, *(section.text for section in article.sections)))


def _import(corpus: Corpus, path: Path, batch: Batch, count: Imported) -> None:
    """Add and delete in the order of the file: a PMID may be withdrawn and come back."""
    file = versions.place(path.name)
    for kind, group in groupby(batch.records, key=type):
        records = list(group)
        if kind is Article:
            count.added += corpus.add((one for one in records if isinstance(one, Article)), file)
        elif kind is Deleted:
            count.deleted += corpus.delete([one.pmid for one in records if isinstance(one, Deleted)], file)
        else:
            unreadable = (one for one in records if isinstance(one, Unreadable))
            count.unreadable += (f"{path.name}, {one.where}: {one.reason}" for one in unreadable)
    count.excluded.update(reason for _, reason in batch.excluded)


def _held(corpus: Corpus, batch: Batch) -> dict[str, str]:
    """The records that the filters left out and the corpus holds, with the reason."""
    excluded = dict(batch.excluded)
    return {article_id: excluded[article_id] for article_id in corpus.holds(list(excluded))}


def _again(path: Path, wanted: Mapping[str, str]) -> Iterator[Article | Deleted]:
    """Read a file once more for some ids."""
    for one in read(path):
        if (isinstance(one, Article) and one.id in wanted) or (
            isinstance(one, Deleted) and one.pmid in wanted
        ):
            yield one
