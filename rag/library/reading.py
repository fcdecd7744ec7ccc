"""Files read ahead in processes of their own, filtered there, and handed over in order, batch by batch."""

from __future__ import annotations

import hashlib
import multiprocessing
import re
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from rag.errors import BadInput, RagError
from rag.library.filters import Filters
from rag.library.medline import read
from rag.records import Article, Deleted, Unreadable

BATCH = 500
_MD5 = re.compile(r"(?:^|= *)([0-9a-fA-F]{32})\b", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Batch:
    """Some records of a file in its order; ``excluded`` has id and reason of what the filters left out."""

    records: tuple[Article | Deleted | Unreadable, ...]
    excluded: tuple[tuple[str, str], ...] = ()


def in_order(
    files: Sequence[Path], filters: Filters, processes: int
) -> Iterator[tuple[Path, Iterator[Batch]]]:
    """Give each file with its batches, file after file; the files that follow are read meanwhile.

    A process that is ahead waits once the pipe is full, so that memory stays flat, and ends with this one.

    Args:
        files: in the order in which they count.
        filters: what is wanted.
        processes: how many files are read at a time; 1 reads in this process.

    Raises:
        BadInput: a file cannot be read, or is not what its ``.md5`` file says. What came before it was given.
    """
    if min(len(files), processes) < 2:
        yield from ((path, batches(path, filters)) for path in files)
        return
    waiting, running = deque(files), deque[tuple[Path, BaseProcess, Connection]]()
    try:
        while waiting or running:
            while waiting and len(running) < processes:
                running.append(_started(waiting.popleft(), filters))
            path, process, pipe = running[0]
            yield path, _received(path, pipe)
            process.join()
            pipe.close()
            running.popleft()
    finally:
        for _, process, pipe in running:
            pipe.close()
            process.terminate()
            process.join()


def batches(path: Path, filters: Filters) -> Iterator[Batch]:
    """Read one file. Raises BadInput as ``in_order`` does."""
    check_md5(path)
    records = read(path)
    while part := list(islice(records, BATCH)):
        reasons = [filters.reason(one) if isinstance(one, Article) else "" for one in part]
        yield Batch(
            tuple(one for one, reason in zip(part, reasons, strict=True) if not reason),
            tuple(
                (one.id, reason)
                for one, reason in zip(part, reasons, strict=True)
                if reason and isinstance(one, Article)
            ),
        )


def check_md5(path: Path) -> None:
    """Compare a file with the checksum that lies beside it as ``FILE.md5``, if there is one.

    NCBI writes ``MD5(name)= hex``, the command md5sum ``hex  name``.

    Raises:
        BadInput: they differ, or there is no checksum in it.
    """
    beside = path.with_name(f"{path.name}.md5")
    if not (beside.exists() and path.exists()):
        return
    said = _MD5.search(beside.read_text(encoding="utf-8", errors="replace"))
    if said is None:
        raise BadInput(f"{beside}: holds no checksum. Get it again, or remove it to read the file unchecked.")
    with path.open("rb") as file:
        found = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    if found != said[1].lower():
        raise BadInput(f"{path}: is not what {beside.name} says; it was damaged on its way. Get both again.")


def _started(path: Path, filters: Filters) -> tuple[Path, BaseProcess, Connection]:
    # A new interpreter, since a fork would copy the threads' locks of the embedder and of Chroma.
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_send, args=(theirs, path, filters), daemon=True)
    process.start()
    theirs.close()
    return path, process, ours


def _send(pipe: Connection, path: Path, filters: Filters) -> None:
    """Read a file into a pipe: its batches, then None, or the error that ended it."""
    with suppress(BrokenPipeError):
        try:
            for batch in batches(path, filters):
                pipe.send(batch)
            pipe.send(None)
        except RagError as error:
            pipe.send(error)


def _received(path: Path, pipe: Connection) -> Iterator[Batch]:
    while True:
        try:
            got = pipe.recv()
        except EOFError:
            raise BadInput(
                f"{path}: the process that read it was ended. Run the same command again."
            ) from None
        if got is None:
            return
        if isinstance(got, RagError):
            raise got
        yield got
