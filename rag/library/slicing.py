"""A search of any size: cut by the day on which records were added to PubMed, until every part fits.

PubMed names at most 9,999 articles of one search, on its history server too (NBK25499). A span of days that
holds more is cut in halves, down to a day. The day of entry (``edat``) is taken and not that of publication:
every record has one and it never changes. What was answered is kept in the ledger and not asked again.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from rag.errors import CorpusError
from rag.library.ledger import Ledger, Slice
from rag.library.pubmed import MOST, PubMed

EARLIEST = date(1700, 1, 1)
"""Before the first day of any record: old articles were given the day of their publication."""


def every(
    pubmed: PubMed,
    ledger: Ledger,
    name: str,
    query: str,
    until: date,
    told: Callable[[int], None] = lambda found: None,
) -> set[str]:
    """Find every PMID of a query that was added to PubMed by a day.

    Args:
        pubmed: is asked what the ledger does not know yet.
        ledger: keeps what was answered.
        name: of this search in the ledger.
        query: in PubMed's query language.
        until: last day.
        told: how many PMIDs are known so far.

    Raises:
        CorpusError: PubMed has more than 9,999 of them for a single day.
        SearchFailed: PubMed could not be reached; what was answered is kept.
    """
    pmids: set[str] = set()
    spans = [(EARLIEST, until)]
    while spans:
        first, last = spans.pop()
        part = ledger.slice(name, first, last)
        if part is None:
            reply = pubmed.entered(query, first, last)
            part = Slice(reply.count, reply.pmids)
            ledger.keep_slice(name, first, last, part)
        if part.count <= MOST:
            pmids.update(part.pmids)
            told(len(pmids))
        elif first == last:
            raise CorpusError(
                f"PubMed has {part.count:,} articles of {first} alone and names {MOST:,} of them. Narrow the "
                "query, or read PubMed's baseline files with: rag corpus import"
            )
        else:
            middle = first + (last - first) // 2
            spans += [(middle + timedelta(days=1), last), (first, middle)]
    return pmids
