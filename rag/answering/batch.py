"""Many questions from a file, one answer record a line, resumable, in input order."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from rag.errors import BadInput, RagError
from rag.output.json import escaped, render
from rag.records import Answer


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """Read JSON lines; ``-`` is standard input.

    Raises:
        BadInput: the file is absent, or a line is not a JSON object; names the line.
    """
    try:
        file = sys.stdin if str(path) == "-" else path.open(encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}.") from None
    with file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                value = json.loads(line)
            except json.JSONDecodeError as error:
                raise BadInput(f"{path}, line {number} is not JSON: {error.msg}.") from None
            if not isinstance(value, dict):
                raise BadInput(f"{path}, line {number} is not a JSON object.")
            yield value


def text_of(row: Mapping[str, Any], field: str) -> str:
    """The text in ``field`` of a line; a number becomes its digits.

    Raises:
        BadInput: the field is absent or is neither text nor a number.
    """
    value = row.get(field)
    if not isinstance(value, str | int):
        raise BadInput(f'A line has no "{field}": {json.dumps(row, ensure_ascii=False)[:80]}')
    return str(value)


def answer_all(
    questions: Iterable[Mapping[str, Any]],
    out: Path,
    answer: Callable[[str], Answer],
    progress: Callable[[int], None] = lambda done: None,
) -> int:
    """Answer every question of a batch and append the records to ``out``.

    A line that is already in ``out`` is not asked again, so that a batch that was stopped goes on where
    it stood. A question that fails becomes ``{"id","error":{"type","message"}}``.

    Args:
        questions: objects with ``id`` and ``question``.
        out: JSON lines, in input order; ``-`` is standard output.
        answer: answers one question.
        progress: told how many are done.

    Returns:
        How many lines were written.

    Raises:
        BadInput: ``out`` holds answers to other questions, or cannot be written.
    """
    asked = list(questions)
    done = [] if str(out) == "-" else _written(out)
    if [str(one.get("id")) for one in asked[: len(done)]] != done:
        raise BadInput(f"{out} holds answers to other questions. Name another file or move it away.")
    written = 0
    try:
        file = sys.stdout if str(out) == "-" else out.open("a", encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{out} cannot be written: {error.strerror}.") from None
    try:
        for number, one in enumerate(asked[len(done) :], start=len(done) + 1):
            file.write(_line(one, answer) + "\n")
            file.flush()
            written += 1
            progress(number)
    finally:
        if file is not sys.stdout:
            file.close()
    return written


def _line(one: Mapping[str, Any], answer: Callable[[str], Answer]) -> str:
    name = one.get("id")
    try:
        made = json.loads(render(answer(text_of(one, "question"))))
        return escaped(json.dumps(made | {"id": name}, ensure_ascii=False))
    except RagError as error:
        failure = {"type": type(error).__name__, "message": str(error)}
        return escaped(json.dumps({"id": name, "error": failure}, ensure_ascii=False))


def _written(out: Path) -> list[str]:
    try:
        return [str(json.loads(line)["id"]) for line in whole_lines(out)]
    except (json.JSONDecodeError, KeyError, TypeError):
        raise BadInput(f"{out} is not a file of answers. Name another file or move it away.") from None


def whole_lines(path: Path) -> list[str]:
    """The lines of a file that grows by lines; one that a kill cut short is taken off the file."""
    if not path.exists():
        return []
    content = path.read_bytes()
    end = content.rfind(b"\n") + 1
    if end < len(content):
        with path.open("r+b") as file:
            file.truncate(end)
    return content[:end].decode("utf-8").split("\n")[:-1]
