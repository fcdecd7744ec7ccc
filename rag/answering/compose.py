"""From checked statements to the body of an answer: decide, grade, word the verdict, number by first use."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from rag.answering import conclude
from rag.answering.extract import carrying_sentence, main_section, quote_statement
from rag.answering.grade import grade
from rag.answering.number import assign, merged, reading_order, renumber
from rag.answering.question import is_polar, suggestions
from rag.answering.reading import SILENT
from rag.answering.search import Gathered
from rag.answering.verify import quoted
from rag.output.references import reference
from rag.records import (
    Certainty,
    Dissent,
    Draft,
    DraftStatement,
    Notice,
    Question,
    Reference,
    Source,
    Statement,
    VerdictKind,
    VerdictLine,
)
from rag.text.quantities import unmatched
from rag.text.wording import too_strong, verdict_words
from rag.text.words import hedges

Gate = Callable[[Sequence[DraftStatement], Sequence[Source]], list[Statement]]
"""Lets drafted statements through that the sources support."""

_UNQUOTED = "What these articles conclude cannot be quoted here, so it was not weighed; read them: {}."


@dataclass(frozen=True, slots=True)
class Body:
    """What an answer says: everything of it but how it was searched and made."""

    verdict: VerdictLine
    certainty: Certainty
    statements: tuple[Statement, ...] = ()
    references: tuple[Reference, ...] = ()
    dissent: tuple[Dissent, ...] = ()
    not_found: tuple[str, ...] = ()
    notices: tuple[Notice, ...] = ()
    followups: tuple[str, ...] = ()


def compose(
    question: Question,
    gathered: Gathered,
    usable: Sequence[Source],
    sources: Sequence[Source],
    draft: Draft,
    statements: Sequence[Statement],
    taken: Mapping[str, int],
    gate: Gate,
) -> Body:
    """Compose the body of an answer.

    Args:
        question: as understood.
        gathered: what was found and how.
        usable: every usable article that was read.
        sources: those of them that were offered to the writer.
        draft: what the writer returned; its verdict is used if it says no more than the answer shows.
        statements: those of the draft that passed the gate.
        taken: numbers that earlier turns of a thread gave to articles.
        gate: checks the quotations that are added so that what carries the verdict is quoted.
    """
    where = _where(gathered)
    polar = is_polar(question)
    main = main_section(question)
    decided, carrying, everything, sources, mute = _decide(question, sources, statements, gate)
    supported = {citation.article for one in everything for citation in one.citations}
    # What a search that failed did not bring may exist: its absence is no finding.
    if gathered.search.failed and decided == "no_direct_evidence":
        decided = "not_answerable"
    carriers = [one.found.article.id for one in carrying]
    ordered = reading_order(everything, main, carriers)
    cited = [one for one in sources if one.found.article.id in supported]
    certainty = grade(decided, sources, {one.n: _quotes_of(one, ordered) for one in cited})
    proposed = _proposed(draft, decided, certainty, carrying, ordered, gate)
    numbers = assign(ordered, [one.article for one in proposed.citations] if proposed else carriers, taken)
    final = tuple(renumber(one, f"s{i}", numbers) for i, one in enumerate(ordered, start=1))
    imprecise = any(one.name == "imprecision" and one.change < 0 for one in certainty.domains)
    opening = verdict_words(decided, certainty.level, imprecise) if polar else "Direct evidence was found."
    if proposed:
        line = renumber(proposed, "verdict", numbers)
        verdict = VerdictLine(decided, line.text, tuple(dict.fromkeys(one.n for one in line.citations)))
    else:
        verdict = conclude.verdict_line(decided, question, opening, carrying, numbers, where)
    return Body(
        verdict=verdict,
        certainty=certainty,
        statements=final,
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
    )


def _decide(
    question: Question, sources: Sequence[Source], statements: Sequence[Statement], gate: Gate
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
        added = gate(_quotes(question, missing), sources)
        everything = merged([*added, *everything])
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
    draft: Draft,
    decided: VerdictKind,
    certainty: Certainty,
    carrying: Sequence[Source],
    statements: Sequence[Statement],
    gate: Gate,
) -> Statement | None:
    """The writer's own verdict sentence, if it passes the gate and says no more than the answer shows.

    It must point where the evidence points, rest on what gives the sources that carry the verdict their
    direction, have every figure in what the statements quote of them, and be hedged or a quotation. As a
    sentence is checked against one source at a time, none can tell a conflict or what sources leave open.
    """
    if draft.verdict is None or draft.kind != decided or decided not in ("supported", "not_supported"):
        return None
    for line in gate((draft.verdict,), carrying):
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


def _quotes(question: Question, missing: Sequence[Source]) -> tuple[DraftStatement, ...]:
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
    only = f", among {gathered.only}," if gathered.only else ""
    return f"in {' and '.join(names) or 'PubMed'}{only}"
