"""Make ``rag/text/frequencies.tsv``: how many PubMed records hold each stem.

    python -m training.frequencies

Source: titles and abstracts of ``medline_text`` and the development abstracts of ``pubmedqa``; records that
belong to PubMedQA's test part are left out. Stems of fewer than 8 records are left out too.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from rag.settings import Settings, load
from rag.text import terms

LEAST = 8
TARGET = Path(terms.__file__).parent / "frequencies.tsv"


def _lines(settings: Settings, relative: str) -> Iterator[str]:
    path = settings.data_file(relative)
    if path is None:
        raise SystemExit(f"{relative} is in none of the folders of RAG_DATA.")
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from file


def texts(settings: Settings) -> Iterator[str]:
    """Title and abstract of every record that may be counted."""
    from Bio import Medline

    corpus = [json.loads(line) for line in _lines(settings, "pubmedqa/corpus.jsonl.gz")]
    development = {json.loads(line)["pmid"] for line in _lines(settings, "pubmedqa/questions.jsonl.gz")}
    test = {row["pmid"] for row in corpus} - development
    yield from (row["abstract"] for row in corpus if row["pmid"] in development)
    for path in (f"medline_text/medline_{number:02}.txt.gz" for number in range(1, 7)):
        for record in Medline.parse(_lines(settings, path)):  # type: ignore[no-untyped-call]
            if record.get("PMID") not in test:
                yield f"{record.get('TI', '')} {record.get('AB', '')}"


def main() -> None:
    """Count and write."""
    counts: Counter[str] = Counter()
    total = 0
    for text in texts(load()):
        counts.update(set(terms.stems(text)))
        total += 1
    kept = sorted((stem, n) for stem, n in counts.items() if n >= LEAST and not stem.isdigit())
    rows = [("#records", total), *kept]
    TARGET.write_text("".join(f"{stem}\t{n}\n" for stem, n in rows), encoding="utf-8")


if __name__ == "__main__":
    main()
