"""TREC BioGen's answers (Task B, reference attribution) in and out.

2025: one JSON line a topic, ``{"metadata": {"team_id", "run_id", "topic_id"}, "responses": [{"text",
"citations": [PMID]}]}``. 2024: one file a run, ``{"team_id", "run_name", "contact_email", "results":
[{"topic_id", "answer": "Text [PMID, PMID].", "references": [PMID]}]}``. An answer has at most 250 words and
cites at most three PMIDs a sentence (https://trec-biogen.github.io/docs; Gupta et al. 2024).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from eval.interchange.files import Row, checked
from eval.interchange.submitted import Submitted, record
from rag.answering.cite import cited_sentences
from rag.text.markers import strip_markers

WORDS = 250
CITATIONS = 3


# --- Out -----------------------------------------------------------------------------------------


def response(answer: Mapping[str, Any], team_id: str, run_id: str) -> dict[str, Any]:
    """One of our answer records as a line of a 2025 run; its ``id`` is the topic's.

    The verdict comes first, then the statements in their order, until the next would exceed 250 words. A
    sentence cites the first three articles with a PMID that support it.
    """
    supporting = {
        citation["n"]
        for statement in answer["statements"]
        for citation in statement["citations"]
        if citation["verdict"] == "SUPPORT"
    }
    sentences = [(answer["verdict"]["text"], [n for n in answer["verdict"]["citations"] if n in supporting])]
    for statement in answer["statements"]:
        cited = [one["n"] for one in statement["citations"] if one["verdict"] == "SUPPORT"]
        sentences.append((statement["text"], cited))
    pmids = {reference["n"]: reference["pmid"] for reference in answer["references"]}
    rows: list[dict[str, Any]] = []
    left = WORDS
    for marked, numbers in sentences:
        text = " ".join(strip_markers(marked).split())
        left -= len(text.split())
        if left < 0:
            break
        cited_pmids = list(dict.fromkeys(pmids[n] for n in numbers if pmids.get(n)))
        rows.append({"text": text, "citations": cited_pmids[:CITATIONS]})
    metadata = {"team_id": team_id, "run_id": run_id, "topic_id": answer["id"]}
    return {"metadata": metadata, "responses": rows}


def write(path: Path, answers: Iterable[Mapping[str, Any]], team_id: str, run_id: str) -> int:
    """Write answer records as a 2025 run; returns how many."""
    lines = [json.dumps(response(one, team_id, run_id), ensure_ascii=False) + "\n" for one in answers]
    path.write_text("".join(lines), encoding="utf-8")
    return len(lines)


# --- In ------------------------------------------------------------------------------------------


class _Metadata(BaseModel):
    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)
    topic_id: str


class _Sentence(BaseModel):
    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)
    text: str
    citations: tuple[str, ...] = ()


class _Response(BaseModel):
    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)
    metadata: _Metadata
    responses: tuple[_Sentence, ...]
    references: tuple[str, ...] | None = None


class _Result(BaseModel):
    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)
    topic_id: str
    answer: str
    references: tuple[str, ...]


class _Run(BaseModel):
    model_config = ConfigDict(extra="ignore")
    results: tuple[Row, ...] = Field(min_length=1)


def recognised(row: Row) -> bool:
    """Whether an object looks like a BioGen answer of either year."""
    results = row.get("results")
    first = results[0] if isinstance(results, list) and results else None
    return {"metadata", "responses"} <= row.keys() or (isinstance(first, dict) and "topic_id" in first)


def read(rows: Iterable[tuple[str, Row]]) -> list[Submitted]:
    """Read a run of 2024 or 2025.

    Raises:
        BadInput: an object has neither form; names its place and the field.
    """
    found: list[Submitted] = []
    for place, row in rows:
        if "results" in row:
            for n, result in enumerate(checked(_Run, row, place).results, start=1):
                found.append(_of_2024(checked(_Result, result, f"{place}, result {n}")))
        else:
            found.append(_of_2025(checked(_Response, row, place)))
    return found


def _of_2025(read: _Response) -> Submitted:
    """Some runs list their references as well, as the RAG tracks do; then a citation must be among them."""
    cited = [(one.text, [_bare(pmid) for pmid in one.citations]) for one in read.responses]
    listed = None if read.references is None else [_bare(pmid) for pmid in read.references]
    return _submitted(read.metadata.topic_id, cited, listed)


_INLINE = re.compile(r"\[\s*(?:PMID:?\s*)?\d{1,9}(?:\s*[,;]\s*(?:PMID:?\s*)?\d{1,9})*\s*\]", re.IGNORECASE)
_FIRST = 500
"""PMIDs become markers from this number on, above those that a text itself may have."""


def _of_2024(read: _Result) -> Submitted:
    """PMIDs in brackets become markers, so that one grammar tells markers from intervals and nuclides.

    Brackets are PMIDs if one of their numbers is in the references or has more digits than a year.
    Any other marker names no PMID of the references and dangles.
    """
    listed = [_bare(pmid) for pmid in read.references]
    pmids: list[str] = []

    def marked(match: re.Match[str]) -> str:
        inside = re.findall(r"\d+", match[0])
        if not any(pmid in listed or len(pmid) > 4 for pmid in inside):
            return match[0]
        pmids.extend(pmid for pmid in inside if pmid not in pmids)
        return f"[{', '.join(str(_FIRST + pmids.index(pmid)) for pmid in inside)}]"

    known = cited_sentences(_INLINE.sub(marked, read.answer))
    names = {_FIRST + n: pmid for n, pmid in enumerate(pmids)}
    return _submitted(
        read.topic_id, [(one.text, [names.get(n, str(n)) for n in one.numbers]) for one in known], listed
    )


def _submitted(topic: str, cited: Sequence[tuple[str, list[str]]], listed: list[str] | None) -> Submitted:
    """Number the PMIDs by their place in the list; one that is not listed gets a number beyond it."""
    used = list(dict.fromkeys(pmid for _, pmids in cited for pmid in pmids))
    articles = used if listed is None else listed
    beyond = [pmid for pmid in used if pmid not in articles]
    numbers = {pmid: n for n, pmid in reversed(list(enumerate([*articles, *beyond], start=1)))}
    sentences = [(text, [numbers[pmid] for pmid in dict.fromkeys(pmids)]) for text, pmids in cited]
    listing = () if listed is None else ("dangling", "orphan", "duplicate")
    return Submitted(
        topic, record("", sentences, articles), faults=frozenset(("uncited", "figures", *listing))
    )


def _bare(pmid: str) -> str:
    """The digits of ``PMID: 123`` or of a link to PubMed; anything else as it is."""
    digits = re.findall(r"\d{1,9}", pmid)
    return digits[-1] if digits else pmid.strip()
