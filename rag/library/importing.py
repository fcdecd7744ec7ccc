"""Files into a corpus: read, add, and account for every record."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from rag.library.corpus import Corpus
from rag.library.medline import read
from rag.records import Article, Deleted, Unreadable

BATCH = 500


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of every record that was read: found = new + changed + unchanged + unreadable."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    deleted: int = 0
    unreadable: tuple[str, ...] = ()

    def sentence(self) -> str:
        """The counts in one sentence."""
        found = self.new + self.changed + self.unchanged + len(self.unreadable)
        return (
            f"{found:,} records read: {self.new:,} new, {self.changed:,} changed, "
            f"{self.unchanged:,} unchanged, {len(self.unreadable):,} not readable; {self.deleted:,} deleted."
        )


def import_files(
    corpus: Corpus, files: Sequence[Path], progress: Callable[[int], None] = lambda done: None
) -> Imported:
    """Read files into a corpus; reading the same file twice changes nothing.

    Args:
        corpus: where the articles go.
        files: PubMed XML, MEDLINE text or JSON lines.
        progress: told how many records are done.

    Raises:
        BadInput: a file is absent or is not what its name says.
        CorpusError: the corpus cannot be written.
    """
    new = changed = unchanged = deleted = done = 0
    unreadable: list[str] = []
    for path in files:
        records = read(path)
        while batch := list(islice(records, BATCH)):
            added = corpus.add([one for one in batch if isinstance(one, Article)])
            new += added.new
            changed += added.changed
            unchanged += added.unchanged
            deleted += corpus.delete([one.pmid for one in batch if isinstance(one, Deleted)])
            unreadable += _reasons(path, batch)
            done += len(batch)
            progress(done)
    return Imported(new, changed, unchanged, deleted, tuple(unreadable))


def _reasons(path: Path, batch: Sequence[Article | Unreadable | Deleted]) -> Iterator[str]:
    return (f"{path.name}, {one.where}: {one.reason}" for one in batch if isinstance(one, Unreadable))
