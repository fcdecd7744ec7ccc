"""The invariants of the contract on real questions and abstracts; small here, whole under `make soak`."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from rag.answering.desk import Desk
from rag.answering.invariants import violations
from rag.cli import main
from rag.output.json import answer_from_json
from rag.settings import Settings
from rag.text.wording import too_strong

NEVER_SHOWN = ("<script", "javascript:", "previous instructions", "zorbelumab", "Sterblichkeit")


def rows(path: Path) -> list[dict]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def invoke(home: Path, *arguments: str, **environment: str):
    done = CliRunner(env={"RAG_HOME": str(home), **environment}).invoke(main, arguments)
    assert done.exit_code == 0, done.stderr
    return done


def batch(home: Path, tmp_path: Path, questions: list[dict], **environment: str) -> list[dict]:
    """Answer questions through the command line; one record a question, in order."""
    asked, out = tmp_path / "questions.jsonl", tmp_path / "answers.jsonl"
    lines = [json.dumps({"id": one["pmid"], "question": one["question"]}) + "\n" for one in questions]
    asked.write_text("".join(lines), encoding="utf-8")
    out.unlink(missing_ok=True)
    invoke(home, "ask", "--questions", str(asked), "--out", str(out), "--corpus", "pubmedqa", **environment)
    answers = [json.loads(line) for line in out.read_text(encoding="utf-8").split("\n") if line]
    assert [one["id"] for one in answers] == [one["pmid"] for one in questions]
    assert [one for one in answers if "error" in one] == []
    return answers


def prove(home: Path, answers: list[dict]) -> None:
    """Every invariant holds on every record, and nothing forbidden is shown."""
    with Desk(Settings(home=home)) as desk:
        corpus = desk.corpus("pubmedqa")
        for record in answers:
            answer = answer_from_json(json.dumps(record))
            assert violations(answer, corpus.article, too_strong) == [], record["id"]
            shown = json.dumps([record["verdict"], record["statements"]])
            assert not [never for never in NEVER_SHOWN if never in shown], record["id"]


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    """A function that imports the first abstracts of PubMedQA and gives the home and their questions."""

    def build(data, count: int) -> tuple[Path, list[dict]]:
        home = tmp_path_factory.mktemp("home")
        questions = rows(data("pubmedqa/questions.jsonl.gz"))[:count]
        wanted = {one["pmid"] for one in questions}
        file = home / "abstracts.jsonl"
        abstracts = [one for one in rows(data("pubmedqa/corpus.jsonl.gz")) if one["pmid"] in wanted]
        file.write_text("".join(json.dumps(one) + "\n" for one in abstracts), encoding="utf-8")
        invoke(home, "corpus", "import", "pubmedqa", str(file))
        return home, questions

    return build


def test_real_questions_are_answered_within_the_contract_by_either_writer(
    data, few, tmp_path, llm_server, llm_modes
):
    home, questions = few(data, 24)
    prove(home, batch(home, tmp_path, questions))
    with llm_server([*llm_modes, "good"], slow_seconds=2) as server:
        model = {"RAG_LLM": "openai-like", "RAG_LLM_MODEL": "m", "RAG_LLM_TIMEOUT": "1"}
        answers = batch(home, tmp_path, questions, RAG_LLM_BASE_URL=server.url, **model)
    prove(home, answers)
    assert any(one["removed"] for one in answers)


@pytest.mark.slow
def test_all_development_questions_are_answered_within_the_contract_by_either_writer(
    data, tmp_path, llm_server, llm_modes
):
    home = tmp_path / "home"
    done = invoke(home, "corpus", "import", "pubmedqa", str(data("pubmedqa/corpus.jsonl.gz")))
    assert "1,000 new" in done.stdout
    questions = rows(data("pubmedqa/questions.jsonl.gz"))
    assert len(questions) == 500
    prove(home, batch(home, tmp_path, questions))
    turns = [llm_modes[number % len(llm_modes)] for number in range(3 * len(questions))]
    with llm_server(turns, slow_seconds=2) as server:
        model = {"RAG_LLM": "openai-like", "RAG_LLM_MODEL": "m", "RAG_LLM_TIMEOUT": "1"}
        prove(home, batch(home, tmp_path, questions, RAG_LLM_BASE_URL=server.url, **model))


@pytest.mark.slow
def test_all_real_medline_records_are_imported_once_and_agree_in_every_index(data, tmp_path):
    files = [str(data(f"medline_text/medline_{number:02}.txt.gz")) for number in range(1, 7)]
    done = invoke(tmp_path, "corpus", "import", "medline", *files)
    assert "0 not readable" in done.stdout
    first = json.loads(invoke(tmp_path, "corpus", "show", "medline", "--format", "json").stdout)
    distinct = {row["pmid"] for row in rows(data("medline_text/index.jsonl.gz"))}
    assert first["articles"] == len(distinct)
    assert "0 new, 0 changed" in invoke(tmp_path, "corpus", "import", "medline", *files).stdout
    assert json.loads(invoke(tmp_path, "corpus", "show", "medline", "--format", "json").stdout) == first
    assert "agree" in invoke(tmp_path, "corpus", "check", "medline").stdout
