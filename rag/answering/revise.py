"""The second chance: what the check did not let pass is rewritten by the writer, once and in one call.

The rewrite is as little trusted as the draft was: it goes through the same gate.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from pydantic import BaseModel, ConfigDict, Field

from rag.answering.cite import cited_sentences
from rag.answering.generate import MOST_SOURCES, read_reply, source_block
from rag.errors import LLMUnavailable
from rag.records import Complete, DraftStatement, Removed, Source
from rag.resources import prompt
from rag.text.injection import fenced
from rag.text.markers import add_markers


class _Rewrite(BaseModel):
    model_config = ConfigDict(extra="ignore")
    id: str = Field(max_length=20)
    text: str = Field(max_length=2_000)


class _Rewritten(BaseModel):
    model_config = ConfigDict(extra="ignore")
    statements: list[_Rewrite] = Field(max_length=60)


@dataclass(frozen=True, slots=True)
class Revised:
    """Rewrites by the place of what they replace, and what they cost."""

    items: dict[int, DraftStatement] = field(default_factory=dict)
    tokens: int = 0


def revise(
    failed: Sequence[tuple[DraftStatement, Removed]], sources: Sequence[Source], complete: Complete
) -> Revised:
    """Ask the writer to rewrite statements that their sources do not state.

    Args:
        failed: each statement with the reason why it cannot be shown.
        sources: what may be cited; those that the statements cite are shown to the writer again.
        complete: the language model.

    Returns:
        Rewrites by their place in ``failed``. Left out is what is no rewrite: another name than was asked
        for, one name twice, more or less than one sentence, a marker that names none of the sources shown.
        Nothing at all where the model gave no usable reply.
    """
    cited = {n for item, _ in failed for n in item.numbers}
    shown = [one for one in sources if one.n in cited][:MOST_SOURCES]
    names = {f"r{place}": place - 1 for place in range(1, len(failed) + 1)}
    blocks = [_block(name, *failed[place]) for name, place in names.items()]
    try:
        reply = complete(
            prompt(
                "revise",
                sources="\n\n".join(source_block(source) for source in shown),
                statements="\n\n".join(blocks),
            )
        )
        rewrites = read_reply(reply.text, _Rewritten).statements
    except LLMUnavailable:
        return Revised()
    told = Counter(one.id for one in rewrites)
    known = {one.n for one in shown}
    items = {}
    for one in rewrites:
        cut = cited_sentences(one.text)
        if one.id not in names or told[one.id] > 1 or len(cut) != 1:
            continue
        text, numbers, place = cut[0].text, cut[0].numbers, names[one.id]
        if numbers and known.issuperset(numbers) and not cut[0].faults:
            items[place] = replace(failed[place][0], text=text, numbers=numbers, faults=())
    return Revised(items, reply.tokens)


def _block(name: str, item: DraftStatement, removed: Removed) -> str:
    """One statement and what is wrong with it, fenced as data: both hold the model's own words."""
    words = fenced(add_markers(item.text, item.numbers))
    why = fenced(removed.detail)
    return f"BEGIN STATEMENT {name}\n{words}\nWHAT THE CHECK FOUND: {why}\nEND STATEMENT {name}"
