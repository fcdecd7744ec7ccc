"""Every data set is read in its own format; labels come out in one spelling; a bad line is named."""

from __future__ import annotations

import gzip
import json

import pytest

from eval.datasets import claims, questions, ranking
from eval.datasets.lines import qrels, read
from eval.suites import locate, names, suite
from rag.errors import BadInput
from rag.settings import Settings


@pytest.fixture
def file(tmp_path):
    """Writes rows as JSON lines, gzipped, and gives the path."""

    def write(name, *rows):
        path = tmp_path / f"{name}.jsonl.gz"
        with gzip.open(path, "wt", encoding="utf-8") as out:
            out.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        return path

    return write


def test_the_pool_holds_every_article_once_and_keeps_the_queries_of_its_set(file, tmp_path):
    record = "PMID- {}\nTI  - Zinc for {}.\n{}\n"
    abstract = "AB  - Zinc was given to adults."
    records = ((2, "coughs", abstract), (5, "colds", abstract), (6, "flu", ""))
    (tmp_path / "records.txt").write_text("\n".join(record.format(*one) for one in records))
    files = {
        "pubmedqa.questions": file("q", {"pmid": "1", "question": "Q?", "final_decision": "yes"}),
        "pubmedqa.abstracts": file(
            "a", *({"pmid": name, "sections": [{"label": "", "text": "A."}], "meshes": [], "year": None}
                   for name in ("1", "2"))
        ),
        "scifact.documents": file("d", {"_id": "s7", "title": "T", "text": "Text."}),
        "evidence_inference.abstracts": file(
            "e", {"pmcid": "PMC3", "title": "Trial", "sections": [{"label": None, "text": "One."}]}
        ),
        "records.one": tmp_path / "records.txt",
        "bioasq.questions": file(
            "b", {"id": "b1", "type": "list", "question": "Which?", "exact_answer": [["x"]],
                  "document_pmids": ["5", "8"], "snippets": []}
        ),
        "bioasq.snippets": file(
            "s", *({"pmid": name, "title_snippet": None,
                    "passages": [{"section": "abstract", "begin_offset": 0, "text": "Picked."}]}
                   for name in ("5", "8"))
        ),
    }  # fmt: skip
    found = ranking.FORMATS["pooled-bioasq"](files)
    assert [one.id for one in found.articles] == ["1", "2", "s7", "PMC3", "5", "8"]
    assert found.articles[1].title == "", "PubMedQA's own version, without the title that is the question"
    assert found.articles[4].title == "Zinc for colds.", "the abstract, not the snippets of it"
    assert (found.queries, found.qrels) == ({"b1": "Which?"}, {"b1": {"5": 1, "8": 1}})
    other = ranking.FORMATS["pooled-pubmedqa"](files)
    assert (other.queries, other.articles, other.name) == ({"1": "Q?"}, found.articles, found.name)


def test_scifact_gives_one_claim_for_each_cited_abstract_with_none_for_lack_of_evidence(file):
    found = claims.scifact(
        {
            "documents": file(
                "docs",
                {"doc_id": "7", "title": "T", "abstract": ["One.", "Two."]},
                {"doc_id": "8", "title": "U", "abstract": ["Three."]},
            ),
            "claims": file(
                "claims",
                {
                    "id": "1", "claim": "C.", "cited_doc_ids": [7, 8],
                    "evidence": {"7": [{"sentences": [0], "label": "CONTRADICT"}]},
                },
            ),
        }
    )  # fmt: skip
    assert [(one.id, one.given, one.cluster) for one in found] == [
        ("1-7", "CONTRADICT", "1"),
        ("1-8", "NOT_ENOUGH_INFO", "1"),
    ]
    assert found[0].article.sections[0].text == "One. Two."


def test_healthver_clusters_by_claim(file):
    rows = [{"id": n, "claim": "C", "evidence": "E", "label": label, "topic": 1, "question": "Q"}
            for n, label in enumerate(("Supports", "Refutes", "Neutral"))]  # fmt: skip
    found = claims.healthver({"claims": file("hv", *rows)})
    assert [one.given for one in found] == ["SUPPORT", "CONTRADICT", "NOT_ENOUGH_INFO"]
    assert {one.cluster for one in found} == {"C"}


def test_citation_marks_are_taken_out_of_a_citing_sentence(file):
    row = {
        "id": "x", "citing_text": "A [<|multi_cit|>] and B <|cit|>.", "claim_span": None,
        "label": "INACCURATE", "cited_article_group": 3, "reference_sentences": ["R.", "S."],
    }  # fmt: skip
    (found,) = claims.citation_integrity({"claims": file("ci", row)})
    assert found.statement == "A and B."
    assert (found.given, found.cluster) == ("CONTRADICT", "3")


def test_expertqa_takes_only_judged_claims_with_a_passage(file):
    base = {"question": "Q", "claim": "Zinc works [1]."}
    passage = "[1] https://a.example\n\n" + "Zinc shortened colds in forty adults. " * 2
    found = claims.expertqa(
        {
            "claims": file(
                "eq",
                {**base, "id": "a", "support": "Complete", "evidence": [passage]},
                {**base, "id": "b", "support": "Partial", "evidence": [passage, "[2] https://b.example"]},
                {**base, "id": "c", "support": "N/A", "evidence": [passage]},
                {**base, "id": "d", "support": "Complete", "evidence": ["[1] https://a.example"]},
            )
        }
    )
    assert [(one.id, one.given) for one in found] == [("a", "SUPPORT"), ("b", "NOT_ENOUGH_INFO")]
    assert found[0].statement == "Zinc works."
    assert len(found[1].article.sections) == 1


def test_nli4ct_shows_the_named_section_of_both_trials(file):
    trials = [{"Clinical Trial ID": name, "Results": [f" {name}:", " 5"]} for name in ("N1", "N2")]
    row = {"id": "s", "Section_id": "Results", "Primary_id": "N1", "Secondary_id": "N2",
           "Statement": "S.", "Label": "Entailment"}  # fmt: skip
    (found,) = claims.nli4ct({"trials": file("t", *trials), "claims": file("c", row)})
    assert [one.text for one in found.article.sections] == ["N1:\n5", "N2:\n5"]


def test_check_covid_joins_the_sentences_of_an_abstract(file):
    document = {"cord_id": "k", "title": "T", "abstract": ["One.", "Two."]}
    row = {"id": "a", "claim": "C", "cord_id": "k", "label": "NOTENOUGHINFO"}
    (found,) = claims.check_covid({"documents": file("d", document), "claims": file("c", row)})
    assert (found.given, found.article.sections[0].text) == ("NOT_ENOUGH_INFO", "One. Two.")


@pytest.mark.parametrize(("conclusions", "labels"), [(True, ["AIM", "CONCLUSIONS"]), (False, ["AIM"])])
def test_pubmedqa_is_read_with_and_without_conclusions(file, conclusions, labels):
    sections = [{"label": label, "text": label.lower()} for label in ("AIM", "CONCLUSIONS")]
    files = {
        "questions": file("q", {"pmid": "1", "question": "Q?", "final_decision": "maybe"}),
        "abstracts": file(
            "a",
            {"pmid": "1", "sections": sections, "meshes": ["Humans"], "year": None},
            {"pmid": "2", "sections": sections, "meshes": [], "year": "1999"},
        ),
    }
    asked, pool = questions.pubmedqa(files, conclusions=conclusions)
    assert [one.label for one in asked[0].gold[0].sections] == labels
    assert (asked[0].given, len(pool), pool[1].year) == ("maybe", 2, 1999)


def test_bioasq_keeps_gold_snippets_and_articles_in_the_pool(file):
    passages = [{"section": "abstract", "begin_offset": at, "end_offset": at + 5, "text": text}
                for at, text in ((90, "later"), (4, "early"))]  # fmt: skip
    row = {"question": "Q?", "document_pmids": ["1", "9"], "snippets": [{"pmid": "1", "text": "early"}]}
    files = {
        "snippets": file("s", {"pmid": "1", "title_snippet": None, "passages": passages}),
        "questions": file(
            "q",
            {**row, "id": "a", "type": "yesno", "exact_answer": "Yes"},
            {**row, "id": "b", "type": "summary", "exact_answer": None},
        ),
    }
    asked, pool = questions.bioasq(files)
    assert [(one.id, one.given) for one in asked] == [("a", "yes")]
    assert [one.text for one in pool[0].sections] == ["early", "later"]
    assert asked[0].snippets == (("1", "early"),)
    collection = ranking.bioasq_documents(files)
    assert collection.qrels == {"a": {"1": 1}, "b": {"1": 1}}


def test_beir_runs_judged_queries_only(file, tmp_path):
    judged = tmp_path / "qrels.tsv"
    judged.write_text("query-id\tcorpus-id\tscore\nq1\td1\t2\n")
    collection = ranking.beir(
        {
            "documents": file("d", {"_id": "d1", "title": "T", "text": "x"}, {"_id": "d2", "text": "y"}),
            "queries": file("q", {"_id": "q1", "text": "a"}, {"_id": "q2", "text": "b"}),
            "qrels": judged,
        }
    )
    assert collection.queries == {"q1": "a"}
    assert collection.qrels == {"q1": {"d1": 2}}
    assert [one.title for one in collection.articles] == ["T", ""]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('{"id": 1}', "there is no 'evidence'"),
        ("{", "line 2 cannot be read"),
        ('{"id": 1, "claim": "C", "evidence": "E", "label": "Perhaps"}', "'Perhaps' is no known label"),
    ],
)
def test_a_line_that_cannot_be_read_is_named_with_its_file(tmp_path, line, why):
    path = tmp_path / "hv.jsonl"
    path.write_text('{"id": 1, "claim": "C", "evidence": "E", "label": "Neutral"}\n' + line + "\n")
    with pytest.raises(BadInput, match="line 2") as raised:
        claims.healthver({"claims": path})
    assert why in str(raised.value)
    assert "hv.jsonl" in str(raised.value)


def test_a_bad_line_of_judgements_is_named(tmp_path):
    path = tmp_path / "qrels.tsv"
    path.write_text("query-id\tcorpus-id\tscore\nq1\td1\n")
    with pytest.raises(BadInput, match="line 2"):
        qrels(path)


def test_only_a_line_feed_ends_a_line(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"a": "one\u2028two"}\n', encoding="utf-8")
    assert list(read(path, lambda row: row["a"])) == ["one\u2028two"]


COUNTS = {"scifact": 919, "healthver": 1917, "check-covid": 207, "citation-integrity": 316,
          "expertqa-medical": 242, "nli4ct": 200, "planted-errors": 240}  # fmt: skip


@pytest.mark.parametrize("name", sorted(COUNTS))
def test_the_whole_data_set_is_read_with_ids_of_its_own(data, name):
    declared = suite(name)
    files = {role: data(one.path) for role, one in declared.data.files.items()}
    found = claims.FORMATS[declared.data.format](files)
    assert len(found) == COUNTS[name]
    assert len({one.id for one in found}) == len(found)


@pytest.mark.parametrize("name", names())
def test_every_shipped_file_of_a_suite_is_there_or_comes_with_a_hash(name):
    for one in suite(name).data.files.values():
        shipped = one.path.startswith(("eval/", "corpora/"))
        assert shipped == (one.sha256 == "")
        assert not shipped or locate(one.path, Settings())
