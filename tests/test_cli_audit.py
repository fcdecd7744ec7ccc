"""``rag audit`` on the command line and ``rag.audit`` in Python."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

import rag
from rag.cli import main
from rag.errors import BadInput
from rag.output.json import audit_from_json
from rag.settings import Settings

SENTENCE = "Fluvoxine reduced monthly migraine days in adults with migraine"
TEXT = (
    f"Does fluvoxine prevent migraine?\n\n{SENTENCE} [1]. It is loved [4].\n\nReferences\n1. PMID: 90000001\n"
)


@pytest.fixture
def files(tmp_path):
    """An answer, the article it cites, and a home of their own."""
    article = {"pmid": "90000001", "title": "Fluvoxine in migraine", "abstract": f"We asked 9. {SENTENCE}."}
    (tmp_path / "answer.md").write_text(TEXT, encoding="utf-8")
    (tmp_path / "sources.jsonl").write_text(json.dumps(article) + "\n", encoding="utf-8")
    return tmp_path


def invoke(files, *arguments, text=None):
    environment = {"RAG_HOME": str(files / "home"), "RAG_EMAIL": ""}
    return CliRunner(env=environment).invoke(main, ["audit", *map(str, arguments)], input=text)


@pytest.mark.parametrize("form", ["text", "md", "json", "html"])
def test_the_report_is_printed_in_every_form_and_faults_are_no_failure(files, form):
    done = invoke(files, files / "answer.md", "--sources", files / "sources.jsonl", "--format", form)
    assert done.exit_code == 0, done.stderr
    assert done.stderr == ""
    assert SENTENCE in " ".join(done.stdout.split())
    if form == "json":
        made = audit_from_json(done.stdout)
        assert made.counts.supported == 1
        assert [one.references for one in made.findings if one.kind == "dangling"] == [(4,)]
        assert made.sources == ("sources.jsonl, 1 articles",)


def test_stdin_is_read_and_a_file_is_written(files):
    out = files / "report.json"
    done = invoke(
        files, "-", "--sources", files / "sources.jsonl", "--format", "json", "--out", out, text=TEXT
    )
    assert (done.exit_code, done.stdout) == (0, "")
    assert json.loads(out.read_text(encoding="utf-8"))["counts"]["statements"] == 2


def test_a_corpus_is_named_and_the_question_can_be_given(files):
    sources = str(files / "sources.jsonl")
    CliRunner(env={"RAG_HOME": str(files / "home")}).invoke(main, ["corpus", "import", "own", sources])
    question = "Does aspirin prevent stroke?"
    done = invoke(files, files / "answer.md", "--corpus", "own", "--question", question, "--format", "json")
    assert done.exit_code == 0, done.stderr
    made = audit_from_json(done.stdout)
    assert made.question == question
    assert made.sources == ("corpus own",)
    assert made.references[0].because


@pytest.mark.parametrize(
    ("content", "arguments", "words"),
    [
        (b"", (), "Give the text of an answer"),
        (b"   \n\n", (), "Give the text of an answer"),
        (b"%PDF-1.4\x00\xff\xfe", (), "Copy the answer into a text file"),
        ("caf\u00e9 helps.".encode("latin-1"), (), "UTF-8"),
        ("It helps.".encode("utf-16"), (), "UTF-8"),
        (b"It helps. " * 30_000, (), "one answer at a time"),
        (b"a" * 1_000_001, (), "one answer"),
        (b"It helps [1].", ("--live",), "RAG_EMAIL"),
        (b"It helps [1].", ("--corpus", "nowhere"), "rag corpus import"),
        (b"It helps [1].", ("--sources", "/nowhere.jsonl"), "/nowhere.jsonl"),
        (b"Mrs Agatha Miller improved [1].", (), "--redacted"),
    ],
    ids=["empty", "blank", "pdf", "latin", "utf-16", "long", "huge", "mail", "corpus", "sources", "patient"],
)
def test_an_error_is_one_line_that_says_what_to_do_and_status_1(files, content, arguments, words):
    path = files / "given.txt"
    path.write_bytes(content)
    done = invoke(files, path, *arguments)
    assert done.exit_code == 1
    assert done.stdout == ""
    assert words in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert "Miller" not in done.stderr


def test_a_file_that_is_not_there_and_a_folder_are_named(files):
    for path in (files / "nowhere.txt", files):
        done = invoke(files, path)
        assert done.exit_code == 1
        assert str(path) in done.stderr
    assert invoke(files).exit_code == 2
    assert "Standard input" in invoke(files, "-", text="a" * 1_000_001).stderr


def test_redacted_goes_on_without_what_names_a_patient(files):
    path = files / "given.txt"
    path.write_text("Mrs Agatha Miller improved [1].\n\nReferences\n1. PMID: 90000001\n")
    done = invoke(files, path, "--redacted", "--sources", files / "sources.jsonl", "--format", "json")
    assert done.exit_code == 0, done.stderr
    assert "[name] improved" in done.stdout
    assert "Miller" not in done.stdout


def test_python_has_the_same_door(files, settings: Settings):
    made = rag.audit(TEXT, sources=files / "sources.jsonl", settings=settings)
    assert isinstance(made, rag.Audit)
    assert made.statements[0].label == "SUPPORT"
    with pytest.raises(BadInput):
        rag.audit("", settings=settings)
