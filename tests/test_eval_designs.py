"""The suite of study designs: what counts as agreement, and what as abstaining."""

from __future__ import annotations

import pytest

from eval.records import Figure, Outcome
from eval.tasks.designs import measure


def outcome(number: int, first: tuple[str, int | None], second: tuple[str, int | None],
            said: tuple[str, int | None]) -> Outcome:  # fmt: skip
    return {
        "id": str(number), "cluster": str(number), "designs": [first[0], second[0]], "comparable": True,
        "levels": [first[1], second[1]], "design": said[0], "level": said[1],
    }  # fmt: skip


TRIAL, COHORT, UNCLEAR = ("randomised trial", 2), ("cohort study", 3), ("study of unclear design", None)


def mean(figure: Figure) -> float:
    return sum(unit.value for unit in figure.units) / len(figure.units)


def test_only_records_on_which_both_readings_agree_count_and_an_abstention_is_no_agreement() -> None:
    done = measure(
        [
            outcome(1, TRIAL, TRIAL, TRIAL),
            outcome(2, TRIAL, TRIAL, UNCLEAR),
            outcome(3, COHORT, COHORT, TRIAL),
            outcome(4, TRIAL, COHORT, COHORT),
        ]
    )
    assert mean(done.figures["agreement on design"]) == pytest.approx(1 / 3)
    assert mean(done.figures["agreement where a design is named"]) == pytest.approx(1 / 2)
    assert mean(done.figures["abstained on design"]) == pytest.approx(1 / 3)
    assert mean(done.figures["agreement of the readings"]) == pytest.approx(3 / 4)
    assert done.tables["confusion"]["randomised trial"]["study of unclear design"] == 1


def test_the_kappa_of_the_level_is_that_of_the_scale_with_no_level_below_the_lowest() -> None:
    level = measure([outcome(1, TRIAL, TRIAL, TRIAL), outcome(2, COHORT, COHORT, UNCLEAR)]).figures
    values = [unit.value for unit in level["weighted kappa of level"].units]
    statistic = level["weighted kappa of level"].statistic
    assert statistic is not None
    # 2 and 3 given, 2 and none said: disagreement (3 - 6)^2 observed, mean over all pairs expected
    observed, expected = (0 + 9) / 2, (0 + 16 + 1 + 9) / 4
    assert statistic(values) == pytest.approx(1 - observed / expected)
