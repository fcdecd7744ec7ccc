"""What is shown in the place of a statement that did not pass: the words of its own source.

A language model knows which facts matter; a checker that is in doubt about its wording is not in doubt about
a quotation. The sentence that comes nearest to what the model wrote says what the source really says.
"""

from __future__ import annotations

from collections.abc import Mapping

from rag.answering.cite import bind
from rag.answering.extract import quotable, quote_statement
from rag.records import DraftStatement, Source
from rag.text import words
from rag.text.findings import about_the_paper
from rag.text.quantities import quantities, unmatched
from rag.text.sentences import sentences

NEAR = 0.35
"""Share of a statement's content words that a sentence has which is about the same thing."""


def quoted_instead(item: DraftStatement, sources: Mapping[int, Source]) -> DraftStatement | None:
    """Quote what comes nearest to a statement in the sources that it cites.

    Args:
        item: a statement that is not supported as it is worded.
        sources: what may be cited, by number.

    Returns:
        The quotation, citing its source; None where no sentence is near.
    """
    cited = [sources[n] for n in bind(item.numbers, sources).valid]
    near = [(_likeness(item.text, text), source, text) for source in cited for text in _sentences(source)]
    likeness, source, text = max(near, key=lambda row: row[0], default=(0.0, None, ""))
    return quote_statement(source, text, item.section) if source and likeness else None


def _sentences(source: Source) -> list[str]:
    kept = [one for one in source.found.article.sections if not about_the_paper(one.label)]
    return [span.text for section in kept for span in sentences(section.text) if quotable(span.text)]


def _likeness(statement: str, sentence: str) -> float:
    """The share of the statement's content words in a sentence and that of its figures; 0 below ``NEAR``."""
    wanted, figures = set(words.content(statement)), quantities(statement)
    shared = len(wanted & set(words.content(sentence))) / (len(wanted) or 1)
    told = 1 - len(unmatched(statement, [sentence])) / len(figures) if figures else 0.0
    return shared + told if shared >= NEAR else 0.0
