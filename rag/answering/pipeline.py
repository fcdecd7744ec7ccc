"""The route of a question: understand, search, read, select, write, check, compose.

This is the only file that knows the whole route. Every step is a plain function from records to records
that knows neither the next step nor which model serves it.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from rag import __version__
from rag.answering.admit import admit
from rag.answering.allowance import Allowance
from rag.answering.audience import address
from rag.answering.compose import Body, compose
from rag.answering.desk import Desk
from rag.answering.extract import extract
from rag.answering.generate import generate
from rag.answering.hazards import hazards
from rag.answering.interpret import interpret
from rag.answering.invariants import violations
from rag.answering.limits import limits
from rag.answering.privacy import redact
from rag.answering.question import local_queries, understand
from rag.answering.reading import read
from rag.answering.restrict import apply, weighed
from rag.answering.search import gather, given
from rag.answering.select import select
from rag.answering.thread import Follow, Reading, extended, reused
from rag.errors import BadInput, IdentifyingText, LLMUnavailable, RagError
from rag.records import (
    Answer,
    Article,
    Audience,
    Certainty,
    Complete,
    Draft,
    Excluded,
    Hazard,
    Notice,
    Progress,
    Question,
    Removed,
    Route,
    Search,
    Source,
    Status,
    VerdictLine,
)
from rag.resources import prompt_hash
from rag.text.injection import visible
from rag.text.wording import too_strong

LONGEST_QUESTION = 2_000
OUTSIDE_MEDICINE = "outside_medicine"
"""The hazard that a follow-up cannot be judged by without its thread."""
READ = 40
"""Articles that are read and screened for one question."""


def answer(
    desk: Desk, text: str, progress: Callable[[Progress], None] = lambda step: None, **options: Any
) -> Answer:
    """Walk the route to its end; ``options`` are those of ``route``."""
    for step in route(desk, text, **options):
        if isinstance(step, Answer):
            return step
        progress(step)
    raise RagError("The route ended without an answer. Please report this.")


def route(
    desk: Desk,
    text: str,
    *,
    corpora: Sequence[str] = (),
    live: bool = False,
    articles: Sequence[Article] | None = None,
    most: int = READ,
    redacted: bool = False,
    audience: Audience = "clinician",
    numbers: Mapping[str, int] | None = None,
    follow: Follow | None = None,
) -> Route:
    """Walk one question through the house.

    Args:
        desk: settings, models and corpora.
        text: the question as typed.
        corpora: names of corpora to search; the starter corpus if none is named and ``live`` is off.
        live: search PubMed as well, or alone where no corpus is named.
        articles: read these, best first, and search nothing.
        most: articles that are read for each query.
        redacted: go on although identifying text was found, without that text.
        audience: who reads the answer.
        numbers: numbers that earlier turns of a thread gave to articles.
        follow: reads a follow-up in its thread; None for a question that stands alone.

    Yields:
        Progress, and at the end the answer.

    Raises:
        BadInput: there is no question, or it is longer than a question.
        IdentifyingText: the question seems to name a patient.
        SearchFailed: nothing could be searched.
        CorpusError: a corpus is absent or damaged.
    """
    clock, allowed = _Clock(), Allowance(desk)
    with clock("question"):
        asked = _received(text, redacted)
        reading, warnings = _understood(allowed, asked, follow)
    notices = [Notice(one.kind, one.text) for one in warnings]
    if reading is None:
        refusal = Body(
            VerdictLine("not_answerable", next(one.text for one in warnings if one.stops)),
            Certainty("not_assessable"),
            notices=tuple(notices),
        )
        unread = Question(asked, asked, "other")
        yield _answer(audience, unread, refusal, [], Search("local"), _status(desk, clock, None, 0))
        return
    question = reading.question
    typed = question if follow is None else replace(question, asked=asked)
    if reading.told is not None:
        told = replace(reading.told, notices=(*notices, *reading.told.notices))
        made = _answer(audience, typed, told, [], Search("local"), _status(desk, clock, None, 0))
        yield _kept_promises(made, [one.article for one in reading.again], numbers or {})
        return

    yield Progress("search", "Searching")
    with clock("search"):
        if articles is None:
            gathered = gather(desk, question, local_queries(question), corpora, live, most)
        else:
            gathered = given(articles)
        gathered = replace(extended(gathered, reading.again), only=reading.restriction.studies())
    yield Progress("read", f"Reading {len(gathered.found)} articles")
    with clock("read"):
        usable, excluded = read(question, gathered.found)
        usable, unfit, restricted = apply(reading.restriction, usable)
        sources, left = select(usable)
        excluded += unfit + left
    yield Progress("write", f"Writing from {len(sources)} sources")
    with clock("write"):
        draft, written_by, fallback = _write(allowed, question, sources, desk.settings.prompt)
    yield Progress("check", f"Checking {len(draft.statements)} statements")
    with clock("check"):
        writer = allowed.complete if written_by is not None else None
        admitted = admit(draft.statements, sources, allowed.check, writer)
        statements, removed = admitted.statements, admitted.removed
        if not statements and written_by is not None:
            fallback = Notice(
                "writer", "No sentence of the language model passed the check. Sources are quoted."
            )
            written_by = None
            quoted = admit(extract(question, sources).statements, sources, allowed.check)
            statements, removed = quoted.statements, [*removed, *quoted.removed]
    with clock("compose"):
        body = compose(
            question,
            gathered,
            usable,
            sources,
            draft,
            statements,
            numbers or {},
            lambda items, among: admit(items, among, allowed.check).statements,
        )
        body = replace(body, certainty=weighed(body.certainty, reading.restriction))
    used = {reference.article for reference in body.references}
    cited = [source for source in sources if source.found.article.id in used]
    with clock("word"):
        addressed = address(body, audience, cited, allowed.check, allowed.complete)
    body = addressed.body
    unused = [*excluded, *(_not_cited(source) for source in sources if source not in cited)]
    counts = replace(gathered.search.counts, excluded=len(unused), cited=len(cited))
    carried = (*reading.notices, *restricted, *reused(reading.again, body.references))
    wrote = (*admitted.notices, *([fallback] if fallback else []))
    said = (*notices, *carried, *gathered.notices, *body.notices, *wrote)
    made = _answer(
        audience,
        typed,
        replace(body, notices=(*said, *limits(cited, excluded))),
        removed,
        replace(gathered.search, counts=counts, excluded=tuple(unused)),
        _status(
            desk,
            clock,
            written_by or addressed.worded_by,
            reading.tokens + draft.tokens + admitted.tokens + addressed.tokens,
            (*reading.prompts, *(("answer",) if written_by else ()), *admitted.prompts, *addressed.prompts),
        ),
    )
    yield _kept_promises(made, [one.found.article for one in sources], numbers or {})


@dataclass
class _Clock:
    """Seconds by stage."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[stage] = round(time.perf_counter() - start, 4)


def _received(text: str, redacted: bool) -> str:
    """The question without hidden characters and identifying text."""
    typed = visible(text).strip()
    if not typed:
        raise BadInput("There is no question. Type one, for example: rag ask 'Does aspirin prevent stroke?'")
    if len(typed) > LONGEST_QUESTION:
        raise BadInput(f"The question has {len(typed):,} characters; at most {LONGEST_QUESTION:,} are read.")
    safe = redact(typed)
    if safe.found and not redacted:
        raise IdentifyingText(safe.text)
    return safe.text


def _understood(
    allowed: Allowance, asked: str, follow: Follow | None
) -> tuple[Reading | None, Sequence[Hazard]]:
    """The question as it is read, None where a hazard stops it, and its hazards.

    What was typed is judged before a model may see it, and then the whole question; the words of a follow-up
    alone may name nothing of medicine.
    """
    warnings = hazards(asked)
    if follow is not None:
        warnings = tuple(one for one in warnings if one.kind != OUTSIDE_MEDICINE)
    if any(one.stops for one in warnings):
        return None, warnings
    if follow is not None:
        reading = follow(asked, allowed.check, allowed.complete)
    elif allowed.complete is not None:
        reading = _interpreted(asked, allowed.complete)
    else:
        return Reading(understand(asked)), warnings
    whole = hazards(reading.question.understood)
    if any(one.stops for one in whole):
        return None, whole
    kinds = {one.kind for one in warnings}
    return reading, (*warnings, *(one for one in whole if one.kind not in kinds))


def _interpreted(asked: str, complete: Complete) -> Reading:
    read = interpret(asked, complete)
    prompts = ("question",) if read.by_model else ()
    return Reading(read.question, notices=read.notices, tokens=read.tokens, prompts=prompts)


def _kept_promises(made: Answer, articles: Sequence[Article], numbers: Mapping[str, int]) -> Answer:
    """The answer, if it keeps every promise.

    Raises:
        RagError: it does not.
    """
    known = {article.id: article for article in articles}
    broken = violations(made, known.get, too_strong, numbers.values())
    if broken:
        raise RagError(
            f"The answer broke one of its own rules and is not shown: {broken[0]}. Please report it."
        )
    return made


def _not_cited(source: Source) -> Excluded:
    reason = "; ".join(source.screening.because) or "read; nothing of it was used"
    return Excluded(source.found.article.id, reason)


def _write(
    allowed: Allowance, question: Question, sources: Sequence[Source], prompt: str
) -> tuple[Draft, str | None, Notice | None]:
    """The language model's draft if there is a model and it delivers, else quotes, saying why."""
    complete = allowed.complete if sources else None
    if complete is None:
        return extract(question, sources), None, None
    try:
        return generate(question, sources, complete, prompt), complete.name, None
    except LLMUnavailable as error:
        return extract(question, sources), None, Notice("writer", f"{error} Sources are quoted instead.")


def _answer(
    audience: Audience,
    question: Question,
    body: Body,
    removed: Sequence[Removed],
    search: Search,
    status: Status,
) -> Answer:
    return Answer(
        id=uuid.uuid4().hex[:12],
        thread=None,
        audience=audience,
        question=question,
        verdict=body.verdict,
        certainty=body.certainty,
        statements=body.statements,
        removed=tuple(removed),
        references=body.references,
        dissent=body.dissent,
        not_found=body.not_found,
        notices=body.notices,
        followups=body.followups,
        search=search,
        status=status,
    )


def _status(desk: Desk, clock: _Clock, llm: str | None, tokens: int, prompts: Sequence[str] = ()) -> Status:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    instead = {"answer": desk.settings.prompt}
    return Status(
        generated=now,
        searched=now,
        reviewed=None,
        software=f"pubmed-rag {__version__}",
        llm=llm,
        prompts={name: prompt_hash(name, instead.get(name, "")) for name in prompts},
        settings=desk.settings.fingerprint(),
        seconds=dict(clock.seconds),
        tokens=tokens,
    )
