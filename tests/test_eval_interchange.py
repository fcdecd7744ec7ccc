"""Other people's files in, ours out: TREC, BioGen, MIRAGE, BioASQ, RAGAS; every fault named with its line."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.__main__ import cli
from eval.interchange import biogen
from eval.interchange.questions import read_questions, write_questions
from eval.interchange.score import read, score
from eval.interchange.trec import read_qrels, read_run, write_qrels, write_run
from eval.measures.ranking import Qrel, ScoredDoc, ranked
from rag.cli import main
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


def value(scored, name):
    figure = scored.figures[name]
    assert figure is not None
    return figure.value


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


def test_older_names_and_a_list_of_rows_are_read_as_well(tmp_path):
    file = tmp_path / "rows.json"
    file.write_text(
        json.dumps(
            [
                {
                    "question": "Q?",
                    "answer": "It works [1].",
                    "contexts": ["it works."],
                    "ground_truths": ["It works."],
                }
            ]
        )
    )
    scored = score(file, judge=label)
    assert value(scored, "citation coverage") == 1
    assert value(scored, "grounded in what was retrieved") == 1
    assert value(scored, "reference answer recalled") == 1


def test_an_uncited_answer_can_be_grounded_all_the_same(tmp_path):
    row = {**ROW, "response": "The drug lowered mortality in 300 adults."}
    scored = score(lines(tmp_path / "rows.jsonl", row), judge=label)
    assert value(scored, "grounded in what was retrieved") == 1
    assert value(scored, "ALCE citation recall") == 0
    assert scored.figures["citation support rate"] is None  # there is no citation to judge


def test_a_judge_that_fails_leaves_its_figures_without_value_and_the_count_of_what_it_missed(tmp_path):
    row = {**ROW, "response": "It works [1]. The drug lowered mortality in 300 adults. [1]"}

    def judge(pairs):
        return ["UNSCORED" if "works" in statement else "SUPPORT" for _, statement in pairs]

    figure = score(lines(tmp_path / "rows.jsonl", row), judge=judge).figures["citation support rate"]
    assert (figure.value, figure.n, figure.unscored) == (1, 1, 1)


def test_alce_results_are_scored_with_intervals_left_in_the_text(tmp_path):
    file = tmp_path / "alce.json"
    output = "Risk fell, HR 0.81 [0.70-0.94] [1][2]. Cheap [2]. Bold [3]."
    docs = [
        {"title": "A", "text": "risk fell, hr 0.81 [0.70-0.94]."},
        {"title": "B", "text": "it is cheap."},
    ]
    file.write_text(json.dumps({"args": {}, "data": [{"question": "Q?", "output": output, "docs": docs}]}))
    scored = score(file, judge=label)
    assert scored.format == "alce"
    assert value(scored, "dangling numbers") == 1 / 4
    assert value(scored, "figures not in the source") == 0
    assert value(scored, "ALCE citation recall") == pytest.approx(2 / 3)
    # three citations count, [3] does not; [2] is not needed beside [1]
    assert value(scored, "ALCE citation precision") == pytest.approx(2 / 3)
    assert value(scored, "ALCE citation F1") == pytest.approx(2 / 3)


def test_a_biogen_answer_of_2024_is_split_at_its_pmids(tmp_path):
    file = tmp_path / "run.json"
    text = "It works [111111, 222222]. In [2019] it rose, CI [3, 5] [PMID: 999999]. Old [1]."
    result = {"topic_id": 7, "answer": text, "references": ["111111", "222222", "111111", "333333"]}
    file.write_text(json.dumps({"team_id": "t", "run_name": "r", "results": [result]}))
    form, (one,) = read(file)
    assert (form, one.id) == ("biogen", "7")
    assert [statement["text"] for statement in one.answer["statements"]] == [
        "It works.",
        "In [2019] it rose, CI [3, 5].",
        "Old.",
    ]
    assert [[c["article"] for c in s["citations"]] for s in one.answer["statements"]] == [
        ["111111", "222222"],
        [""],
        [""],
    ]
    scored = score(file)
    assert value(scored, "dangling numbers") == 0.5  # 999999 and [1] are not in the references
    assert value(scored, "duplicate references") == 0.25
    assert value(scored, "orphan references") == 0.5  # the second 111111 and 333333
    assert scored.judge == "nobody"
    assert "citation coverage" not in scored.figures


def test_a_biogen_run_of_2025_is_judged_by_the_articles_of_a_corpus(tmp_path):
    row = {
        "metadata": {"team_id": "t", "run_id": "r", "topic_id": "biogen_2025_1"},
        "responses": [
            {"text": "it works.", "citations": ["11", "PMID:22"]},
            {"text": "it cures.", "citations": [99]},
            {"text": "uncited."},
        ],
    }
    texts = {"11": "it works.", "22": "nothing."}
    scored = score(lines(tmp_path / "run.jsonl", row), texts.get, label)
    assert value(scored, "articles in no corpus") == pytest.approx(1 / 3)
    # 99 is in no corpus, so nobody can say whether it supports
    assert scored.figures["citation support rate"].unscored == 1
    assert value(scored, "citation support rate") == 0.5
    assert scored.figures["citation coverage"].unscored == 1
    assert value(scored, "citation coverage") == 0.5
    assert "dangling numbers" not in scored.figures  # nothing can dangle without a list of references


def test_a_biogen_run_with_a_list_of_references_is_held_to_it(tmp_path):
    responses = [{"text": "A.", "citations": ["11", "22"]}]
    row = {"metadata": {"topic_id": "1"}, "responses": responses, "references": ["11", "33"]}
    scored = score(lines(tmp_path / "run.jsonl", row))
    assert value(scored, "dangling numbers") == 0.5
    assert value(scored, "orphan references") == 0.5


def test_our_answers_are_counted_by_their_own_verdicts_and_failed_ones_apart(tmp_path):
    home = tmp_path / "home"
    corpus = lines(
        tmp_path / "corpus.jsonl",
        {
            "pmid": "31",
            "title": "A trial of drug A for sepsis in adults",
            "abstract": "Adults with sepsis were randomised. Drug A lowered mortality in adults with sepsis.",
        },
    )
    asked = lines(
        tmp_path / "q.jsonl", {"id": "q1", "question": "Does drug A lower mortality in adults with sepsis?"}
    )
    answers = tmp_path / "answers.jsonl"
    runner = CliRunner(env={"RAG_HOME": str(home)})
    for command in (
        ["corpus", "import", "own", str(corpus)],
        ["ask", "--questions", str(asked), "--out", str(answers), "--corpus", "own"],
    ):
        assert runner.invoke(main, command).exit_code == 0
    with answers.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"id": "q2", "error": {"type": "BadInput", "message": "no"}}) + "\n")
    done = runner.invoke(cli, ["score", str(answers), "--corpus", "own", "--format", "json"])
    assert done.exit_code == 0, done.output
    shown = json.loads(done.stdout)
    assert (shown["format"], shown["answers"], shown["failed"]) == ("answers", 2, 1)
    assert shown["judge"] == "the checker that made the file"
    for fault in (
        "dangling numbers",
        "orphan references",
        "quotes not in the source",
        "articles in no corpus",
    ):
        assert shown["figures"][fault]["value"] == 0
        assert shown["figures"][fault]["n"] > 0
    assert shown["figures"]["citation coverage"]["value"] == 1
    assert shown["figures"]["seconds per answer"]["value"] > 0
    assert shown["figures"]["tokens per answer"]["value"] == 0
    assert "cost per answer" not in shown["figures"]
    first, *rest = answers.read_text(encoding="utf-8").splitlines()
    row = json.loads(first)
    row["status"] |= {"llm": "a-model", "tokens": 500_000}
    answers.write_text("\n".join((json.dumps(row), *rest)) + "\n", encoding="utf-8")
    for model, cost in (("a-model", 1.5), ("another", None)):
        done = runner.invoke(cli, ["score", str(answers), "--price", model, "3", "--format", "json"])
        told = json.loads(done.stdout)["figures"]["cost per answer"]
        assert (told and told["value"]) == cost, "a model without a price is not scored, not free"
    told = runner.invoke(cli, ["score", str(answers)], env={"RAG_JUDGE": "bundled"})
    assert isinstance(told.exception, BadInput)  # its own checker is no judge of it
    out = tmp_path / "run.jsonl"
    done = runner.invoke(cli, ["biogen", str(answers), "--out", str(out), "--team", "t", "--run-id", "r"])
    assert done.stdout.startswith("1 of 2 answers")
    assert read(out)[0] == "biogen"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("[" * 50_000, "line 1"),
        ('{"question": "Q?", "contexts": []}\n{oops\n', "line 2"),
        ('{"question": "Q?", "contexts": []}\n', "item 1: response"),
        ("[1]", "item 1 is not a JSON object"),
        ('{"statements": [], "references": [], "verdict": {}}', "item 1"),
        ('{"metadata": {}, "responses": []}', "topic_id"),
        ('{"results": [{"topic_id": "1"}]}', "result 1"),
        ('{"data": [{"output": "A.", "docs": []}]}', "data 1: question"),
        ('{"user_input": [{"content": "hi"}], "response": "A.", "retrieved_contexts": []}', "user_input"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_with_its_place(tmp_path, text, words):
    path = tmp_path / "file"
    path.write_text(text)
    with pytest.raises(BadInput, match=words):
        score(path)


KEYS = st.sampled_from(
    [
        "question",
        "contexts",
        "answer",
        "response",
        "metadata",
        "responses",
        "results",
        "data",
        "output",
        "docs",
        "id",
        "error",
        "topic_id",
    ]
)
JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=5) | st.just("A [1]."),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None, max_examples=150)
@given(st.lists(JSON, max_size=3))
def test_no_file_breaks_the_readers(tmp_path_factory, items):
    path = tmp_path_factory.getbasetemp() / "any.jsonl"
    path.write_text("".join(json.dumps(item) + "\n" for item in items), encoding="utf-8")
    try:
        scored = score(path, judge=label)
    except BadInput:
        return
    assert scored.answers > 0


WORD = st.text(st.characters(codec="utf-8", exclude_categories=["Z", "C"]), min_size=1, max_size=8)


@settings(deadline=None, max_examples=100)
@given(st.dictionaries(st.tuples(WORD, WORD), st.floats(-1e6, 1e6), min_size=1, max_size=12))
def test_any_run_comes_back_from_its_file_in_the_same_order(tmp_path_factory, found):
    path = tmp_path_factory.getbasetemp() / "any.trec"
    run = [ScoredDoc(query, document, score) for (query, document), score in found.items()]
    write_run(path, run)
    assert sorted(read_run(path)) == sorted(run)
    assert ranked(read_run(path)) == ranked(run)
    qrels = [Qrel(one.query_id, one.doc_id, n % 4) for n, one in enumerate(run)]
    write_qrels(path, qrels)
    assert read_qrels(path) == qrels or qrels[0].query_id.lower() in ("qid", "query-id", "query_id")


def test_an_id_with_a_blank_cannot_be_written(tmp_path):
    with pytest.raises(BadInput, match="blanks"):
        write_run(tmp_path / "run.trec", [ScoredDoc("q 1", "a", 1.0)])


def test_a_biogen_response_keeps_within_250_words_and_three_pmids(tmp_path):
    def cite(n, verdict="SUPPORT"):
        return {"n": n, "article": str(n), "verdict": verdict}

    answer = {
        "id": "1",
        "verdict": {"kind": "supported", "text": "Yes [1] [2].", "citations": [1, 2]},
        "statements": [
            {
                "text": "word " * 100 + "[1].",
                "citations": [cite(2, "NOT_ENOUGH_INFO"), *map(cite, (1, 3, 4, 5, 6))],
            },
            {"text": "word " * 200, "citations": [cite(1)]},
        ],
        "references": [{"n": n, "pmid": None if n == 3 else str(100 + n)} for n in range(1, 7)],
    }
    verdict, statement = biogen.response(answer, "t", "r")["responses"]  # the second would make 300 words
    assert verdict == {"text": "Yes.", "citations": ["101"]}  # [2] supports nothing
    assert statement["citations"] == ["101", "104", "105"]  # 3 has no PMID


def test_mirage_questions_become_lines_with_the_expected_answer_in_words(tmp_path):
    file = tmp_path / "benchmark.json"
    polar = {"question": "Q?", "options": {"A": "yes", "B": "no", "C": "maybe"}, "answer": "B"}
    choice = {"question": "Which?", "options": {"A": "Drug A", "B": "Drug B"}, "answer": "A"}
    file.write_text(json.dumps({"pubmedqa": {"12": polar}, "medqa": {"0000": choice}}))
    first, second = read_questions(file)
    assert (first.id, first.type, first.answer) == ("pubmedqa/12", "yesno", "no")
    assert (second.id, second.type, second.answer) == ("medqa/0000", "choice", "Drug A")
    file.write_text(json.dumps({"medqa": {"0000": {**choice, "answer": "D"}}}))
    with pytest.raises(BadInput, match="medqa/0000"):
        read_questions(file)
    file.write_text(json.dumps([polar]))
    with pytest.raises(BadInput, match="no question file"):
        read_questions(file)


def test_one_question_has_no_interval(tmp_path):
    file = lines(tmp_path / "rows.jsonl", ROW)
    done = CliRunner(env={"RAG_HOME": str(tmp_path)}).invoke(cli, ["score", str(file)])
    assert "dangling numbers                  0.500  one question, no interval  n=2" in done.stdout


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
