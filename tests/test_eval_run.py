"""A run of a suite: resumable, described, measured; and refused with the reason where data is missing."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from eval.__main__ import cli
from eval.run import run
from eval.suites import missing, names, suite
from rag.answering.desk import Desk
from rag.errors import BadInput

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
    return whole.model_copy(update={"data": whole.data.model_copy(update={"sha256": {}})})


@pytest.fixture
def desk(settings, tmp_path, embedder):
    opened = Desk(settings.model_copy(update={"data": str(tmp_path / "data")}))
    opened.__dict__["embed"] = embedder
    return opened


def test_a_run_measures_what_was_caught_and_leaves_one_line_an_item(declared, desk, tmp_path):
    figures = run(declared, desk, tmp_path / "run")
    assert figures["caught"]["value"] == 1.0
    assert figures["false alarms"]["value"] == 0.0
    assert figures["caught: number"]["n"] == 1
    assert figures["unscored"] == 0
    rows = [json.loads(line) for line in (tmp_path / "run" / "items.jsonl").read_text().splitlines()]
    assert [row["id"] for row in rows] == [item["id"] for item in ITEMS]
    described = json.loads((tmp_path / "run" / "run.json").read_text())
    assert described["suite"]["name"] == "planted-errors"
    assert set(described["data_sha256"]) == {"planted_errors/dev.jsonl", "planted_errors/abstracts.jsonl"}


def test_a_run_that_was_killed_goes_on_and_gives_the_same_figures(declared, desk, tmp_path):
    folder = tmp_path / "run"
    whole = run(declared, desk, folder)
    items = folder / "items.jsonl"
    lines = items.read_text().splitlines(keepends=True)
    items.write_text("".join(lines[:2]) + lines[2][:25])
    again = run(declared, desk, folder)
    assert len(items.read_text().splitlines()) == len(ITEMS)
    timing = "seconds per item"
    assert {k: v for k, v in again.items() if k != timing} == {k: v for k, v in whole.items() if k != timing}


def test_a_folder_of_another_run_is_not_continued(declared, desk, tmp_path):
    run(declared, desk, tmp_path / "run")
    with pytest.raises(BadInput, match="another run"):
        run(declared, desk, tmp_path / "run", seed=1)


def test_missing_and_changed_data_are_named(declared, desk, tmp_path):
    changed = suite("planted-errors")
    assert "differs" in str(missing(changed, desk.settings))
    (tmp_path / "data" / "planted_errors" / "dev.jsonl").unlink()
    assert "dev.jsonl is not here" in str(missing(declared, desk.settings))
    with pytest.raises(BadInput, match="cannot run"):
        run(declared, desk, tmp_path / "run")


def test_list_shows_every_suite_with_its_state():
    done = CliRunner().invoke(cli, ["list"])
    assert done.exit_code == 0
    assert all(name in done.stdout for name in names())


def test_an_unknown_suite_is_refused_with_those_there_are():
    with pytest.raises(BadInput, match="planted-errors"):
        suite("nothing")
