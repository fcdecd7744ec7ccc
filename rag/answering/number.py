"""Final numbers: by first use, stable within a thread, the same in markers, citations and references."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from rag.records import Statement, StatementSection
from rag.text.markers import add_markers

SECTIONS: tuple[StatementSection, ...] = (
    "benefit",
    "harm",
    "background",
    "alternatives",
    "applicability",
    "indirect",
)
"""The order in which a reader meets the sections after the one that answers the question."""


def merged(statements: Iterable[Statement]) -> list[Statement]:
    """Each text once, where it stood first, with every citation that it was given."""
    kept: dict[str, Statement] = {}
    for one in statements:
        first = kept.setdefault(one.text, replace(one, citations=()))
        places = {(each.article, each.source_section, each.start) for each in first.citations}
        new = (
            each for each in one.citations if (each.article, each.source_section, each.start) not in places
        )
        kept[one.text] = replace(first, citations=(*first.citations, *new))
    return list(kept.values())


def reading_order(
    statements: Sequence[Statement], main: StatementSection, carrying: Collection[str]
) -> list[Statement]:
    """Sort statements as they are read.

    Args:
        statements: in the writer's order, which is kept within a section.
        main: the section that answers the question; it comes first.
        carrying: articles that carry the verdict; statements that cite them come first in it.
    """
    order = (main, *(section for section in SECTIONS if section != main))

    def place(statement: Statement) -> tuple[int, bool]:
        carries = any(citation.article in carrying for citation in statement.citations)
        return order.index(statement.section), not carries

    return sorted(statements, key=place)


def assign(
    statements: Sequence[Statement], carrying: Collection[str], taken: Mapping[str, int]
) -> dict[str, int]:
    """Give each cited article its number by first use; the verdict line stands before the statements.

    Args:
        statements: in reading order.
        carrying: articles that the verdict line cites.
        taken: numbers that earlier turns of the thread gave; they stay, and new ones start after them.

    Returns:
        Article id to number, for the articles cited here, in the order of first use.
    """
    cited = dict.fromkeys(citation.article for statement in statements for citation in statement.citations)
    following = max(taken.values(), default=0) + 1
    numbers: dict[str, int] = {}
    for article in sorted(cited, key=lambda one: one not in carrying):
        if article in taken:
            numbers[article] = taken[article]
        else:
            numbers[article] = following
            following += 1
    return numbers


def renumber(statement: Statement, name: str, numbers: Mapping[str, int]) -> Statement:
    """Name a statement, number its citations and put their markers into its text."""
    numbered = (replace(one, n=numbers[one.article]) for one in statement.citations)
    citations = tuple(sorted(numbered, key=lambda one: one.n))
    text = add_markers(statement.text, [one.n for one in citations])
    return replace(statement, id=name, text=text, citations=citations)
