"""Reading a file of the size of PubMed's baseline: speed, memory and correct fields beside two other readers.

    python -m eval.parsing [--records N]

Prints a section of the document of results. The file is made from the real records of ``pubmed_xml``,
repeated under one PubmedArticleSet. Each reader works on it in a process of its own, one after the other. The
others are ``pubmed_parser`` (``pip install pubmed-parser lxml``) and ``Bio.Entrez.read``.
"""

from __future__ import annotations

import argparse
import gzip
import re
import subprocess
import sys
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import chain, cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rag.errors import BadInput
from rag.library.medline import read
from rag.records import Article, Deleted
from rag.settings import load

FILES = ("current_01", "current_02", "form_2015", "form_2013")
CURRENT = 2
"""So many of them fit the DTD of 2025, the only one under which all three readers take one file."""
HEAD = (
    '<?xml version="1.0" encoding="utf-8"?>\n'
    '<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January 2025//EN" '
    '"https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd">'
)
FIELDS = {
    "title": "every letter and digit of ArticleTitle, and no tag",
    "abstract": "the same of every AbstractText, in order, with its label or without",
    "labels": "the Label of every AbstractText (UNLABELLED stands for none)",
    "raised digits": "no sup after a digit run together with it (10<sup>9</sup> as 109), none left as a tag",
    "authors": "LastName or CollectiveName of every valid Author, in order",
    "year": "Year of PubDate, else the first year in MedlineDate",
    "mesh": "every DescriptorName, in order",
    "types": "every PublicationType, in order",
    "doi": "ArticleId of PubmedData, else a valid ELocationID; never that of a reference",
    "pmc": "ArticleId of PubmedData; never that of a reference",
    "language": "every Language",
    "corrections": "RefType and PMID of every CommentsCorrections but Cites",
}
"""Field -> when it is right. Truth is read from the tree by lxml's paths; letters are compared in NFKC."""


def letters(text: str) -> str:
    """Letters and digits of a text, in compatibility form, without case."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))


def unzipped(path: Path) -> bytes:
    """The whole of a zipped file."""
    return gzip.decompress(path.read_bytes())


# --- The readers ---


def ours(path: Path) -> Iterator[dict[str, Any]]:
    """Records as this program reads them."""
    for one in read(path):
        if isinstance(one, Article):
            yield {
                "pmid": one.pmid,
                "title": one.title,
                "abstract": [section.text for section in one.sections],
                "labels": [section.label for section in one.sections],
                "authors": [author.last or author.collective for author in one.authors],
                "year": str(one.year or ""),
                "mesh": [heading.descriptor for heading in one.mesh],
                "types": list(one.publication_types),
                "doi": one.doi or "",
                "pmc": one.pmcid or "",
                "language": list(one.languages),
                "corrections": [(link.kind, link.pmid or "") for link in one.links],
            }
        elif isinstance(one, Deleted):
            yield {"deleted": one.pmid}


def pubmed_parser(path: Path) -> Iterator[dict[str, Any]]:
    """Records as ``pubmed_parser.parse_medline_xml`` gives them."""
    import pubmed_parser as reader

    for one in reader.parse_medline_xml(str(path), author_list=True):
        if one.get("delete"):
            yield {"deleted": one["pmid"]}
            continue
        yield {
            "pmid": one["pmid"],
            "title": one["title"],
            "abstract": [one["abstract"]] if one["abstract"] else [],
            "labels": None,
            "authors": [author["lastname"] for author in one["authors"]],
            "year": one["pubdate"],
            "mesh": [part.partition(":")[2] for part in one["mesh_terms"].split("; ") if part],
            "types": [part.partition(":")[2] for part in one["publication_types"].split("; ") if part],
            "doi": one["doi"],
            "pmc": one["pmc"],
            "language": one["languages"].split(";") if one["languages"] else [],
            "corrections": None,
        }


def entrez(path: Path) -> Iterator[dict[str, Any]]:
    """Records as ``Bio.Entrez.read`` gives them, each field from the key that names it."""
    from Bio import Entrez

    with gzip.open(path) as file:
        found: Any = Entrez.read(file)  # type: ignore[no-untyped-call]
    if isinstance(found, list):  # a set under an older DTD is given as the list of its records
        found = {"PubmedArticle": found}
    for group in found.get("DeleteCitation", ()):
        yield from ({"deleted": str(pmid)} for pmid in (group if isinstance(group, list) else [group]))
    for one in found.get("PubmedArticle", ()):
        citation = one["MedlineCitation"]
        article = citation["Article"]
        parts = article.get("Abstract", {}).get("AbstractText", [])
        named = one.get("PubmedData", {}).get("ArticleIdList", [])
        ids = {each.attributes["IdType"]: str(each) for each in named}
        links = citation.get("CommentsCorrectionsList", [])
        yield {
            "pmid": str(citation["PMID"]),
            "title": str(article["ArticleTitle"]),
            "abstract": [str(part) for part in parts],
            "labels": [getattr(part, "attributes", {}).get("Label", "") for part in parts],
            "authors": [
                str(author.get("LastName") or author.get("CollectiveName"))
                for author in article.get("AuthorList", [])
            ],
            "year": str(article["Journal"]["JournalIssue"]["PubDate"].get("Year", "")),
            "mesh": [str(heading["DescriptorName"]) for heading in citation.get("MeshHeadingList", [])],
            "types": [str(kind) for kind in article.get("PublicationTypeList", [])],
            "doi": ids.get("doi", ""),
            "pmc": ids.get("pmc", ""),
            "language": [str(one) for one in article.get("Language", [])],
            "corrections": [
                (link.attributes["RefType"], str(link.get("PMID", "")))
                for link in links
                if link.attributes["RefType"] != "Cites"
            ],
        }


READERS: dict[str, tuple[str, Callable[[Path], Iterator[dict[str, Any]]]]] = {
    "ours": ("`rag.library.medline.read`", ours),
    "pubmed_parser": ("`pubmed_parser.parse_medline_xml`", pubmed_parser),
    "entrez": ("`Bio.Entrez.read`", entrez),
}


# --- Truth ---


def truth(path: Path) -> Iterator[dict[str, Any]]:
    """What each record says, by the rules of FIELDS."""
    from lxml import etree

    root = etree.fromstring(unzipped(path), etree.XMLParser(load_dtd=False, no_network=True))
    for record in root.iterfind("PubmedArticle"):
        article = record.find("MedlineCitation/Article")
        parts = [part for part in article.iterfind("Abstract/AbstractText") if _words(part)]
        authors = [one for one in article.iterfind("AuthorList/Author") if one.get("ValidYN") != "N"]
        named = ("LastName", "CollectiveName")
        published = article.find("Journal/JournalIssue/PubDate")
        year = re.search(r"\d{4}", published.findtext("Year") or published.findtext("MedlineDate") or "")
        ids = {
            one.get("IdType"): _words(one) for one in record.iterfind("PubmedData/ArticleIdList/ArticleId")
        }
        elsewhere = (
            _words(one)
            for one in article.iterfind("ELocationID")
            if one.get("EIdType") == "doi" and one.get("ValidYN") != "N"
        )
        links = record.iterfind("MedlineCitation/CommentsCorrectionsList/CommentsCorrections")
        labels = [" ".join(part.get("Label", "").split()) for part in parts]
        yield {
            "pmid": _words(record.find("MedlineCitation/PMID")),
            "title": _words(article.find("ArticleTitle")),
            "abstract": [_words(part) for part in parts],
            "labels": ["" if label.upper() in ("UNLABELLED", "UNLABELED") else label for label in labels],
            "raised": [pair for part in (article.find("ArticleTitle"), *parts) for pair in _raised(part)],
            "authors": [
                next(_words(one.find(name)) for name in named if one.find(name) is not None)
                for one in authors
                if any(one.find(name) is not None for name in named)
            ],
            "year": year[0] if year else "",
            "mesh": [_words(one) for one in record.iterfind(".//MeshHeading/DescriptorName")],
            "types": [_words(one) for one in article.iterfind("PublicationTypeList/PublicationType")],
            "doi": ids.get("doi") or next(elsewhere, ""),
            "pmc": ids.get("pmc", ""),
            "language": [_words(one) for one in article.iterfind("Language")],
            "corrections": [
                (one.get("RefType"), _words(one.find("PMID")))
                for one in links
                if one.get("RefType") != "Cites"
            ],
        }


def _words(element: Any) -> str:
    return "" if element is None else " ".join("".join(element.itertext()).split())


def _raised(element: Any) -> Iterator[tuple[str, str]]:
    """(digits before, digits raised) of every power in a text."""
    if element is None:
        return
    text = element.text or ""
    for child in element:
        power = _words(child)
        base = re.search(r"\d+$", text)
        if child.tag == "sup" and base and power.lstrip("-−").isdigit():
            yield base[0], power
        text = child.tail or ""


def right(field: str, said: dict[str, Any], true: dict[str, Any]) -> bool | None:
    """Whether a reader has a field right; None where the record has nothing of the kind."""
    if field == "raised digits":
        text = "\n".join((said["title"], *said["abstract"]))
        run = [rf"(?<!\d){base}(?:<sup>)?{re.escape(power)}(?!\d)" for base, power in true["raised"]]
        return not any(re.search(each, text) for each in run) if run else None
    if not true[field] and not said[field]:
        return None
    if said[field] is None:
        return False
    if field == "title":
        return letters(said[field]) == letters(true[field])
    if field == "abstract":
        labelled = (label + text for label, text in zip(true["labels"], true["abstract"], strict=True))
        wanted = (letters("".join(true["abstract"])), letters("".join(labelled)))
        return letters("".join(said[field])) in wanted
    if isinstance(true[field], list) and field != "corrections":
        return [letters(one) for one in said[field]] == [letters(one) for one in true[field]]
    return bool(said[field] == true[field])


# --- Measuring ---


def write_large(path: Path, files: list[Path], count: int) -> None:
    """Write ``count`` real records, repeated as often as needed, as one zipped file."""
    texts = (unzipped(file).decode() for file in files)
    records = [one for text in texts for one in re.findall(r"(?s)<PubmedArticle>.*?</PubmedArticle>", text)]
    with gzip.open(path, "wt", encoding="utf-8", compresslevel=6) as out:
        out.write(f"{HEAD}\n<PubmedArticleSet>\n")
        out.writelines(f"{one}\n" for one in islice(cycle(records), count))
        out.write("</PubmedArticleSet>\n")


_ALONE = """
import re, sys, time
from pathlib import Path
from eval.parsing import READERS
begun, used = time.perf_counter(), time.process_time()
count = sum(1 for _ in READERS[sys.argv[1]][1](Path(sys.argv[2])))
peak = re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]
print(count, time.perf_counter() - begun, time.process_time() - used, int(peak) / 1024)
"""


def alone(name: str, path: Path) -> tuple[int, float, float, float]:
    """Records, seconds, seconds of processor and peak mebibytes of one reader in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", _ALONE, name, str(path)], capture_output=True, text=True, check=True
    )
    count, wall, cpu, peak = map(float, done.stdout.split())
    return int(count), wall, cpu, peak


def speeds(files: list[Path], count: int) -> list[str]:
    """The table of speed and memory."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "pubmed26n0001.xml.gz"
        write_large(path, files, count)
        size = path.stat().st_size / 1e6
        found = {name: alone(name, path) for name in READERS}
    lines = [
        f"One file of {count:,} records, {size:.0f} MB zipped; one reader after the other in one run.",
        "",
        "| reader | records | seconds | articles/s | processor s | peak memory |",
        "|---|---|---|---|---|---|",
    ]
    for name, (records, wall, cpu, peak) in found.items():
        cells = (f"{records:,}", f"{wall:.1f}", f"{records / wall:,.0f}", f"{cpu:.1f}", f"{peak:,.0f} MiB")
        lines.append(f"| {READERS[name][0]} | {' | '.join(cells)} |")
    return lines


def correct(files: list[Path], deletions: Path) -> list[str]:
    """The table of fields: right of those records that have the field."""
    true = {one["pmid"]: one for file in files for one in truth(file)}
    tallies: dict[str, dict[str, Counter[bool]]] = {}
    for name, (_, reader) in READERS.items():
        tally = tallies[name] = {field: Counter() for field in FIELDS}
        seen = {one["pmid"]: one for one in chain.from_iterable(map(reader, files)) if "pmid" in one}
        for pmid, record in true.items():
            for field in FIELDS:
                judged = right(field, seen[pmid], record) if pmid in seen else False
                if judged is not None:
                    tally[field][judged] += 1
    lines = [
        f"Fields of {len(true):,} real records, older forms among them: right, of those that have it.",
        "",
        f"| field | right if | {' | '.join(READERS[name][0] for name in READERS)} |",
        f"|---|---|{'---|' * len(READERS)}",
    ]
    for field, rule in FIELDS.items():
        cells = (f"{tallies[name][field][True]:,} of {tallies[name][field].total():,}" for name in READERS)
        lines.append(f"| {field} | {rule} | {' | '.join(cells)} |")
    pmids = re.findall(r"<PMID[^>]*>(\d+)", unzipped(deletions).decode())
    with TemporaryDirectory() as folder:
        path = Path(folder) / "pubmed26n0002.xml.gz"
        named = "".join(f'<PMID Version="1">{pmid}</PMID>' for pmid in pmids)
        text = f"{HEAD}<PubmedArticleSet><DeleteCitation>{named}</DeleteCitation></PubmedArticleSet>"
        path.write_bytes(gzip.compress(text.encode()))
        told = [_deletions(reader, path, set(pmids)) for _, reader in READERS.values()]
    return [*lines, f"| deleted | every PMID of the DeleteCitation | {' | '.join(told)} |"]


def _deletions(reader: Callable[[Path], Iterator[dict[str, Any]]], path: Path, gone: set[str]) -> str:
    try:
        told = {one["deleted"] for one in reader(path) if "deleted" in one}
    except Exception as error:  # a reader of others may fail in any way, which is the finding
        return f"fails: {type(error).__name__}"
    return f"{len(told & gone)} of {len(gone)}"


def main(count: int) -> str:
    """Measure and tell as Markdown.

    Raises:
        BadInput: the data is not here.
    """
    settings = load()
    names = [*(f"pubmed_articles_{name}" for name in FILES), "delete_citations"]
    found = [settings.data_file(f"pubmed_xml/{name}.xml.gz") for name in names]
    *files, deletions = [path for path in found if path]
    if len(files) != len(FILES):
        raise BadInput("pubmed_xml is not in the folders of RAG_DATA.")
    begun = time.strftime("%Y-%m-%d", datetime.now(UTC).timetuple())
    head = ["## Reading PubMed XML", "", f"Command: `python -m eval.parsing --records {count}`, {begun}."]
    return "\n".join([*head, "", *speeds(files[:CURRENT], count), "", *correct(files, deletions), ""])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--records", type=int, default=20_500)
    sys.stdout.write(main(parser.parse_args().records))
