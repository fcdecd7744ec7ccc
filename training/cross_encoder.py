"""Train the cross-encoder of the bundled checker.

    python -m training.cross_encoder --out DIR          train, or go on from the last checkpoint
    python -m training.cross_encoder --out DIR --full   all the data in every round; for a GPU
    python -m training.cross_encoder --out DIR --start FILE   from the weights of another run
    python -m training.checker --from DIR               calibrate, measure, write the model

It starts from the MiniLM of the bundled embedder, or from an earlier checkpoint. The data are those of
``training/pairs.py`` and ``training/planted.py``. The default is the reduced set: about an hour on two CPU
cores. Same seed, same data, same machine: same weights; a GPU is used when there is one.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from eval.held_out import held
from rag.models.entailment import LABELS
from rag.models.minilm import tokenizer, weights
from rag.models.pair_encoder import ANSWERS, KINDS, MAX_TOKENS, encode
from rag.settings import Settings, load
from training import pairs as sets
from training import questions as asking
from training.pairs import NOT_SUPPORT, Pair
from training.planted import planted
from training.questions import SPEAKS

SEED = 20
BATCH = 16
RATE = 1.2e-4
HEAD_RATE = 1e-3
WARM_UP = 200
STEPS = 4600
WORKERS = 2
"""Threads that share a batch. Nothing is drawn by chance in them, so their order does not matter."""
SAVED_EVERY = 100
"""Steps between two checkpoints."""


class Checker(nn.Module):
    """BERT, then a linear layer on the first token beside mean and maximum over the hypothesis.

    One changed word is enough to make a statement false: the maximum lets it speak.
    """

    def __init__(self, source: str) -> None:
        from transformers import BertModel

        super().__init__()
        self.bert = BertModel.from_pretrained(
            source, add_pooling_layer=False, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0
        )
        self.bert.embeddings.word_embeddings.weight.requires_grad = False
        known = self.bert.embeddings.token_type_embeddings.weight.data
        kinds = nn.Embedding(KINDS, self.bert.config.hidden_size)
        kinds.weight.data = torch.cat([known, known])
        kinds.weight.data[2:] += 0.02 * torch.randn_like(known)
        self.bert.embeddings.token_type_embeddings = kinds
        self.head = nn.Linear(3 * self.bert.config.hidden_size, len(LABELS) + len(ANSWERS))

    def forward(self, ids: Tensor, kinds: Tensor, mask: Tensor) -> Tensor:
        """Token ids, kinds and mask of shape (n, length) to logits (n, 7): ``LABELS``, then ``ANSWERS``."""
        x = self.bert(input_ids=ids, token_type_ids=kinds, attention_mask=mask).last_hidden_state
        own = (kinds % 2 * mask).unsqueeze(-1).to(x.dtype)
        mean = (x * own).sum(1) / own.sum(1)
        most = (x + (own - 1) * 1e4).amax(1)
        logits: Tensor = self.head(torch.cat([x[:, 0], mean, most], dim=1))
        return logits


# --- Data -------------------------------------------------------------------------------------------


def rounds(settings: Settings, full: bool) -> Iterator[list[Pair]]:
    """The pairs of one round after another, without end; statements meet other premises in every round."""
    out, draw = sets.split(settings), random.Random(SEED)
    chosen = [one for one in sets.statements(settings) + sets.written_here(settings) if out.trains(one.group)]
    questions = asking.pubmedqa(settings) + asking.written(settings)
    asked = [*asking.pairs(questions, out)]
    others = [one for name, one in sets.articles(settings).items() if out.trains(name)]
    trained = [one for one in questions + asking.bioasq(settings) if out.trains(one.article.id)]
    elsewhere = asking.neighbours(trained, others)
    found = asking.retrieved(settings, "encoder")
    articles = sets.abstracts(settings, out)
    claims = [one for one in sets.scifact(settings) if not held(one.group)] + sets.check_covid(settings)

    def some(of: list[Pair], most: int) -> list[Pair]:
        return of if full else draw.sample(of, min(most, len(of)))

    while True:
        trials = [one for one in sets.effects(settings, draw) if out.trains(one.group)]
        yield [
            *sets.written(chosen, draw),
            *asked,
            *asked,
            *asking.pairs(asking.bioasq(settings, draw), out),
            *asking.pairs([one for one in asking.bioasq(settings, draw) if one.answer != SPEAKS], out),
            *asking.pairs([draw.choice(each) for each in elsewhere], out, draw),
            *asking.pairs(found, out, draw),
            *asking.pairs(found, out, draw),
            *some([*asking.pairs(asking.evidence_inference(settings, draw), out)], 500),
            *claims,
            *some(trials, 1000),
            *planted(articles, 20_000 if full else 2000, draw),
            *some(sets.general(settings), 1500),
            *some(sets.citations(settings) + sets.physicians(settings), 500),
        ]


def batches(items: Sequence[Any], lengths: Sequence[int], draw: random.Random) -> list[list[int]]:
    """Indices in batches of about equal length, in random order."""
    order = list(range(len(items)))
    draw.shuffle(order)
    pools = [
        sorted(order[i : i + 50 * BATCH], key=lengths.__getitem__) for i in range(0, len(order), 50 * BATCH)
    ]
    found = [pool[i : i + BATCH] for pool in pools for i in range(0, len(pool), BATCH)]
    draw.shuffle(found)
    return found


Encoded = tuple[list[int], list[int], Sequence[bool]]
"""Token ids, kinds of tokens, and for each label and answer whether the pair may have it."""


def allowed(label: str) -> tuple[bool, ...]:
    """Which of ``LABELS`` or ``ANSWERS`` a pair may have: ``NOT_SUPPORT`` and ``SPEAKS`` leave some open."""
    several = {NOT_SUPPORT: ("CONTRADICT", "NOT_ENOUGH_INFO"), SPEAKS: ("yes", "no", "maybe")}
    either = several.get(label, (label,))
    return tuple(one in either for one in (*LABELS, *ANSWERS))


def steps(data: Iterator[list[Pair]]) -> Iterator[list[Encoded]]:
    """Every batch in the order of training, without end."""
    encoder, draw = tokenizer(MAX_TOKENS), random.Random(SEED)
    for now in data:
        encoded = [(*encode(encoder, one.premise, one.hypothesis), allowed(one.label)) for one in now]
        for batch in batches(now, [len(ids) for ids, _, _ in encoded], draw):
            yield [encoded[i] for i in batch]


def tensors(batch: Sequence[Encoded], device: str) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Ids, kinds, mask, each (n, length), and which labels and answers are allowed (n, 7)."""
    longest = max(len(ids) for ids, _, _ in batch)
    whole = np.zeros((3, len(batch), longest), np.int64)
    for i, (ids, kinds, _) in enumerate(batch):
        whole[:, i, : len(ids)] = ids, kinds, [1] * len(ids)
    ids, kinds, mask = torch.from_numpy(whole).to(device)
    return ids, kinds, mask, torch.tensor([labels for _, _, labels in batch], device=device)


def loss(logits: Tensor, labels: Tensor) -> Tensor:
    """Sum over pairs of -log P(any allowed label); logits and ``labels`` (bool) of shape (n, 7).

    A pair is a statement or a question: its labels are all among the first three, or all among the rest.
    """
    both = (logits[:, : len(LABELS)], logits[:, len(LABELS) :])
    likely = torch.cat([one.log_softmax(dim=1) for one in both], dim=1).masked_fill(~labels, -torch.inf)
    return -likely.logsumexp(dim=1).sum()


# --- Training ---------------------------------------------------------------------------------------


def train(settings: Settings, out: Path, last: int, full: bool, start: Path | None = None) -> Checker:
    """Train for ``last`` steps, or go on from the checkpoint in ``out``.

    The rate falls in the last quarter only, so a run that was stopped before may go on with another
    ``last``: what it did so far is what a run of that length would have done.

    Args:
        settings: where the data is.
        out: folder of checkpoints.
        last: steps in all.
        full: all the data in every round.
        start: a checkpoint to begin with the weights of; its training must have held out the same articles.
    """
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(SEED)
    model = Checker(str(weights())).to(device).train()
    if start:
        model.load_state_dict(torch.load(start, weights_only=True, map_location=device)["model"])
    body = [one for one in model.bert.parameters() if one.requires_grad]
    head = [*model.head.parameters()]
    groups = [{"params": body, "lr": RATE}, {"params": head, "lr": HEAD_RATE}]
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01)
    saved, done = out / "checkpoint.pt", 0
    if saved.exists():
        state = torch.load(saved, weights_only=True)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        done = state["done"]
    mean, workers = 0.0, ThreadPoolExecutor(WORKERS)
    todo = islice(steps(rounds(settings, full)), done, last)
    for step, batch in enumerate(todo, done + 1):
        for group, full_rate in zip(optimizer.param_groups, (RATE, HEAD_RATE), strict=True):
            group["lr"] = full_rate * rate(step, last)
        now = gradients(model, [*body, *head], batch, device, workers)
        nn.utils.clip_grad_norm_([*body, *head], 1.0)
        optimizer.step()
        mean = 0.98 * mean + 0.02 * now if mean else now
        if step % SAVED_EVERY == 0 or step == last:
            part = saved.with_suffix(".part")
            state = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "done": step}
            torch.save(state, part)
            part.replace(saved)
        if step % 20 == 0:
            print(f"{time.strftime('%H:%M:%S')} step {step} of {last}, loss {mean:.3f}", flush=True)  # noqa: T201
    return model.eval()


def gradients(
    model: Checker, parameters: list[nn.Parameter], batch: Sequence[Any], device: str, workers: Executor
) -> float:
    """Set the gradients of the mean loss of a batch, its parts side by side; returns that loss."""

    def part(items: Sequence[Any]) -> tuple[float, tuple[Tensor, ...]]:
        ids, kinds, mask, labels = tensors(items, device)
        own = loss(model(ids, kinds, mask), labels) / len(batch)
        return own.item(), torch.autograd.grad(own, parameters)

    size = -(-len(batch) // WORKERS)
    done = list(workers.map(part, [batch[i : i + size] for i in range(0, len(batch), size)]))
    for parameter, *found in zip(parameters, *(grads for _, grads in done), strict=True):
        parameter.grad = sum(found[1:], found[0])
    return sum(one for one, _ in done)


def rate(step: int, last: int) -> float:
    """The factor of the learning rate at a step: up, level, and down to nothing in the last quarter."""
    return min(1.0, step / WARM_UP, (last - step + 1) / (0.25 * last))


def main() -> None:
    """Train; see the module."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True, help="folder of checkpoints")
    parser.add_argument("--steps", type=int, default=STEPS, help=f"batches of 16 pairs (default {STEPS})")
    parser.add_argument("--start", type=Path, help="checkpoint to begin with instead of MiniLM")
    parser.add_argument("--full", action="store_true", help="all the data; for a GPU")
    chosen = parser.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    train(load(), chosen.out, chosen.steps, chosen.full, chosen.start)


if __name__ == "__main__":
    main()
