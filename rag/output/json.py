"""The answer record as JSON: exactly the contract's fields, and back again."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from functools import cache

from pydantic import TypeAdapter, ValidationError

from rag.errors import BadInput
from rag.records import Answer
from rag.text.injection import visible

_NOT_ASCII = re.compile(r"[^\n\x20-\x7e]")


def render(answer: Answer) -> str:
    """Print an answer as one JSON object.

    Quotes stay verbatim, so nothing is removed; characters that a reader cannot see, which could steer a
    terminal, are written as escapes.
    """
    return escaped(json.dumps(asdict(answer), ensure_ascii=False, indent=2))


def escaped(text: str) -> str:
    """JSON text with the characters that a reader cannot see, and halves of characters, as escapes."""
    return _NOT_ASCII.sub(lambda match: _shown(match[0]), text)


def answer_from_json(text: str) -> Answer:
    """Read an answer that ``render`` printed.

    Raises:
        BadInput: the text is not an answer record.
    """
    try:
        return _adapter().validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole"
        raise BadInput(
            f"This is not an answer record ({where}: {first['msg']}). "
            "Give one that `rag ask --format json` wrote."
        ) from None


@cache
def _adapter() -> TypeAdapter[Answer]:
    return TypeAdapter(Answer)


def _shown(character: str) -> str:
    return json.dumps(character)[1:-1] if visible(character) != character else character
