"""The command line: data on stdout, notices on stderr, one line for an error, and status 0, 1 or 2."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest
from click.testing import CliRunner

from rag.cli import main


@pytest.fixture(scope="module")
def home(tmp_path_factory, house):
    """A home with the small house imported as corpus ``house``."""
    folder = tmp_path_factory.mktemp("home")
    file = folder / "house.jsonl"
    file.write_text("".join(json.dumps(asdict(one)) + "\n" for one in house.ARTICLES), encoding="utf-8")
    done = invoke(folder, "corpus", "import", "house", str(file))
    assert done.exit_code == 0, done.stderr
    assert f"{len(house.ARTICLES)} new" in done.stdout
    return folder


def invoke(home, *arguments, text=None):
    return CliRunner(env={"RAG_HOME": str(home / "rag"), "RAG_EMAIL": ""}).invoke(main, arguments, input=text)


def test_importing_a_file_again_changes_nothing(home):
    before = json.loads(invoke(home, "corpus", "show", "house", "--format", "json").stdout)
    done = invoke(home, "corpus", "import", "house", str(home / "house.jsonl"))
    assert "0 new, 0 changed" in done.stdout
    assert json.loads(invoke(home, "corpus", "show", "house", "--format", "json").stdout) == before
    assert set(before) == {"name", "fingerprint", "articles", "passages", "built"}


def test_an_article_of_a_corpus_is_shown_whole(home):
    article = json.loads(
        invoke(home, "corpus", "show", "house", "--pmid", "90000001", "--format", "json").stdout
    )
    assert article["pmid"] == "90000001"
    assert article["sections"][0]["label"] == "BACKGROUND"
    missing = invoke(home, "corpus", "show", "house", "--pmid", "1")
    assert missing.exit_code == 1
    assert "holds no article 1" in missing.stderr


def test_check_proves_that_the_parts_of_a_corpus_agree(home):
    done = invoke(home, "corpus", "check", "house")
    assert done.exit_code == 0
    assert "agree" in done.stdout


def test_list_names_built_and_declared_corpora(home):
    rows = json.loads(invoke(home, "corpus", "list", "--format", "json").stdout)
    assert {"house", "starter"} <= {row["name"] for row in rows}


@pytest.mark.parametrize("form", ["text", "md", "json", "html"])
def test_ask_prints_the_answer_in_every_form_and_nothing_else_on_stdout(home, form):
    done = invoke(
        home, "ask", "Is statin use associated with cataract?", "--corpus", "house", "--format", form
    )
    assert done.exit_code == 0, done.stderr
    assert "hazard ratio 1.27" in " ".join(done.stdout.replace("\\", "").split())
    if form == "json":
        assert json.loads(done.stdout)["search"]["corpora"][0]["name"] == "house"


def test_ask_reads_a_question_from_stdin_and_writes_to_a_file(home, tmp_path):
    out = tmp_path / "answer.json"
    done = invoke(
        home, "ask", "-", "--corpus", "house", "--format", "json", "--out", str(out),
        text="Is statin use associated with cataract?\n",
    )  # fmt: skip
    assert done.exit_code == 0
    assert done.stdout == ""
    assert json.loads(out.read_text(encoding="utf-8"))["verdict"]["kind"] == "supported"


def test_a_batch_of_questions_gives_one_record_a_line_and_status_0_even_if_a_line_failed(home, tmp_path):
    asked, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    asked.write_text('{"id": "q1", "question": "Does zinc shorten the common cold?"}\n{"id": "q2"}\n')
    done = invoke(home, "ask", "--questions", str(asked), "--out", str(out), "--corpus", "house")
    assert done.exit_code == 0, done.stderr
    records = [json.loads(line) for line in out.read_text(encoding="utf-8").split("\n")[:-1]]
    assert [one["id"] for one in records] == ["q1", "q2"]
    assert records[1]["error"]["type"] == "BadInput"


def test_search_shows_passages_and_writes_a_trec_run_over_articles(home, tmp_path):
    found = json.loads(
        invoke(home, "search", "statin cataract", "--corpus", "house", "--format", "json").stdout
    )
    assert found[0]["pmid"] == "90000003"
    queries, run = tmp_path / "q.jsonl", tmp_path / "run.trec"
    queries.write_text('{"id": "a", "query": "statin cataract"}\n{"id": "b", "query": "zinc cold"}\n')
    done = invoke(
        home, "search", "--queries", str(queries), "--run", str(run), "--corpus", "house", "--k", "3"
    )
    assert done.exit_code == 0, done.stderr
    rows = [line.split(" ") for line in run.read_text(encoding="utf-8").splitlines()]
    assert all(len(row) == 6 and row[1] == "Q0" for row in rows)
    assert [row[0] for row in rows] == ["a"] * 3 + ["b"] * 3
    assert rows[0][2:4] == ["90000003", "1"]
    scores = [float(row[4]) for row in rows[:3]]
    assert scores == sorted(scores, reverse=True)


def test_verify_gives_one_verdict_a_line(home, tmp_path):
    pairs, out = tmp_path / "pairs.jsonl", tmp_path / "out.jsonl"
    passage = "Statin use was associated with cataract. The hazard ratio was 1.27."
    pairs.write_text(
        json.dumps(
            {"id": "same", "statement": "Statin use was associated with cataract.", "passage": passage}
        )
        + "\n"
        + json.dumps({"id": "figure", "statement": "The hazard ratio was 3.9.", "passage": passage})
        + "\n"
    )
    done = invoke(home, "verify", "--pairs", str(pairs), "--out", str(out))
    assert done.exit_code == 0, done.stderr
    same, figure = (json.loads(line) for line in out.read_text(encoding="utf-8").split("\n")[:-1])
    assert set(same) == {"id", "verdict", "score", "scores", "rationale", "checks"}
    assert same["verdict"] == "SUPPORT"
    assert passage[same["rationale"]["start"] : same["rationale"]["end"]] == same["rationale"]["text"]
    assert figure["verdict"] != "SUPPORT"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["ask", "Does aspirin prevent stroke?", "--corpus", "nowhere"], "rag corpus import"),
        (["ask", "Should Mrs Agatha Miller take aspirin?"], "--redacted"),
        (["ask", "Does aspirin prevent stroke?", "--live"], "RAG_EMAIL"),
        (["corpus", "import", "x", "/nowhere/file.xml"], "/nowhere/file.xml"),
        (["corpus", "remove", "nowhere"], "no corpus"),
        (["verify", "--pairs", "/nowhere.jsonl", "--out", "-"], "cannot be read"),
    ],
    ids=["no corpus", "identifying text", "no e-mail", "no file", "nothing to remove", "no pairs"],
)
def test_an_error_is_one_line_on_stderr_that_says_what_to_do_and_status_1(home, arguments, words):
    done = invoke(home, *arguments)
    assert done.exit_code == 1
    assert done.stdout == ""
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["ask"],
        ["ask", "x", "--questions", "y"],
        ["ask", "--questions", "y"],
        ["search"],
        ["ask", "x", "--format", "doc"],
    ],
)
def test_wrong_use_is_status_2(home, arguments):
    assert invoke(home, *arguments).exit_code == 2


def test_a_setting_that_makes_no_sense_is_named(home):
    done = CliRunner(env={"RAG_HOME": str(home), "RAG_LLM": "oracle"}).invoke(main, ["doctor"])
    assert done.exit_code == 1
    assert "RAG_LLM" in done.stderr


def test_doctor_masks_keys_and_lists_corpora(home):
    env = {
        "RAG_HOME": str(home / "rag"),
        "RAG_NCBI_API_KEY": "secret-key",
        "RAG_EUTILS_URL": "http://127.0.0.1:9/",
    }
    done = CliRunner(env=env).invoke(main, ["doctor"])
    assert done.exit_code == 0, done.stderr
    assert "secret-key" not in done.stdout
    assert "house" in done.stdout
    assert "chromadb" in done.stdout
    assert "bundled-3 " in done.stdout


def test_remove_takes_a_corpus_away(home):
    file = home / "house.jsonl"
    invoke(home, "corpus", "import", "short-lived", str(file))
    assert invoke(home, "corpus", "remove", "short-lived").exit_code == 0
    assert invoke(home, "corpus", "show", "short-lived").exit_code == 1
