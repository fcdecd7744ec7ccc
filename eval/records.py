"""What passes between data sets, tasks and reports; the product's own records are in ``rag.records``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rag.records import Article, Label

Outcome = dict[str, Any]
"""One line of ``items.jsonl``: ``id``, ``cluster``, what went in, what came out; no time, no random id."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement, the text that should bear it out, and the label that people gave.

    ``cluster`` is what items share that are not independent (an abstract, a question); ``kind`` is the type
    of a planted error, None for a faithful statement and where no errors were planted.
    """

    id: str
    cluster: str
    statement: str
    article: Article
    given: Label
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its own articles and what people answered.

    ``given`` is yes, no or maybe; ``gold`` are the articles that answer it; ``snippets`` the passages of
    them that people picked, as (article id, text).
    """

    id: str
    text: str
    given: str
    gold: tuple[Article, ...] = ()
    snippets: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Collection:
    """Articles, queries by id, and for each query the relevance of articles by id (grades as in BEIR).

    ``name`` is that of the corpus that is made of the articles.
    """

    articles: tuple[Article, ...]
    queries: Mapping[str, str]
    qrels: Mapping[str, Mapping[str, int]]
    name: str


@dataclass(frozen=True, slots=True)
class Unit:
    """What one figure reads of one outcome: a number for a mean, else whatever its statistic takes.

    ``item`` is the outcome's id, so that a figure can be opened; ``value`` is None where it could not be
    scored.
    """

    item: str
    cluster: str
    value: Any


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure before an interval is put to it: the mean of its units, or a statistic of them."""

    units: Sequence[Unit]
    statistic: Callable[[Sequence[Any]], float | None] | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """What a task measures on its outcomes: figures by name, and tables (confusion, reliability bins)."""

    figures: dict[str, Figure]
    tables: dict[str, Any] = field(default_factory=dict)
