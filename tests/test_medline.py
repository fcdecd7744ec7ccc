"""Files of records: every record is read or named, whatever its form, and no field is made up."""

from __future__ import annotations

import gzip
import json
import textwrap
import tracemalloc
from collections import Counter
from contextlib import suppress
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from rag.errors import BadInput
from rag.library import jsonl
from rag.library.medline import from_medline, from_xml, read
from rag.library.pubmed_xml import from_pieces
from rag.records import Article, Author, Deleted, Link, MeshHeading, Section, Unreadable

ARTICLE = """
<PubmedArticle>
 <MedlineCitation Status="MEDLINE" Owner="NLM">
  <PMID Version="2">12140307</PMID>
  <DateRevised><Year>2020</Year><Month>3</Month><Day>9</Day></DateRevised>
  <Article PubModel="Print">
   <Journal>
    <JournalIssue><Volume>347</Volume><Issue>4</Issue>
     <PubDate><Year>2002</Year><Month>07</Month><Day>05</Day></PubDate></JournalIssue>
    <Title>A long journal name</Title><ISOAbbreviation>Long J. Name</ISOAbbreviation>
   </Journal>
   <ArticleTitle>[A title &amp; more: 10<sup>9</sup>/L.]</ArticleTitle>
   <Pagination><MedlinePgn>284-7</MedlinePgn></Pagination>
   <ELocationID EIdType="doi" ValidYN="N">10.1000/wrong</ELocationID>
   <ELocationID EIdType="doi" ValidYN="Y">10.1000/Right</ELocationID>
   <Abstract>
    <AbstractText Label="AIM AND SCOPE" NlmCategory="OBJECTIVE">Why; P&lt;0.001.</AbstractText>
    <AbstractText NlmCategory="RESULTS">What came out.</AbstractText>
    <AbstractText Label="UNLABELLED">No label.</AbstractText>
    <AbstractText Label="CONCLUSIONS"/>
    <CopyrightInformation>Copyright</CopyrightInformation>
   </Abstract>
   <AuthorList CompleteYN="Y">
    <Author><LastName>Halpern</LastName><ForeName>Scott D</ForeName><Initials>SD</Initials></Author>
    <Author ValidYN="N"><LastName>Halpren</LastName><Initials>SD</Initials></Author>
    <Author ValidYN="Y"><LastName>Doe</LastName><ForeName>Ann-Mary</ForeName><Suffix>Jr</Suffix></Author>
    <Author ValidYN="Y"><CollectiveName>The STUDY Group</CollectiveName></Author>
   </AuthorList>
   <Language>fre</Language><Language>eng</Language>
   <PublicationTypeList><PublicationType UI="D016449">Randomized Controlled Trial</PublicationType>
   </PublicationTypeList>
   <VernacularTitle>Un titre.</VernacularTitle>
  </Article>
  <MedlineJournalInfo><MedlineTA>Long J Name</MedlineTA></MedlineJournalInfo>
  <CommentsCorrectionsList>
   <CommentsCorrections RefType="Cites"><RefSource>O. 1999</RefSource><PMID>9</PMID></CommentsCorrections>
   <CommentsCorrections RefType="ErratumIn"><RefSource>Long J Name. 2003;1:2</RefSource></CommentsCorrections>
  </CommentsCorrectionsList>
  <MeshHeadingList>
   <MeshHeading><DescriptorName MajorTopicYN="N">Humans</DescriptorName></MeshHeading>
   <MeshHeading><DescriptorName MajorTopicYN="N">HIV Infections</DescriptorName>
    <QualifierName MajorTopicYN="Y">surgery</QualifierName><QualifierName MajorTopicYN="N">mortality
    </QualifierName></MeshHeading>
  </MeshHeadingList>
  <KeywordList Owner="NOTNLM"><Keyword MajorTopicYN="N">organs</Keyword></KeywordList>
 </MedlineCitation>
 <PubmedData>
  <ArticleIdList><ArticleId IdType="pubmed">12140307</ArticleId><ArticleId IdType="pmc">PMC77</ArticleId>
   <ArticleId IdType="doi">10.1000/second</ArticleId></ArticleIdList>
  <ReferenceList><Reference><Citation>Another work. 1999.</Citation>
   <ArticleIdList><ArticleId IdType="doi">10.1000/cited</ArticleId><ArticleId IdType="pmc">PMC1</ArticleId>
   </ArticleIdList></Reference></ReferenceList>
 </PubmedData>
</PubmedArticle>
"""

BOOK = """
<PubmedBookArticle><BookDocument><PMID Version="1">20301330</PMID>
 <ArticleIdList><ArticleId IdType="bookaccession">NBK1103</ArticleId></ArticleIdList>
 <Book><Publisher><PublisherName>A press</PublisherName></Publisher><BookTitle book="b">Reviews</BookTitle>
  <PubDate><Year>1993</Year></PubDate>
  <AuthorList Type="editors"><Author><LastName>Adam</LastName></Author></AuthorList></Book>
 <ArticleTitle book="b" part="p">A chapter</ArticleTitle><Language>eng</Language>
 <AuthorList Type="authors"><Author><LastName>Bird</LastName><Initials>TD</Initials></Author></AuthorList>
 <PublicationType UI="D016454">Review</PublicationType>
 <Abstract><AbstractText Label="DIAGNOSIS">By test.</AbstractText></Abstract>
 <ContributionDate><Year>1998</Year><Month>9</Month><Day>28</Day></ContributionDate>
</BookDocument><PubmedBookData><PublicationStatus>ppublish</PublicationStatus></PubmedBookData></PubmedBookArticle>
"""


def document(*records: str) -> bytes:
    return f'<?xml version="1.0"?>\n<PubmedArticleSet>{"".join(records)}</PubmedArticleSet>'.encode()


def one(xml: str) -> Article:
    (record,) = from_xml(document(xml))
    assert isinstance(record, Article), record
    return record


# --- PubMed XML -----------------------------------------------------------------------------------


def test_every_field_of_an_article_comes_from_its_own_place():
    assert one(ARTICLE) == Article(
        id="12140307",
        title="[A title & more: 10⁹/L.]",
        sections=(
            Section("AIM AND SCOPE", "Why; P<0.001."),
            Section("RESULTS", "What came out."),
            Section("", "No label."),
        ),
        pmid="12140307",
        doi="10.1000/Right",
        pmcid="PMC77",
        vernacular_title="Un titre.",
        authors=(
            Author(last="Halpern", initials="SD", fore="Scott D"),
            Author(last="Doe", initials="AM", fore="Ann-Mary", suffix="Jr"),
            Author(collective="The STUDY Group"),
        ),
        journal="Long J Name",
        year=2002,
        date="2002 Jul 5",
        volume="347",
        issue="4",
        pages="284-7",
        languages=("fre", "eng"),
        publication_types=("Randomized Controlled Trial",),
        mesh=(MeshHeading("Humans"), MeshHeading("HIV Infections", True, ("surgery", "mortality"))),
        keywords=("organs",),
        links=(Link("ErratumIn", None, "Long J Name. 2003;1:2"),),
        status="corrected",
        revised="2020-03-09",
        version=2,
    )


def test_c10_the_articles_bibliography_is_not_its_citation():
    """Neither the works that it cites nor their identifiers become the article's own."""
    article = one(ARTICLE)
    assert "cited" not in str(article)
    assert "1999" not in str(article)
    without = ARTICLE.replace("10.1000/Right", "").replace("10.1000/second", "").replace("PMC77", "")
    assert (one(without).doi, one(without).pmcid) == (None, None)


def test_a_book_chapter_is_an_article_with_its_authors_book_and_date():
    chapter = one(BOOK)
    assert (chapter.pmid, chapter.title, chapter.journal) == ("20301330", "A chapter", "Reviews")
    assert [author.last for author in chapter.authors] == ["Bird"]
    assert (chapter.year, chapter.date) == (1998, "1998 Sep 28")
    assert chapter.publication_types == ("Review",)
    assert chapter.sections == (Section("DIAGNOSIS", "By test."),)


@pytest.mark.parametrize(
    ("published", "date", "year"),
    [
        ("<MedlineDate>2019 Nov-Dec</MedlineDate>", "2019 Nov-Dec", 2019),
        ("<MedlineDate>1998 Dec-1999 Jan</MedlineDate>", "1998 Dec-1999 Jan", 1998),
        ("<Year>2002</Year><Season>Summer</Season>", "2002 Summer", 2002),
        ("<Year>2002</Year>", "2002", 2002),
        ("<Year>2002</Year><Month>Jul</Month><Day>25</Day>", "2002 Jul 25", 2002),
        ("", "", None),
    ],
)
def test_c10_dates_come_in_every_form_that_pubmed_uses(published, date, year):
    old = "<Year>2002</Year><Month>07</Month><Day>05</Day></PubDate>"
    article = one(ARTICLE.replace(old, f"{published}</PubDate>"))
    assert (article.date, article.year) == (date, year)


def test_c10_what_is_missing_stays_empty():
    bare = one("<PubmedArticle><MedlineCitation><PMID>7</PMID><Article><ArticleTitle/></Article></MedlineCitation></PubmedArticle>")  # fmt: skip # noqa: E501
    assert bare == Article(id="7", title="", pmid="7")


def test_links_of_the_form_before_2009_are_read():
    old = "<RetractionIn><RefSource>J. 2001</RefSource><PMID>5</PMID></RetractionIn>"
    article = one(ARTICLE.replace("<MeshHeadingList>", f"<CommentsCorrections>{old}</CommentsCorrections><MeshHeadingList>"))  # fmt: skip # noqa: E501
    assert Link("RetractionIn", "5", "J. 2001") in article.links
    assert article.status == "retracted"


def test_withdrawn_pmids_come_out():
    deleted = "<DeleteCitation><PMID Version='1'>1</PMID><PMID>22</PMID></DeleteCitation>"
    assert list(from_xml(document(ARTICLE, deleted)))[1:] == [Deleted("1"), Deleted("22")]


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (ARTICLE.replace("</ArticleTitle>", "", 1), "mismatched tag"),
        (ARTICLE.replace("<PMID Version=\"2\">12140307</PMID>", ""), "has no PMID"),
        (ARTICLE.replace("ArticleTitle", "Heading"), "has no title"),
        (ARTICLE[: len(ARTICLE) // 2], "not well-formed"),
    ],
)  # fmt: skip
def test_c7_a_broken_record_is_named_and_its_neighbours_are_read(broken, reason):
    other = ARTICLE.replace("12140307", "2")
    first, second, third = from_xml(document(other, broken, other))
    assert isinstance(first, Article)
    assert isinstance(third, Article)
    assert isinstance(second, Unreadable)
    assert second.where == "record 2"
    assert reason in second.reason


def test_bytes_that_are_not_of_the_encoding_cost_one_record_only():
    data = document(ARTICLE.replace("Halpern", "Hälpern"), ARTICLE)
    first, second = from_xml(data.replace("ä".encode(), b"\xe4"))
    assert isinstance(first, Unreadable)
    assert (first.pmid, "encoding" in first.reason) == ("12140307", True)
    assert isinstance(second, Article)
    latin = b'<?xml version="1.0" encoding="ISO-8859-1"?>' + data[21:].replace("ä".encode(), b"\xe4")
    assert [record.authors[0].last for record in from_xml(latin)] == ["Hälpern", "Halpern"]


def test_replies_saved_one_after_the_other_and_html_entities_are_read():
    """Two documents in one file are not XML, but users append replies to each other."""
    text = document(ARTICLE.replace("Why", "Caf&eacute; &mdash; why"))
    first, second = from_xml(text + b"\n" + text)
    assert first == second
    assert first.sections[0].text == "Café — why; P<0.001."


@hypothesis_settings(max_examples=40)
@given(st.integers(1, 400))
def test_it_makes_no_difference_where_a_text_is_cut_into_pieces(size):
    text = document(
        ARTICLE, BOOK, "<DeleteCitation><PMID>1</PMID></DeleteCitation>", ARTICLE[:900], BOOK
    ).decode()
    pieces = (text[start : start + size] for start in range(0, len(text), size))
    assert list(from_pieces(pieces)) == list(from_xml(text.encode()))


letters = st.characters(exclude_categories=("Cs", "Cc", "Co", "Cn"), exclude_characters="&;")
fragments = st.lists(
    st.tuples(
        st.sampled_from(["", "i", "b", "u", "sup"]),
        st.text(letters, min_size=1),
    ),
    max_size=6,
)  # fmt: skip
DIGITS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


@hypothesis_settings(max_examples=150)
@given(fragments, fragments, st.from_regex(r"[1-9][0-9]{0,7}", fullmatch=True))
def test_a_generated_record_comes_back_as_it_was_written(title, abstract, pmid):
    """Markup of any mixture, odd characters, text that looks like a tag: all of it is kept, none added."""

    def xml(parts):
        wrapped = ((tag, "17" if tag == "sup" else text) for tag, text in parts)
        return "".join(f"<{tag}>{escape(text)}</{tag}>" if tag else escape(text) for tag, text in wrapped)

    def text(parts):
        plain = "".join("17".translate(DIGITS) if tag == "sup" else words for tag, words in parts)
        return " ".join(plain.split())

    record = one(
        f"<PubmedArticle><MedlineCitation><PMID>{pmid}</PMID><Article><ArticleTitle>{xml(title)}</ArticleTitle>"
        f"<Abstract><AbstractText>{xml(abstract)}</AbstractText></Abstract></Article></MedlineCitation></PubmedArticle>"
    )
    assert record.pmid == pmid
    if "</" not in text(title) + text(abstract):
        assert record.title == text(title)
        assert "".join(section.text for section in record.sections) == text(abstract)


# --- MEDLINE text ---------------------------------------------------------------------------------

NBIB = """
PMID- 12140307
OWN - NLM
LR  - 20200309
VI  - 347
IP  - 4
DP  - 2002 Jul 25
TI  - A title that goes on over
      two lines: 10(9)/L.
PG  - 284-7
LID - e1 [pii]
LID - 10.1000/Right [doi]
AB  - BACKGROUND: Why; P<0.001. METHODS AND DESIGN: How (95% CI: 1 to 2).
      
      CONCLUSIONS : It works.
FAU - Halpern, Scott D
AU  - Halpern SD
FAU - Coleman, William B 2nd
AU  - Coleman WB 2nd
CN  - The STUDY Group
LA  - eng
PT  - Journal Article
PT  - Retracted Publication
TT  - Un titre.
TA  - Long J Name
JT  - A long journal name
CIN - N Engl J Med. 2003 Oct 31;347(18):1450-3; author reply
      1450-3. PMID: 12409554
RIN - N Engl J Med. 2004. PMID: 15
MH  - Humans
MH  - HIV Infections/*surgery/mortality
MH  - *Ethics
OT  - *organs
PMC - PMC77
AID - 10.1000/Right [doi]
SO  - Long J Name. 2002 Jul 25;347(4):284-7.
"""  # noqa: W293  # an empty continuation line is what PubMed writes between paragraphs


def test_every_field_of_medline_text_comes_from_its_own_place():
    (article,) = from_medline(NBIB)
    assert article == Article(
        id="12140307",
        title="A title that goes on over two lines: 10(9)/L.",
        sections=(
            Section("BACKGROUND", "Why; P<0.001."),
            Section("METHODS AND DESIGN", "How (95% CI: 1 to 2)."),
            Section("CONCLUSIONS", "It works."),
        ),
        pmid="12140307",
        doi="10.1000/Right",
        pmcid="PMC77",
        vernacular_title="Un titre.",
        authors=(
            Author(last="Halpern", initials="SD", fore="Scott D"),
            Author(last="Coleman", initials="WB", fore="William B", suffix="2nd"),
            Author(collective="The STUDY Group"),
        ),
        journal="Long J Name",
        year=2002,
        date="2002 Jul 25",
        volume="347",
        issue="4",
        pages="284-7",
        languages=("eng",),
        publication_types=("Journal Article", "Retracted Publication"),
        mesh=(
            MeshHeading("Humans"),
            MeshHeading("HIV Infections", True, ("surgery", "mortality")),
            MeshHeading("Ethics", True),
        ),
        keywords=("organs",),
        links=(
            Link("CommentIn", "12409554", "N Engl J Med. 2003 Oct 31;347(18):1450-3; author reply 1450-3."),
            Link("RetractionIn", "15", "N Engl J Med. 2004."),
        ),
        status="retracted",
        revised="2020-03-09",
    )


def test_a_medline_record_without_a_pmid_is_named_and_its_neighbours_are_read():
    first, second, third = from_medline("PMID- 1\nTI  - One.\n\nTI  - Two.\n\n\nPMID- 3\nTI  - Three.\n")
    assert (first.title, third.title) == ("One.", "Three.")
    assert second == Unreadable("the record has no PMID", where="record 2")


def test_bytes_that_are_not_utf8_cost_one_medline_record_only(tmp_path):
    path = tmp_path / "a.nbib"
    path.write_bytes(b"PMID- 1\nTI  - Caf\xe9.\n\nPMID- 2\nTI  - Caf\xc3\xa9.\n")
    first, second = read(path)
    assert first == Unreadable("the record holds bytes that are not UTF-8", pmid="1", where="record 1")
    assert second.title == "Café."


words = st.lists(
    st.from_regex(r"[A-Za-zäöü0-9µ<>=/.,;%()α-ω-]{1,12}", fullmatch=True), min_size=1, max_size=60
)


@hypothesis_settings(max_examples=80)
@given(words, words, st.lists(words, max_size=3))
def test_folded_lines_come_back_as_one_text(title, abstract, keywords):
    def folded(tag, text):
        lines = textwrap.wrap(text, 80, break_long_words=False, break_on_hyphens=False)
        return f"{tag.ljust(4)}- " + "\n      ".join(lines) + "\n"

    texts = [" ".join(title), "x " + " ".join(abstract), *(" ".join(keyword) for keyword in keywords)]
    tags = ["TI", "AB"] + ["OT"] * len(keywords)
    (article,) = from_medline("PMID- 5\n" + "".join(map(folded, tags, texts)))
    if "</" not in "".join(texts):
        assert [article.title, article.sections[0].text, *article.keywords] == texts


# --- JSON Lines -----------------------------------------------------------------------------------


def parsed(*lines: object):
    return list(jsonl.from_lines(line if isinstance(line, str) else json.dumps(line) for line in lines))


def test_the_short_forms_of_a_line_are_understood():
    (article,) = parsed(
        {"pmid": 12140307, "title": "T", "abstract": "Text.", "year": "2002", "volume": 347, "extra": [1],
         "authors": ["Halpern SD", "van der Berg A", "The STUDY Group"], "mesh": ["Humans"], "doi": None,
         "publication_types": ["Journal Article"], "links": [{"kind": "UpdateIn"}], "participants": 40,
         "access": "summary"}
    )  # fmt: skip
    assert (article.id, article.pmid, article.sections) == ("12140307", "12140307", (Section("", "Text."),))
    assert (article.year, article.date, article.volume) == (2002, "2002", "347")
    assert article.authors == (
        Author(last="Halpern", initials="SD"),
        Author(last="van der Berg", initials="A"),
        Author(collective="The STUDY Group"),
    )
    assert (article.mesh, article.access, article.participants) == ((MeshHeading("Humans"),), "summary", 40)


def test_the_id_is_the_pmid_else_the_doi_else_the_id_given():
    ids = [
        record.id
        for record in parsed(
            {"pmid": "5", "doi": "10.1000/A", "id": "x", "title": "T"},
            {"doi": "https://doi.org/10.1000/ABC", "id": "x", "title": "T"},
            {"id": "doi:10.1000/ABC", "title": "T"},
            {"id": "note-7", "title": "T"},
            {"id": "4983", "title": "T"},
        )
    ]
    assert ids == ["5", "doi:10.1000/abc", "doi:10.1000/abc", "note-7", "4983"]
    assert parsed({"id": "4983", "title": "T"})[0].pmid is None, "a bare id is no PMID"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{bad", "Invalid JSON"),
        ('["a"]', "should be an object"),
        ({"title": "T"}, "no pmid, doi or id"),
        ({"pmid": "p5", "title": "T"}, "is not a PMID"),
        ({"id": "a b", "title": "T"}, "white space"),
        ({"id": "a"}, "neither a title nor an abstract"),
        ({"id": "a", "title": "T", "status": "fine"}, "status"),
        ({"id": "a", "title": "T", "sections": [{"label": "X"}]}, "sections.0.text"),
        ('{"id": "a", "title": "\\ud800"}', "Invalid JSON"),
    ],
)
def test_a_bad_line_is_named_with_its_number_and_the_others_are_read(line, reason):
    good = {"id": "g", "title": "T"}
    first, bad, last = parsed(good, line, good)
    assert first == last == Article(id="g", title="T")
    assert isinstance(bad, Unreadable)
    assert bad.where == "line 2"
    assert reason in bad.reason


def test_a_stated_status_is_never_milder_than_publication_types_and_links():
    standing = [
        record.status
        for record in parsed(
            {"id": "a", "title": "T", "status": "ok", "publication_types": ["Retracted Publication"]},
            {"id": "b", "title": "T", "status": "retracted"},
            {"id": "c", "title": "T", "status": "corrected", "links": [{"kind": "ExpressionOfConcernIn"}]},
        )
    ]
    assert standing == ["retracted", "retracted", "concern"]


names = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=20)
articles = st.builds(
    Article,
    id=st.from_regex(r"[1-9][0-9]{0,7}", fullmatch=True),
    title=names.filter(str.strip),
    sections=st.lists(st.builds(Section, names, names.filter(str.strip)), max_size=3).map(tuple),
    authors=st.lists(st.builds(Author, last=names, initials=names), max_size=3).map(tuple),
    journal=names,
    mesh=st.lists(st.builds(MeshHeading, names, st.booleans(), st.just(("surgery",))), max_size=3).map(tuple),
    keywords=st.lists(names, max_size=3).map(tuple),
    date=st.just("2002 Jul 25"),
    year=st.just(2002),
)


@hypothesis_settings(max_examples=80)
@given(articles, st.booleans())
def test_an_article_written_as_a_line_comes_back_the_same(article, ascii_only):
    line = json.dumps({**asdict(article), "pmid": article.id}, ensure_ascii=ascii_only)
    (back,) = parsed(line)
    assert {**asdict(back), "pmid": None} == asdict(article)


# --- Files ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.xml", b"<html><body>Sign in</body></html>", "is not PubMed XML: it begins with '<html>"),
        ("a.xml", b"", "begins with nothing"),
        ("a.xml", NBIB.encode(), "is not PubMed XML"),
        ("a.nbib", document(ARTICLE), "is not MEDLINE text"),
        ("a.txt", b"\n\nDear colleague,\n", "is not MEDLINE text: it begins with 'Dear colleague,'"),
        ("a.jsonl", b"[{}]", "is not JSON Lines"),
        ("a.jsonl.gz", b'{"id": "a"}', "Not a gzipped file"),
        ("a.xml.gz", gzip.compress(document(ARTICLE))[:-40], "cannot be read to its end"),
        ("a.csv", b"pmid\n1", "name must end in .xml"),
    ],
)
def test_a_file_that_is_not_what_its_name_says_is_one_clear_line(tmp_path, name, content, says):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(BadInput) as caught:
        list(read(path))
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_missing_file_and_a_folder_are_bad_input(tmp_path):
    for path in (tmp_path / "none.xml", tmp_path / "none.jsonl.gz"):
        with pytest.raises(BadInput, match="no such file"):
            list(read(path))
    (tmp_path / "folder.xml").mkdir()
    with pytest.raises(BadInput):
        list(read(tmp_path / "folder.xml"))


def test_a_cut_file_gives_what_stands_before_the_cut_and_then_says_so(tmp_path):
    path = tmp_path / "cut.xml"
    whole = document(ARTICLE, ARTICLE.replace("12140307", "2"))
    path.write_bytes(whole[: len(whole) - len("</PubmedArticleSet>")])
    records = read(path)
    assert [record.pmid for record in islice(records, 2)] == ["12140307", "2"]
    with pytest.raises(BadInput, match="cut short"):
        next(records)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.xml", document(ARTICLE)),
        ("a.nbib", NBIB.encode()),
        ("a.jsonl", '\n{"id": "a", "title": "x\u2028y"}\n'.encode()),
    ],
)
def test_a_file_reads_the_same_zipped_with_a_byte_order_mark_and_with_windows_line_ends(
    tmp_path, name, content
):
    variants = {
        name: content,
        f"bom-{name}": b"\xef\xbb\xbf" + content,
        f"crlf-{name}": content.replace(b"\n", b"\r\n"),
        f"{name}.gz": gzip.compress(content),
    }
    found = []
    for variant, data in variants.items():
        (tmp_path / variant).write_bytes(data)
        found.append(list(read(tmp_path / variant)))
    assert all(records == found[0] for records in found)
    assert len(found[0]) == 1
    assert isinstance(found[0][0], Article)


def test_a_line_number_counts_every_line_of_the_file(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('\n\n{"id": "a", "title": "T"}\n\n{"id": "b"}\n', encoding="utf-8")
    assert list(read(path))[1].where == "line 5"


PIECES = (
    b"<PubmedArticleSet>", b"</PubmedArticleSet>", b"<PubmedArticle>", b"</PubmedArticle>", b"<PMID>1</PMID>",
    b"<MedlineCitation>", b"</MedlineCitation>", b"<Article>", b"<!--", b"&nbsp;", b"PMID- 1\n", b"TI  - x\n",
    b"      y\n", b"\n", b'{"id": "a", "title": "b"}\n', b"{",
)  # fmt: skip


@hypothesis_settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from([".xml", ".nbib", ".jsonl"]),
    st.lists(st.sampled_from(PIECES) | st.binary(max_size=8), max_size=20),
)
def test_no_file_however_broken_ends_in_anything_but_records_or_bad_input(tmp_path, suffix, parts):
    path = tmp_path / f"a{suffix}"
    path.write_bytes(b"".join(parts))
    with suppress(BadInput):
        assert all(isinstance(record, Article | Deleted | Unreadable) for record in read(path))


@pytest.mark.slow
def test_memory_stays_small_however_many_records_a_file_holds(tmp_path):
    """A baseline file holds 30,000 records, some 200 MB; only a little of it may be in memory."""
    path = tmp_path / "a.xml.gz"
    records = 4_000
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(b"<PubmedArticleSet>" + ARTICLE.encode() * records + b"</PubmedArticleSet>")
    tracemalloc.start()
    assert sum(1 for _ in read(path)) == records
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000 < records * len(ARTICLE) / 5


# --- Real records ---------------------------------------------------------------------------------


def rows(path: Path) -> dict[str, dict]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return {row["pmid"]: row for row in map(json.loads, file)}


def agree(article: Article, row: dict) -> None:
    """What the index of the shared data says of a record, which was made by another program."""
    assert list(article.languages) == row["languages"]
    assert list(article.publication_types) == row["publication_types"]
    assert bool(article.mesh) == row["has_mesh"]
    if row["year"]:
        assert str(article.year) == row["year"]


def check_xml(names: list[str], data) -> Counter:
    index = rows(data("pubmed_xml/index.jsonl.gz"))
    found = Counter()
    for name in names:
        for record in read(data(f"pubmed_xml/{name}.xml.gz")):
            assert isinstance(record, Article), record
            found[name] += 1
            row = index[record.pmid]
            agree(record, row)
            assert any(author.collective for author in record.authors) == row["collective_author"]
            assert {link.kind for link in record.links} >= set(row["comments_corrections"]) - {"Cites"}
            assert len(record.sections) <= row["n_abstract_sections"]
            assert row["structured"] or not any(section.label for section in record.sections)
            if not row["markup"]:
                assert record.title == " ".join(row["title"].split())
    return found


def test_c5_records_under_an_old_dtd_or_under_none_are_read(data):
    """``Bio.Entrez.read`` refuses the irregular ones, and a bare MedlineCitation altogether."""
    assert check_xml(["pubmed_articles_irregular", "medline_citations_old_format"], data).total() == 26 + 28
    assert (
        sum(isinstance(record, Deleted) for record in read(data("pubmed_xml/delete_citations.xml.gz"))) == 671
    )


@pytest.mark.slow
def test_every_record_of_the_shared_xml_is_read_and_agrees_with_its_index(data):
    counts = {"current_01": 750, "current_02": 644, "form_2015": 420, "form_2013": 247}
    found = check_xml([f"pubmed_articles_{name}" for name in counts], data)
    assert list(found.values()) == list(counts.values())


def check_medline(limit: int | None, names: list[str], data) -> int:
    index = rows(data("medline_text/index.jsonl.gz"))
    count = 0
    for name in names:
        for record in islice(read(data(f"medline_text/{name}.txt.gz")), limit):
            assert isinstance(record, Article), record
            count += 1
            agree(record, index[record.pmid])
            assert record.sections == () or index[record.pmid]["has_abstract"]
    return count


def test_a_slice_of_the_shared_medline_text_is_read_and_agrees_with_its_index(data):
    assert check_medline(400, ["medline_01", "medline_05"], data) == 800


@pytest.mark.slow
def test_every_record_of_the_shared_medline_text_is_read_and_agrees_with_its_index(data):
    assert check_medline(None, [f"medline_0{number}" for number in range(1, 7)], data) == 16_108


def test_the_lines_of_pubmedqa_import_as_they_are(data):
    path = data("pubmedqa/corpus.jsonl.gz")
    records = list(read(path))
    assert len(records) == 1_000
    originals = rows(path)
    for record in records:
        row = originals[record.pmid]
        assert record.title == ""
        assert [(part.label, part.text) for part in record.sections] == [
            (part["label"] or "", part["text"]) for part in row["sections"] if part["text"].strip()
        ]
        assert [heading.descriptor for heading in record.mesh] == row["meshes"]
