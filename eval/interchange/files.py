"""JSON files as others write them: one object, a list of objects, or one object a line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from rag.errors import BadInput

Row = dict[str, Any]
Model = TypeVar("Model", bound=BaseModel)


def objects(path: Path) -> list[tuple[str, Row]]:
    """The objects of a file, each with its place for messages, e.g. ``answers.jsonl, line 3``.

    Raises:
        BadInput: the file cannot be read, is empty, or holds something else; names the line.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} cannot be read: {error}.") from None
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        found = _lines(path, text)
    else:
        items = whole if isinstance(whole, list) else [whole]
        found = [(f"{path}, item {n}", item) for n, item in enumerate(items, start=1)]
    for place, item in found:
        if not isinstance(item, dict):
            raise BadInput(f"{place} is not a JSON object.")
    if not found:
        raise BadInput(f"{path} is empty.")
    return found


def checked(model: type[Model], item: object, place: str) -> Model:
    """One object in the form of a model.

    Raises:
        BadInput: it has another form; names the place and the field.
    """
    try:
        return model.model_validate(item)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "the whole"
        raise BadInput(f"{place}: {field}: {first['msg']}.") from None


def _lines(path: Path, text: str) -> list[tuple[str, Any]]:
    """Only a line feed ends a line, since texts may hold U+2028."""
    found = []
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                found.append((f"{path}, line {number}", json.loads(line)))
            except (ValueError, RecursionError) as error:
                raise BadInput(f"{path}, line {number} is not JSON: {error}.") from None
    return found
