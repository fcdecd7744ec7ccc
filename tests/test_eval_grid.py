"""Grids: one run for every combination of retrieval, checker, prompt and seed, and what sets it apart."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from eval.__main__ import cli
from eval.bench import Bench
from eval.finished import finished
from eval.grid import Order, carry_out, planned, ready, spread
from eval.remembered import Remembered
from eval.suites import Suite, names
from rag.errors import BadInput, SettingsError
from rag.resources import prompt, prompt_hash, shipped


def bar(title):
    from contextlib import nullcontext

    return nullcontext(lambda done, total: None)


@pytest.fixture
def answers(settings, house, embedder, monkeypatch):
    """A suite of three questions on the house, which the environment's settings find."""
    folder = settings.home / "data"
    folder.mkdir(parents=True)
    with gzip.open(folder / "items.jsonl.gz", "wt") as out:
        for number, text in enumerate(house.QUESTIONS[:3]):
            out.write(json.dumps({"id": str(number), "question": text}) + "\n")
    monkeypatch.setenv("RAG_DATA", str(folder))
    with Bench(settings) as bench:
        bench.__dict__["embed"] = embedder
        bench.corpus("house", create=True).add(house.ARTICLES)
    data = {"format": "demonstration", "source": "", "licence": "", "where": "",
            "files": {"items": {"path": "items.jsonl.gz"}}}  # fmt: skip
    made_up = {"name": "starter", "title": "", "task": "answers", "about": "", "measures": ["answered"]}
    return Suite.model_validate(made_up | {"data": data, "options": {"corpus": "house"}})


def test_a_grid_over_the_prompt_asks_each_run_with_its_own(answers, llm_server, tmp_path):
    brief = tmp_path / "brief.md"
    own = shipped("prompts", "answer.md").read_text()
    brief.write_text("Be brief.\n" + own)
    with llm_server(["good"]) as server:
        order = Order(
            ("starter",),
            ("llm=openai-like", "llm_model=m", f"llm_base_url={server.url}"),
            (f"prompt={shipped('prompts', 'answer.md')},{brief}",),
            limit=1,
            out=tmp_path / "runs",
        )
        printed = list(carry_out(order, bar, print, lambda name: answers))
    first, second = sorted(
        map(finished, (tmp_path / "runs").iterdir()), key=lambda run: "brief" in run.facts["command"]
    )
    assert first.facts["prompts"]["answer"] == prompt_hash("answer")
    assert second.facts["prompts"]["answer"] == prompt_hash("answer", str(brief))
    assert first.facts["prompts"]["answer"] != second.facts["prompts"]["answer"]
    assert "prompt=" in second.label
    assert printed[-1].startswith("2 runs in ")


def test_a_prompt_with_other_variables_is_refused_before_anything_runs(answers, tmp_path):
    other = tmp_path / "other.md"
    other.write_text("Answer $question from $notes")
    for path, why in ((other, r"\$notes"), (tmp_path / "absent.md", "cannot be read")):
        with pytest.raises(SettingsError, match=why):
            list(
                carry_out(
                    Order(("starter",), (f"prompt={path}",), out=tmp_path / "runs"),
                    bar,
                    print,
                    lambda name: answers,
                )
            )
    assert not (tmp_path / "runs").exists()
    other.write_text(shipped("prompts", "answer.md").read_text())
    variables = dict.fromkeys(("question", "understood", "type", "sources", "limit"), "x")
    assert prompt("answer", str(other), **variables) == prompt("answer", **variables)


def test_a_grid_over_the_checker_gates_each_run_with_its_own(answers, tiny_cross_encoder, tmp_path):
    order = Order(("starter",), (), (f"verifier=bundled,{tiny_cross_encoder}",), out=tmp_path / "runs")
    runs = planned(order, lambda name: answers)
    assert [one.settings.verifier for one in runs] == ["bundled", str(tiny_cross_encoder)]
    list(carry_out(order, bar, print, lambda name: answers))
    labels = {finished(folder).label for folder in (tmp_path / "runs").iterdir()}
    assert labels == {"unchanged", f"verifier={tiny_cross_encoder}"}


def test_an_unknown_way_to_rank_is_refused_before_anything_runs(answers, tmp_path):
    with pytest.raises(BadInput, match="bm25"):
        list(
            carry_out(
                Order(("starter",), (), ("retrieval=bm25,magic",), out=tmp_path / "r"),
                bar,
                print,
                lambda name: answers,
            )
        )
    assert not (tmp_path / "r").exists()


def test_several_seeds_make_a_run_each_and_show_the_spread(answers, tmp_path):
    order = Order(("starter",), limit=2, seeds=(1, 2, 3), out=tmp_path / "runs")
    printed = list(carry_out(order, bar, print, lambda name: answers))
    folders = sorted(path.name for path in (tmp_path / "runs").iterdir())
    assert [name.split("-")[1] for name in folders] == ["seed=1", "seed=2", "seed=3"]
    assert {finished(tmp_path / "runs" / name).facts["seed"] for name in folders} == {1, 2, 3}
    assert "starter, over 3 seeds" in printed
    assert any(line.split()[0] == "answered" and line.endswith("seeds=3") for line in printed)


def test_the_spread_is_over_the_runs_that_scored_a_figure():
    runs = [{"a": {"value": 0.5}, "b": None}, {"a": {"value": 0.7}, "b": None}]
    (line,) = spread(runs)
    assert line.split() == ["a", "0.600", "sd", "0.141", "[0.500,", "0.700]", "seeds=2"]


def test_all_suites_are_those_whose_data_is_here_and_the_others_are_told(settings, tmp_path):
    told = []
    found = ready(settings.model_copy(update={"data": str(tmp_path)}), told.append)
    assert set(found) == {"hazards", "mutations", "starter"}  # they ship with the program
    assert len(told) == len(names()) - len(found)
    assert any("pubmedqa" in text and "is not here" in text for text in told)


@pytest.mark.parametrize("arguments", [["run"], ["run", "hazards", "--all"]])
def test_suites_are_named_or_all_are_asked_for(settings, arguments):
    assert CliRunner().invoke(cli, arguments).exit_code == 2


@pytest.mark.slow
def test_all_runs_every_suite_that_can_run_and_prints_the_time_in_all(
    settings, embedder, tmp_path, monkeypatch
):
    monkeypatch.setenv("RAG_DATA", str(tmp_path / "none"))
    done = CliRunner().invoke(cli, ["run", "--all", "--limit", "1", "--out", str(tmp_path / "runs")])
    assert done.exit_code == 0, done.output
    assert {finished(path).suite.name for path in Path(tmp_path / "runs").iterdir()} == {
        "hazards", "mutations", "starter",
    }  # fmt: skip
    assert done.stdout.splitlines()[-1].startswith("3 runs in ")


# --- What is scored once ---------------------------------------------------------------------------


class Counted:
    """A checker that counts what it scores; the score of a pair is the length of its premise."""

    name = "counted"
    reads_checks = True

    def __init__(self):
        self.seen = []

    def __call__(self, pairs):
        self.seen += pairs
        return [None if premise == "broken" else {"SUPPORT": float(len(premise))} for premise, _ in pairs]


def test_a_pair_is_scored_once_and_gets_its_own_score():
    inner = Counted()
    entail = Remembered(inner)
    pairs = [("a", "x"), ("bb", "x"), ("a", "x"), ("", "ax")]
    wanted = [1.0, 2.0, 1.0, 0.0]
    for _ in range(2):
        assert [scores["SUPPORT"] for scores in entail(pairs)] == wanted
    assert sorted(inner.seen) == sorted(set(pairs))
    assert (entail.name, entail.reads_checks) == ("counted", True)


def test_a_failure_is_not_remembered():
    inner = Counted()
    entail = Remembered(inner)
    assert entail([("broken", "x")]) == entail([("broken", "x")]) == [None]
    assert len(inner.seen) == 2


def test_the_older_half_goes_when_there_is_no_room():
    inner = Counted()
    entail = Remembered(inner, most=4)
    for n in range(6):
        entail([(str(n), "x")])
    entail([("5", "x"), ("0", "x")])
    assert inner.seen == [*((str(n), "x") for n in range(6)), ("0", "x")]
