"""What a build or an update of a corpus did, for people and for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from rag.library.account import Account
from rag.library.ledger import Change

WORDS: dict[Change, str] = {
    "new": "new",
    "revised": "revised",
    "retracted": "newly retracted",
    "unmatched": "no longer found by the query",
    "deleted": "deleted at PubMed",
}


def account_record(made: Account) -> dict[str, Any]:
    """The account as plain data."""
    return {
        "searched": made.searched,
        "finished": made.finished,
        "found": made.found,
        "stored": made.stored,
        "excluded": [{"reason": reason, "articles": number} for reason, number in made.excluded],
        "quarantined": [{"pmid": pmid, "reason": reason} for pmid, reason in made.unreadable.items()],
        "missing": list(made.missing),
        "remarks": list(made.remarks),
        "pmid_sha256": made.pmid_sha256,
    }


def account_text(made: Account) -> str:
    """The account in lines, with what would pin the set in its declaration."""
    lines = [f"PubMed was searched on {made.searched}.", made.sentence()]
    lines += [f"  PubMed remarked: {remark}" for remark in made.remarks]
    lines += [f"  excluded {number:,}: {reason}" for reason, number in made.excluded]
    pin = [
        "To pin this set, put these lines into its corpus.toml:",
        f"  expected_count = {made.articles}",
        f'  pmid_sha256 = "{made.pmid_sha256}"',
    ]
    return "\n".join(lines) + "\n" + lost_text(made) + "\n".join(pin) + "\n"


def lost_text(made: Account) -> str:
    """Each article that was found and could not be had, with the reason."""
    lines = [f"  quarantined {pmid}: {reason}\n" for pmid, reason in made.unreadable.items()]
    return "".join(lines + [f"  missing at PubMed: {pmid}\n" for pmid in made.missing])


def changes_text(changes: Mapping[str, Change]) -> str:
    """What changed: a line of counts, then each article that must no longer be relied on as before."""
    counts = Counter(changes.values())
    line = ", ".join(f"{counts[change]:,} {words}" for change, words in WORDS.items())
    grave = [
        f"  {WORDS[change]}: {pmid}\n"
        for pmid, change in sorted(changes.items())
        if change in ("retracted", "unmatched", "deleted")
    ]
    return f"Since the last search: {line}.\n" + "".join(grave)
