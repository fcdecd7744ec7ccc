"""A corpus is built by the real command, killed again and again, from a PubMed that fails in every way."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from rag.library.account import account
from rag.library.corpus import folder, open_corpus
from rag.library.pubmed_xml import from_xml
from rag.records import Article
from rag.settings import Settings

QUERY = "query = 'all[sb]'\nfilters = [{term='NOT (animals[mh] NOT humans[mh])', reason='animals alone'}]"
LONGEST = 600.0
"""Seconds that one run of the command may take between two kills."""


class Soak:
    """The command in processes of its own, and what can be seen of it from outside."""

    def __init__(self, eutils: Any, settings: Settings, embedder: str) -> None:
        self.eutils = eutils
        self.home = settings.home
        self.place = folder("soak", settings)
        declared = Path("corpora/soak/corpus.toml")
        declared.parent.mkdir(parents=True)
        declared.write_text(QUERY, encoding="utf-8")
        self._env = {name: value for name, value in os.environ.items() if not name.startswith("RAG_")} | {
            "RAG_HOME": str(settings.home),
            "RAG_EMAIL": "a@example.org",
            "RAG_NCBI_API_KEY": "key",
            "RAG_EUTILS_URL": eutils.url,
            "RAG_EMBEDDER": embedder,
            "NO_PROXY": "127.0.0.1",
        }

    def start(self) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", "from rag.cli import main; main()", "corpus", "build", "soak"]
        return subprocess.Popen(
            command, env=self._env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def steps(self) -> int:
        """Requests answered and replies indexed so far, by whatever process."""
        file = self.place / "pubmed.sqlite"
        indexed = 0
        if file.exists():
            with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as db:
                tables = db.execute("SELECT count(*) FROM sqlite_master WHERE name = 'replies'").fetchone()[0]
                if tables:
                    indexed = db.execute("SELECT coalesce(sum(indexed), 0) FROM replies").fetchone()[0]
        return len(self.eutils.seen) + int(indexed)

    def kill(self, chance: random.Random, most: int) -> bool:
        """Run the command and kill it some steps on, at most ``most``; say whether it was still running."""
        due, process = self.steps() + chance.randint(1, most), self.start()
        limit = time.monotonic() + LONGEST
        while process.poll() is None and self.steps() < due and time.monotonic() < limit:
            time.sleep(0.02)
        time.sleep(chance.uniform(0.0, 0.05))
        alive = process.poll() is None
        process.send_signal(signal.SIGKILL)
        _, errors = process.communicate()
        assert "Traceback" not in errors, errors
        return alive

    def finish(self) -> str:
        """Run the command until it succeeds; every failure must say what to do."""
        for _ in range(10):
            out, errors = (process := self.start()).communicate(timeout=10 * LONGEST)
            if process.returncode == 0:
                return out
            assert "Traceback" not in errors, errors
            assert "rag: " in errors
        raise AssertionError(errors)


def prove(soak: Soak, settings: Settings, embed: Callable[[], Any], printed: str) -> None:
    """Nothing is lost, nothing doubled, everything as PubMed has it, and the printed counts are true."""
    held = {
        pmid: record
        for pmid, xml in soak.eutils.articles.items()
        if pmid not in soak.eutils.absent
        for record in from_xml(xml.encode())
        if isinstance(record, Article)
    }
    headings = {pmid: {one.descriptor for one in record.mesh} for pmid, record in held.items()}
    animals = {pmid for pmid, names in headings.items() if "Animals" in names and "Humans" not in names}
    corpus = open_corpus("soak", settings, embed=embed)
    try:
        assert corpus.ids() == sorted(held.keys() - animals)
        for pmid in corpus.ids():
            stored = corpus.article(pmid)
            assert stored is not None
            # A retraction notice in the corpus speaks of another article than its own.
            assert replace(stored, status=held[pmid].status) == held[pmid]
        assert corpus.check() == []
        made = account(corpus, soak.place)
        assert made is not None
        assert made.adds_up
        assert made.found == len(soak.eutils.articles)
        assert made.excluded == (("animals alone", len(animals)),)
        assert set(made.missing) == soak.eutils.absent
        assert set(made.unreadable) == soak.eutils.articles.keys() - held.keys() - soak.eutils.absent
        assert made.sentence() in printed
    finally:
        corpus.close()


def spoil(eutils: Any, number: int, chance: random.Random) -> None:
    """Garble some records for good and let others be named but never sent."""
    kept = [pmid for pmid, xml in sorted(eutils.articles.items()) if ">Animals<" not in xml]
    chosen = chance.sample(kept, 2 * number)
    for pmid in chosen[:number]:
        eutils.articles[pmid] = eutils.articles[pmid].replace("</MedlineCitation>", "", 1)
    eutils.absent = set(chosen[number:])


# What a process that is waited for 20 s would only make slow is left to the long proof.
QUICK = ("429", "500", "502", "busy", "broken", "reset", "count", "stale", "bad record", "left out", "hollow")
ANIMALS = (
    "<MeshHeadingList><MeshHeading><DescriptorName>Animals</DescriptorName></MeshHeading></MeshHeadingList>"
)


def test_a_build_killed_three_times_from_a_failing_pubmed_is_whole(eutils, settings, embedder, faults):
    for number in range(1, 301):
        eutils.hold(str(number), title=f"Trial {number % 20}.")
        if number % 50 == 0:
            whole = eutils.articles[str(number)]
            eutils.articles[str(number)] = whole.replace("</MedlineCitation>", f"{ANIMALS}</MedlineCitation>")
    chance = random.Random(3)
    spoil(eutils, 2, chance)
    eutils.faults = faults(0.02, 1, QUICK)
    soak = Soak(eutils, settings, "minilm")
    assert sum(soak.kill(chance, 2) for _ in range(3)) == 3
    prove(soak, settings, lambda: embedder, soak.finish())
