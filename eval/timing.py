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

from rag.answering.desk import Desk
from rag.answering.pipeline import answer
from rag.settings import load

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


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--repeats", type=int, default=5)
    sys.stdout.write(measured(parser.parse_args().repeats))
