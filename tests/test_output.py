"""The answer page: the same content in every form, and nothing hostile alive in any."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from rag.errors import BadInput
from rag.output import html as html_form
from rag.output import json as json_form
from rag.output import markdown as markdown_form
from rag.output import page as words
from rag.output import text as text_form
from rag.records import (
    Answer,
    BestLevel,
    Certainty,
    Citation,
    Counts,
    Dissent,
    Domain,
    Excluded,
    Expansion,
    Notice,
    Pico,
    Question,
    Reference,
    Removed,
    Review,
    Search,
    SearchedCorpus,
    SearchQuery,
    Statement,
    Status,
    VerdictLine,
)

QUOTE = "Walking had returned in 9 of 12 patients (75%) after three months."
OUR_WORDS = "One woman, treated at eight hours, could walk again."
OTHER_QUOTE = "No difference in walking was seen at one year."
STROKE_QUOTE = "Thrombectomy raised functional independence from 26% to 46%."

CITED = Citation(1, "11111111", "11111111", "p-1", QUOTE, 40, 106, "RESULTS", "SUPPORT", 0.97, True)
PAPERS = (
    "One A, Two B. Lysis of the cord [Preprint]. J Cord. 2019 May;1(2):3-9. PMID: 11111111.",
    "Three C. One woman. Cord Cases. 2020;7:e12. doi: 10.1000/xyz(1).",
    "Four D, et al. Clots of the brain. Brain. 2015;9:1-8. PMID: 33333333.",
)

ANSWER = Answer(
    id="a1b2c3d4e5f6",
    thread="t-77",
    audience="clinician",
    question=Question(
        asked="does lysis help in SCI",
        understood="Does intravenous thrombolysis help adults with spinal cord infarction?",
        type="therapy",
        pico=Pico("adults with spinal cord infarction", "intravenous thrombolysis", "usual care", "walking"),
        expansions=(Expansion("SCI", "spinal cord infarction, not injury"),),
        assumptions=("The question is about adults.",),
    ),
    verdict=VerdictLine(
        "supported",
        "Thrombolysis may help, but this rests on a case series and a case report [1,2].",
        (1, 2),
    ),
    certainty=Certainty(
        level="very_low",
        domains=(
            Domain(
                "Risk of bias", "rated", -2, "No source has a control group.", "we reviewed our own cases"
            ),
            Domain("Publication bias", "not_assessable", 0, "Abstracts do not tell."),
            Domain("Effect", "reported_by_source", 0, "A review states its own rating.", "low certainty"),
        ),
        best_level=BestLevel(level=4),
        direct=True,
        studies=2,
        participants=1013,
    ),
    statements=(
        Statement(
            "s1",
            "benefit",
            f'In a case series: "{QUOTE}" [1]',
            (CITED,),
        ),
        Statement(
            "s2",
            "harm",
            "One patient treated late walked again [2], though others did not [1].",
            (
                replace(
                    CITED,
                    score=0.61,
                    notes=("It cites another study for this.",),
                    quote="Three did not walk.",
                ),
                Citation(2, "doi:10.1000/xyz(1)", None, "p-2", OUR_WORDS, 0, 52, "", "SUPPORT", 0.88, True),
            ),
        ),
        Statement(
            "s3",
            "indirect",
            "In cerebral stroke, thrombectomy raised independence from 26% to 46% [3].",
            (
                Citation(
                    3, "33333333", "33333333", "p-3", STROKE_QUOTE, 5, 64, "TITLE", "SUPPORT", 0.93, False
                ),
            ),
        ),
    ),
    removed=(
        Removed("It works in 90% of patients.", "number_not_in_source", "90% is in no source."),
        Removed("It is always safe [9].", "dangling_citation"),
    ),
    references=(
        Reference(
            1,
            "11111111",
            "11111111",
            "10.1000/abc",
            "https://pubmed.ncbi.nlm.nih.gov/11111111/",
            "One A, Two B. Lysis of the cord [Preprint]. J Cord. 2019 May;1(2):3-9. PMID: 11111111.",
            "Lysis of the cord",
            ("One A", "Two B"),
            "J Cord",
            2019,
            ("Journal Article",),
            "case series",
            4,
            12,
            "preprint",
            "abstract",
        ),
        Reference(
            2,
            "doi:10.1000/xyz(1)",
            None,
            "10.1000/xyz(1)",
            "https://doi.org/10.1000/xyz%281%29",
            "Three C. One woman. Cord Cases. 2020;7:e12. doi: 10.1000/xyz(1).",
            "One woman",
            ("Three C",),
            "Cord Cases",
            2020,
            ("Case Reports",),
            "case report",
            4,
            1,
            "ok",
            "summary",
        ),
        Reference(
            3,
            "33333333",
            "33333333",
            None,
            "https://pubmed.ncbi.nlm.nih.gov/33333333/",
            "Four D, et al. Clots of the brain. Brain. 2015;9:1-8. PMID: 33333333.",
            "Clots of the brain",
            ("Four D",),
            "Brain",
            2015,
            (),
            "randomised trial",
            None,
            None,
            "concern",
            "full_text",
        ),
    ),
    dissent=(Dissent(1, OTHER_QUOTE, "opposes"), Dissent(2, "Our words on the other side.", "inconclusive")),
    not_found=("0 of 43 screened articles study thrombectomy in spinal cord infarction.",),
    notices=(
        Notice("time_critical", "This may be an emergency. Follow your local pathway first."),
        Notice("abstract_only", "Only abstracts were read, not the full articles."),
    ),
    followups=("What is reported about heparin?",),
    search=Search(
        mode="live",
        corpora=(SearchedCorpus("starter", "f00dfeed", 1204, "2025-01-02"),),
        queries=(
            SearchQuery(
                "PubMed", '"spinal cord"[tiab] AND lysis', '"spinal cord"[Title] AND lys*', "2025-06-01", 1043
            ),
        ),
        counts=Counts(1057, 1043, 43, 40, 3),
        excluded=(Excluded("44444444", "retracted"), Excluded("55555555", "about spinal cord injury")),
        failed=("PubMed gave 2 of 3 batches.",),
    ),
    status=Status(
        generated="2025-06-01T10:00:03+00:00",
        searched="2025-06-01T10:00:00+00:00",
        reviewed=Review("under-review", "A. Reader", "2025-06-02", "Checked the first claim."),
        software="pubmed-rag 0.1.0",
        llm="replay/demo",
        prompts={"answer": "0123abcd"},
        settings="9876fedc",
        seconds={"search": 1.25, "verify": 0.5},
        tokens=4321,
    ),
)

EMPTY = Answer(
    id="e0",
    thread=None,
    audience="clinician",
    question=Question("What is the weather?", "", "other"),
    verdict=VerdictLine("not_answerable", "This is not a medical question."),
    certainty=Certainty("not_assessable"),
    statements=(),
    removed=(),
    references=(),
    dissent=(),
    not_found=(),
    notices=(),
    followups=(),
    search=Search("local"),
    status=Status("", "", None, "pubmed-rag 0.1.0", None, {}, "", {}, 0),
)


class _Visible(HTMLParser):
    """What a reader of an HTML page sees, and every element and attribute on it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._silent += tag in ("style", "title")
        if tag == "q":
            self.words.append("“")

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in ("style", "title")
        if tag == "q":
            self.words.append("”")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.words.append(data)


def _seen(source: str) -> _Visible:
    parser = _Visible()
    parser.feed(source)
    return parser


def _markdown_as_html(source: str) -> str:
    return str(MarkdownIt("commonmark").enable("table").render(source))


def _text(answer: Answer) -> str:
    return text_form.render(answer, width=80)


def _markdown(answer: Answer) -> str:
    return "".join(_seen(_markdown_as_html(markdown_form.render(answer))).words)


def _html(answer: Answer) -> str:
    return "".join(_seen(html_form.render(answer)).words)


FORMS: dict[str, Callable[[Answer], str]] = {"text": _text, "markdown": _markdown, "html": _html}
form = pytest.mark.parametrize("read", [pytest.param(read, id=name) for name, read in FORMS.items()])


def _strings(value: Any) -> Iterator[str]:
    """Every string of a record and of what it holds."""
    if isinstance(value, str):
        yield value
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from _strings(getattr(value, field.name))
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from _strings(key)
            yield from _strings(one)
    elif isinstance(value, tuple):
        for one in value:
            yield from _strings(one)


def _squeeze(text: str) -> str:
    """Without white space: forms wrap lines where they please. Marks of emphasis differ by form."""
    return re.sub(r"\s+", "", text)


# Shown in other words, or not for readers: kinds and states, ids of passages, fields inside ``vancouver``.
CODES = {
    *[
        "therapy",
        "supported",
        "very_low",
        "benefit",
        "harm",
        "indirect",
        "SUPPORT",
        "rated",
        "not_assessable",
        "reported_by_source",
        "TITLE",
        "p-1",
        "p-2",
        "p-3",
        "s1",
        "s2",
        "s3",
        "number_not_in_source",
        "dangling_citation",
        "preprint",
        "concern",
        "ok",
        "abstract",
        "summary",
        "full_text",
        "opposes",
        "inconclusive",
        "time_critical",
        "abstract_only",
        "live",
        "under-review",
        "10.1000/abc",
        "doi:10.1000/xyz(1)",
        "https://pubmed.ncbi.nlm.nih.gov/11111111/",
        "https://pubmed.ncbi.nlm.nih.gov/33333333/",
        "https://doi.org/10.1000/xyz%281%29",
    ],
    "Journal Article",
    "Case Reports",
}


@form
def test_every_string_for_the_reader_is_in_every_form(read: Callable[[Answer], str]) -> None:
    shown = _squeeze(read(ANSWER))
    missing = [text for text in _strings(ANSWER) if text not in CODES and _squeeze(text) not in shown]
    assert missing == []


@form
def test_every_string_of_the_page_is_in_every_form(read: Callable[[Answer], str]) -> None:
    page = words.page(ANSWER)
    shown = _squeeze(read(ANSWER)).lower()
    addresses = {entry.pubmed for entry in page.references} | {entry.doi for entry in page.references}
    # An address is a link in two forms: that it is there is tested by itself. Ids of statements are anchors.
    hidden = addresses | {
        claim.id for group in (*page.groups, page.indirect) if group for claim in group.claims
    }
    missing = [text for text in _strings(page) if text not in hidden and _squeeze(text).lower() not in shown]
    assert missing == []


@form
def test_the_page_is_in_its_order(read: Callable[[Answer], str]) -> None:
    shown = read(ANSWER).lower()
    order = [
        "does intravenous thrombolysis help",
        "read as spinal cord infarction",
        "thrombolysis may help",
        "very low",
        "risk of bias",
        "only abstracts were read",
        "in a case series",
        "one patient treated late",
        "agreement and dissent",
        "no difference in walking",
        "in cerebral stroke",
        "0 of 43",
        "how this was searched",
        "about spinal cord injury",
        "references",
        "cord cases",
        "not shown as part of the answer",
        "status",
        "what is reported about heparin",
    ]
    answered = shown.index("thrombolysis may help")
    places = [shown.index(text, answered * (i > 2)) for i, text in enumerate(order)]
    assert places == sorted(places)


@form
def test_our_summary_is_never_in_quotation_marks(read: Callable[[Answer], str]) -> None:
    shown = re.sub(r"\s+", " ", read(ANSWER))
    for ours in (OUR_WORDS, "Our words on the other side."):
        assert ours in shown
        assert f"“{ours}" not in shown
        assert f'"{ours}' not in shown
        assert "ur summary" in shown[shown.index(ours) - 60 : shown.index(ours)]
    assert f"“{OTHER_QUOTE}”" in shown


@form
def test_status_of_sources_is_told_in_words(read: Callable[[Answer], str]) -> None:
    shown = read(ANSWER)
    for text in (
        "PREPRINT, not peer reviewed",
        "EXPRESSION OF CONCERN",
        "abstract only",
        "our summary",
        "full text",
    ):
        assert text in shown
    retracted = replace(
        ANSWER, references=tuple(replace(one, status="retracted") for one in ANSWER.references)
    )
    assert read(retracted).count("RETRACTED") == 3


@form
def test_an_answer_without_evidence_shows_no_empty_section(read: Callable[[Answer], str]) -> None:
    shown = read(EMPTY)
    for text in (
        "What is the weather?",
        "Not answerable here",
        "This is not a medical question.",
        "not reviewed",
    ):
        assert text.lower() in shown.lower()
    for text in (
        "Benefit",
        "Dissent",
        "Not found",
        "References",
        "Not shown",
        "Limits",
        "Excluded",
        "[]",
    ):
        assert text.lower() not in shown.lower()
    assert "None" not in shown


@form
def test_a_quote_that_the_statement_gives_is_not_given_twice(read: Callable[[Answer], str]) -> None:
    assert _squeeze(read(ANSWER)).count(_squeeze(QUOTE)) == 1


@form
def test_every_word_table_is_complete(read: Callable[[Answer], str]) -> None:
    """Each kind, level, section and reason has words, so that no code of ours reaches a reader."""
    for kind in words.VERDICTS:
        assert words.VERDICTS[kind] in read(replace(ANSWER, verdict=replace(ANSWER.verdict, kind=kind)))  # type: ignore[arg-type]
    for level in words.LEVELS:
        shown = read(replace(ANSWER, certainty=replace(ANSWER.certainty, level=level)))  # type: ignore[arg-type]
        assert f"{words.LEVELS[level]}" in shown
    for reason in words.REASONS:
        assert _squeeze(words.REASONS[reason]) in _squeeze(
            read(replace(ANSWER, removed=(Removed("x", reason),)))
        )  # type: ignore[arg-type]


# --- Nothing hostile comes out alive ----------------------------------------------------------------

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</style></title><svg onload=alert(1)>",
    "[click](javascript:alert(1))",
    "[1](javascript:alert(1))",
    "【1】(javascript:alert(1))",
    "![x](https://evil.example/x.png)",
    "<https://evil.example>",
    "https://evil.example/path www.evil.example",
    "[1]: https://evil.example",
    "【1】: https://evil.example",
    "[ref][1]",
    "# heading\n\n---\n\n* item",
    "1. item",
    "    code",
    "```\nfence\n```",
    "a | b | c",
    "**bold** _em_ ~~x~~ `code`",
    "&lt;b&gt; &amp; &#60;b&#62;",
    "{{ 7 * 7 }} {% raw %}",
    "\x1b[31mred\x1b[0m \x1b]8;;https://evil.example\x07link\x1b]8;;\x07",
    "\x9b31m\x00\x07\x08\x7f",
    "\u202egnp.exe\u202c \u2066x\u2069 \u200bzero\ufeff \U000e0041tag",
    '" onmouseover="alert(1)" \'',
    "[red]rich[/red] :smile:",
    "\ud800 lone",
    "a\r\nb\u2028c\u0085d",
]
hostile = pytest.mark.parametrize("evil", HOSTILE, ids=[f"hostile_{i}" for i in range(len(HOSTILE))])


def _poison(value: Any, evil: str) -> Any:
    """The same record with the hostile string around every string that is not a code of ours."""
    if isinstance(value, str):
        return value if not value or value in CODES - {"10.1000/abc"} else f"{evil} {value} {evil}"
    if is_dataclass(value) and not isinstance(value, type):
        keep = {
            "kind",
            "type",
            "level",
            "section",
            "verdict",
            "status",
            "access",
            "mode",
            "reason",
            "audience",
        }
        new = {}
        for field in fields(value):
            old = getattr(value, field.name)
            is_code = field.name in keep and isinstance(old, str) and not isinstance(value, Domain | Excluded)
            new[field.name] = old if is_code else _poison(old, evil)
        return type(value)(**new)
    if isinstance(value, tuple):
        return tuple(_poison(one, evil) for one in value)
    if isinstance(value, dict):
        return {key: _poison(one, evil) for key, one in value.items()}
    return value


HIDDEN = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f]"
)
OURS = re.compile(
    r"(#[a-z]+-[0-9-]+|https://pubmed\.ncbi\.nlm\.nih\.gov/[0-9]+/|https://doi\.org/10\.[0-9]+/[\w%./:~-]+)\Z"
)
ELEMENTS = re.compile(
    "html|head|meta|title|style|body|main|header|section|article|h[123]|p|dl|div|dt|dd|span|a|blockquote|q|ul|ol"
    "|li|table|caption|thead|tbody|tr|th|td|pre|code"
)
ATTRIBUTES = re.compile(
    "lang|charset|name|content|http-equiv|class|role|id|href|rel|value|scope|aria-(label|labelledby|hidden)"
)


@hostile
def test_html_holds_only_our_elements_and_links(evil: str) -> None:
    source = html_form.render(_poison(ANSWER, evil))
    plain = _seen(html_form.render(ANSWER))
    seen = _seen(source)
    assert all(ELEMENTS.fullmatch(tag) for tag, _ in seen.elements)
    assert all(ATTRIBUTES.fullmatch(name) for _, attributes in seen.elements for name in attributes)
    assert all(OURS.match(str(a["href"])) for _, a in seen.elements if "href" in a)
    assert not HIDDEN.search(source)
    source.encode("utf-8")
    # The same skeleton as without the poison: nothing was added but the numbers of markers in it.
    kinds = [tag for tag, _ in seen.elements if tag not in ("a", "span", "p")]
    assert kinds == [tag for tag, _ in plain.elements if tag not in ("a", "span", "p")]


@hostile
def test_markdown_renders_only_our_elements_and_links(evil: str) -> None:
    source = markdown_form.render(_poison(ANSWER, evil))
    assert not HIDDEN.search(source)
    source.encode("utf-8")
    rendered = _markdown_as_html(source)
    seen, plain = _seen(rendered), _seen(_markdown_as_html(markdown_form.render(ANSWER)))
    assert all(OURS.match(str(a["href"])) for tag, a in seen.elements if tag == "a")
    assert not {tag for tag, _ in seen.elements} & {"script", "img", "svg", "code", "pre", "hr", "br"}
    # Nor can a reader that links bare addresses, as GitHub's does, find one.
    bare = re.sub(r"\[(?:PubMed|DOI)\]\([^)]*\)", "", source)
    assert not re.search(r"(?<!\\)://", bare)
    assert "www." not in bare
    kinds = [tag for tag, _ in seen.elements if tag not in ("a", "p")]
    assert kinds == [tag for tag, _ in plain.elements if tag not in ("a", "p")]


@hostile
@pytest.mark.parametrize("color", [False, True], ids=["plain", "color"])
def test_text_holds_no_control_character_of_a_source(evil: str, color: bool) -> None:
    shown = text_form.render(_poison(ANSWER, evil), width=80, color=color)
    if color:
        shown = re.sub(r"\x1b\[[0-9;]*m", "", shown)  # the colours, which are ours
    assert not HIDDEN.search(shown)
    shown.encode("utf-8")


@hostile
def test_json_escapes_what_cannot_be_seen_and_keeps_it(evil: str) -> None:
    poisoned = _poison(ANSWER, evil)
    source = json_form.render(poisoned)
    assert not HIDDEN.search(source)
    source.encode("utf-8")
    assert (
        json.loads(source)["statements"][0]["citations"][0]["quote"]
        == poisoned.statements[0].citations[0].quote
    )


@hostile
def test_what_is_visible_of_a_hostile_string_is_shown_as_it_stands(evil: str) -> None:
    """Escaping hides nothing: the reader sees the characters themselves, in every form."""
    answer = replace(ANSWER, not_found=(f"so {evil}",))
    wanted = _squeeze(words.line(evil))
    for read in FORMS.values():
        assert wanted in _squeeze(read(answer))


@given(st.text())
def test_markdown_shows_any_line_as_it_stands(text: str) -> None:
    shown = words.line(text)
    seen = _seen(_markdown_as_html(f"- {markdown_form.escape(shown)}"))
    assert _squeeze("".join(seen.words)) == _squeeze(shown)
    assert {tag for tag, _ in seen.elements} <= {"ul", "li", "p"}


# --- Each form --------------------------------------------------------------------------------------


def test_json_has_the_fields_of_the_contract_in_order() -> None:
    record = json.loads(json_form.render(ANSWER))
    fields_of = {
        "answer": (
            record,
            "id thread audience question verdict certainty statements removed references dissent "
            "not_found notices followups search status",
        ),
        "question": (record["question"], "asked understood type pico expansions assumptions"),
        "certainty": (record["certainty"], "level scale domains best_level direct studies participants"),
        "citation": (
            record["statements"][0]["citations"][0],
            "n article pmid passage_id quote start end source_section verdict score direct notes",
        ),
        "reference": (
            record["references"][0],
            "n article pmid doi url vancouver title authors journal year "
            "publication_types design level n_participants status access",
        ),
        "search": (record["search"], "mode corpora queries counts excluded failed"),
    }
    for name, (one, expected) in fields_of.items():
        assert list(one) == expected.split(), name
    assert record["status"]["reviewed"] == {
        "status": "under-review",
        "by": "A. Reader",
        "at": "2025-06-02",
        "note": "Checked the first claim.",
    }


@pytest.mark.parametrize("answer", [ANSWER, EMPTY], ids=["rich", "empty"])
def test_json_is_read_back_as_it_was(answer: Answer) -> None:
    assert json_form.answer_from_json(json_form.render(answer)) == answer


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"id": 1}', "not json", '"\\ud800"'])
def test_what_is_no_answer_record_is_refused_with_a_reason(text: str) -> None:
    with pytest.raises(BadInput, match="not an answer record"):
        json_form.answer_from_json(text)


@pytest.mark.parametrize("width", [40, 80, 120])
def test_text_keeps_to_its_width_and_leaves_no_trailing_space(width: int) -> None:
    lines = text_form.render(ANSWER, width=width).split("\n")
    assert max(map(len, lines)) <= width
    assert all(one == one.rstrip() for one in lines)


def test_text_shows_verdict_and_certainty_on_the_first_screen() -> None:
    """A terminal of 24 lines shows the question, the verdict and the certainty at once."""
    first = "\n".join(text_form.render(ANSWER, width=80).split("\n")[:24])
    assert "Thrombolysis may help" in first
    assert "Very low (provisional)" in first


def test_text_is_plain_unless_colour_is_asked_for() -> None:
    plain = text_form.render(ANSWER, width=80)
    assert "\x1b" not in plain
    colored = text_form.render(ANSWER, width=80, color=True)
    assert "\x1b[" in colored
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == plain


def test_html_notes_lead_to_the_list_and_back() -> None:
    seen = _seen(html_form.render(ANSWER))
    ids = [str(a["id"]) for _, a in seen.elements if "id" in a]
    assert len(ids) == len(set(ids))
    assert all(str(a["href"])[1:] in ids for _, a in seen.elements if str(a.get("href", "")).startswith("#"))
    roles = [a.get("role") for _, a in seen.elements]
    assert roles.count("doc-endnotes") == 1
    assert roles.count("doc-noteref") == roles.count("doc-backlink") == 6


def test_html_is_self_contained_and_accessible() -> None:
    source = html_form.render(ANSWER)
    seen = _seen(source)
    tags = [tag for tag, _ in seen.elements]
    assert not re.search(r"\ssrc=|url\(|@import|javascript:|<script", source)
    assert ("html", {"lang": "en"}) in seen.elements
    assert tags.count("h1") == 1
    assert tags.index("h1") < tags.index("h2")
    assert all("scope" in a for tag, a in seen.elements if tag == "th")
    assert all(a.get("aria-label") for tag, a in seen.elements if tag == "a" and a.get("role"))
    assert "Very low" in "".join(seen.words)  # the level is a word; the dots are hidden from screen readers


def _luminance(color: str) -> float:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("name", ["ink", "soft", "accent", "warn"])
@pytest.mark.parametrize("ground", ["#ffffff", "#f5f7f9", "#fffaf0", "#fff6d6"])
def test_html_colours_have_the_contrast_of_wcag_aa(name: str, ground: str) -> None:
    """WCAG 2.2, criterion 1.4.3: at least 4.5 to 1."""
    found = re.search(rf"--{name}: (#[0-9a-f]{{6}});", html_form.render(ANSWER))
    assert found is not None
    light, dark = _luminance(ground), _luminance(found[1])
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_markers_are_links_only_to_listed_references() -> None:
    answer = replace(ANSWER, verdict=replace(ANSWER.verdict, text="So [1,7]. On [18F]FDG 5 [2-9] [9-2]."))
    source = html_form.render(answer)
    assert '[<a href="#ref-1"' in source
    assert 'href="#ref-7"' not in source
    assert "[18F]FDG 5 [2-9] " in html.unescape(source)
    assert "So [1,7]. On [18F]FDG 5 [2-9] [9-2]." in _html(answer)


def test_markdown_keeps_markers_readable() -> None:
    """The printed file can be audited again: its markers and its list are not escaped."""
    source = markdown_form.render(ANSWER)
    assert "case report [1,2]." in source
    assert "\n- [2] Three C. One woman." in source
    assert "(https://doi.org/10.1000/xyz%281%29)" in source


@form
def test_an_open_question_is_never_called_supported(read: Callable[[Answer], str]) -> None:
    asked = replace(ANSWER.question, understood="What are the adverse effects of intravenous thrombolysis?")
    found = replace(ANSWER, question=asked, verdict=replace(ANSWER.verdict, kind="supported"))
    assert words.EVIDENCE in read(found)
    assert words.VERDICTS["supported"] not in read(found)
