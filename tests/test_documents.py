"""Own documents and RIS: sections by headings, pages in the labels, and no word lost or hidden."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rag.answering.design import design
from rag.errors import BadInput
from rag.library.documents import read_document
from rag.library.medline import read
from rag.records import Article, Author, Section, Unreadable


@pytest.fixture
def document(tmp_path: Path) -> Callable[[str, str], Article]:
    def make(name: str, text: str) -> Article:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return read_document(path, ["Practice Guideline"])

    return make


def pdf(*pages: list[str], title: str = "") -> bytes:
    """A PDF of our own making: one line of text below the other."""
    kids = " ".join(f"{5 + 2 * n} 0 R" for n in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {len(pages)} /Kids [{kids}] >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        f"<< /Title ({title}) >>".encode(),
    ]
    for n, lines in enumerate(pages):
        shown = "\n".join(f"1 0 0 1 50 {760 - 16 * k} Tm ({line}) Tj" for k, line in enumerate(lines))
        stream = f"BT /F1 11 Tf\n{shown}\nET".encode("latin-1")
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents {6 + 2 * n} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>".encode()
        )
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer << /Size %d /Root 1 0 R /Info 4 0 R >>\n"
        b"startxref\n%d\n%%%%EOF" % (len(objects) + 1, table, len(objects) + 1, len(out))
    )


def test_markdown_has_a_section_for_each_heading(document: Callable[[str, str], Article]) -> None:
    article = document(
        "Ward Sepsis.md",
        "# Sepsis\n\nFor *all* wards.\n\n## First hour\n\n- Give fluid at **30 mL/kg**\n- Take `lactate`, "
        "see [there](http://x)\n\n| drug | dose |\n|---|---|\n| A | 2 g |\n\nSetext\n------\n\nLast.\n",
    )
    assert article.title == "Sepsis"
    assert article.id == "file:ward-sepsis"
    assert article.sections == (
        Section("", "For all wards."),
        Section("First hour", "Give fluid at 30 mL/kg\n\nTake lactate, see there\n\ndrug; dose\n\nA; 2 g"),
        Section("Setext", "Last."),
    )
    assert design(article, "therapy").name == "guideline"


def test_plain_text_has_sections_at_numbered_underlined_and_capital_headings(
    document: Callable[[str, str], Article],
) -> None:
    article = document(
        "note.txt",
        "Local rules\n\n1.2 First hour\n\nGive fluid to adults with a low pressure, unless they have heart\n"
        "failure, and treat-\nment is stopped then.\n\nDOSING\nUse 2 g.\n\n"
        "Follow-up\n=========\nSee COVID-\n19.\n",
    )
    assert article.title == "Local rules"
    assert [section.label for section in article.sections] == ["1.2 First hour", "DOSING", "Follow-up"]
    assert article.sections[0].text.endswith("unless they have heart failure, and treatment is stopped then.")
    assert article.sections[2].text == "See COVID-19."


def test_a_numbered_recommendation_is_text_and_not_a_heading(document: Callable[[str, str], Article]) -> None:
    """Its words would otherwise stand in a label, where they cannot be quoted."""
    article = document(
        "note.txt",
        "Rules\n\n1. Offer aspirin 300 mg to all adults with a suspected infarction\n"
        "unless they are allergic.\n"
        "2. Give oxygen.\n",
    )
    (section,) = article.sections
    assert "Offer aspirin 300 mg to all adults with a suspected infarction unless" in section.text
    assert "2. Give oxygen." in section.text


def test_hidden_characters_are_taken_out(document: Callable[[str, str], Article]) -> None:
    article = document("a.md", "# T\u200bitle\n\nDo\u202e not\u00ad give\U000e0041 it.\n")
    assert (article.title, article.sections[0].text) == ("Title", "Do not give it.")


def test_a_pdf_names_heading_and_page_and_leaves_out_running_lines(tmp_path: Path) -> None:
    pytest.importorskip("pypdf")
    path = tmp_path / "guideline.pdf"
    full = "Adults with a low pressure are given fluid within the first hour of their stay"
    path.write_bytes(
        pdf(
            ["Trust guideline 7", "1 Scope", f"{full}.", "Page 1 of 3"],
            ["Trust guideline 7", "2 Dosing", f"{full},", "and the dose of", "Page 2 of 3"],
            ["Trust guideline 7", "the drug is 2 g. The next dose", "is 1 g.", "Page 3 of 3"],
            title="Fluids",
        )
    )
    article = read_document(path, ["Practice Guideline"])
    assert article.title == "Fluids"
    assert article.sections == (
        Section("1 Scope, p. 1", f"{full}."),
        Section("2 Dosing, p. 2", f"{full}, and the dose of the drug is 2 g."),
        Section("2 Dosing, p. 3", "The next dose is 1 g."),
    )


def test_what_cannot_be_read_as_a_document_is_a_clear_error(tmp_path: Path) -> None:
    pytest.importorskip("pypdf")
    for name, content, says in (
        ("scan.pdf", pdf([]), "text recognition"),
        ("broken.pdf", b"not a PDF", "cannot be read as PDF"),
        ("empty.md", b"", "holds no text"),
        ("latin.txt", "Größe".encode("latin-1"), "is not text in UTF-8"),
    ):
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(BadInput, match=says):
            read_document(path, ["Review"])
    with pytest.raises(BadInput, match="no such file"):
        read_document(tmp_path / "none.md", ["Review"])


# --- RIS ---

RIS = """TY  - JOUR
AU  - Halpern, Scott D., Jr
AU  - Cold Study Group
TI  - Zinc for 10<sup>9</sup> colds
AB  - AIM: Why. RESULTS: Colds were
shorter.
JO  - J Test
PY  - 2002/07/25/
VL  - 3
IS  - 4
SP  - 10
EP  - 12
DO  - https://doi.org/10.1000/ABC
KW  - zinc
LA  - eng
UR  - https://pubmed.ncbi.nlm.nih.gov/11/
ER  -

TY  - RPRT
T1  - No closing line
ID  - local 1
TY  - JOUR
TI  - Nothing to name it
ER  -
"""


def test_every_field_of_ris_comes_from_its_own_place_and_no_record_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "library.ris"
    path.write_text(RIS, encoding="utf-8")
    first, second, third = read(path)
    assert first == Article(
        id="11",
        title="Zinc for 10⁹ colds",
        sections=(Section("AIM", "Why."), Section("RESULTS", "Colds were shorter.")),
        pmid="11",
        doi="10.1000/ABC",
        authors=(
            Author("Halpern", "SD", "Scott D.", "Jr"),
            Author(collective="Cold Study Group"),
        ),
        journal="J Test",
        year=2002,
        date="2002 Jul 25",
        volume="3",
        issue="4",
        pages="10-12",
        languages=("eng",),
        keywords=("zinc",),
    )
    assert second == Article(id="local-1", title="No closing line")
    assert isinstance(third, Unreadable)
    assert third.where == "record 3"


def test_a_file_that_is_not_ris_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.ris"
    path.write_text("<html>\n")
    with pytest.raises(BadInput, match="is not RIS"):
        list(read(path))
