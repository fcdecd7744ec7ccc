"""The trained cross-encoder as one ONNX file of 8-bit weights; see ``rag/models/pair_encoder.py``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rag.models.bert import EPSILON, Encoder
from rag.models.entailment import LABELS
from rag.models.pair_encoder import ANSWERS, MAX_TOKENS

if TYPE_CHECKING:
    from onnx import ModelProto


def graph(tensors: dict[str, Any], head: tuple[Any, Any], *, exact: bool = False) -> ModelProto:
    """Build the graph: ids and kinds (n, length) to logits (n, 7); see ``Checker`` for what it computes.

    Args:
        tensors: the encoder's weights by transformers' names.
        head: weight (7, 3 x width) and bias (7,) of the last layer.
        exact: layers in float32, to compare with torch; the table of words stays in integers.
    """
    encoder = Encoder(tensors, exact=exact)
    node, const = encoder.node, encoder.const
    x = encoder.layers(_embedded(encoder, tensors))
    side = node("Mod", ["kinds", const("sides", np.array(2, np.int32))], "side")
    own = node("Cast", [side], "own", to=1)
    mask = node("Unsqueeze", [own, const("last", np.array([-1]))], "mask")
    tokens = const("tokens", np.array([1]))
    kept = node("Mul", [x, mask], "kept")
    total = node("ReduceSum", [kept, tokens], "total", keepdims=0)
    count = node("ReduceSum", [own, tokens], "count", keepdims=1)
    mean = node("Div", [total, count], "mean")
    low = node("Mul", [node("Sub", [mask, const("one", np.float32(1))], "other"),
                       const("far", np.float32(1e4))], "low")  # fmt: skip
    most = node("ReduceMax", [node("Add", [x, low], "lowered"), tokens], "most", keepdims=0)
    first = node(
        "Squeeze", [node("Gather", [x, const("zeroth", np.array([0]))], "start", axis=1), tokens], "first"
    )
    read = node("Concat", [first, mean, most], "read", axis=1)
    weight, bias = head
    node("Gemm", [read, const("head.weight", weight), const("head.bias", bias)], "logits", transB=1)
    return encoder.model("checker", ["ids", "kinds"], "logits", len(LABELS) + len(ANSWERS))


def _embedded(encoder: Encoder, tensors: dict[str, Any]) -> str:
    """Word, place and kind, summed and normalised; the table of words is kept as integers."""
    node, const = encoder.node, encoder.const
    words = tensors["embeddings.word_embeddings.weight"]
    scale = np.abs(words).max(axis=1, keepdims=True) / 127
    integers = np.round(words / scale).astype(np.int8)
    raw = node("Cast", [node("Gather", [const("words", integers), "ids"], "raw8")], "raw", to=1)
    word = node("Mul", [raw, node("Gather", [const("words.scale", scale), "ids"], "scales")], "word")
    kinds = const("kinds.table", tensors["embeddings.token_type_embeddings.weight"])
    kind = node("Gather", [kinds, "kinds"], "kind")
    length = node("Slice", [node("Shape", ["ids"], "shape"), const("from1", np.array([1])),
                            const("to2", np.array([2]))], "length")  # fmt: skip
    places = const("places", tensors["embeddings.position_embeddings.weight"][:MAX_TOKENS])
    place = node("Slice", [places, const("from0", np.array([0])), length], "place")
    summed = node("Add", [node("Add", [word, kind], "worded"), place], "summed")
    parts = [
        const(f"normal.{part}", tensors[f"embeddings.LayerNorm.{name}"])
        for part, name in (("gamma", "weight"), ("beta", "bias"))
    ]
    return node("LayerNormalization", [summed, *parts], "embedded", axis=-1, epsilon=EPSILON)


def write(checkpoint: dict[str, Any], target: Path, *, exact: bool = False) -> None:
    """Write the graph of a checkpoint; ``exact`` as for ``graph``."""
    arrays = {name: value.numpy() for name, value in checkpoint.items()}
    encoder = {name.removeprefix("bert."): one for name, one in arrays.items() if name.startswith("bert.")}
    model = graph(encoder, (arrays["head.weight"], arrays["head.bias"]), exact=exact)
    target.write_bytes(model.SerializeToString(deterministic=True))
