"""The records of answers and audits as JSON: exactly their fields, and back again."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from functools import cache
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from rag.audit_records import Audit
from rag.errors import BadInput
from rag.records import Answer
from rag.text.injection import visible

_NOT_ASCII = re.compile(r"[^\n\x20-\x7e]")


def render(record: Answer | Audit) -> str:
    """Print an answer or an audit as one JSON object.

    Quotes stay verbatim, so nothing is removed; characters that a reader cannot see, which could steer a
    terminal, are written as escapes.
    """
    return escaped(json.dumps(asdict(record), ensure_ascii=False, indent=2))


def escaped(text: str) -> str:
    """JSON text with the characters that a reader cannot see, and halves of characters, as escapes."""
    return _NOT_ASCII.sub(lambda match: _shown(match[0]), text)


def answer_from_json(text: str) -> Answer:
    """Read an answer that ``render`` printed.

    Raises:
        BadInput: the text is not an answer record.
    """
    return _read(_answers(), text, "an answer record", "rag ask")


def audit_from_json(text: str) -> Audit:
    """Read an audit that ``render`` printed.

    Raises:
        BadInput: the text is not the record of an audit.
    """
    return _read(_audits(), text, "the record of an audit", "rag audit")


Record = TypeVar("Record", Answer, Audit)


def _read(adapter: TypeAdapter[Record], text: str, what: str, command: str) -> Record:
    try:
        return adapter.validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole"
        raise BadInput(
            f"This is not {what} ({where}: {first['msg']}). Give one that `{command} --format json` wrote."
        ) from None


@cache
def _answers() -> TypeAdapter[Answer]:
    return TypeAdapter(Answer)


@cache
def _audits() -> TypeAdapter[Audit]:
    return TypeAdapter(Audit)


def _shown(character: str) -> str:
    return json.dumps(character)[1:-1] if visible(character) != character else character
