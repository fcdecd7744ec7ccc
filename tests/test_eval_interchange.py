"""Other people's files in, ours out: TREC, BioGen, MIRAGE, BioASQ, RAGAS; every fault named with its line."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from eval.__main__ import cli
from eval.interchange import biogen
from eval.interchange.questions import read_questions, write_questions
from eval.interchange.score import score
from eval.interchange.trec import read_qrels, read_run, write_run
from eval.measures.ranking import Qrel, ScoredDoc
from rag.errors import BadInput

ROW = {
    "user_input": "Does the drug work?",
    "response": "The drug lowered mortality in 300 adults [1]. It cured everyone [9]. It is cheap.",
    "retrieved_contexts": ["The drug lowered mortality in 300 adults."],
    "reference": "Yes.",
}


def lines(path, *rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def label(pairs):
    """A judge that supports a statement whose words all stand in the passage."""
    return [
        "SUPPORT" if set(statement.lower().split()) <= set(passage.lower().split()) else "NOT_ENOUGH_INFO"
        for passage, statement in pairs
    ]


def test_a_trec_run_comes_back_as_it_was_written_best_first(tmp_path):
    run = [ScoredDoc("q1", "b", 0.25), ScoredDoc("q1", "a", 0.75), ScoredDoc("q2", "c", 1.0)]
    write_run(tmp_path / "run.trec", run)
    assert [(one.query_id, one.doc_id) for one in read_run(tmp_path / "run.trec")] == [
        ("q1", "a"),
        ("q1", "b"),
        ("q2", "c"),
    ]


@pytest.mark.parametrize(
    ("read", "text", "words"),
    [
        (read_run, "q1 Q0 a\n", "line 1"),
        (read_run, "q1 Q0 a 1 0.5 t\nq1 Q0 b 2 high t\n", "line 2"),
        (read_run, "q1 Q0 a 1 0.5 t\nq1 Q0 a 2 0.4 t\n", "line 2"),
        (read_qrels, "q1 0 a much\n", "line 1"),
    ],
    ids=["too few fields", "no number", "a document twice", "no grade"],
)
def test_a_line_that_is_not_of_the_form_is_named(tmp_path, read, text, words):
    path = tmp_path / "file"
    path.write_text(text)
    with pytest.raises(BadInput, match=words):
        read(path)


def test_qrels_are_read_in_the_forms_of_trec_and_beir(tmp_path):
    wanted = [Qrel("q1", "a", 2)]
    for text in ("q1 0 a 2\n", "query-id\tcorpus-id\tscore\nq1\ta\t2\n"):
        path = tmp_path / "qrels"
        path.write_text(text)
        assert read_qrels(path) == wanted


def test_ragas_rows_are_scored_by_code_and_by_a_judge(tmp_path):
    scored = score(lines(tmp_path / "rows.jsonl", ROW), judge=label, judge_name="words")
    assert (scored.format, scored.answers, scored.failed) == ("ragas", 1, 0)
    assert scored.figures["dangling numbers"].value == pytest.approx(1 / 2)  # [9] of [1] and [9]
    assert scored.figures["uncited statements"].value == pytest.approx(1 / 3)
    assert scored.figures["ALCE citation recall"].value == pytest.approx(1 / 3)


def test_a_statement_of_a_ragas_row_is_judged_by_the_command_against_its_context(tmp_path):
    file = lines(tmp_path / "rows.jsonl", ROW)
    done = CliRunner(env={"RAG_HOME": str(tmp_path)}).invoke(cli, ["score", str(file), "--format", "json"])
    assert done.exit_code == 0, done.output
    figures = json.loads(done.stdout)["figures"]
    assert figures["ALCE citation recall"]["value"] == pytest.approx(1 / 3)


def test_a_file_of_another_form_is_refused(tmp_path):
    with pytest.raises(BadInput, match="none of the forms"):
        score(lines(tmp_path / "x.jsonl", {"hello": "world"}))


def test_an_answer_record_becomes_a_biogen_response_and_is_read_back(tmp_path):
    answer = {
        "id": "116",
        "question": {"asked": "Does it work?"},
        "verdict": {"kind": "supported", "text": "Possibly yes [1].", "citations": [1]},
        "statements": [
            {
                "text": "It works [1].",
                "citations": [{"n": 1, "article": "31", "pmid": "31", "verdict": "SUPPORT"}],
            }
        ],
        "references": [{"n": 1, "article": "31", "pmid": "31"}],
    }
    path = tmp_path / "run.jsonl"
    assert biogen.write(path, [answer], "team", "run-1") == 1
    row = json.loads(path.read_text(encoding="utf-8"))
    assert row["metadata"]["topic_id"] == "116"
    assert row["responses"][0]["citations"] in (["31"], [31])
    assert "[1]" not in row["responses"][0]["text"]
    assert biogen.recognised(row)
    (back,) = biogen.read([("line 1", row)])
    assert back.id == "116"


def test_bioasq_questions_become_lines_for_a_batch(tmp_path):
    file = tmp_path / "bioasq.json"
    question = {
        "id": "5",
        "body": "Does it work?",
        "type": "yesno",
        "exact_answer": "yes",
        "documents": ["http://www.ncbi.nlm.nih.gov/pubmed/31"],
        "snippets": [{"document": "http://www.ncbi.nlm.nih.gov/pubmed/31", "text": "It works."}],
        "ideal_answer": ["Yes, it works."],
    }
    file.write_text(json.dumps({"questions": [question]}))
    (row,) = read_questions(file)
    assert (row.id, row.question, row.answer, row.articles) == ("5", "Does it work?", "yes", ("31",))
    write_questions(tmp_path / "out.jsonl", [row])
    written = json.loads((tmp_path / "out.jsonl").read_text(encoding="utf-8"))
    assert (written["id"], written["question"]) == ("5", "Does it work?")
