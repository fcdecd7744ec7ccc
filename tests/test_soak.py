"""A corpus is built by the real command, killed again and again, from a PubMed that fails in every way.

The long proof serves the real records of the shared data as PubMed would, and made-up ones up to 25,000. An
embedder of a few kilobytes stands in for the bundled one through ``RAG_EMBEDDER``: what is proven is that
nothing is lost, not what it means.
"""

from __future__ import annotations

import gzip
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import pytest

from rag.library.account import account
from rag.library.corpus import folder, open_corpus
from rag.library.medline import read
from rag.library.pubmed_xml import from_xml
from rag.models.sentence_transformer import sentence_transformer
from rag.records import Article
from rag.settings import Settings

QUERY = "query = 'all[sb]'\nfilters = [{term='NOT (animals[mh] NOT humans[mh])', reason='animals alone'}]"
LONGEST = 600.0
"""Seconds that one run of the command may take between two kills."""


class Soak:
    """The command in processes of its own, and what can be seen of it from outside."""

    def __init__(self, eutils: Any, settings: Settings, embedder: str) -> None:
        self.eutils = eutils
        self.command = "build"
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
        command = [sys.executable, "-c", "from rag.cli import main; main()", "corpus", self.command, "soak"]
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

    def kill(self, chance: random.Random, steps: int, seconds: float) -> bool:
        """Run the command and kill it within so many seconds after so many steps, each at random.

        Returns:
            Whether it was still running; it may have ended by itself, with an error that says what to do.
        """
        due, process = self.steps() + chance.randint(1, steps), self.start()
        limit = time.monotonic() + LONGEST
        while process.poll() is None and self.steps() < due and time.monotonic() < limit:
            time.sleep(0.02)
        time.sleep(chance.uniform(0.0, seconds))
        process.kill()
        _, errors = process.communicate()
        assert "Traceback" not in errors, errors
        assert process.returncode != 0, "the build ended before it was killed often enough"
        return process.returncode == -signal.SIGKILL

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
    kills = 0
    while kills < 3:
        kills += soak.kill(chance, steps=2, seconds=0.05)
    prove(soak, settings, lambda: embedder, soak.finish())


RECORDS = 25_000
"""Articles that the long proof stores at least."""
KILLS = 30


@pytest.mark.slow
@pytest.mark.timeout(7_200)
def test_a_corpus_of_25000_records_survives_thirty_kills_and_every_fault(
    eutils, settings, tmp_path, data, faults
):
    chance = random.Random(25_000)
    eutils.articles = real_records(data)
    eutils.entered = {pmid: day_of(xml) for pmid, xml in eutils.articles.items()}
    kept = sum(">Animals<" not in xml for xml in eutils.articles.values())
    for number in range(90_000_000, 90_000_000 + RECORDS + 100 - kept):
        words = " ".join(chance.choices(WORDS, k=60))
        eutils.hold(str(number), title=f"Made-up trial {number}.", abstract=f"{words.capitalize()}.")
        eutils.entered[str(number)] = f"{chance.randint(2010, 2025)}/{chance.randint(1, 12):02}/15"
    spoil(eutils, 20, chance)
    eutils.faults = faults(0.02, 25)
    folder_of_model = tmp_path / "model"
    tiny_model(folder_of_model)
    soak = Soak(eutils, settings, str(folder_of_model))
    kills = 0
    while kills < KILLS:
        kills += soak.kill(chance, steps=4, seconds=2.0)
    embed = partial(sentence_transformer, str(folder_of_model))
    prove(soak, settings, embed, soak.finish())
    soak.command = "update"
    expected = change(eutils)
    kills = 0
    while kills < 5:
        kills += soak.kill(chance, steps=4, seconds=2.0)
    printed = soak.finish()
    prove(soak, settings, embed, printed)
    assert expected in printed


def change(eutils: Any) -> str:
    """Add, revise, retract and delete records at PubMed; returns what an update has to say of it."""
    today = datetime.now(UTC).strftime("%Y/%m/%d")
    sound = [
        pmid for pmid in sorted(eutils.articles) if pmid.startswith("9000") and pmid not in eutils.absent
    ]
    sound = [pmid for pmid in sound if eutils.articles[pmid].count("MedlineCitation") == 2]
    revised, retracted, deleted = (sound[start : start + 300] for start in (0, 300, 600))
    for pmid in revised:
        eutils.articles[pmid] = eutils.articles[pmid].replace("Made-up", "Revised")
    types = (
        "<PublicationTypeList><PublicationType>Retracted Publication</PublicationType></PublicationTypeList>"
    )
    for pmid in retracted:
        eutils.articles[pmid] = eutils.articles[pmid].replace("</Abstract>", f"</Abstract>{types}")
    for pmid in deleted:
        del eutils.articles[pmid]
    new = [str(number) for number in range(95_000_000, 95_000_300)]
    eutils.hold(*new, title="A new trial.")
    eutils.entered.update(dict.fromkeys(new, today))
    eutils.changed.update(dict.fromkeys(revised + retracted, today))
    return (
        f"{len(new)} new, {len(revised)} revised, {len(retracted)} newly retracted, 0 no longer found by the "
        f"query, {len(deleted)} deleted at PubMed."
    )


WORDS = ("trial", "placebo", "pressure", "mortality", "of", "with", "no", "difference", "risk", "days", "0.8")


def real_records(data: Callable[[str], Path]) -> dict[str, str]:
    """The real records of the shared data as PubMed XML by PMID."""
    records: dict[str, str] = {}
    for path in sorted(data("medline_text").glob("medline_*.txt.gz")):
        records.update({one.id: as_xml(one) for one in read(path) if isinstance(one, Article) and one.pmid})
    for path in sorted(data("pubmed_xml").glob("pubmed_articles_current_*.xml.gz")):
        text = gzip.decompress(path.read_bytes()).decode()
        for xml in re.findall(r"<PubmedArticle>.*?</PubmedArticle>", text, re.DOTALL):
            found = re.search(r"<PMID[^>]*>(\d+)<", xml)
            assert found is not None
            records[found[1]] = xml
    return records


def as_xml(article: Article) -> str:
    """An article as PubMed XML, with the fields by which records differ."""

    def each(name: str, texts: Iterable[str]) -> str:
        return "".join(f"<{name}>{escape(text)}</{name}>" for text in texts)

    sections = "".join(
        f"<AbstractText Label={quoteattr(one.label)}>{escape(one.text)}</AbstractText>"
        for one in article.sections
    )
    authors = "".join(
        f"<Author>{each('LastName', [one.last])}{each('Initials', [one.initials])}</Author>"
        for one in article.authors
        if one.last
    )
    headings = (each("DescriptorName", [one.descriptor]) for one in article.mesh)
    mesh = "".join(f"<MeshHeading>{heading}</MeshHeading>" for heading in headings)
    doi = f'<ELocationID EIdType="doi">{escape(article.doi)}</ELocationID>' if article.doi else ""
    issue = f"{each('Volume', [article.volume])}<PubDate>{each('MedlineDate', [article.date])}</PubDate>"
    types = each("PublicationType", article.publication_types)
    return (
        f'<PubmedArticle><MedlineCitation><PMID Version="1">{article.pmid}</PMID><Article>'
        f"<Journal><JournalIssue>{issue}</JournalIssue></Journal>{each('ArticleTitle', [article.title])}{doi}"
        f"<Abstract>{sections}</Abstract><AuthorList>{authors}</AuthorList>"
        f"{each('Language', article.languages)}<PublicationTypeList>{types}</PublicationTypeList></Article>"
        f"<MedlineJournalInfo>{each('MedlineTA', [article.journal])}</MedlineJournalInfo>"
        f"<MeshHeadingList>{mesh}</MeshHeadingList></MedlineCitation></PubmedArticle>"
    )


def day_of(xml: str) -> str:
    """A day of entry: the first year that a record names, a month and a day that differ between records."""
    year = re.search(r"\b(?:19\d\d|20[01]\d)\b", xml)
    number = zlib.crc32(xml.encode())
    return f"{year[0] if year else 2000}/{number % 12 + 1:02}/{number % 28 + 1:02}"


def tiny_model(place: Path) -> None:
    """A sentence-transformers model that knows single letters, always the same."""
    import numpy as np
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import StaticEmbedding
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Split

    numbers = {one: number for number, one in enumerate("?abcdefghijklmnopqrstuvwxyz0123456789 ")}
    tokenizer = Tokenizer(WordLevel(numbers, unk_token="?"))
    tokenizer.pre_tokenizer = Split("", "isolated")
    weights = np.random.default_rng(0).normal(size=(len(numbers), 16)).astype(np.float32)
    modules = [StaticEmbedding(tokenizer, embedding_weights=weights)]
    SentenceTransformer(modules=modules, device="cpu").save(str(place))
