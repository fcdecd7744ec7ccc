"""A BERT encoder written as an ONNX graph, with 8-bit weights.

ONNX Runtime's own fused operators are written directly, so no exporter and no optimiser is needed. All rows
of one run must have the same length: there is no padding and so no mask.

Weights are integers kept to 7 bits. Products with 8-bit activations then never overflow the 16-bit sums of
processors without VNNI instructions, so every machine computes the same integers. The first layer's
last product stays in floating point: alone it causes most of the error (Bondarenko et al. 2021 describe such
layers).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from onnx import ModelProto

LAYERS, HEADS, EPSILON = 6, 12, 1e-12
MICROSOFT = "com.microsoft"


class Encoder:
    """A graph under construction: nodes, constants, and the layers of a BERT model."""

    def __init__(self, tensors: Mapping[str, Any], *, exact: bool) -> None:
        """Begin a graph.

        Args:
            tensors: the weights by the names that transformers gives them, without prefix.
            exact: float32 throughout.
        """
        self._tensors = tensors
        self._exact = exact
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def const(self, name: str, array: Any) -> str:
        """Keep an array in the graph under a name."""
        from onnx import numpy_helper

        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def node(self, kind: str, inputs: Sequence[str], *outputs: str, domain: str = "", **settings: Any) -> str:
        """Add an operator; returns the name of its first output."""
        from onnx import helper

        self._nodes.append(helper.make_node(kind, list(inputs), outputs, domain=domain, **settings))
        return outputs[0]

    def layers(self, x: str) -> str:
        """Add every layer on embedded tokens of shape (n, length, width); returns the last one's output."""
        t = self._tensors
        for i in range(LAYERS):
            layer = f"encoder.layer.{i}"
            heads = [f"{layer}.attention.self.{part}" for part in ("query", "key", "value")]
            qkv = self._product(x, np.concatenate([t[f"{head}.weight"] for head in heads]), f"qkv{i}")
            bias = self.const(f"qkv{i}.bias", np.concatenate([t[f"{head}.bias"] for head in heads]))
            parts = [f"{part}{i}" for part in "qkv"]
            self.node("Split", [qkv], *parts, axis=2, num_outputs=3)
            attended = self.node(
                "MultiHeadAttention", [*parts, bias], f"attended{i}", domain=MICROSOFT, num_heads=HEADS
            )
            out = f"{layer}.attention.output"
            projected = self._product(attended, t[f"{out}.dense.weight"], f"projected{i}")
            y = self._add_and_norm(projected, x, f"{out}.dense", f"{out}.LayerNorm", f"y{i}")
            up = self._product(y, t[f"{layer}.intermediate.dense.weight"], f"up{i}")
            bias = self.const(f"up{i}.bias", t[f"{layer}.intermediate.dense.bias"])
            active = self.node("BiasGelu", [up, bias], f"active{i}", domain=MICROSOFT)
            down = self._product(active, t[f"{layer}.output.dense.weight"], f"down{i}")
            x = self._add_and_norm(down, y, f"{layer}.output.dense", f"{layer}.output.LayerNorm", f"x{i}")
        return x

    def model(self, name: str, inputs: Sequence[str], output: str, width: int) -> ModelProto:
        """Close the graph: int32 inputs of shape (n, length), one float output of shape (n, ``width``)."""
        from onnx import TensorProto, helper

        given = [helper.make_tensor_value_info(one, TensorProto.INT32, ["n", "length"]) for one in inputs]
        found = [helper.make_tensor_value_info(output, TensorProto.FLOAT, ["n", width])]
        opsets = [helper.make_opsetid("", 18), helper.make_opsetid(MICROSOFT, 1)]
        graph = helper.make_graph(self._nodes, name, given, found, self._constants)
        return helper.make_model(graph, opset_imports=opsets, ir_version=9)

    def _product(self, x: str, weight: Any, out: str) -> str:
        """``x @ weight.T``; weight is (out, in) as torch keeps it."""
        if self._exact or out == "down0":
            return self.node("MatMul", [x, self.const(f"{out}.weight", weight.T)], out)
        scale = np.abs(weight).max(axis=1) / 63
        integers = np.round(weight / scale[:, None]).astype(np.int8)
        inputs = [
            self.const(f"{out}.weight", integers.T),
            self.const(f"{out}.scale", scale),
            self.const(f"{out}.zero", np.zeros(len(weight), np.int8)),
        ]
        return self.node("DynamicQuantizeMatMul", [x, *inputs], out, domain=MICROSOFT)

    def _add_and_norm(self, x: str, skip: str, bias: str, norm: str, out: str) -> str:
        parts = {"gamma": f"{norm}.weight", "beta": f"{norm}.bias", "bias": f"{bias}.bias"}
        inputs = [self.const(f"{out}.{part}", self._tensors[name]) for part, name in parts.items()]
        return self.node("SkipLayerNormalization", [x, skip, *inputs], out, domain=MICROSOFT, epsilon=EPSILON)
