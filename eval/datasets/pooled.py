"""The pooled corpus: every abstract of the data at hand in one pool, so that a query has real distractors.

NFCorpus stays apart. Its texts are lower-cased and without stop words, another kind of text than an abstract,
so that they would be no distractors but easy to tell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from eval.datasets.lines import read
from eval.datasets.questions import bioasq, pubmedqa
from eval.records import Collection
from rag.library import medline
from rag.records import Article, Section

Files = Mapping[str, Path]
Row = dict[str, Any]
Paths = tuple[tuple[str, Path], ...]


def beir_article(row: Row) -> Article:
    """A document in BEIR's form (Thakur et al. 2021)."""
    return Article(row["_id"], row.get("title") or "", (Section("", row["text"]),))


def over_pool(name: str, form: Callable[[Files], Collection]) -> Callable[[Files], Collection]:
    """The queries of one set, read by its own format, over the whole pool."""

    def pooled(files: Files) -> Collection:
        return replace(form(_of(name, files)), articles=pool(files), name="pooled")

    return pooled


def distinct(articles: Iterable[Article]) -> Iterator[Article]:
    """Each article once: the first of those that share a PMID, a PMCID or an id."""
    seen: set[str] = set()
    for one in articles:
        names = {name for name in (one.id, one.pmid, one.pmcid) if name}
        if not names & seen:
            seen |= names
            yield one


def pool(files: Files) -> tuple[Article, ...]:
    """Every article of the files, once; a role without the name of a set is not of the pool."""
    return _pool(tuple(sorted((role, path) for role, path in files.items() if "." in role)))


@lru_cache(
    maxsize=1
)  # the suites over the pool are run one after the other, and reading it takes half a minute
def _pool(files: Paths) -> tuple[Article, ...]:
    """Every article of the files, once; the sets that queries are asked of come first, so that theirs stay.

    BioASQ's come last: of an article that is also here with its abstract, the abstract is taken.
    """
    by_set: dict[str, Callable[[Files], Iterable[Article]]] = {
        "pubmedqa": lambda own: pubmedqa(own)[1],
        "scifact": lambda own: read(own["documents"], beir_article),
        "evidence_inference": lambda own: read(own["abstracts"], _trial),
        "records": _abstracts,
        "bioasq": lambda own: bioasq(own, yes_no=False)[1],
    }
    return tuple(
        distinct(one for name, articles in by_set.items() for one in articles(_of(name, dict(files))))
    )


def _of(name: str, files: Files) -> Files:
    """The files of one set by their role in it: ``scifact.qrels`` is ``qrels`` of ``scifact``."""
    return {
        role.removeprefix(f"{name}."): path for role, path in files.items() if role.startswith(f"{name}.")
    }


def _abstracts(own: Files) -> Iterator[Article]:
    """Articles with an abstract among PubMed's records; a notice about another article is none."""
    for path in own.values():
        for record in medline.read(path):
            if isinstance(record, Article) and record.sections and not record.notice:
                yield record


def _trial(row: Row) -> Article:
    sections = tuple(Section(part["label"] or "", part["text"]) for part in row["sections"])
    return Article(row["pmcid"], row["title"], sections, pmcid=row["pmcid"])
