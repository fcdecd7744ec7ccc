"""The Python door: ``ask`` for scripts and notebooks."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rag.answering.desk import Desk
from rag.answering.pipeline import answer
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
