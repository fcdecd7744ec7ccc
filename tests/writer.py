"""A corpus written by processes that are killed: each child is forked from one that has loaded the libraries.

    python tests/writer.py HOME ARTICLES KILLS SECONDS SEED [REPAIR]

Starts writers of ``ARTICLES`` made-up articles one after the other and kills each with SIGKILL after a random
time of up to ``SECONDS``; then lets one finish. With REPAIR the corpus is repaired after each kill. Prints
one JSON object: how many kills hit a writer at work, the problems after each kill and after each repair,
whether the last writer finished, and the articles and problems at the end.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import chromadb.api.rust  # noqa: F401  # loaded once, before the forks
import numpy as np
import tantivy  # noqa: F401

from rag.library.corpus import Corpus, open_corpus
from rag.records import Article, Section
from rag.settings import Settings


def embedder() -> Any:
    """Random directions, fixed by the text."""

    def query(text: str) -> Any:
        vector = np.random.default_rng(list(text.encode())).normal(size=16)
        return (vector / np.linalg.norm(vector)).astype(np.float32)

    def documents(texts: Sequence[str]) -> Any:
        return np.stack([query(text) for text in texts])

    return SimpleNamespace(name="small", dimension=16, query=query, documents=documents)


def article(n: int) -> Article:
    sections = tuple(Section(f"PART {part}", f"Words of {n} in part {part}.") for part in range(5))
    return Article(str(n), f"Title {n}", sections, pmid=str(n))


def opened(home: Path) -> Corpus:
    embed = embedder()
    return open_corpus("killed", Settings(home=home), embed=lambda: embed, create=True)


def write(home: Path, count: int) -> str:
    corpus = opened(home)
    articles = (article(n) for n in range(1, count + 1))
    while batch := list(islice(articles, 50)):
        corpus.add(batch)
    return "done"


def check(home: Path) -> list[str]:
    return opened(home).check()


def repair(home: Path) -> list[str]:
    corpus = opened(home)
    corpus.repair()
    return corpus.check()


def ids(home: Path) -> list[str]:
    return opened(home).ids()


def child(do: Callable[..., Any], *arguments: Any) -> tuple[int, int]:
    """Run a function in a forked process; gives its id, and where its result can be read as JSON."""
    ours, theirs = os.pipe()
    if pid := os.fork():
        os.close(theirs)
        return pid, ours
    try:
        result = json.dumps(do(*arguments))
    except BaseException as error:
        result = json.dumps(f"{type(error).__name__}: {error}")
    with os.fdopen(theirs, "w") as file:
        file.write(result)
    os._exit(0)


def result(of: tuple[int, int]) -> Any:
    """What a child returned; None if it was killed."""
    with os.fdopen(of[1]) as file:
        text = file.read()
    os.waitpid(of[0], 0)
    return json.loads(text) if text else None


def main(home: Path, count: int, kills: int, seconds: float, seed: int, mend: bool) -> dict[str, Any]:
    chance = random.Random(seed)
    hit, found, after = 0, [], []
    for _ in range(kills):
        started = child(write, home, count)
        time.sleep(chance.uniform(0, seconds))
        os.kill(started[0], signal.SIGKILL)
        hit += result(started) is None
        found.append(result(child(check, home)))
        if mend:
            after.append(result(child(repair, home)))
    finished = result(child(write, home, count))
    return {
        "hit": hit,
        "found": found,
        "after": after,
        "finished": finished,
        "ids": result(child(ids, home)),
        "problems": result(child(check, home)),
    }


if __name__ == "__main__":
    home, count, kills, seconds, seed, *rest = sys.argv[1:]
    report = main(Path(home), int(count), int(kills), float(seconds), int(seed), bool(rest))
    sys.stdout.write(json.dumps(report))
