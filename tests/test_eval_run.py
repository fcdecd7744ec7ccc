"""A run of a suite: described, in order, resumable, measured; refused with the reason where it cannot be."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from eval import grid
from eval.__main__ import cli
from eval.bench import Bench
from eval.grid import Order, cells, command, split
from eval.run import Plan, run, subset
from eval.suites import missing, names, read, suite
from rag.errors import BadInput, SettingsError

ABSTRACT = {
    "pmid": "1",
    "sections": [
        {"label": "RESULTS", "text": "Mortality was 12% with the drug and 20% with placebo in 300 adults."},
        {"label": "CONCLUSIONS", "text": "The drug lowered mortality in adults with sepsis."},
    ],
}
FIGURES = "Mortality was {} with the drug and 20% with placebo in 300 adults."
ITEMS = [
    {"id": id_, "statement": statement, "verdict": verdict, "error_type": kind}
    for id_, statement, verdict, kind in (
        ("1-1", "The drug lowered mortality in adults with sepsis.", "SUPPORT", None),
        ("1-2", FIGURES.format("12%"), "SUPPORT", None),
        ("1-3", FIGURES.format("19%"), "CONTRADICT", "number"),
        ("1-4", "The drug cured asthma in 45 children.", "NOT_ENOUGH_INFO", "fabrication"),
    )
]


@pytest.fixture
def declared(tmp_path):
    """The suite on a few made-up items, and settings that find them."""
    folder = tmp_path / "data" / "planted_errors"
    folder.mkdir(parents=True)
    (folder / "abstracts.jsonl").write_text(json.dumps(ABSTRACT) + "\n")
    (folder / "dev.jsonl").write_text("".join(json.dumps({**item, "pmid": "1"}) + "\n" for item in ITEMS))
    whole = suite("planted-errors")
    files = {role: one.model_copy(update={"sha256": ""}) for role, one in whole.data.files.items()}
    return whole.model_copy(update={"data": whole.data.model_copy(update={"files": files})})


@pytest.fixture(scope="module")
def checker(tmp_path_factory):
    from rag.providers import entailment
    from rag.settings import Settings

    return entailment(Settings(home=tmp_path_factory.mktemp("models")))


@pytest.fixture
def bench(settings, tmp_path, checker):
    opened = Bench(settings.model_copy(update={"data": str(tmp_path / "data")}))
    opened.__dict__["entail"] = checker
    return opened


def lines(folder: Path, name: str = "items.jsonl") -> list[dict]:
    return [json.loads(line) for line in (folder / name).read_text().splitlines()]


def test_a_run_measures_what_was_caught_and_leaves_one_line_an_item(declared, bench, tmp_path):
    metrics = run(declared, bench, tmp_path / "run")
    figures = metrics["figures"]
    assert figures["caught"]["value"] == 1.0
    assert figures["false alarms"]["value"] == 0.0
    assert figures["caught: number"]["n"] == 1
    assert figures["recall of SUPPORT"] | {"low": 0} == {
        "value": 1.0, "low": 0, "high": 1.0, "n": 2, "clusters": 1, "unscored": 0,
    }  # fmt: skip
    assert metrics["tables"]["confusion"]["SUPPORT"]["SUPPORT"] == 2
    assert [row["id"] for row in lines(tmp_path / "run")] == [item["id"] for item in ITEMS]
    assert [row["id"] for row in lines(tmp_path / "run", "timings.jsonl")] == [item["id"] for item in ITEMS]


def test_a_run_is_described_with_settings_versions_and_hashes_but_no_paths_and_no_keys(
    declared, bench, tmp_path
):
    run(declared, bench, tmp_path / "run", Plan(command="rag-eval run planted-errors"))
    text = (tmp_path / "run" / "run.json").read_text()
    described = json.loads(text)
    assert described["suite"]["name"] == "planted-errors"
    assert set(described["data_sha256"]) == {"items", "abstracts"}
    assert described["packages"]["onnxruntime"]
    assert described["prompts"].keys() == {"answer", "judge"}
    assert described["command"] == "rag-eval run planted-errors"
    assert str(tmp_path) not in text


def test_a_run_that_was_killed_goes_on_and_gives_the_same_bytes(declared, bench, tmp_path):
    folder = tmp_path / "run"
    whole = run(declared, bench, folder)
    items = folder / "items.jsonl"
    before = items.read_bytes()
    cut = before.split(b"\n")
    items.write_bytes(b"\n".join(cut[:2]) + b"\n" + cut[2][:25])
    again = run(declared, bench, folder)
    assert items.read_bytes() == before
    assert again["figures"] == whole["figures"]


@pytest.mark.slow
def test_a_run_that_got_sigkill_goes_on_and_gives_the_bytes_of_one_that_did_not(data, settings, tmp_path):
    folder = data("planted_errors/dev.jsonl").parent.parent
    environment = {**os.environ, "RAG_DATA": str(folder), "RAG_HOME": str(settings.home)}

    def begin(name):
        parts = [sys.executable, "-m", "eval", "run", "planted-errors", "--limit", "30", "--workers", "2"]
        parts += ["--out", str(tmp_path), "--name", name]
        root = Path(grid.__file__).parent.parent
        return subprocess.Popen(
            parts, env=environment, cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    assert begin("whole").wait(300) == 0
    killed, path = begin("killed"), tmp_path / "killed" / "items.jsonl"
    while killed.poll() is None and not (path.exists() and path.read_bytes().count(b"\n") >= 3):
        time.sleep(0.01)
    killed.send_signal(signal.SIGKILL)
    assert killed.wait(60) == -signal.SIGKILL
    whole = (tmp_path / "whole" / "items.jsonl").read_bytes()
    assert whole != path.read_bytes()
    assert not (tmp_path / "killed" / "metrics.json").exists()
    assert begin("killed").wait(300) == 0
    assert path.read_bytes() == whole


def test_the_number_of_workers_does_not_change_a_byte(declared, bench, tmp_path):
    for workers in (1, 4):
        run(declared, bench, tmp_path / str(workers), Plan(workers=workers))
    assert (tmp_path / "1" / "items.jsonl").read_bytes() == (tmp_path / "4" / "items.jsonl").read_bytes()


def test_progress_is_told_for_every_item(declared, bench, tmp_path):
    told = []
    run(declared, bench, tmp_path / "run", progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_a_subset_is_drawn_by_the_seed_and_keeps_the_order():
    drawn = subset(list(range(100)), Plan(limit=10, seed=3))
    assert drawn == sorted(drawn) == subset(list(range(100)), Plan(limit=10, seed=3))
    assert len(drawn) == 10
    assert drawn != subset(list(range(100)), Plan(limit=10, seed=4))
    assert subset([1, 2], Plan(limit=5)) == [1, 2]


def test_a_folder_of_another_run_is_not_continued(declared, bench, tmp_path):
    run(declared, bench, tmp_path / "run")
    with pytest.raises(BadInput, match=r"another run .*seed"):
        run(declared, bench, tmp_path / "run", Plan(seed=1))


def test_missing_and_changed_data_are_named(declared, bench, tmp_path):
    assert "differs" in str(missing(suite("planted-errors"), bench.settings))
    (tmp_path / "data" / "planted_errors" / "dev.jsonl").unlink()
    assert "dev.jsonl is not here" in str(missing(declared, bench.settings))
    with pytest.raises(BadInput, match="cannot run"):
        run(declared, bench, tmp_path / "run")


def test_an_option_that_the_task_does_not_have_is_refused(declared, bench, tmp_path):
    with pytest.raises(BadInput, match="no option k"):
        run(declared, bench, tmp_path / "run", Plan(options={"k": 5}))


# --- The command ----------------------------------------------------------------------------------


def test_list_shows_every_suite_with_its_state():
    done = CliRunner().invoke(cli, ["list"])
    assert done.exit_code == 0
    assert all(name in done.stdout for name in names())


def test_the_command_runs_a_suite_into_a_folder_and_prints_intervals(data, settings, tmp_path, monkeypatch):
    folder = data("planted_errors/dev.jsonl").parent.parent
    monkeypatch.setenv("RAG_DATA", str(folder))
    arguments = [
        "run",
        "planted-errors",
        "--limit",
        "3",
        "--seed",
        "5",
        "--out",
        str(tmp_path),
        "--name",
        "x",
    ]
    done = CliRunner().invoke(cli, arguments)
    assert done.exit_code == 0, done.output
    assert "accuracy" in done.stdout
    assert "n=3" in done.stdout
    assert len(lines(tmp_path / "x")) == 3
    described = json.loads((tmp_path / "x" / "run.json").read_text())
    assert described["command"] == "rag-eval run planted-errors --limit 3 --seed 5"


def test_a_grid_is_every_combination():
    assert cells(()) == [[]]
    assert cells(("k=1,2", "retrieval=bm25, dense")) == [
        [("k", "1"), ("retrieval", "bm25")],
        [("k", "1"), ("retrieval", "dense")],
        [("k", "2"), ("retrieval", "bm25")],
        [("k", "2"), ("retrieval", "dense")],
    ]


def test_keys_are_told_apart_into_settings_and_options_of_the_task():
    declared = suite("nfcorpus")
    settings, options = split(declared, [("k", "7"), ("verifier", "bundled"), ("retrieval", "bm25")])
    assert settings == {"verifier": "bundled"}
    assert options == {"k": 7, "retrieval": "bm25"}
    with pytest.raises(BadInput, match="neither a setting nor an option"):
        split(declared, [("speed", "9")])
    with pytest.raises(BadInput, match="is not a int"):
        split(declared, [("k", "many")])


def test_an_unknown_way_to_rank_is_refused(settings):
    with pytest.raises(BadInput, match="bm25"):
        Bench(settings, retrieval="magic")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "nothing"], "planted-errors"),
        (["run", "hazards", "--set", "nonsense"], "key=value"),
        (["run", "hazards", "--set", "colour=red"], "neither a setting"),
        (["run", "hazards", "--set", "llm=parrot"], "RAG_LLM"),
        (["report", "nowhere"], "no finished run"),
        (["compare", "nowhere", "elsewhere"], "no finished run"),
    ],
)
def test_what_cannot_be_done_is_one_line_that_says_why(settings, arguments, message):
    done = CliRunner().invoke(cli, arguments)
    assert done.exit_code == 1
    assert isinstance(done.exception, BadInput | SettingsError)
    assert message in str(done.exception)


def test_the_command_of_a_run_can_be_typed_again():
    order = Order(("nfcorpus",), limit=20)
    assert command(suite("nfcorpus"), order, [("retrieval", "bm25")], 2) == (
        "rag-eval run nfcorpus --set retrieval=bm25 --limit 20 --seed 2"
    )


def test_a_declaration_that_makes_no_sense_is_named_with_its_place(tmp_path):
    path = tmp_path / "odd.toml"
    path.write_text('title = "x"\ntask = "guessing"\n')
    with pytest.raises(BadInput, match=r"odd\.toml: task"):
        read(path)
    path.write_text("title = ")
    with pytest.raises(BadInput, match=r"odd\.toml"):
        read(path)
