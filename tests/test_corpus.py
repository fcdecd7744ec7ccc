"""A corpus by name: adding, replacing, removing, finding and building it; one writer, many readers."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from rag.answering.retrieve import hybrid
from rag.errors import CorpusError, IndexMismatch
from rag.library.corpus import Corpus, exists, listing, open_corpus, remove
from rag.library.store import Added
from rag.records import Article, Section
from rag.settings import Settings

ZINC = Article(
    id="11",
    pmid="11",
    title="Zinc lozenges for the common cold",
    sections=(Section("RESULTS", "Colds lasted 4.5 days with zinc and 8.1 days with placebo."),),
)
IRON = Article(
    id="doi:10.1/iron",
    doi="10.1/iron",
    title="Iron infusion and fatigue",
    sections=(Section("", "Fatigue scores fell in women with low ferritin."),),
)
LOCAL = Article(id="ward-7", title="A note on hand washing", sections=(Section("", "Washing hands helps."),))
ALL = [ZINC, IRON, LOCAL]


@pytest.fixture
def opened(settings: Settings, embedder: Any) -> Iterator[Corpus]:
    corpus = open_corpus("mine", settings, embed=lambda: embedder, create=True)
    yield corpus
    corpus.close()


def test_articles_are_found_by_whatever_id_they_have(opened: Corpus) -> None:
    assert opened.add(ALL) == Added(new=3)
    assert [opened.article(one.id) for one in ALL] == ALL
    assert opened.article("12") is None
    assert (opened.articles, opened.passages) == (3, 6)
    assert opened.check() == []
    assert datetime.fromisoformat(opened.built).utcoffset() is not None
    assert opened.facts() == {
        "name": "mine",
        "fingerprint": opened.fingerprint,
        "articles": 3,
        "passages": 6,
        "built": opened.built,
    }


def test_adding_twice_changes_nothing(opened: Corpus) -> None:
    opened.add(ALL)
    before = opened.facts()
    assert opened.add(ALL) == Added(unchanged=3)
    assert opened.facts() == before
    assert opened.check() == []


def test_a_retraction_replaces_the_record_everywhere(opened: Corpus, embedder: Any) -> None:
    """The text is the same, so the passages keep their ids: store and Chroma must both be told."""
    opened.add(ALL)
    assert opened.add([replace(ZINC, status="retracted")]) == Added(changed=1)
    (found,) = hybrid([opened], embedder)("zinc for colds", 1)
    assert found.article.status == "retracted"
    stored = opened.index.vectors.collection.get(where={"article": "11"})
    assert {metadata["status"] for metadata in stored["metadatas"]} == {"retracted"}
    assert opened.check() == []


def test_a_corrected_text_leaves_nothing_of_the_old_one(opened: Corpus, embedder: Any) -> None:
    opened.add(ALL)
    opened.add([replace(ZINC, title="Copper", sections=(Section("", "Copper did not help."),))])
    assert opened.index.matching("zinc lozenges", 5) == []
    texts = opened.index.vectors.collection.get()["documents"]
    assert not [text for text in texts if "inc" in text]
    assert opened.articles == 3
    assert opened.check() == []


def test_a_deleted_article_is_gone_everywhere(opened: Corpus, embedder: Any) -> None:
    opened.add(ALL)
    assert opened.delete(["11", "unknown"]) == 1
    assert opened.delete([]) == 0
    assert opened.article("11") is None
    assert "11" not in {one.article.id for one in hybrid([opened], embedder)("zinc", 5)}
    assert opened.check() == []


def test_the_fingerprint_is_that_of_the_content_and_not_of_its_history(
    opened: Corpus, settings: Settings, embedder: Any
) -> None:
    opened.add([LOCAL, ZINC, IRON])
    opened.delete([LOCAL.id])
    other = open_corpus("other", settings, embed=lambda: embedder, create=True)
    other.add([IRON])
    assert other.fingerprint != opened.fingerprint
    other.add([ZINC])
    assert other.fingerprint == opened.fingerprint
    other.close()


def test_an_interrupted_add_is_detected_and_the_next_add_finishes_it(opened: Corpus) -> None:
    """The process stops after the store was written and before the indexes were."""
    opened.add([ZINC])
    opened._store.put([IRON, LOCAL])
    assert opened.check()
    assert opened.add([ZINC]) == Added(unchanged=1)
    assert opened.check() == []


def test_an_embedder_that_fails_leaves_a_corpus_that_the_next_add_mends(
    settings: Settings, embedder: Any
) -> None:
    class Failing:
        name, dimension = embedder.name, embedder.dimension

        def documents(self, texts: Any) -> Any:
            raise MemoryError("no room")

        def query(self, text: str) -> Any:
            return embedder.query(text)

    broken = open_corpus("mine", settings, embed=Failing, create=True)
    with pytest.raises(MemoryError):
        broken.add(ALL)
    broken.close()
    mended = open_corpus("mine", settings, embed=lambda: embedder)
    mended.add([])
    assert mended.check()
    mended.add([ZINC])
    assert mended.check() == []
    assert mended.index.in_step()
    mended.close()


def test_another_embedder_is_refused_until_the_index_is_made_again(
    opened: Corpus, settings: Settings, embedder: Any
) -> None:
    opened.add(ALL)
    opened.close()

    class Other:
        name, dimension = "other", embedder.dimension
        documents, query = embedder.documents, embedder.query

    other = open_corpus("mine", settings, embed=Other)
    with pytest.raises(IndexMismatch, match="instead of other"):
        hybrid([other], Other())("zinc", 3)
    with pytest.raises(IndexMismatch):
        other.add([replace(ZINC, year=2020)])
    assert other.article("11") == ZINC
    assert any("instead of other" in problem for problem in other.check())
    other.reindex()
    assert other.check() == []
    assert hybrid([other], Other())("zinc", 1)[0].article == ZINC
    other.close()


def test_a_vector_index_that_was_lost_is_an_error_and_not_an_empty_answer(
    opened: Corpus, settings: Settings, embedder: Any
) -> None:
    opened.add(ALL)
    opened.index.vectors.clear()
    opened.close()
    again = open_corpus("mine", settings, embed=lambda: embedder)
    with pytest.raises(CorpusError, match="do not hold"):
        hybrid([again], embedder)("zinc", 3)
    again.add([ZINC])
    assert again.check() == []
    again.close()


def test_a_second_writer_gets_a_clear_error_and_readers_go_on(opened: Corpus, embedder: Any) -> None:
    opened.add([ZINC])
    other = threading.Event()
    done = threading.Event()

    def hold() -> None:
        with FileLock(opened._folder / "lock"):
            other.set()
            done.wait(20)

    holder = threading.Thread(target=hold)
    holder.start()
    other.wait(20)
    try:
        with pytest.raises(CorpusError, match="mine is being written by another process"):
            opened.add([IRON])
        assert hybrid([opened], embedder)("zinc", 1)[0].article == ZINC
    finally:
        done.set()
        holder.join()
    assert opened.add([IRON]) == Added(new=1)


def test_readers_see_whole_records_while_articles_are_added(opened: Corpus, embedder: Any) -> None:
    opened.add([ZINC])
    retrieve = hybrid([opened], embedder)
    stop = threading.Event()
    seen: list[bool] = []
    errors: list[Exception] = []

    def read() -> None:
        while not stop.is_set():
            try:
                for found in retrieve("zinc for colds", 5):
                    seen.extend(
                        found.article.section_text(hit.passage.section)[hit.passage.start : hit.passage.end]
                        == hit.passage.text
                        for hit in found.hits
                    )
            except Exception as error:
                errors.append(error)
                return

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for n in range(6):
        changed = replace(
            ZINC, sections=(Section("RESULTS", f"Zinc helped {'very ' * n}much. Colds ended."),)
        )
        opened.add([changed, *(replace(LOCAL, id=f"note-{n}-{m}") for m in range(3))])
    stop.set()
    for reader in readers:
        reader.join()
    assert errors == []
    assert seen
    assert all(seen)
    assert opened.check() == []


def test_another_process_can_read_a_corpus_that_is_open_here(
    opened: Corpus, settings: Settings, embedder: Any
) -> None:
    opened.add(ALL)
    program = (
        "from pathlib import Path\nfrom rag import providers\nfrom rag.settings import Settings\n"
        "from rag.library.corpus import open_corpus\nfrom rag.answering.retrieve import hybrid\n"
        f"settings = Settings(home=Path({str(settings.home)!r}))\nembed = providers.embedder(settings)\n"
        "corpus = open_corpus('mine', settings, embed=lambda: embed)\n"
        "print(hybrid([corpus], embed)('zinc', 1)[0].article.id)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "11", done.stderr
    opened.add([replace(ZINC, year=2020)])
    assert opened.check() == []


@pytest.mark.parametrize(
    "name", ["", "..", "../x", "a/b", "a\\b", ".hidden", "-x", "ä", "a b", "a" * 65, "x\n"]
)
def test_a_name_that_could_leave_the_folder_is_refused(settings: Settings, name: str) -> None:
    with pytest.raises(CorpusError, match="no name for a corpus"):
        open_corpus(name, settings, embed=lambda: pytest.fail("not needed"), create=True)
    with pytest.raises(CorpusError, match="no name for a corpus"):
        remove(name, settings)


@pytest.mark.parametrize("name", ["a", "A-b_9", "x" * 64, "9-"])
def test_every_allowed_name_makes_a_collection_that_chroma_takes(
    settings: Settings, embedder: Any, name: str
) -> None:
    corpus = open_corpus(name, settings, embed=lambda: embedder, create=True)
    corpus.add([LOCAL])
    assert corpus.check() == []
    corpus.close()


def test_a_corpus_that_is_not_there_is_an_error_that_says_how_to_make_one(settings: Settings) -> None:
    with pytest.raises(CorpusError, match="rag corpus import nothere FILE"):
        open_corpus("nothere", settings, embed=lambda: pytest.fail("not needed"))
    assert not exists("nothere", settings)
    with pytest.raises(CorpusError, match="rag corpus list"):
        remove("nothere", settings)


def test_facts_need_no_embedder_and_no_chroma(opened: Corpus, settings: Settings) -> None:
    """Listing and showing are instant; a broken model must not hide what is stored."""
    opened.add(ALL)
    again = open_corpus("mine", settings, embed=lambda: pytest.fail("not needed"))
    assert again.facts() == opened.facts()
    assert again.article("11") == ZINC
    again.close()
    (row,) = [row for row in listing(settings) if row["name"] == "mine"]
    assert row == {"title": "", **opened.facts()}


def test_a_removed_corpus_is_gone_and_its_name_is_free(
    opened: Corpus, settings: Settings, embedder: Any
) -> None:
    opened.add(ALL)
    opened.close()
    remove("mine", settings)
    assert not exists("mine", settings)
    assert "mine" not in {row["name"] for row in listing(settings)}
    again = open_corpus("mine", settings, embed=lambda: embedder, create=True)
    assert (again.articles, again.check()) == (0, [])
    again.add([IRON])
    assert [one.article for one in hybrid([again], embedder)("zinc", 5)] == [IRON]
    again.close()


# --- Declared corpora ---


@pytest.fixture
def declare(settings: Settings) -> Callable[..., Path]:
    def write(name: str, toml: str, articles: list[dict[str, Any]] | None = None) -> Path:
        folder = settings.home / "corpora" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "corpus.toml").write_text(toml, encoding="utf-8")
        if articles is not None:
            lines = "".join(json.dumps(one) + "\n" for one in articles)
            (folder / "articles.jsonl").write_text(lines, encoding="utf-8")
        return folder

    return write


def row(pmid: str, text: str) -> dict[str, Any]:
    return {"pmid": pmid, "title": f"Title {pmid}", "sections": [{"label": "FINDINGS", "text": text}]}


def test_a_corpus_that_ships_with_its_articles_is_built_on_first_use_and_when_they_change(
    declare: Callable[..., Path], settings: Settings, embedder: Any
) -> None:
    told: list[str] = []

    def use() -> Corpus:
        return open_corpus("demo", settings, embed=lambda: embedder, notify=told.append)

    declare("demo", 'title = "Demo"', [row("1", "Zinc helped."), row("2", "Iron helped.")])
    assert next(one for one in listing(settings) if one["name"] == "demo")["articles"] is None
    first = use()
    assert first.ids() == ["1", "2"]
    first.close()
    assert told == ["Building corpus demo: 2 articles, once."]
    use().close()
    assert len(told) == 1
    declare("demo", 'title = "Demo"', [row("2", "Iron did not help."), row("3", "Copper helped.")])
    changed = use()
    assert changed.ids() == ["2", "3"]
    assert changed.check() == []
    assert len(told) == 2
    changed.close()


def test_a_declared_corpus_that_is_not_built_says_how_to_build_it(
    declare: Callable[..., Path], settings: Settings
) -> None:
    declare("sepsis", 'title = "Sepsis"\nquery = "sepsis[mh]"\nfrom = 2015-01-01\nexpected_count = 10')
    with pytest.raises(CorpusError, match="Run: rag corpus build sepsis"):
        open_corpus("sepsis", settings, embed=lambda: pytest.fail("not needed"))


def test_an_earlier_place_hides_a_later_one(
    declare: Callable[..., Path], settings: Settings, tmp_path: Path
) -> None:
    declare("sepsis", 'title = "Of the home"\nquery = "a"')
    folder = tmp_path / "corpora" / "sepsis"
    folder.mkdir(parents=True)
    (folder / "corpus.toml").write_text('title = "Of the working directory"\nquery = "a"')
    titles = {one["name"]: one["title"] for one in listing(settings)}
    assert titles["sepsis"] == "Of the working directory"


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ('title = "x', "cannot be read"),
        ('title = "x"', "neither a query nor pmids"),
        ('query = "a"\nunknown = 1', "unknown"),
        ('query = "a"\nexpected_count = "many"', "expected_count"),
        ('query = "a"\nfilters = [{term = "b"}]', "reason"),
    ],
)
def test_a_declaration_that_makes_no_sense_names_its_file_and_line(
    declare: Callable[..., Path], settings: Settings, toml: str, message: str
) -> None:
    declare("odd", toml)
    with pytest.raises(CorpusError, match=rf"corpus\.toml.*{message}"):
        open_corpus("odd", settings, embed=lambda: pytest.fail("not needed"))
