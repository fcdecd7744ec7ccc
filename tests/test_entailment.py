"""Entailment models keep the order of their labels, their sums and their seam."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from rag import providers
from rag.errors import SettingsError
from rag.models.cross_encoder import NliCrossEncoder, columns, cross_encoder
from rag.models.entailment import FEATURES, LABELS, MODEL, bundled
from rag.settings import Settings

SENTENCE = "Mean systolic pressure fell by 12 mmHg with amlodipine and did not change with placebo."


@pytest.fixture(scope="module")
def checker(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return providers.entailment(Settings(home=tmp_path_factory.mktemp("home")))


def test_each_pair_gets_three_probabilities_that_sum_to_one(checker: Any) -> None:
    pairs = [
        (SENTENCE, "Amlodipine lowered pressure."),
        ("", ""),
        (SENTENCE, ""),
        ("<b>&amp;</b>", "痛み 12%"),
    ]
    scores = checker(pairs)
    assert [set(row) for row in scores] == [set(LABELS)] * 4
    assert all(sum(row.values()) == pytest.approx(1) for row in scores)


def test_no_pairs_no_scores(checker: Any) -> None:
    assert checker([]) == []


def test_the_score_of_a_pair_does_not_depend_on_its_neighbours(checker: Any) -> None:
    pair = (SENTENCE, "Amlodipine lowered systolic pressure by 12 mmHg.")
    assert checker([pair])[0] == pytest.approx(
        checker([("Other text.", "Another claim."), pair])[1], abs=1e-6
    )


def test_a_faithful_copy_scores_above_one_with_a_changed_figure(checker: Any) -> None:
    true = "Systolic pressure fell by 12 mmHg with amlodipine and did not change with placebo."
    false = true.replace("12", "21")
    copy, changed = checker([(SENTENCE, true), (SENTENCE, false)])
    assert copy["SUPPORT"] > 0.7 > 0.4 > changed["SUPPORT"]


def test_a_faithful_copy_scores_above_one_that_lost_its_negation(checker: Any) -> None:
    true = "Pressure did not change with placebo."
    copy, changed = checker([(true, true), (true, "Pressure changed with placebo.")])
    assert copy["SUPPORT"] > changed["SUPPORT"] + 0.2


def test_the_model_card_names_data_licence_seed_and_measured_figures() -> None:
    model = json.loads(MODEL.read_text(encoding="utf-8"))
    assert {"data", "licence", "seed", "cross_validated"} <= set(model["card"])
    assert model["features"] == list(FEATURES)
    assert np.shape(model["coefficients"]) == (3, len(FEATURES))


def test_a_model_made_for_other_features_is_refused(tmp_path: Path) -> None:
    model = json.loads(MODEL.read_text(encoding="utf-8"))
    model["features"] = model["features"][1:]
    path = tmp_path / "checker.json"
    path.write_text(json.dumps(model), encoding="utf-8")
    with pytest.raises(ValueError, match=r"training\.checker"):
        bundled(path)


# --- Cross-encoders ---------------------------------------------------------------------------------


def test_labels_are_put_in_order_by_the_names_in_the_model_config(tiny_cross_encoder: Path) -> None:
    scores = cross_encoder(str(tiny_cross_encoder))([("pain fell", "pain rose")])[0]
    assert scores is not None
    assert sum(scores.values()) == pytest.approx(1)
    assert scores["SUPPORT"] > scores["CONTRADICT"] > scores["NOT_ENOUGH_INFO"]
    expected = np.exp([3.0, 1.0, -1.0]) / np.exp([3.0, 1.0, -1.0]).sum()
    assert [scores[label] for label in LABELS] == pytest.approx(expected, abs=0.02)


def test_the_verifier_setting_may_be_the_folder_of_a_cross_encoder(
    tiny_cross_encoder: Path, tmp_path: Path
) -> None:
    entail = providers.entailment(Settings(home=tmp_path, verifier=str(tiny_cross_encoder)))
    assert entail.name == str(tiny_cross_encoder)
    assert len(entail([("pain fell", "pain fell"), ("pain", "not")])) == 2


@pytest.mark.parametrize(
    ("labels", "order"),
    [
        ({0: "entailment", 1: "neutral", 2: "contradiction"}, (0, 2, 1)),
        ({0: "CONTRADICTION", 1: "NEUTRAL", 2: "ENTAILMENT"}, (2, 0, 1)),
        ({0: "SUPPORT", 1: "NOT_ENOUGH_INFO", 2: "REFUTES"}, (0, 2, 1)),
        ({0: "entailment", 1: "not_entailment"}, (0, None, 1)),
        ({0: "Not supported", 1: "Supported"}, (1, None, 0)),
    ],
)
def test_other_spellings_of_the_labels_are_understood(
    labels: dict[int, str], order: tuple[int | None, ...]
) -> None:
    found = columns(labels, "model")
    assert tuple(found.get(label) for label in LABELS) == order


def test_a_model_of_two_classes_never_says_contradict() -> None:
    class Two:
        def predict(self, pairs: list[tuple[str, str]], **options: Any) -> Any:
            return np.array([[2.0, -1.0]] * len(pairs))

    entail = NliCrossEncoder(cast("Any", Two()), {0: "not_entailment", 1: "entailment"}, "two")
    (scores,) = entail([("pain fell", "pain rose")])
    assert scores is not None
    assert scores["NOT_ENOUGH_INFO"] > 0.9 > 0.1 > scores["SUPPORT"] > scores["CONTRADICT"] == 0
    assert sum(scores.values()) == pytest.approx(1)


@pytest.mark.parametrize(
    "labels", [{0: "LABEL_0"}, {0: "LABEL_0", 1: "LABEL_1"}, {0: "entailment", 1: "neutral"}, {}]
)
def test_a_model_without_the_three_labels_is_refused_with_what_to_do(labels: dict[int, str]) -> None:
    with pytest.raises(SettingsError, match="bundled"):
        columns(labels, "model")


def test_a_verifier_that_does_not_exist_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="RAG_VERIFIER"):
        providers.entailment(Settings(home=tmp_path, verifier=str(tmp_path / "nothing")))
