"""Training the checker: what is held out stays out, and the file computes what the trained model does."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pytest
import torch

from rag.models.entailment import LABELS, softmax
from rag.models.minilm import tokenizer, weights
from rag.models.pair_encoder import ANSWERS, MAX_TOKENS, PairEncoder, encode
from rag.settings import load
from training import pairs, questions
from training.checker import averaged
from training.cross_encoder import Checker, allowed, batches, loss, rate
from training.export import write
from training.planted import planted

ARTICLE = (
    "one",
    [
        "We followed 120 women with asthma for 12 months in this study.",
        "Pain scores were significantly higher in the placebo group than in the exercise group.",
        "Smoking may be associated with lower survival in patients with breast cancer.",
        "There was no significant difference in mortality between aspirin and placebo at 6 months.",
    ],
)


@pytest.fixture(scope="module")
def made() -> list[pairs.Pair]:
    found = []
    for seed in range(40):
        found += planted([ARTICLE], 4, random.Random(seed))
    return found


def test_a_planted_change_keeps_all_but_one_place_of_a_rewrite(made: list[pairs.Pair]) -> None:
    changed = [one for one in made if one.label == "CONTRADICT"]
    assert {one.kind for one in changed} >= {
        "number",
        "direction",
        "negation",
        "population",
        "name",
        "period",
    }
    assert all(one.hypothesis not in one.premise for one in changed)


def test_a_neighbour_is_left_open_by_a_premise_that_does_not_hold_it(made: list[pairs.Pair]) -> None:
    neighbours = [one for one in made if one.kind == "neighbour"]
    assert neighbours
    assert all(one.label == "NOT_ENOUGH_INFO" and one.hypothesis not in one.premise for one in neighbours)


def test_the_same_seed_plants_the_same_changes() -> None:
    assert planted([ARTICLE], 4, random.Random(3)) == planted([ARTICLE], 4, random.Random(3))


def test_the_rate_rises_stays_and_falls_in_the_last_quarter() -> None:
    assert rate(1, 1000) < rate(30, 1000) < rate(300, 1000) == rate(700, 1000) == 1
    assert rate(800, 1000) > rate(900, 1000) > rate(1000, 1000) > 0


def test_every_item_is_in_one_batch() -> None:
    found = batches(range(101), [i % 7 for i in range(101)], random.Random(1))
    assert sorted(i for batch in found for i in batch) == list(range(101))


@pytest.mark.parametrize(("exact", "near"), [(True, 0.01), (False, 0.06)])
def test_the_exported_file_computes_what_the_trained_model_computes(
    tmp_path: Path, exact: bool, near: float
) -> None:
    torch.manual_seed(1)
    model = Checker(str(weights())).eval()
    path = tmp_path / "model.onnx"
    write(model.state_dict(), path, exact=exact)
    read, words = PairEncoder(path), tokenizer(MAX_TOKENS)
    pairs_ = [(ARTICLE[1][0], ARTICLE[1][1]), (" ".join(ARTICLE[1]), "Pain fell with exercise.")]
    for pair, labels, answers in zip(pairs_, read(pairs_), read.answers(pairs_), strict=True):
        ids, kinds = encode(words, *pair)
        with torch.no_grad():
            expected = model(*[torch.tensor([each]) for each in (ids, kinds, [1] * len(ids))])[0].tolist()
        assert [*softmax(labels[None])[0], *softmax(answers[None])[0]] == pytest.approx(
            [*softmax(np.array([expected[:3]]))[0], *softmax(np.array([expected[3:]]))[0]], abs=near
        )


def test_a_token_is_told_whether_its_word_stands_on_the_other_side_by_its_stem() -> None:
    words = tokenizer(MAX_TOKENS)
    ids, kinds = encode(words, "Mortality increased to 1,200.", "Deaths increases by 1200")
    told = dict(zip((words.id_to_token(one) for one in ids), kinds, strict=True))
    assert told["mortality"] == told["to"] == 0
    assert told["deaths"] == 1
    assert told["increases"] == told["1200"] == 3


def test_a_pair_that_is_only_known_not_to_be_support_costs_nothing_for_either_other_label() -> None:
    rest = [9.0, -9.0, 4.0, 0.0]
    sure = torch.tensor([[-20.0, 20.0, -20.0, *rest], [-20.0, -20.0, 20.0, *rest]])
    open_label = torch.tensor([allowed(pairs.NOT_SUPPORT)] * 2)
    assert loss(sure, open_label).item() == pytest.approx(0.0, abs=1e-4)
    assert loss(torch.tensor([[20.0, -20.0, -20.0, *rest]]), open_label[:1]).item() > 30


def test_every_label_and_every_answer_allows_itself_alone() -> None:
    names = (*LABELS, *ANSWERS)
    assert [allowed(name).index(True) for name in names] == list(range(7))
    assert all(sum(allowed(name)) == 1 for name in names)


def test_what_a_statement_costs_does_not_depend_on_the_answers_to_questions() -> None:
    own, label = [1.0, 0.5, -1.0], torch.tensor([allowed("SUPPORT")])
    answers = ([0.0, 0.0, 0.0, 0.0], [9.0, 1.0, -9.0, 3.0])
    assert len({loss(torch.tensor([[*own, *other]]), label).item() for other in answers}) == 1


@pytest.fixture(scope="module")
def out() -> pairs.Split:
    settings = load()
    if settings.data_file("checker_training/items.jsonl") is None:
        pytest.skip("checker_training is in none of the folders of RAG_DATA")
    return pairs.split(settings)


def test_nothing_held_out_or_reserved_is_among_the_raw_texts(out: pairs.Split) -> None:
    names = {name for name, _ in pairs.abstracts(load(), out)}
    assert names
    assert not names & (out.abstracts | out.reserved)


def test_every_planted_error_and_a_share_of_the_questions_are_outside(out: pairs.Split) -> None:
    settings = load()
    planted_on = {row["pmid"] for row in pairs.rows(settings, "planted_errors/abstracts.jsonl")}
    assert planted_on <= out.abstracts
    for items in (questions.pubmedqa(settings), questions.bioasq(settings)):
        outside = [one for one in items if not out.trains(one.article.id)]
        assert 0.1 < len(outside) / len(items) < 0.4
        assert len(list(questions.pairs(items, out))) == len(items) - len(outside)


def test_what_was_written_for_training_has_the_labels_of_its_kind_and_says_nothing_twice() -> None:
    lines = [json.loads(line) for line in pairs.STATEMENTS.read_text(encoding="utf-8").splitlines()]
    assert len({(one["article"], one["statement"]) for one in lines}) == len(lines) > 6_000
    assert {one["verdict"] for one in lines} == set(LABELS)
    assert all((one["error_type"] is None) == (one["verdict"] == "SUPPORT") for one in lines)
    assert all(max(one["rationale_sentences"]) < one["sentences"] for one in lines)
    asked = [json.loads(line) for line in pairs.QUESTIONS.read_text(encoding="utf-8").splitlines()]
    assert {one["answer"] for one in asked} == set(ANSWERS) - {"silent"}
    assert len({(one["article"], one["question"]) for one in asked}) == len(asked)


@pytest.mark.slow
def test_no_statement_written_for_training_is_a_sentence_of_its_abstract(out: pairs.Split) -> None:
    settings = load()
    if settings.data_file("medline_text/medline_01.txt.gz") is None:
        pytest.skip("medline_text is in none of the folders of RAG_DATA")
    found = pairs.written_here(settings)
    assert not any(one.text in one.passage or one.group in out.reserved for one in found)


def test_two_checkpoints_are_averaged_weight_by_weight() -> None:
    first = {"model": {"w": torch.tensor([1.0, 3.0])}, "done": 10}
    second = {"model": {"w": torch.tensor([3.0, 3.0])}, "done": 5}
    made = averaged(first, second)
    assert made["model"]["w"].tolist() == [2.0, 3.0]
    assert made["done"] == 15
