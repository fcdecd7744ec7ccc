"""RAGAS's evaluation rows in: a question, an answer, the contexts that were retrieved, and a reference.

Either set of names is read: ``question, answer, contexts, ground_truth`` (to version 0.1) or ``user_input,
response, retrieved_contexts, reference`` (from 0.2). Contexts have no ids, so they are known by their numbers
from 1 on; an answer that cites, cites those.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field

from eval.interchange.files import Row, checked
from eval.interchange.submitted import Submitted, record
from rag.answering.cite import cited_sentences


def _texts(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _first(value: object) -> object:
    """The first of several ground truths, which 0.0 had; null is none."""
    return (value[0] if value else "") if isinstance(value, list) else value or ""


class _Sample(BaseModel):
    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)
    id: str = Field("", validation_alias=AliasChoices("id", "question_id", "qid"))
    question: str = Field(validation_alias=AliasChoices("user_input", "question"))
    answer: str = Field(validation_alias=AliasChoices("response", "answer"))
    contexts: Annotated[tuple[str, ...], BeforeValidator(_texts)] = Field(
        validation_alias=AliasChoices("retrieved_contexts", "contexts")
    )
    reference: Annotated[str, BeforeValidator(_first)] = Field(
        "", validation_alias=AliasChoices("reference", "ground_truth", "ground_truths")
    )


def recognised(row: Row) -> bool:
    """Whether an object looks like a RAGAS row."""
    return bool({"user_input", "question"} & row.keys()) and bool(
        {"retrieved_contexts", "contexts"} & row.keys()
    )


def read(rows: Iterable[tuple[str, Row]]) -> list[Submitted]:
    """Read single-turn rows; a row without id is known by its place.

    Raises:
        BadInput: a row has another form, e.g. several turns; names its place and the field.
    """
    return [_one(checked(_Sample, row, place), n) for n, (place, row) in enumerate(rows, start=1)]


def _one(read: _Sample, n: int) -> Submitted:
    names = [str(number) for number in range(1, len(read.contexts) + 1)]
    sentences = [(one.text, one.numbers) for one in cited_sentences(read.answer)]
    return Submitted(
        id=read.id or str(n),
        answer=record(read.question, sentences, names),
        passages=dict(zip(names, read.contexts, strict=True)),
        retrieved=True,
        reference=read.reference,
        faults=frozenset({"dangling", "uncited", "figures"}),
    )
