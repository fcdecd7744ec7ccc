"""What training holds out is measured apart from what it may have seen, by one rule."""

from __future__ import annotations

import zlib

import pytest

from eval.held_out import held, in_sample
from eval.records import Claim
from eval.suites import names, suite
from eval.tasks import claims
from rag.records import Article
from training import pairs

NAMES = [str(n) for n in range(400)]
OUT = next(name for name in NAMES if held(f"set-{name}"))
SEEN = next(name for name in NAMES if not held(f"set-{name}"))
SCORES = {"SUPPORT": 1.0, "CONTRADICT": 0.0, "NOT_ENOUGH_INFO": 0.0}


def claim(name, cluster, article):
    return Claim(name, cluster, "It helps.", Article(article, "", ()), "SUPPORT")


def test_an_article_is_held_out_by_its_name_alone_and_about_as_many_as_are_wanted():
    assert [held(name) for name in NAMES[:3]] == [
        zlib.crc32(f"held-out {name}".encode()) % 10_000 < 1_500 for name in NAMES[:3]
    ]
    assert 0.1 < sum(map(held, NAMES)) / len(NAMES) < 0.2
    assert pairs.held is held


def test_a_claim_that_was_seen_with_any_of_its_articles_is_in_sample_with_all():
    made = [claim("a", "1", OUT), claim("b", "2", OUT), claim("c", "2", SEEN), claim("d", "3", SEEN)]
    assert in_sample(made, "set-{article}") == {"b", "c", "d"}
    assert in_sample(made, "") == frozenset()


def test_the_figures_are_over_what_is_held_out_and_the_rest_is_named_in_sample():
    base = {"cluster": "c", "given": "SUPPORT", "kind": None, "scores": SCORES, "score": 1.0}
    outcomes = [
        {**base, "id": "out", "verdict": "NOT_ENOUGH_INFO", "trained": False},
        {**base, "id": "seen", "verdict": "SUPPORT", "trained": True},
    ]
    figures = claims.measure(outcomes).figures
    assert [(unit.item, unit.value) for unit in figures["accuracy"].units] == [("out", 0.0)]
    assert [(unit.item, unit.value) for unit in figures["in-sample: accuracy"].units] == [("seen", 1.0)]
    assert not any(name.startswith("in-sample") for name in claims.measure(outcomes[:1]).figures)


@pytest.mark.parametrize("name", [name for name in names() if suite(name).task == "claims"])
def test_a_suite_of_claims_is_on_other_files_than_training_or_says_how_its_articles_are_named(name):
    read = {
        "scifact/claims_train.jsonl.gz",
        "check_covid/train.jsonl.gz",
        "citation_integrity/train.jsonl.gz",
    }
    declared = suite(name)
    trained = read & {file.path for file in declared.data.files.values()}
    assert bool(trained) == bool(declared.trained)
