"""A corpus survives its writer: killed at any moment, out of disk, or locked out of its folder."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from rag.errors import CorpusError, IndexDamaged, Unwritable
from rag.library.corpus import Corpus, open_corpus
from rag.records import Article, Section
from rag.settings import Settings

WRITER = Path(__file__).parent / "writer.py"


def article(n: int) -> Article:
    return Article(str(n), f"Title {n}", (Section("", f"Words of {n}."),), pmid=str(n))


@pytest.fixture
def opened(settings: Settings) -> Callable[[], Corpus]:
    def documents(texts: Any) -> Any:
        vectors = np.stack([np.random.default_rng(list(text.encode())).normal(size=16) for text in texts])
        return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)

    embed = SimpleNamespace(
        name="small", dimension=16, documents=documents, query=lambda text: documents([text])[0]
    )
    return lambda: open_corpus("mine", settings, embed=lambda: embed, create=True)


# --- Killed ---


def killed(home: Path, articles: int, kills: int, seconds: float, *repair: str) -> dict[str, Any]:
    arguments = [str(home), str(articles), str(kills), str(seconds), "7", *repair]
    done = subprocess.run(
        [sys.executable, str(WRITER), *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_a_writer_killed_at_random_moments_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    report = killed(tmp_path, 400, 5, 1.2, "repair")
    assert report["hit"] >= 2
    assert all(isinstance(one, list) for one in report["found"]), report["found"]
    assert report["after"] == [[]] * 5
    assert report["finished"] == "done"
    assert report["ids"] == sorted(str(n) for n in range(1, 401))
    assert report["problems"] == []


@pytest.mark.slow
@pytest.mark.parametrize("repair", [[], ["repair"]], ids=["next writer", "repair"])
def test_thirty_kills_over_thousands_of_passages_lose_nothing(tmp_path: Path, repair: list[str]) -> None:
    """Enough passages for Chroma to write its graph to disk, which it does in place: a kill may tear it."""
    report = killed(tmp_path, 2_000, 30, 3.0, *repair)
    assert report["hit"] >= 20
    assert not any(report["after"])
    assert report["ids"] == sorted(str(n) for n in range(1, 2_001))
    assert report["problems"] == []


@pytest.mark.parametrize("file", ["index_metadata.pickle", "data_level0.bin", "header.bin"])
def test_a_torn_graph_of_chroma_is_found_unopened_and_made_again(
    opened: Callable[[], Corpus], settings: Settings, file: str
) -> None:
    """What a kill in the middle of Chroma's writing leaves; reading some of these would end the process."""
    corpus = opened()
    corpus.add(article(n) for n in range(1, 700))
    corpus.close()
    chroma = settings.home / "corpora" / "mine" / "chroma"
    (chroma / "being-written").touch()
    (torn,) = chroma.glob(f"*/{file}")
    torn.write_bytes(torn.read_bytes()[: torn.stat().st_size // 3])
    corpus = opened()
    if file == "header.bin":  # a reader waits for a writer that may be alive
        with pytest.raises(IndexDamaged, match="rag corpus check mine --repair"):
            corpus.index.nearest(np.ones(16, np.float32), 5)
    assert any("a writer was stopped while it wrote" in problem for problem in corpus.check())
    assert corpus.repair()
    assert corpus.check() == []
    assert corpus.articles == 699
    corpus.close()


@pytest.mark.parametrize("part", ["lexical", "chroma"])
def test_an_index_that_cannot_be_opened_is_made_again_by_the_next_writer(
    opened: Callable[[], Corpus], settings: Settings, part: str
) -> None:
    corpus = opened()
    corpus.add([article(1), article(2)])
    corpus.close()
    folder = settings.home / "corpora" / "mine" / part
    file = folder / {"lexical": "meta.json", "chroma": "chroma.sqlite3"}[part]
    file.write_bytes(b"torn" * 1000)
    corpus = opened()
    assert corpus.check()
    corpus.add([article(3)])
    assert corpus.check() == []
    assert corpus.ids() == ["1", "2", "3"]
    corpus.close()


def test_a_vector_or_a_status_that_is_not_the_stores_is_found_and_mended(
    opened: Callable[[], Corpus],
) -> None:
    """The ids agree in both cases; only the content of the index is wrong."""
    corpus = opened()
    corpus.add([article(1), article(2)])
    for harm in ({"embeddings": np.ones((1, 16), np.float32)}, {"metadatas": [{"status": "retracted"}]}):
        held = corpus.index.vectors.collection
        held.update(ids=held.get(limit=1)["ids"], **harm)
        assert corpus.check() == ["1 passages of the vector index have another vector or status."]
        corpus.repair()
        assert corpus.check() == []
    corpus.close()


def test_repair_uses_the_embedder_of_now(settings: Settings, opened: Callable[[], Corpus]) -> None:
    corpus = opened()
    corpus.add([article(1)])
    corpus.close()
    other = SimpleNamespace(
        name="other", dimension=4, documents=lambda texts: np.eye(4, dtype=np.float32)[: len(texts)]
    )
    again = open_corpus("mine", settings, embed=lambda: other)  # type: ignore[arg-type, return-value]
    assert any("instead of other" in problem for problem in again.repair())
    assert again.check() == []
    again.close()


# --- One writer ---

_HOLD = """
import sys, time
sys.path.insert(0, sys.argv[2])
from writer import opened
from pathlib import Path
with opened(Path(sys.argv[1])).writing():
    print("holding", flush=True)
    time.sleep(60)
"""


def test_the_holder_of_the_lock_is_named_and_one_that_was_killed_is_taken_over_from(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(tmp_path), str(WRITER.parent)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "holding\n"
        embed = SimpleNamespace(name="small", dimension=16)
        second = open_corpus("killed", Settings(home=tmp_path), embed=lambda: embed)  # type: ignore[arg-type, return-value]
        with pytest.raises(CorpusError, match=rf"written by process {holder.pid} on .* since 2\d{{3}}-"):
            second.add([article(1)])
        assert second.articles == 0
    finally:
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        assert holder.stdout is not None
        holder.stdout.close()
    begun = time.monotonic()
    second.delete(["1"])
    assert time.monotonic() - begun < 10
    second.close()


# --- No room, no leave ---

_FULL = """
import resource, sys
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from writer import article, opened
from rag.errors import Unwritable
corpus = opened(Path(sys.argv[1]))
corpus.add([article(n) for n in range(1, 101)])
most = int(sys.argv[3])
resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
try:
    for start in range(101, 6000, 100):
        corpus.add([article(n) for n in range(start, start + 100)])
except Unwritable as error:
    print(error)
"""


@pytest.mark.parametrize("most", [300_000, 1_500_000])
def test_a_full_disk_is_a_clear_error_and_loses_nothing(tmp_path: Path, most: int) -> None:
    """A limit on the size of files stands for the full disk; one part of the corpus or another hits it."""
    done = subprocess.run(
        [sys.executable, "-c", _FULL, str(tmp_path), str(WRITER.parent), str(most)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "cannot be written" in done.stdout
    assert "Nothing that was stored is lost" in done.stdout
    assert len(done.stdout.strip().split("\n")) == 1
    report = killed(tmp_path, 200, 0, 0)
    assert report["finished"] == "done"
    assert set(report["ids"]) >= {str(n) for n in range(1, 201)}
    assert report["problems"] == []


_READ_ONLY = """
import sys
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from writer import opened
from rag.errors import Unwritable
try:
    opened(Path(sys.argv[1]))
except Unwritable as error:
    print(error)
"""


def without_leave(*command: str) -> list[str]:
    """A command run without root's leave to write everywhere."""
    if os.geteuid() != 0:
        return list(command)
    if shutil.which("setpriv") is None:
        pytest.skip("root may write everywhere, and setpriv, which takes that away, is not here")
    return ["setpriv", "--bounding-set", "-dac_override", "--inh-caps", "-dac_override", *command]


def test_a_folder_that_may_not_be_written_is_a_clear_error(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    home.chmod(0o555)
    command = without_leave(sys.executable, "-c", _READ_ONLY, str(home), str(WRITER.parent))
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    home.chmod(0o755)
    assert done.returncode == 0, done.stderr
    assert "cannot be written" in done.stdout
    assert "see to it that you may write there" in done.stdout


def test_an_error_of_the_disk_says_where_and_what_to_do(tmp_path: Path) -> None:
    error = Unwritable(tmp_path, OSError(28, "No space left on device"))
    assert str(tmp_path) in str(error)
    assert "No space left on device" in str(error)
    assert "run the command again" in str(error)
