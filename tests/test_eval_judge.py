"""The judge is independent of the gate, shown with its own errors, and cannot be talked into a label."""

from __future__ import annotations

import gzip
import json

import pytest

from eval.bench import Bench
from eval.judge import Judgements, judge, judge_run
from eval.measure import lines
from eval.records import Claim
from eval.run import measure_folder, run
from eval.suites import Suite
from rag.errors import BadInput, SettingsError
from rag.records import Article, Section
from rag.settings import Settings


class Fixed:
    """A judge that always gives the same label."""

    reads_checks = False

    def __init__(self, label="SUPPORT", name="fixed"):
        self.name, self.label, self.asked = name, label, 0

    def __call__(self, pairs):
        self.asked += len(pairs)
        return [self.label and {one: float(one == self.label) for one in LABELS} for _ in pairs]


LABELS = ("SUPPORT", "CONTRADICT", "NOT_ENOUGH_INFO")
LABELLED = {
    "by-people": [
        Claim(str(n), str(n), f"Claim {n}.", Article(str(n), "", (Section("", "E."),)), label)
        for n, label in enumerate((*LABELS, "SUPPORT"))
    ]
}


@pytest.fixture(scope="module")
def bench(house, tmp_path_factory, embedder):
    home = tmp_path_factory.mktemp("home")
    opened = Bench(Settings(home=home, data=str(home)))
    opened.__dict__["embed"] = embedder
    opened.corpus("house", create=True).add(house.ARTICLES)
    with gzip.open(home / "items.jsonl.gz", "wt") as out:
        out.write(json.dumps({"id": "a", "question": house.QUESTIONS[0]}) + "\n")
    yield opened
    opened.__exit__(None, None, None)


@pytest.fixture
def answered(bench, tmp_path):
    """A run folder with one answer, and its suite."""
    data = {"format": "demonstration", "source": "", "licence": "", "where": "",
            "files": {"items": {"path": "items.jsonl.gz"}}}  # fmt: skip
    made_up = {"name": "made-up", "title": "", "task": "answers", "about": "", "measures": ["answered"]}
    suite = Suite.model_validate(made_up | {"data": data, "options": {"corpus": "house"}})
    run(suite, bench, tmp_path / "run")
    return suite, tmp_path / "run"


def outcomes(folder):
    return [json.loads(line) for line in (folder / "items.jsonl").read_text().splitlines()]


# --- Independence ---------------------------------------------------------------------------------


def test_the_checker_that_gates_the_run_is_refused_as_its_judge(settings):
    same = settings.model_copy(update={"judge": "bundled", "verifier": "bundled"})
    with pytest.raises(BadInput, match="would judge itself"):
        judge(same, None)


def test_the_same_model_under_another_name_is_refused_too(bench, answered):
    _, folder = answered
    with pytest.raises(BadInput, match="gates this run"):
        judge_run(Fixed(name=bench.entail.name), bench, folder, outcomes(folder), 0, lambda *_: None)


def test_the_judge_llm_needs_a_language_model(settings, says):
    with pytest.raises(SettingsError, match="Set RAG_LLM"):
        judge(settings.model_copy(update={"judge": "llm"}), None)
    assert judge(settings.model_copy(update={"judge": "llm"}), says("")).name == "llm/says"


def test_the_bundled_checker_may_judge_where_another_gated(settings):
    other = settings.model_copy(update={"judge": "bundled", "verifier": "some/cross-encoder"})
    assert judge(other, None)([("Zinc helped.", "Zinc helped.")])[0]["SUPPORT"] > 0


# --- Figures --------------------------------------------------------------------------------------


def measured(bench, answered, entail):
    suite, folder = answered
    judge_run(entail, bench, folder, outcomes(folder), 0, lambda *_: None, lambda settings: LABELLED)
    return measure_folder(folder, suite, 0)


@pytest.mark.parametrize(("label", "support", "contradict"), [("SUPPORT", 1, 0), ("CONTRADICT", 0, 1)])
def test_every_citation_is_judged_and_the_judge_s_own_accuracy_stands_beside_it(
    bench, answered, label, support, contradict
):
    metrics = measured(bench, answered, Fixed(label))
    assert metrics["figures"]["judged: citation support rate"]["value"] == support
    assert metrics["figures"]["judged: citation contradict rate"]["value"] == contradict
    assert metrics["figures"]["judged: citation recall (ALCE)"]["value"] == support
    own = metrics["judge"]["labelled"]["by-people"]
    assert own["accuracy"]["value"] == (0.5 if label == "SUPPORT" else 0.25)
    assert own["confusion"]["SUPPORT"][label] == 2
    shown = "\n".join(lines(metrics))
    assert "by-people" in shown
    assert "The judge is fixed" in shown


def test_a_judge_without_a_label_leaves_citations_unscored_not_wrong(bench, answered):
    metrics = measured(bench, answered, Fixed(None))
    assert metrics["figures"]["judged: citation support rate"] is None
    assert metrics["judge"]["labelled"]["by-people"]["unscored"] == 4


def test_no_pair_is_judged_twice_even_by_the_next_process(bench, answered):
    _, folder = answered
    first = Fixed()
    judge_run(first, bench, folder, outcomes(folder), 0, lambda *_: None)
    again = Fixed()
    judge_run(again, bench, folder, outcomes(folder), 0, lambda *_: None)
    assert first.asked > 0
    assert again.asked == 0
    assert Judgements(folder).label("never", "asked") == "UNSCORED"


def test_where_people_labelled_the_claims_no_judge_is_asked(bench, tmp_path):
    checked = {"id": "a", "cluster": "a", "given": "SUPPORT", "verdict": "SUPPORT"}
    never = Fixed()
    judge_run(never, bench, tmp_path, [checked], 0, lambda *_: None)
    assert never.asked == 0
    assert list(tmp_path.iterdir()) == []
