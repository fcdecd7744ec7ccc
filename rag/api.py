"""The Python door: ``ask`` and ``audit`` for scripts and notebooks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from rag.answering.auditing import audit as audited
from rag.answering.desk import Desk
from rag.answering.pipeline import answer
from rag.audit_records import Audit
from rag.records import Answer, Audience, Progress
from rag.settings import Settings, load


def ask(
    question: str,
    *,
    corpora: Sequence[str] = (),
    live: bool = False,
    redacted: bool = False,
    audience: Audience = "clinician",
    settings: Settings | None = None,
    desk: Desk | None = None,
    progress: Callable[[Progress], None] = lambda step: None,
) -> Answer:
    """Answer one question with graded, cited and checked statements.

    Args:
        question: a medical question.
        corpora: names of corpora to search; the starter corpus if none is named and ``live`` is off.
        live: search PubMed as well, or alone where no corpus is named; needs ``RAG_EMAIL``.
        redacted: go on although identifying text was found, without that text.
        audience: who reads the answer.
        settings: read from the environment if not given.
        desk: models and corpora that are already open; give one to ask many questions quickly.
        progress: told each step as it begins.

    Raises:
        RagError: one of its kinds; the message says what to do.
    """
    if desk is not None:
        return answer(
            desk, question, progress, corpora=corpora, live=live, redacted=redacted, audience=audience
        )
    with Desk(settings or load()) as opened:
        return ask(
            question,
            corpora=corpora,
            live=live,
            redacted=redacted,
            audience=audience,
            desk=opened,
            progress=progress,
        )


def audit(
    text: str,
    *,
    sources: Path | None = None,
    corpora: Sequence[str] = (),
    live: bool = False,
    question: str = "",
    redacted: bool = False,
    settings: Settings | None = None,
    desk: Desk | None = None,
    progress: Callable[[Progress], None] = lambda step: None,
) -> Audit:
    """Check an answer written elsewhere against the sources that it cites.

    Args:
        text: the answer as plain text or Markdown, with markers and a reference list.
        sources: a file of articles in any form that can be imported; nothing is stored.
        corpora: names of corpora that may hold the sources; the starter corpus if none is named, there is no
            ``sources`` and ``live`` is off.
        live: look sources up in PubMed by the PMIDs, DOIs and titles of the reference list.
        question: what was asked, if the text does not begin with it.
        redacted: go on although a statement seems to name a patient, without that text.
        settings: read from the environment if not given.
        desk: models and corpora that are already open.
        progress: told each step as it begins.

    Raises:
        RagError: one of its kinds; the message says what to do.
    """
    if desk is None:
        with Desk(settings or load()) as opened:
            return audit(
                text,
                sources=sources,
                corpora=corpora,
                live=live,
                question=question,
                redacted=redacted,
                desk=opened,
                progress=progress,
            )
    return audited(
        desk,
        text,
        progress,
        sources=sources,
        corpora=corpora,
        live=live,
        question=question,
        redacted=redacted,
    )
