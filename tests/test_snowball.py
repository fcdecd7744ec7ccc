"""The stemmer keeps its word in itself, so threads that shared one would read each other's."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from rag.text.snowball import snowball

WORDS = [f"{stem}{ending}" for stem in ("effect", "relat", "consist", "hospital", "gener", "nation")
         for ending in ("ive", "iveness", "ional", "ization", "edly", "ing", "s")]  # fmt: skip


def test_many_threads_get_the_stems_that_one_gets():
    alone = [snowball(word) for word in WORDS]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda _: [snowball(word) for word in WORDS], range(400)))
    assert all(stems == alone for stems in together)
