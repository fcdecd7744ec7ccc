"""The commands for saved answers: show, diff, export, review, purge, and asking on in a thread."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import pytest
from click.testing import CliRunner

from rag.cli import main

QUESTION = "Is statin use associated with cataract?"


@pytest.fixture(scope="module")
def home(tmp_path_factory, house):
    """A home with the small house imported as corpus ``house``."""
    folder = tmp_path_factory.mktemp("home")
    load(folder, house.ARTICLES)
    return folder


def load(folder, articles):
    file = folder / "house.jsonl"
    file.write_text("".join(json.dumps(asdict(one)) + "\n" for one in articles), encoding="utf-8")
    done = invoke(folder, "corpus", "import", "house", str(file))
    assert done.exit_code == 0, done.stderr


def invoke(home, *arguments, text=None):
    return CliRunner(env={"RAG_HOME": str(home / "rag"), "RAG_EMAIL": ""}).invoke(main, arguments, input=text)


def asked(home, *arguments):
    done = invoke(home, "ask", "--format", "json", *arguments)
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def answer(home):
    return asked(home, QUESTION, "--corpus", "house")


def test_an_answer_is_saved_as_the_first_of_its_thread_and_shown_again_in_every_form(home, answer):
    assert answer["thread"] == answer["id"]
    shown = invoke(home, "show", answer["id"][:8], "--format", "json")
    assert json.loads(shown.stdout) == answer
    for form in ("text", "md", "html"):
        assert "hazard ratio" in " ".join(invoke(home, "show", answer["id"], "--format", form).stdout.split())


def test_a_follow_up_searches_the_corpora_of_the_thread(home, answer):
    turn = asked(home, "--thread", answer["id"], "what about in children?")
    assert turn["thread"] == answer["id"]
    assert [one["name"] for one in turn["search"]["corpora"]] == ["house"]
    assert turn["question"]["pico"]["population"]


def test_saved_answers_are_listed_newest_first(home, answer):
    other = asked(home, "Does zinc shorten the common cold?", "--corpus", "house")
    lines = invoke(home, "show").stdout.splitlines()
    assert lines[0].startswith(other["id"])
    assert answer["id"] in "".join(lines)
    assert lines[0].endswith("Supported: Does zinc shorten the common cold?")


def test_without_saving_nothing_is_kept(home, answer):
    before = invoke(home, "show").stdout
    made = asked(home, QUESTION, "--corpus", "house", "--no-save")
    assert made["thread"] is None
    assert invoke(home, "show").stdout == before


def test_a_batch_saves_nothing(home, answer, tmp_path):
    before = invoke(home, "show").stdout
    (tmp_path / "in.jsonl").write_text(json.dumps({"id": 1, "question": QUESTION}) + "\n")
    done = invoke(
        home, "ask", "--questions", str(tmp_path / "in.jsonl"), "--out", str(tmp_path / "out.jsonl"),
        "--corpus", "house",
    )  # fmt: skip
    assert done.exit_code == 0, done.stderr
    assert invoke(home, "show").stdout == before


@pytest.mark.parametrize(
    "arguments",
    [
        ("ask", "x", "--thread", "last", "--no-save"),
        ("ask", "--questions", "in", "--out", "out", "--thread", "last"),
        ("export", "last"),
        ("export", "last", "--format", "doc"),
        ("review", "last", "--status", "approved"),
        ("review", "last", "--by", "me"),
        ("review", "last", "--status", "fine", "--by", "me"),
    ],
)
def test_wrong_use_is_status_2(home, answer, arguments):
    assert invoke(home, *arguments).exit_code == 2


@pytest.mark.parametrize("command", [("show",), ("diff",), ("export", "--format", "ris"), ("review",)])
def test_an_answer_that_is_not_there_is_an_error_that_says_how_to_find_one(home, answer, command):
    done = invoke(home, *command, "zzz")
    assert done.exit_code == 1
    assert "rag show" in done.stderr


def test_an_answer_asked_again_does_not_differ_and_two_answers_do(home, answer):
    assert invoke(home, "diff", answer["id"]).stdout == "Nothing differs.\n"
    other = asked(home, "Does zinc shorten the common cold?", "--corpus", "house")
    told = invoke(home, "diff", answer["id"], other["id"]).stdout
    assert "New sources:" in told
    assert "Sources gone:" in told
    record = json.loads(invoke(home, "diff", answer["id"], other["id"], "--format", "json").stdout)
    assert record["question"]["after"] == "Does zinc shorten the common cold?"


def test_a_retraction_since_is_told_by_show_diff_and_export(tmp_path, house):
    load(tmp_path, house.ARTICLES)
    made = asked(tmp_path, QUESTION, "--corpus", "house")
    load(tmp_path, [replace(house.COHORT, status="retracted")])
    shown = invoke(tmp_path, "show", "last").stdout
    assert "it was retracted" in " ".join(shown.split())
    assert "Not answerable here" in shown
    told = invoke(tmp_path, "diff", made["id"]).stdout
    assert "Retracted since:" in told
    assert "Verdict: Supported -> No direct evidence" in told
    assert "90000003" not in invoke(tmp_path, "export", "last", "--format", "ris").stdout


def test_export_writes_to_a_file(home, answer, tmp_path):
    done = invoke(home, "export", answer["id"], "--format", "ris", "--out", str(tmp_path / "a.ris"))
    assert done.exit_code == 0, done.stderr
    assert "AN  - 90000003" in (tmp_path / "a.ris").read_text()


def test_a_review_is_recorded_listed_and_shown_as_the_status(home, answer):
    assert invoke(home, "review", answer["id"]).stdout == "Not reviewed by a person.\n"
    invoke(home, "review", answer["id"], "--status", "under-review", "--by", "R. Reader")
    done = invoke(
        home, "review", answer["id"], "--status", "approved", "--by", "S. Senior", "--note", "Read it."
    )
    lines = done.stdout.splitlines()
    assert [line.split("  ")[1] for line in lines] == [
        "under review by R. Reader.",
        "approved by S. Senior. Read it.",
    ]
    assert "approved by S. Senior" in " ".join(invoke(home, "show", answer["id"]).stdout.split())


def test_purge_says_what_it_removes_and_removes_nothing_without_consent(tmp_path, house):
    load(tmp_path, house.ARTICLES)
    assert invoke(tmp_path, "purge").stdout == "There is nothing to remove.\n"
    asked(tmp_path, QUESTION, "--corpus", "house")
    assert invoke(tmp_path, "purge", "--older-than", "1d").stdout == "There is nothing to remove.\n"
    refused = invoke(tmp_path, "purge", "--answers", "--threads")
    assert refused.exit_code == 1
    assert "1 saved answer, 1 thread" in refused.stderr
    assert "--yes" in refused.stderr
    assert len(invoke(tmp_path, "show").stdout.splitlines()) == 1
    done = invoke(tmp_path, "purge", "--yes")
    assert done.stdout == "Removed: 1 saved answer, 1 thread.\n"
    assert invoke(tmp_path, "show").stdout == "No answer is saved.\n"
    assert invoke(tmp_path, "corpus", "show", "house").exit_code == 0


def test_an_age_that_cannot_be_read_is_an_error(home):
    assert "30d" in invoke(home, "purge", "--older-than", "soon").stderr
