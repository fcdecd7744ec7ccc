"""The language-model writer: numbered sources in, a draft with markers out; nothing of it is trusted yet."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rag.answering.cite import cited_sentences
from rag.errors import UnsupportedOutput
from rag.records import Complete, Draft, DraftStatement, Question, Source
from rag.resources import prompt
from rag.text.injection import fenced, visible
from rag.text.markers import numbers_in, strip_markers

MOST_STATEMENTS = 12
MOST_SOURCES = 16
LONGEST_SOURCE = 3_500


Form = TypeVar("Form", bound=BaseModel)


class _Sentence(BaseModel):
    model_config = ConfigDict(extra="ignore")
    text: str = Field(max_length=2_000)
    section: Literal["benefit", "harm", "alternatives", "applicability", "indirect", "background"] = (
        "background"
    )
    certainty: Literal["high", "moderate", "low", "very_low"] | None = None


class _VerdictSentence(BaseModel):
    model_config = ConfigDict(extra="ignore")
    text: str = Field(max_length=2_000)
    kind: Literal[
        "supported", "not_supported", "conflicting", "uncertain", "no_direct_evidence", "not_answerable"
    ]


class _Written(BaseModel):
    model_config = ConfigDict(extra="ignore")
    verdict: _VerdictSentence | None = None
    statements: list[_Sentence] = Field(min_length=1, max_length=60)


def generate(
    question: Question,
    sources: Sequence[Source],
    complete: Complete,
    instead: str = "",
) -> Draft:
    """Ask a language model for an answer from numbered sources.

    Args:
        question: as understood.
        sources: what the model may cite; only the first ``MOST_SOURCES`` are shown to it.
        complete: the language model.
        instead: a file to ask with in place of ``prompts/answer.md``.

    Returns:
        The model's sentences, each with the numbers it cites, valid or not.

    Raises:
        LLMUnavailable: the model gave no reply.
        UnsupportedOutput: the reply is not the JSON object that was asked for.
        SettingsError: the other file is no such prompt.
    """
    reply = complete(
        prompt(
            "answer",
            instead,
            question=visible(question.asked),
            understood=visible(question.understood),
            type=question.type,
            sources="\n\n".join(source_block(source) for source in sources[:MOST_SOURCES]),
            limit=str(MOST_STATEMENTS),
        )
    )
    written = read_reply(reply.text, _Written)
    statements = [
        DraftStatement(one.section, cited.text, cited.numbers, cited.faults, one.certainty)
        for one in written.statements
        for cited in cited_sentences(one.text)
    ]
    verdict = written.verdict
    return Draft(
        tuple(statements[:MOST_STATEMENTS]),
        verdict=_verdict(verdict.text) if verdict else None,
        kind=verdict.kind if verdict else None,
        tokens=reply.tokens,
    )


def _verdict(text: str) -> DraftStatement:
    return DraftStatement("background", strip_markers(text), numbers_in(text))


def source_block(source: Source) -> str:
    """One source as the model sees it: fenced as data, hidden characters stripped, its fence words broken."""
    article = source.found.article
    parts = [
        f"{section.label}: {section.text}" if section.label else section.text for section in article.sections
    ]
    direct = (
        "" if source.screening.direct else f" INDIRECT ({'; '.join(source.screening.because) or 'off topic'})"
    )
    access = "our summary of the article" if article.access == "summary" else "abstract only"
    body = fenced("\n".join([f"TITLE: {article.title}", *parts]))[:LONGEST_SOURCE]
    head = f"[{source.n}] {source.design.name}, {article.year or 'year unknown'}, {access}{direct}"
    return f"BEGIN SOURCE {head}\n{body}\nEND SOURCE [{source.n}]"


def read_reply(text: str, form: type[Form]) -> Form:
    """Read the first JSON object of a reply; models like to wrap it in a fence or a greeting.

    Raises:
        UnsupportedOutput: there is none, or it has not the form that was asked for.
    """
    start = text.find("{")
    if start < 0:
        raise UnsupportedOutput("The language model's reply holds no JSON object.")
    try:
        value, _ = json.JSONDecoder().raw_decode(text, start)
        return form.model_validate(value)
    except RecursionError:
        raise UnsupportedOutput("The language model's reply is nested too deeply to read.") from None
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise UnsupportedOutput(
            f"The language model's reply lacks what was asked for (at {where})."
        ) from None
    except ValueError:  # not JSON, or a number of thousands of digits
        raise UnsupportedOutput("The language model's reply is cut or is not JSON.") from None
