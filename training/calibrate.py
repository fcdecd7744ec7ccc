"""Calibrate the trained cross-encoder on held-out statements and compare it with the bundled checker.

    python -m training.calibrate --out DIR      DIR as for training.cross_encoder

Fits one temperature and one offset a label (Platt 1999; Guo et al. 2017) to the stretch of each held-out
abstract that the claim check goes by, folds them into the last layer, and writes ``DIR/checker.onnx``. It
takes the place of the bundled checker only if the figures printed here say that it is better.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch.nn.functional import cross_entropy

from rag.answering.verify import candidates
from rag.models.entailment import LABELS
from rag.providers import entailment
from rag.records import Entail
from rag.settings import Settings, load
from training import checker
from training.export import Exported, write
from training.pairs import Statement, held, split, statements


def held_out(settings: Settings) -> list[Statement]:
    """The statements of ``checker_training`` on abstracts that were not trained on."""
    out = split(settings)
    return [one for one in statements(settings) if one.group in out.abstracts]


def unchecked(one: Statement, entail: Entail) -> dict[str, float]:
    """What the model says of the stretch that the claim check would go by."""
    scores = entail([(window.text, one.text) for window in candidates(one.text, one.passage)])
    return min((row for row in scores if row is not None), key=lambda row: row["NOT_ENOUGH_INFO"])


def fit(chosen: Sequence[dict[str, float]], labels: Sequence[str]) -> tuple[float, Any]:
    """Scale and offsets of the log-probabilities that make ``labels`` likeliest."""
    logits = torch.tensor([[one[label] for label in LABELS] for one in chosen], dtype=torch.float64).log()
    truth = torch.tensor([LABELS.index(label) for label in labels])
    scale = torch.ones(1, dtype=torch.float64, requires_grad=True)
    offset = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([scale, offset], max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> Any:
        optimizer.zero_grad()
        value = cross_entropy(scale * logits + offset, truth) + 1e-3 * offset.square().sum()
        value.backward()  # type: ignore[no-untyped-call]  # torch
        return value

    optimizer.step(loss)  # type: ignore[no-untyped-call]  # torch
    return scale.item(), offset.detach().numpy()


def main() -> None:
    """Calibrate, write, and print the figures of both checkers."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True, help="folder of checkpoints")
    folder = parser.parse_args().out
    settings = load()
    state = torch.load(folder / "checkpoint.pt", weights_only=True, map_location="cpu")
    write(state["model"], folder / "raw.onnx")
    chosen, raw = held_out(settings), Exported(folder / "raw.onnx")
    scale, offset = fit([unchecked(one, raw) for one in chosen], [one.label for one in chosen])
    write(state["model"], folder / "checker.onnx", scale, offset)
    print(json.dumps({"steps": state["done"], "scale": scale, "offset": offset.tolist()}))  # noqa: T201
    trained, bundled = Exported(folder / "checker.onnx"), entailment(settings)
    items = [
        checker.Item("held_out", one.group, one.text, one.passage, one.label, one.kind) for one in chosen
    ]
    documents = [one for one in checker.scifact(settings) if held(one.group)]
    print("held_out", json.dumps(checker.report(items, trained)))  # noqa: T201  # the bundled one has seen them
    for those in (checker.planted_errors(settings), documents, checker.healthver(settings)):
        for entail in (trained, bundled):
            print(those[0].source, entail.name, json.dumps(checker.report(those, entail)))  # noqa: T201


if __name__ == "__main__":
    main()
