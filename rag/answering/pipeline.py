"""The route of a question: understand, search, read, write, check, grade, conclude, number.

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
from functools import partial
from typing import Any

from rag import __version__
from rag.answering import conclude
from rag.answering.design import design
from rag.answering.desk import Desk
from rag.answering.extract import carrying_sentence, extract, main_section, quote_statement
from rag.answering.gate import gate
from rag.answering.generate import generate
from rag.answering.grade import grade
from rag.answering.hazards import hazards
from rag.answering.invariants import violations
from rag.answering.limits import limits
from rag.answering.number import assign, reading_order, renumber
from rag.answering.privacy import redact
from rag.answering.question import is_polar, local_queries, suggestions, understand
from rag.answering.screen import screen
from rag.answering.search import Gathered, gather, given
from rag.answering.select import select
from rag.answering.stance import stance
from rag.answering.verify import against, quoted
from rag.errors import BadInput, IdentifyingText, LLMUnavailable, RagError
from rag.library.passages import passages
from rag.output.references import reference
from rag.records import (
    Answer,
    Article,
    Audience,
    Certainty,
    Design,
    Draft,
    Excluded,
    Found,
    Notice,
    Progress,
    Question,
    Removed,
    Route,
    Search,
    Source,
    Stance,
    Statement,
    Status,
    VerdictKind,
    VerdictLine,
)
from rag.resources import prompt_hash
from rag.text.injection import orders, visible
from rag.text.quantities import unmatched
from rag.text.wording import too_strong, verdict_words
from rag.text.words import hedges

LONGEST_QUESTION = 2_000
READ = 40
"""Articles that are read and screened for one question."""
SILENT = Stance("silent", 0.0)


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

    Yields:
        Progress, and at the end the answer.

    Raises:
        BadInput: there is no question, or it is longer than a question.
        IdentifyingText: the question seems to name a patient.
        SearchFailed: nothing could be searched.
        CorpusError: a corpus is absent or damaged.
    """
    clock = _Clock()
    with clock("question"):
        asked = _received(text, redacted)
        question = understand(asked)
        warnings = hazards(asked)
    stop = next((one for one in warnings if one.stops), None)
    notices = [Notice(one.kind, one.text) for one in warnings]
    if stop is not None:
        yield _refusal(desk, question, stop.text, notices, audience, clock)
        return

    yield Progress("search", "Searching")
    with clock("search"):
        if articles is None:
            gathered = gather(desk, question, local_queries(question), corpora, live, most)
        else:
            gathered = given(articles)
    yield Progress("read", f"Reading {len(gathered.found)} articles")
    with clock("read"):
        usable, excluded = read(question, gathered.found)
        sources, left = select(usable)
        excluded += left
    yield Progress("write", f"Writing from {len(sources)} sources")
    with clock("write"):
        draft, written_by, fallback = _write(desk, question, sources)
    yield Progress("check", f"Checking {len(draft.statements)} statements")
    with clock("check"):
        statements, removed = _check(desk, draft, sources)
        if not statements and written_by is not None:
            fallback = Notice(
                "writer", "No sentence of the language model passed the check. Sources are quoted."
            )
            written_by = None
            statements, more = _check(desk, extract(question, sources), sources)
            removed += more
    with clock("conclude"):
        made = _conclude(desk, question, gathered, usable, sources, draft, statements, numbers or {})
    used = {reference.article for reference in made.references}
    cited = [source for source in sources if source.found.article.id in used]
    unused = [*excluded, *(_not_cited(source) for source in sources if source not in cited)]
    search = gathered.search
    counts = replace(search.counts, excluded=len(unused), cited=len(cited))
    made = replace(
        made,
        audience=audience,
        removed=tuple(removed),
        notices=(
            *notices,
            *gathered.notices,
            *made.notices,
            *((fallback,) if fallback else ()),
            *limits(cited, excluded),
        ),
        search=replace(search, counts=counts, excluded=tuple(unused)),
        status=_status(desk, clock, written_by, draft.tokens),
    )
    known = {one.found.article.id: one.found.article for one in sources}
    broken = violations(made, known.get, too_strong, (numbers or {}).values())
    if broken:
        raise RagError(
            f"The answer broke one of its own rules and is not shown: {broken[0]}. Please report it."
        )
    yield made


def read(question: Question, found: Sequence[Found]) -> tuple[list[Source], list[Excluded]]:
    """Read what was found: every usable article with its design, screening and stance; and the unusable.

    Retracted articles, notices, articles without results of their own and texts that give orders to a
    language model are excluded, however relevant.
    """
    polar = is_polar(question)
    usable: list[Source] = []
    excluded: list[Excluded] = []
    for one in found:
        article = one.article
        kind = design(article, question.type)
        screening = screen(question, article)
        reason = _unusable(article, kind)
        if reason:
            excluded.append(Excluded(article.id, "; ".join((reason, *screening.because))))
            continue
        points = stance(question, article) if polar and screening.direct else SILENT
        usable.append(Source(0, one, kind, screening, points))
    return usable, excluded


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


def _unusable(article: Article, kind: Design) -> str | None:
    if article.status == "retracted":
        return "retracted"
    if article.notice:
        return "a notice about another article"
    if not article.sections:
        return "no abstract"
    if kind.body == "none":
        return f"{kind.name}, without results of its own"
    told = orders("\n".join((article.title, *(section.text for section in article.sections))))
    return "gives orders to a language model" if told else None


def _not_cited(source: Source) -> Excluded:
    reason = "; ".join(source.screening.because) or "read; nothing of it was used"
    return Excluded(source.found.article.id, reason)


def _write(
    desk: Desk, question: Question, sources: Sequence[Source]
) -> tuple[Draft, str | None, Notice | None]:
    """The language model's draft if there is a model and it delivers, else quotes, saying why."""
    complete = desk.complete if sources else None
    if complete is None:
        return extract(question, sources), None, None
    try:
        return generate(question, sources, complete), complete.name, None
    except LLMUnavailable as error:
        return extract(question, sources), None, Notice("writer", f"{error} Sources are quoted instead.")


def _check(desk: Desk, draft: Draft, sources: Sequence[Source]) -> tuple[list[Statement], list[Removed]]:
    by_number = {source.n: source for source in sources}
    outcomes = [
        gate(item, by_number, partial(against, entail=desk.entail), passages) for item in draft.statements
    ]
    kept = {one.text: one for one in outcomes if isinstance(one, Statement)}
    return list(kept.values()), [one for one in outcomes if isinstance(one, Removed)]


def _conclude(
    desk: Desk,
    question: Question,
    gathered: Gathered,
    usable: Sequence[Source],
    sources: Sequence[Source],
    draft: Draft,
    statements: Sequence[Statement],
    taken: Mapping[str, int],
) -> Answer:
    """Decide, grade, word the verdict, and number by first use."""
    where = _where(gathered)
    polar = is_polar(question)
    main = main_section(question)
    decided, carrying, everything, sources, mute = _decide(desk, question, sources, statements)
    supported = {citation.article for one in everything for citation in one.citations}
    # What a search that failed did not bring may exist: its absence is no finding.
    if gathered.search.failed and decided == "no_direct_evidence":
        decided = "not_answerable"
    carriers = [one.found.article.id for one in carrying]
    ordered = reading_order(everything, main, carriers)
    cited = [one for one in sources if one.found.article.id in supported]
    certainty = grade(decided, sources, {one.n: _quotes_of(one, ordered) for one in cited})
    proposed = _proposed(desk, draft, decided, certainty, carrying, ordered)
    numbers = assign(ordered, [one.article for one in proposed.citations] if proposed else carriers, taken)
    final = tuple(renumber(one, f"s{i}", numbers) for i, one in enumerate(ordered, start=1))
    opening = verdict_words(decided, certainty.level) if polar else "Direct evidence was found."
    if proposed:
        line = renumber(proposed, "verdict", numbers)
        verdict = VerdictLine(decided, line.text, tuple(dict.fromkeys(one.n for one in line.citations)))
    else:
        verdict = conclude.verdict_line(decided, question, opening, carrying, numbers, where)
    return Answer(
        id=uuid.uuid4().hex[:12],
        thread=None,
        audience="clinician",
        question=question,
        verdict=verdict,
        certainty=certainty,
        statements=final,
        removed=(),
        references=tuple(
            reference(one, numbers[one.found.article.id])
            for one in sorted(cited, key=lambda one: numbers[one.found.article.id])
        ),
        dissent=conclude.dissent(decided, sources, final, numbers),
        not_found=()
        if gathered.search.failed
        else conclude.not_found(question, len(gathered.found), usable, where),
        notices=(Notice("unquoted", _UNQUOTED.format(", ".join(mute))),) if mute else (),
        followups=(*suggestions(question), *conclude.followups(question, decided, sources)),
        search=gathered.search,
        status=_status(desk, _Clock(), None, 0),
    )


_UNQUOTED = "What these articles conclude cannot be quoted here, so it was not weighed; read them: {}."


def _decide(
    desk: Desk, question: Question, sources: Sequence[Source], statements: Sequence[Statement]
) -> tuple[VerdictKind, list[Source], list[Statement], Sequence[Source], list[str]]:
    """Decide the kind of the verdict, and have what carries it or points away from it quoted.

    Returns:
        The kind; the sources that carry it; the statements with the quotes that were added; the sources as
        they were weighed; and the articles that were not, since what gives their direction cannot be quoted.
    """
    polar, main = is_polar(question), main_section(question)
    everything, mute = list(statements), list[str]()
    while True:
        decided = conclude.kind(polar, sources)
        carrying = conclude.carriers(decided, sources)
        leading = [one for one in everything if one.section == main]
        speaking = [*carrying, *conclude.opposing(decided, sources)]
        missing = [one for one in speaking if conclude.told(one, leading) is None]
        added, _ = _check(desk, Draft(_quotes(question, missing), None, None), sources)
        moved = {one.text for one in added}
        everything = [*(one for one in everything if one.text not in moved), *added]
        unsaid = {one.n for one in missing if one.stance.span and conclude.told(one, everything) is None}
        if not unsaid:
            break
        mute += [one.found.article.id for one in sources if one.n in unsaid]
        sources = [replace(one, stance=SILENT) if one.n in unsaid else one for one in sources]
    carrying = [one for one in carrying if conclude.told(one, everything) is not None]
    if decided not in ("no_direct_evidence", "not_answerable") and not carrying:
        decided = "no_direct_evidence"
    return decided, carrying, everything, sources, mute


def _proposed(
    desk: Desk,
    draft: Draft,
    decided: VerdictKind,
    certainty: Certainty,
    carrying: Sequence[Source],
    statements: Sequence[Statement],
) -> Statement | None:
    """The writer's own verdict sentence, if it passes the gate and says no more than the answer shows.

    It must point where the evidence points, rest on what gives the sources that carry the verdict their
    direction, have every figure in what the statements quote of them, and be hedged or a quotation. As a
    sentence is checked against one source at a time, none can tell a conflict or what sources leave open.
    """
    if draft.verdict is None or draft.kind != decided or decided not in ("supported", "not_supported"):
        return None
    passed, _ = _check(desk, Draft((draft.verdict,), None, None), carrying)
    for line in passed:
        articles = {citation.article for citation in line.citations}
        behind = [one for one in carrying if one.found.article.id in articles]
        quotes = [quote for one in behind for quote in _quotes_of(one, statements)]
        if (
            all(conclude.told(one, [line]) for one in behind)
            and not unmatched(line.text, quotes)
            and (hedges(line.text) or quoted(line.text) != line.text)
            and not too_strong(line.text, certainty.level)
        ):
            return line
    return None


def _quotes(question: Question, missing: Sequence[Source]) -> tuple[Any, ...]:
    sentences = ((one, carrying_sentence(one, question)) for one in missing)
    return tuple(quote_statement(one, text, main_section(question)) for one, text in sentences if text)


def _quotes_of(source: Source, statements: Sequence[Statement]) -> list[str]:
    article = source.found.article.id
    return [one.quote for statement in statements for one in statement.citations if one.article == article]


def _where(gathered: Gathered) -> str:
    names = [
        "PubMed" if one.name.startswith("live-") else f"the {one.name} corpus"
        for one in gathered.search.corpora
    ]
    return f"in {' and '.join(names)}" if names else "in PubMed"


def _refusal(
    desk: Desk, question: Question, text: str, notices: Sequence[Notice], audience: Audience, clock: _Clock
) -> Answer:
    """The answer to a question that is not searched: its text stands in the verdict and in the notices."""
    return Answer(
        id=uuid.uuid4().hex[:12],
        thread=None,
        audience=audience,
        question=question,
        verdict=VerdictLine("not_answerable", text),
        certainty=Certainty("not_assessable"),
        statements=(),
        removed=(),
        references=(),
        dissent=(),
        not_found=(),
        notices=tuple(notices),
        followups=(),
        search=Search("local"),
        status=_status(desk, clock, None, 0),
    )


def _status(desk: Desk, clock: _Clock, llm: str | None, tokens: int) -> Status:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Status(
        generated=now,
        searched=now,
        reviewed=None,
        software=f"pubmed-rag {__version__}",
        llm=llm,
        prompts={"answer": prompt_hash("answer")} if llm else {},
        settings=desk.settings.fingerprint(),
        seconds=dict(clock.seconds),
        tokens=tokens,
    )
