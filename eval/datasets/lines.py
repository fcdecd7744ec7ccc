"""Lines of data files, plain or gzipped; whatever is wrong with one is said with its file and number."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, TypeVar

from rag.errors import BadInput

T = TypeVar("T")


def read(path: Path, make: Callable[[dict[str, Any]], T]) -> Iterator[T]:
    """Make one thing of each JSON line; only a line feed ends a line, since texts may hold U+2028.

    Args:
        path: ``.jsonl`` or ``.jsonl.gz``, UTF-8.
        make: from the object of a line to the thing; its KeyError, TypeError or ValueError is the line's
            fault.

    Raises:
        BadInput: a line is not what the format says; names file and line.
    """
    with _opened(path) as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                try:
                    yield make(json.loads(line))
                except KeyError as error:
                    raise _fault(path, number, f"there is no {error.args[0]!r}") from None
                except (TypeError, ValueError, AttributeError, IndexError) as error:
                    raise _fault(path, number, str(error)) from None


def qrels(path: Path) -> dict[str, dict[str, int]]:
    """Relevance by query and document, from BEIR's three columns: query-id, corpus-id, score.

    Raises:
        BadInput: a line has other columns; names file and line.
    """
    judged: dict[str, dict[str, int]] = {}
    with _opened(path) as file:
        for number, row in enumerate(csv.reader(file, delimiter="\t"), start=1):
            if number == 1 and row and row[0] == "query-id":
                continue
            try:
                query, document, score = row
                judged.setdefault(query, {})[document] = int(score)
            except ValueError:
                raise _fault(path, number, "three columns are wanted: query-id, corpus-id, score") from None
    return judged


def _opened(path: Path) -> IO[str]:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8", newline="\n")
    return path.open(encoding="utf-8", newline="\n")


def _fault(path: Path, number: int, why: str) -> BadInput:
    return BadInput(f"{path}, line {number} cannot be read: {why}.")
