"""From the sources to the line a reader acts on: the verdict, dissent, what was not found, follow-ups.

The kind of a verdict is the direction in which the direct evidence points; it is decided here and nowhere
else. Its words claim nothing that the cited statements do not show.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from rag.records import Dissent, Pico, Question, Source, Statement, VerdictKind, VerdictLine

CARRIERS = 3
COMPARABLE_LEVELS = 1
"""Sources whose levels differ by no more than this are of comparable level."""
_RANK = {"randomised": 2, "observational": 3, "uncontrolled": 4, "mechanism": 5, "opinion": 5, "none": 6}
"""Where OCEBM has no level for a question, its treatment row orders the bodies of evidence."""
RELEVANT = 0.75
"""A direct source is weighed if its screening score is at least this share of the best one's."""
LIKELY = 0.5
"""A stance less probable than this decides nothing."""
SURE = 0.6
"""A stance is opposed only by one at least this probable."""

_DIRECTION = {"supports": "supported", "opposes": "not_supported", "inconclusive": "uncertain"}


def weighed(sources: Sequence[Source]) -> list[Source]:
    """The direct sources that decide, most relevant first."""
    direct = [source for source in sources if source.screening.direct]
    if not direct:
        return []
    best = max(source.screening.score for source in direct)
    return [source for source in direct if source.screening.score >= RELEVANT * best]


def kind(polar: bool, sources: Sequence[Source]) -> VerdictKind:
    """The direction in which the direct sources point.

    Args:
        polar: whether the question can be answered yes or no.
        sources: what was found, best first.

    Returns:
        ``no_direct_evidence`` without a direct source; ``supported`` for an open question with one. For a
        yes/no question ``conflicting`` where sources of comparable level oppose each other, else the
        direction of the best level, ties by probability.
    """
    speaking = [source for source in weighed(sources) if source.stance.direction != "silent"]
    if not weighed(sources):
        return "no_direct_evidence"
    if not polar:
        return "supported"
    if not speaking:
        return "uncertain"
    for_it = [one for one in speaking if one.stance.direction == "supports" and one.stance.score >= SURE]
    against = [one for one in speaking if one.stance.direction == "opposes" and one.stance.score >= SURE]
    if for_it and against:
        gap = min(map(_level, for_it)) - min(map(_level, against))
        if abs(gap) <= COMPARABLE_LEVELS:
            return "conflicting"
    decided = [one for one in speaking if one.stance.score >= LIKELY] or speaking
    best = min(decided, key=lambda one: (_level(one), -one.stance.score))
    if best.stance.score < LIKELY:
        return "uncertain"
    return _DIRECTION[best.stance.direction]  # type: ignore[return-value]


def carriers(decided: VerdictKind, sources: Sequence[Source]) -> list[Source]:
    """The direct sources that carry the verdict, at most ``CARRIERS``; both sides where they conflict."""
    relevant = weighed(sources)
    if decided == "conflicting":
        sides = [
            [one for one in relevant if one.stance.direction == side] for side in ("supports", "opposes")
        ]
        return [one for side in sides for one in sorted(side, key=_level)[:2]]
    wanted = {direction for direction, verdict in _DIRECTION.items() if verdict == decided}
    agreeing = [one for one in relevant if one.stance.direction in wanted]
    return sorted(agreeing or relevant, key=_level)[:CARRIERS]


def verdict_line(
    decided: VerdictKind,
    question: Question,
    opening: str,
    carrying: Sequence[Source],
    numbers: Mapping[str, int],
    where: str,
) -> VerdictLine:
    """Word the verdict: its opening, what kind of sources point that way, their numbers.

    Args:
        decided: the kind.
        question: as understood.
        opening: words for this kind at this certainty.
        carrying: the sources that carry it.
        numbers: final number of each article.
        where: what was searched, in words.
    """
    if decided == "no_direct_evidence":
        return VerdictLine(decided, f"No direct evidence was found {where} {_about(question)}.")
    if decided == "not_answerable":
        return VerdictLine(decided, "The search was incomplete, so nothing can be said yet. Try again.")
    cited = tuple(sorted({numbers[one.found.article.id] for one in carrying}))
    marker = f" [{','.join(map(str, cited))}]"
    if decided == "conflicting":
        sides = {
            side: [one for one in carrying if one.stance.direction == side]
            for side in ("supports", "opposes")
        }
        text = (
            f"{opening} {_designs(sides['supports'])} {_verb(sides['supports'], 'points')} towards yes, "
            f"{_designs(sides['opposes'])} towards no{marker}."
        )
    elif decided == "uncertain":
        text = f"{opening} {_designs(carrying)} that {_verb(carrying, 'bears')} on it directly "
        text += f"{_verb(carrying, 'does', 'do')} not settle the question{marker}."
    else:
        text = f"{opening} This rests on {_designs(carrying)}{marker}."
    return VerdictLine(decided, _sentence(text), cited)


def opposing(decided: VerdictKind, sources: Sequence[Source]) -> list[Source]:
    """Every direct source that points away from the verdict, however many agree with it."""
    away = {"supported": ("opposes",), "not_supported": ("supports",), "conflicting": ("supports", "opposes")}
    directions = away.get(decided, ())
    return [one for one in sources if one.screening.direct and one.stance.direction in directions]


def dissent(
    decided: VerdictKind,
    sources: Sequence[Source],
    statements: Sequence[Statement],
    numbers: Mapping[str, int],
) -> tuple[Dissent, ...]:
    """Name every source that points away from the verdict, even if alone, with its verified quote."""
    found = []
    for source in opposing(decided, sources):
        quote = told(source, statements)
        if quote is not None:
            side = "yes" if source.stance.direction == "supports" else "no"
            found.append(Dissent(numbers[source.found.article.id], quote, f"points towards {side}"))
    return tuple(found)


def told(source: Source, statements: Sequence[Statement]) -> str | None:
    """The verified quote that holds the sentence from which a source's direction was read, or None.

    Any verified quote of it will do for a source without a direction.
    """
    article, stance = source.found.article, source.stance
    for citation in (citation for statement in statements for citation in statement.citations):
        if citation.article != article.id or citation.verdict != "SUPPORT":
            continue
        if stance.span is None or stance.section is None:
            return citation.quote
        same = citation.source_section == article.section_label(stance.section)
        if same and citation.start < stance.span.end and stance.span.start < citation.end:
            return citation.quote
    return None


def not_found(question: Question, found: int, usable: Sequence[Source], where: str) -> tuple[str, ...]:
    """What was sought and not found among the articles that were read; empty where a direct one was.

    Args:
        question: as understood.
        found: how many articles were found, usable or not.
        usable: every usable article that was read.
        where: what was searched, in words.
    """
    if any(source.screening.direct for source in usable):
        return ()
    if not usable and found:
        return (f"Nothing that was found {where} can be used; see what was excluded and why.",)
    if not usable:
        return (f"Nothing was found {where} {_about(question)}.",)
    total = len(usable)
    lines = [f"0 of the {total} articles that were read {where} are direct evidence {_about(question)}."]
    reasons = Counter(reason for source in usable for reason in source.screening.because)
    lines += [f"{count} of {total}: {reason}." for reason, count in reasons.most_common(5)]
    return (*lines, "This means that nothing was found here, not that nothing exists.")


def followups(question: Question, decided: VerdictKind, sources: Sequence[Source]) -> tuple[str, ...]:
    """Questions that gaps seen in this search suggest; none where there is no gap."""
    pico = question.pico
    if decided != "no_direct_evidence" or not pico.population:
        return ()
    suggestions = [f"What treatments have been reported for {pico.population}?"]
    if pico.intervention:
        suggestions.append(f"What is {pico.intervention} used for?")
    return tuple(suggestions)


def _about(question: Question) -> str:
    """Every element that was asked about: "on anxiety with music in surgery"."""
    pico: Pico = question.pico
    treatments = " compared with ".join(filter(None, (pico.intervention, pico.comparator)))
    subject = " with ".join(filter(None, (pico.outcome, treatments)))
    return f"on {' in '.join(filter(None, (subject, pico.population))) or 'this question'}"


def _level(source: Source) -> int:
    return source.design.level or _RANK[source.design.body]


def _designs(sources: Sequence[Source]) -> str:
    """The designs in words, without counts: a figure would need a quote that holds it."""
    names = list(dict.fromkeys(source.design.name for source in sources))
    counts = Counter(source.design.name for source in sources)
    return " and ".join(_plural(name) if counts[name] > 1 else _one(name) for name in names)


def _one(name: str) -> str:
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def _plural(name: str) -> str:
    head, between, tail = next(
        (parts for mark in (",", " of ") if (parts := name.partition(mark))[1]), (name, "", "")
    )
    plural = {
        "study": "studies",
        "series": "series",
        "analysis": "analyses",
        "meta-analysis": "meta-analyses",
    }
    words = head.split(" ")
    words[-1] = plural.get(words[-1], words[-1] + "s")
    return " ".join(words) + between + tail


def _verb(sources: Sequence[Source], singular: str, plural: str | None = None) -> str:
    return singular if len(sources) == 1 else (plural or singular.removesuffix("s"))


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]
