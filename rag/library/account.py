"""The account of a corpus built from PubMed: whatever was found is stored, or it is said why not."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from rag.library.corpus import Corpus
from rag.library.declared import Declaration, pmid_sha256
from rag.library.ledger import FILE, Ledger


@dataclass(frozen=True, slots=True)
class Account:
    """What became of everything that a search found.

    ``excluded`` are (reason, articles) of each narrowing in order; ``unreadable`` are the quarantined PMIDs,
    each with its reason; ``missing`` are those that PubMed names but has no record of; ``remarks`` are
    PubMed's on the query, such as a phrase that it does not know.
    """

    searched: str
    found: int
    excluded: tuple[tuple[str, int], ...]
    stored: int
    unreadable: dict[str, str]
    missing: tuple[str, ...]
    remarks: tuple[str, ...]
    pmid_sha256: str
    finished: bool

    @property
    def articles(self) -> int:
        """How many articles the declared search leaves, stored or not."""
        return self.stored + len(self.unreadable) + len(self.missing)

    @property
    def adds_up(self) -> bool:
        """Whether found = stored + excluded + quarantined + missing."""
        out = [number for _, number in self.excluded]
        return self.found == self.articles + sum(out) and min(out, default=0) >= 0

    def problems(self) -> list[str]:
        """What keeps the corpus from being what was searched for, each in one sentence."""
        problems = [] if self.finished else ["A build or an update has not ended. Run: rag corpus build"]
        return problems if self.adds_up else [*problems, f"The counts do not add up: {self.sentence()}"]

    def sentence(self) -> str:
        """The counts in one line."""
        out = sum(number for _, number in self.excluded)
        return (
            f"{self.found:,} found = {self.stored:,} stored + {out:,} excluded + "
            f"{len(self.unreadable):,} quarantined + {len(self.missing):,} missing at PubMed."
        )


def unlike(made: Account, said: Declaration) -> str:
    """Say in what the set that was found is not the one that was declared; empty if it is, or none was."""
    if said.expected_count not in (None, made.articles):
        return f"expected_count is {said.expected_count:,}; PubMed now has {made.articles:,}."
    if said.pmid_sha256 not in ("", made.pmid_sha256):
        return "pmid_sha256 names another set; PubMed's has as many articles, but not the same."
    return ""


def account(corpus: Corpus, folder: Path) -> Account | None:
    """What became of everything that the last search of a corpus found; None if it was not built so."""
    if not (folder / FILE).exists():
        return None
    with closing(Ledger(folder)) as ledger:
        return balance(ledger, corpus) if ledger.fact("searched") else None


def balance(ledger: Ledger, corpus: Corpus) -> Account:
    """Draw up the account of the last search that was ended, with the corpus as it is."""
    counts, found = ledger.fact("counts"), ledger.found()
    kept, _ = ledger.managed()
    excluded = [before - after for before, after in pairwise(counts)]
    return Account(
        searched=ledger.fact("searched"),
        found=counts[0],
        excluded=tuple(zip(ledger.fact("reasons")[1:], excluded, strict=True)),
        stored=len(kept & set(corpus.ids())),
        unreadable=ledger.lost("unreadable"),
        missing=tuple(ledger.lost("missing")),
        remarks=tuple(ledger.fact("remarks")),
        pmid_sha256=pmid_sha256(found),
        finished=ledger.fact("stage") == "done",
    )
