"""The report of an audit: the same content in every form, and nothing of the audited text alive in any."""

from __future__ import annotations

import html as entities
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from rag.audit_records import (
    Audit,
    AuditCounts,
    AuditedCitation,
    AuditedReference,
    AuditedStatement,
    AuditFinding,
    FindingKind,
)
from rag.errors import BadInput
from rag.output import audit_page as words
from rag.output.audit import render
from rag.output.audit_page import audit_page
from rag.output.json import audit_from_json

QUOTE = "Walking had returned in 9 of 12 patients."
OURS = "One woman could walk again."
CITED = AuditedCitation(1, "11111111", "SUPPORT", 0.97, QUOTE, 4, 45, "RESULTS", ("a note on it",))

AUDIT = Audit(
    question="Does lysis help in spinal cord infarction?",
    statements=(
        AuditedStatement("s1", "bottom_line", "Lysis helps.", 0, 12, (), None, ()),
        AuditedStatement("s2", "statement", "It worked in 9 of 12.", 13, 40, (1,), "SUPPORT", (CITED,)),
        AuditedStatement(
            "s3",
            "statement",
            "It never failed.",
            41,
            60,
            (2, 7),
            "CONTRADICT",
            (
                AuditedCitation(2, "own-2", "CONTRADICT", 0.9, OURS, 0, 27, "TITLE"),
                AuditedCitation(7, None, "UNSCORED", notes=("no source has this number",)),
            ),
            (CITED,),
        ),
    ),
    references=(
        AuditedReference(
            1,
            "One A. Lysis of the cord. 2019.",
            "found",
            "PMID",
            "11111111",
            "11111111",
            "10.1000/abc",
            "Lysis of the spinal cord",
            2019,
            "concern",
            design="case series",
            level=4,
            participants=1012,
        ),
        AuditedReference(
            2, "Two B. One woman.", "found", "title", "own-2", title="One woman", access="summary",
            because=("population: other people",),
        ),
        AuditedReference(3, "Three C. Nowhere.", "not_found", pmid="33333333", hint="no source holds it"),
    ),
    findings=tuple(
        AuditFinding(kind, f"Fault of kind {i}.", ("s1",) if i % 2 else ())
        for i, kind in enumerate(get_args(FindingKind))
    ),
    counts=AuditCounts(3, 1, 1, 0, 0, 1),
    sources=("corpus starter", "PubMed, live"),
    made="2026-01-02T03:04:05+00:00",
    software="pubmed-rag 0",
    checker="bundled-2",
)  # fmt: skip


class Page(HTMLParser):
    """What a reader of an HTML page sees, and every element on it."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self._silent = 0
        self.feed(source)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self._silent += tag in ("style", "title")

    def handle_endtag(self, tag):
        self._silent -= tag in ("style", "title")

    def handle_data(self, data):
        if not self._silent:
            self.words.append(data)


def seen(audit: Audit, form: str) -> str:
    """The words of one form as its reader sees them, without white space."""
    shown = render(audit, form, width=80)
    if form == "md":
        shown = "".join(Page(MarkdownIt("commonmark").render(shown)).words)
    if form == "html":
        shown = "".join(Page(shown).words)
    return re.sub(r"\s+", "", shown).lower()


forms = pytest.mark.parametrize("form", ["text", "md", "html"])


@forms
def test_every_form_shows_all_that_the_record_says_to_a_reader(form):
    shown = seen(AUDIT, form)
    told = [AUDIT.question, *AUDIT.sources, AUDIT.made, AUDIT.checker, AUDIT.software, words.MADE_BY, QUOTE]
    told += [one.text.rstrip(".") for one in (*AUDIT.statements, *AUDIT.references, *AUDIT.findings)]
    told += [OURS, "a note on it", "no source has this number", "no source holds it", words.ELSEWHERE]
    told += [
        "case series",
        "level 4",
        "n = 1,012",
        "indirect",
        "EXPRESSION OF CONCERN",
        "[2,7]",
        *words.BLIND,
    ]
    told += ["1 of 3 statements is supported", "Lysis of the spinal cord (2019)", "Bottom line"]
    told += [one for group in words.GROUPS.values() for one in group.values()]
    assert [one for one in told if re.sub(r"\s+", "", one).lower() not in shown] == []


@forms
def test_our_summary_is_never_put_in_quotation_marks(form):
    shown = seen(AUDIT, form)
    assert re.sub(r"\s+", "", f"“{QUOTE}”").lower() in shown
    assert re.sub(r"\s+", "", f"“{OURS}”").lower() not in shown


def test_every_kind_of_fault_has_a_name_and_one_place():
    named = [kind for group in words.GROUPS.values() for kind in group]
    assert sorted(named) == sorted(get_args(FindingKind))


def test_the_record_comes_back_from_json_as_it_was():
    assert audit_from_json(render(AUDIT, "json")) == AUDIT
    assert list(json.loads(render(AUDIT, "json"))) == list(Audit.__dataclass_fields__)


@pytest.mark.parametrize("text", ["", "{}", '{"question": 3}', "[]"])
def test_what_is_no_record_of_an_audit_is_refused(text):
    with pytest.raises(BadInput, match="rag audit --format json"):
        audit_from_json(text)


def test_links_are_those_of_articles_that_were_found():
    found = [dict(each) for tag, each in Page(render(AUDIT, "html")).elements if tag == "a"]
    outside = [one["href"] for one in found if not str(one["href"]).startswith("#")]
    assert outside == ["https://pubmed.ncbi.nlm.nih.gov/11111111/", "https://doi.org/10.1000/abc"]
    assert "33333333" not in render(AUDIT, "md")


def test_every_anchor_of_the_page_exists_once():
    elements = Page(render(AUDIT, "html")).elements
    ids = [each["id"] for _, each in elements if "id" in each]
    assert len(ids) == len(set(ids))
    inside = [str(each["href"])[1:] for tag, each in elements if tag == "a" and str(each["href"])[0] == "#"]
    assert inside
    assert set(inside) <= set(ids)


def test_the_page_is_one_file_without_scripts_that_follows_a_dark_screen():
    page = render(AUDIT, "html")
    names = {tag for tag, _ in Page(page).elements}
    assert not names & {"script", "img", "iframe", "link", "object", "form"}
    assert "prefers-color-scheme: dark" in page
    assert "default-src 'none'" in page


def test_an_audit_without_references_question_or_faults_has_no_empty_sections():
    bare = replace(AUDIT, question="", references=(), findings=(), statements=AUDIT.statements[:1])
    for form in ("text", "md", "html"):
        shown = render(bare, form)
        assert words.HEADING in shown
        assert "eferences\n" not in shown
        assert "Form" not in shown


# --- Hostile text ---------------------------------------------------------------------------------

HOSTILE = (
    '<script>alert(1)</script><img src=x onerror="alert(2)">',
    "</style></title></main><h1>owned</h1>",
    "[click](javascript:alert(1)) ![x](http://evil.example/p.png) <http://evil.example>",
    "# heading\n\n* * *\n\n```\ncode",
    "\x1b[31mred\x1b[0m \x1b]8;;http://evil.example\x07link\x1b]8;;\x07 \x9b2J\r\x08",
    "safe\u202egnihtyreve\u202c \u2066x\u2069 zero\u200bwidth\u00ad \U000e0041\ufeff",
    "[bold red]markup[/] :smile: {{ 7 * 7 }} {% raw %}",
    "half \ud800 of a character",
)


def hostile(text: str) -> Audit:
    """The audit with this text wherever the audited text or a source can put one."""
    cited = replace(CITED, quote=text, notes=(text,), source_section=text)
    return replace(
        AUDIT,
        question=text,
        statements=(
            AuditedStatement("s1", "statement", text, 0, 1, (1,), "SUPPORT", (cited,), (cited,)),
        ),
        references=(replace(AUDIT.references[0], text=text, title=text, hint=text, design=text),),
        findings=(AuditFinding("overtrust", text, ("s1",)),),
        sources=(text,),
    )  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_harmless_in_html(text):
    page = render(hostile(text), "html")
    page.encode("utf-8")
    elements = Page(page).elements
    names = [tag for tag, _ in elements]
    plain = [tag for tag, _ in Page(render(hostile("plain"), "html")).elements]
    assert names == plain
    assert not any(name.startswith("on") for _, each in elements for name in each)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]", page)
    if "<script" in text:
        assert entities.escape("<script>alert(1)</script>", quote=False) in page


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_harmless_in_markdown(text):
    source = render(hostile(text), "md")
    source.encode("utf-8")
    rendered = Page(MarkdownIt("commonmark").render(source)).elements
    plain = Page(MarkdownIt("commonmark").render(render(hostile("plain"), "md"))).elements
    assert [tag for tag, _ in rendered] == [tag for tag, _ in plain]
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", source)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_harmless_on_a_terminal(text):
    shown = render(hostile(text), "text", width=80)
    shown.encode("utf-8")
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]", shown)
    assert not re.search("[^\n\x1b -\x7e\u00a0-\U0010ffff]", render(hostile(text), "text", color=True))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_kept_in_json_and_shows_no_hidden_character(text):
    made = render(hostile(text), "json")
    made.encode("utf-8")
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]", made)
    assert json.loads(made)["statements"][0]["text"] == text


@settings(max_examples=40)
@given(st.text(max_size=80))
def test_whatever_the_text_every_form_can_be_written_and_has_its_place_in_it(text):
    for form in ("text", "md", "html", "json"):
        shown = render(hostile(text), form, width=60)
        shown.encode("utf-8")
        assert "statement" in shown.lower()
    assert len(audit_page(hostile(text)).statements) == 1
