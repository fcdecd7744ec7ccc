"""A declared corpus from PubMed: search, fetch, index, account for every record; later, what changed.

Each step goes on from what the ledger holds, so that a build may be stopped at any moment and run again.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import accumulate, pairwise
from pathlib import Path

from rag.errors import CorpusError
from rag.library.account import Account, balance
from rag.library.corpus import Corpus
from rag.library.declared import Declared, Step, strategy
from rag.library.ledger import Change, Ledger, alone
from rag.library.pubmed import PubMed
from rag.library.slicing import EARLIEST, every
from rag.records import Article, Unreadable

SEARCHES = 3
"""How often PubMed is searched anew when its counts do not add up, since its index changes daily."""
RETRACTED = '"retracted publication"[pt]'
OVERLAP = timedelta(days=1)
"""How far the search for revised records reaches beyond both of its days: PubMed's days are not ours."""

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there is."""


@dataclass(frozen=True, slots=True)
class Job:
    """A corpus to be built or updated, and what that takes.

    ``pubmed`` and ``corpus`` give theirs when first needed: a corpus is made only when there is something to
    put in.
    """

    said: Declared
    folder: Path
    pubmed: Callable[[], PubMed]
    corpus: Callable[[], Corpus]
    progress: Progress = lambda what, done, total: None

    @property
    def steps(self) -> tuple[Step, ...]:
        """The declared search; none for a list of PMIDs.

        Raises:
            CorpusError: the declaration is faulty, or ships with its articles.
        """
        if self.said.articles:
            raise CorpusError(f"Corpus {self.said.name} ships with its articles; there is nothing to fetch.")
        return () if self.said.declaration.pmids else strategy(self.said.declaration)

    @property
    def query(self) -> str:
        """What the corpus is to be the result of."""
        return self.steps[-1].query if self.steps else ",".join(sorted(self.said.declaration.pmids, key=int))


def build(job: Job) -> Account:
    """Make a corpus what its declaration says, going on where an earlier build or update was stopped.

    Raises:
        CorpusError: the declaration is faulty, another build is under way, PubMed finds nothing, or the
            counts do not add up; says what to do.
        SearchFailed: PubMed could not be reached; what was fetched is kept.
    """
    query = job.query
    with alone(job.folder), closing(Ledger(job.folder)) as ledger:
        if ledger.fact("query") != query:
            _begin(ledger, query)
        _go_on(job, ledger)
        return _settled(job, ledger)


def update(job: Job) -> tuple[Account, dict[str, Change]]:
    """Bring a corpus to where PubMed is: new, revised, newly retracted, unmatched and deleted records.

    The search is made anew. Fetched again are records changed at PubMed since the last one, those that
    PubMed calls retracted while the corpus does not, and those that could not be had then; a list of PMIDs
    is fetched whole. An update that was stopped goes on; if it was begun on an earlier day, another follows.

    Returns:
        The account, and what became of each article that changed.

    Raises:
        What ``build`` raises; CorpusError too if the corpus was never built.
    """
    name, query = job.said.name, job.query
    earlier: dict[str, Change] = {}
    with alone(job.folder), closing(Ledger(job.folder)) as ledger:
        stage = ledger.fact("stage")
        if stage is None:
            raise CorpusError(f"Corpus {name} is not built yet. Run: rag corpus build {name}")
        stopped = stage != "done" and ledger.fact("query") == query
        if stopped:
            _go_on(job, ledger)
            earlier = ledger.changes()
        if not stopped or ledger.fact("searched") != _today():
            _begin(ledger, query)
            _go_on(job, ledger)
        return _settled(job, ledger), earlier | ledger.changes()


# --- The steps ---


def _begin(ledger: Ledger, query: str) -> None:
    ledger.begin(stage="search", query=query, day=_today(), since=ledger.fact("searched"))


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


def _go_on(job: Job, ledger: Ledger) -> None:
    """Do whatever is left to do."""
    if ledger.fact("stage") == "search":
        day, since = date.fromisoformat(ledger.fact("day")), ledger.fact("since")
        found, facts = _search(job, ledger, day)
        again = _again(job, ledger, found, date.fromisoformat(since), day) if since else set()
        ledger.plan(found, again, stage="fetch", searched=day.isoformat(), **facts)
    if ledger.fact("stage") == "fetch":
        _fetch(job, ledger)
    _index(job, ledger)
    ledger.finish(stage="done")


def _search(job: Job, ledger: Ledger, day: date) -> tuple[set[str], dict[str, list[int] | list[str]]]:
    """PMIDs found, with the count after each narrowing, the reasons of these, and PubMed's remarks."""
    if pmids := set(job.said.declaration.pmids):
        return pmids, {"counts": [len(pmids)], "reasons": [""], "remarks": []}
    for _ in range(SEARCHES):
        replies = [job.pubmed().count(step.query, EARLIEST, day) for step in job.steps]
        counts = [reply.count for reply in replies]
        remarks = list(dict.fromkeys(remark for reply in replies for remark in reply.warnings))
        if not counts[-1]:
            told = " ".join(f"{remark}." for remark in remarks)
            raise CorpusError(f"PubMed finds nothing for corpus {job.said.name}. {told} Correct its query.")
        excluded = [job.pubmed().count(step.excluded, EARLIEST, day).count for step in job.steps[1:]]
        found = every(job.pubmed(), ledger, "all", job.query, day, partial(_tell, job, counts[-1]))
        if [before - after for before, after in pairwise([*counts, len(found)])] == [*excluded, 0]:
            return found, {
                "counts": counts,
                "reasons": [step.reason for step in job.steps],
                "remarks": remarks,
            }
        ledger.begin()
    raise CorpusError(
        f"PubMed contradicts itself on corpus {job.said.name}: step by step it counts {_listed(counts)} "
        f"articles, excludes {_listed(excluded)} and names {len(found):,}. Its index is changing. Run the "
        "same command again in an hour."
    )


def _again(job: Job, ledger: Ledger, found: set[str], since: date, day: date) -> set[str]:
    """PMIDs of what may have changed between two days and is to be fetched although it is held."""
    if job.said.declaration.pmids:
        return found
    first, last = since - OVERLAP, day + OVERLAP
    changed = f'"{first:%Y/%m/%d}"[lr] : "{last:%Y/%m/%d}"[lr]'
    revised = every(job.pubmed(), ledger, "revised", f"({job.query}) AND ({changed})", day)
    retracted = every(job.pubmed(), ledger, "retracted", f"({job.query}) AND {RETRACTED}", day)
    held = (job.corpus().article(pmid) for pmid in retracted)
    return revised | {one.id for one in held if one is not None and one.status != "retracted"}


def _tell(job: Job, total: int, done: int) -> None:
    job.progress("Searching", done, total)


def _listed(counts: list[int]) -> str:
    return ", ".join(f"{count:,}" for count in counts) or "none"


def _fetch(job: Job, ledger: Ledger) -> None:
    """Fetch what is wanted; each reply is saved before it is read."""
    ledger.adopt()
    wanted = ledger.wanted()
    records = job.pubmed().records(wanted, ledger.take) if wanted else ()
    for done, record in enumerate(records, start=1):
        if isinstance(record, Unreadable):
            ledger.lose(record)
        job.progress("Fetching", done, len(wanted))


def _index(job: Job, ledger: Ledger) -> None:
    """Bring the corpus to where the raw replies are."""
    corpus = job.corpus()
    with corpus.writing():
        waiting = ledger.unindexed(set(corpus.ids()))
        for name, done in zip(waiting, accumulate(waiting.values()), strict=True):
            articles = ledger.articles(name)
            changes = {one.id: change for one in articles if (change := _change(corpus.article(one.id), one))}
            ledger.note_changes(changes)
            corpus.add(articles)
            ledger.note_indexed(name)
            job.progress("Indexing", done, sum(waiting.values()))
        kept, fetched = ledger.managed()
        corpus.delete((fetched - kept) & set(corpus.ids()))


def _change(old: Article | None, new: Article) -> Change | None:
    if old is None:
        return "new"
    if old.status != "retracted" and new.status == "retracted":
        return "retracted"
    return "revised" if replace(old, status=new.status) != new else None  # others may have changed the status


# --- The account ---


def _settled(job: Job, ledger: Ledger) -> Account:
    made, name = balance(ledger, job.corpus()), job.said.name
    if not made.adds_up:
        raise CorpusError(
            f"The counts of corpus {name} do not add up: {made.sentence()} Run: rag corpus update {name}. "
            "If it stays so, remove the corpus and build it again."
        )
    return made
