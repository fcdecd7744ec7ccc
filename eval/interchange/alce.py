"""ALCE's result files in: ``{"args": {...}, "data": [{"question", "output", "docs": [{"title", "text"}]}]}``.

Sentences are split and markers read by our own grammar, so ``[0.70-0.94]`` and ``[18F]`` are no citations as
they are in ALCE's script, and text after the first line counts, which that script cuts off.
"""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from eval.interchange.files import Row, checked
from eval.interchange.submitted import Submitted, record
from rag.answering.cite import cited_sentences


class _Doc(BaseModel):
    model_config = ConfigDict(extra="ignore")
    title: str
    text: str = Field(validation_alias=AliasChoices("sent", "text"))


class _Item(BaseModel):
    model_config = ConfigDict(extra="ignore")
    question: str
    output: str
    docs: tuple[_Doc, ...]


class _File(BaseModel):
    model_config = ConfigDict(extra="ignore")
    data: tuple[Row, ...] = Field(min_length=1)


def recognised(row: Row) -> bool:
    """Whether an object looks like ALCE's result file."""
    data = row.get("data")
    first = data[0] if isinstance(data, list) and data else None
    return isinstance(first, dict) and {"output", "docs"} <= first.keys()


def read(rows: Iterable[tuple[str, Row]]) -> list[Submitted]:
    """Read result files; a document is known by its number, and its passage begins with its title as in ALCE.

    Raises:
        BadInput: an item has another form; names its place and the field.
    """
    found = []
    for place, row in rows:
        for n, item in enumerate(checked(_File, row, place).data, start=1):
            found.append(_one(checked(_Item, item, f"{place}, data {n}"), n))
    return found


def _one(read: _Item, n: int) -> Submitted:
    names = [str(number) for number in range(1, len(read.docs) + 1)]
    sentences = [(one.text, one.numbers) for one in cited_sentences(read.output)]
    return Submitted(
        id=str(n),
        answer=record(read.question, sentences, names),
        passages={
            name: f"Title: {doc.title}\n{doc.text}" for name, doc in zip(names, read.docs, strict=True)
        },
        retrieved=True,
        faults=frozenset({"dangling", "uncited", "figures"}),
    )
