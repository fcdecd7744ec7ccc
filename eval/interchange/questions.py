"""Question files of MIRAGE and BioASQ -> question rows, which ``rag ask --questions`` takes as they are."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from eval.interchange.files import Row, checked, objects
from rag.errors import BadInput
from rag.library.identifiers import pmid_of


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """One question with what its benchmark says about it.

    ``answer`` is the expected answer in words: yes, no or maybe, an option's text, the names of a factoid or
    list question parted by "; ", or empty for a summary. ``articles`` are the PMIDs marked as relevant,
    ``snippets`` (PMID, text) what experts picked from them. ``options`` must not be shown when searching
    (MIRAGE's question-only retrieval).
    """

    id: str
    question: str
    type: str
    answer: str
    options: dict[str, str]
    articles: tuple[str, ...] = ()
    snippets: tuple[tuple[str, str], ...] = ()
    ideal: str = ""


class _Choice(BaseModel):
    model_config = ConfigDict(extra="ignore")
    question: str
    options: dict[str, str]
    answer: str


class _Snippet(BaseModel):
    model_config = ConfigDict(extra="ignore")
    document: str
    text: str


class _BioAsq(BaseModel):
    model_config = ConfigDict(extra="ignore")
    id: str
    body: str
    type: Literal["yesno", "factoid", "list", "summary"]
    documents: tuple[str, ...] = ()
    snippets: tuple[_Snippet, ...] = ()
    exact_answer: Any = None
    ideal_answer: str | list[str] = Field(default_factory=list)


def read_questions(path: Path) -> list[QuestionRow]:
    """Read MIRAGE's ``benchmark.json`` or a BioASQ Task B file; the form tells which it is.

    MIRAGE: an object of data sets, each an object of questions by id (Xiong et al. 2024); the row's id is
    ``dataset/id``. BioASQ: ``{"questions": [...]}`` (Krithara et al. 2023).

    Raises:
        BadInput: the file is neither; names the question and the field that is wrong.
    """
    (_, whole), *rest = objects(path)
    if not rest and isinstance(whole.get("questions"), list):
        return [_bioasq(item, f"{path}, question {n}") for n, item in enumerate(whole["questions"], start=1)]
    if rest or not whole or not all(isinstance(items, dict) for items in whole.values()):
        raise BadInput(
            f"{path} is no question file: it has neither MIRAGE's form (data sets of questions by id) "
            'nor BioASQ\'s ({"questions": [...]}).'
        )
    return [
        _mirage(f"{dataset}/{name}", item, f"{path}, {dataset}/{name}")
        for dataset, items in whole.items()
        for name, item in items.items()
    ]


def write_questions(path: Path, rows: Iterable[QuestionRow]) -> None:
    """Write one JSON line a question."""
    lines = [json.dumps(asdict(row), ensure_ascii=False) + "\n" for row in rows]
    path.write_text("".join(lines), encoding="utf-8")


def _mirage(name: str, item: Row, place: str) -> QuestionRow:
    read = checked(_Choice, item, place)
    if read.answer not in read.options:
        raise BadInput(f"{place}: the answer {read.answer!r} is none of the options.")
    polar = {option.lower() for option in read.options.values()} <= {"yes", "no", "maybe"}
    answer = read.options[read.answer]
    return QuestionRow(
        name, read.question, "yesno" if polar else "choice", answer.lower() if polar else answer, read.options
    )


def _bioasq(item: Row, place: str) -> QuestionRow:
    read = checked(_BioAsq, item, place)
    ideal = read.ideal_answer if isinstance(read.ideal_answer, str) else " ".join(read.ideal_answer[:1])
    return QuestionRow(
        id=read.id,
        question=read.body,
        type=read.type,
        answer=_exact(read.exact_answer),
        options={},
        articles=tuple(dict.fromkeys(_pmid(url, place) for url in read.documents)),
        snippets=tuple((_pmid(one.document, place), one.text) for one in read.snippets),
        ideal=ideal,
    )


def _exact(answer: Any) -> str:
    """The first synonym of each name; yes and no in small letters; "n/a" and null are no answer."""
    if isinstance(answer, str):
        return (
            "" if answer.lower() == "n/a" else answer.lower() if answer.lower() in ("yes", "no") else answer
        )
    names = answer if isinstance(answer, list) else []
    return "; ".join(str(name[0] if isinstance(name, list) and name else name) for name in names if name)


def _pmid(url: str, place: str) -> str:
    found = pmid_of(url.rstrip("/").rpartition("/")[2])
    if not found:
        raise BadInput(f"{place}: {url} has no PMID.")
    return found
