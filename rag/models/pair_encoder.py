"""The bundled cross-encoder on ONNX Runtime, without torch: premise and hypothesis to logits.

One network has two readings of a pair: how a statement stands to its source, and how a source answers a
yes/no question.

It reads a premise and a hypothesis together. Beside each token it is told whether the word, by its stem,
stands on the other side as well: a statement that is false in one word differs from its source in that word,
and a small model sees it sooner when it need not find out by itself which words the two texts share.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rag.models.minilm import tokenizer
from rag.text.words import stem

if TYPE_CHECKING:
    from tokenizers import Tokenizer

FILE = Path(__file__).with_name("checker.onnx")
MAX_TOKENS = 160
"""Of a pair that is longer, the longer text loses its end."""

ANSWERS = ("yes", "no", "maybe", "silent")
"""Answers that a source gives to a question, in the order of their logits; "silent" is on something else."""

KINDS = 4
"""Kinds of tokens: 0 premise, 1 hypothesis, each plus 2 if the word is on the other side too."""

_WORD = re.compile(r"\d+(?:[.,·]\d+)*|[^\W\d_]+")
_MARKS = re.compile(r"[,·]")


@lru_cache(maxsize=16_384)
def _words(text: str) -> tuple[tuple[int, int, str], ...]:
    """(start, end, stem) of each word and figure; a comma in a figure is dropped, a raised point a point."""
    return tuple((m.start(), m.end(), _form(m.group())) for m in _WORD.finditer(text))


@lru_cache(maxsize=65_536)
def _form(word: str) -> str:
    if word[0].isdigit():
        return _MARKS.sub(lambda m: "" if m.group() == "," else ".", word)
    return stem(word)


def encode(tokenizer: Tokenizer, premise: str, hypothesis: str) -> tuple[list[int], list[int]]:
    """Token ids of the pair and the kind of each token (see ``KINDS``), both of one length."""
    encoded = tokenizer.encode(premise, hypothesis)
    sides = _words(premise), _words(hypothesis)
    known = [{form for _, _, form in side} for side in sides]
    shared = [
        {at for start, end, form in side if form in other for at in range(start, end)}
        for side, other in zip(sides, known[::-1], strict=True)
    ]
    kinds = [
        side + 2 * (start in shared[side] and end > start)
        for side, (start, end) in zip(encoded.type_ids, encoded.offsets, strict=True)
    ]
    return encoded.ids, kinds


class PairEncoder:
    """The cross-encoder in ``file``: one pair a run, so no pair's logits depend on another's."""

    def __init__(self, file: Path = FILE) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
        self._tokenizer = tokenizer(MAX_TOKENS)
        self._threads = ThreadPoolExecutor(max(1, os.cpu_count() or 1), thread_name_prefix="check")

    def __call__(self, pairs: Sequence[tuple[str, str]]) -> Any:
        """Logits of (premise, statement) pairs, float64 of shape (n, 3), in the order of ``LABELS``."""
        return self._both(pairs)[:, :3]

    def answers(self, pairs: Sequence[tuple[str, str]]) -> Any:
        """Logits of (premise, question) pairs, float64 of shape (n, 4), in the order of ``ANSWERS``."""
        return self._both(pairs)[:, 3:]

    def _both(self, pairs: Sequence[tuple[str, str]]) -> Any:
        rows = list(self._threads.map(self._logits, pairs))
        return np.array(rows, np.float64).reshape(len(rows), 3 + len(ANSWERS))

    def _logits(self, pair: tuple[str, str]) -> Any:
        ids, kinds = encode(self._tokenizer, *pair)
        inputs = {"ids": np.array([ids], np.int32), "kinds": np.array([kinds], np.int32)}
        return self._session.run(None, inputs)[0][0]


@cache
def pair_encoder() -> PairEncoder:
    """The bundled cross-encoder, loaded once in a process."""
    return PairEncoder()
