"""PubMed XML -> Article: an efetch reply, a saved search, a baseline or update file of any size.

The text is cut into records first and each record is parsed alone, so that memory stays flat, one broken
record does not cost its neighbours, and no DTD is needed (a newer one would have to be downloaded, and
records saved under older ones would be refused). Fields are those of NLM's DTD of 1 January 2025
(https://dtd.nlm.nih.gov/ncbi/pubmed/doc/out/250101/); what older forms called otherwise is read as well.
"""

from __future__ import annotations

import codecs
import html
import re
from collections.abc import Iterable, Iterator
from functools import partial
from io import StringIO
from xml.etree.ElementTree import Element, ParseError, fromstring

from rag.library import retractions
from rag.library.identifiers import MONTHS, article_id, doi_of, pmcid_of, pmid_of, year_of
from rag.library.markup import text_of
from rag.records import Article, Author, Deleted, Link, MeshHeading, Section, Unreadable

_KINDS = ("PubmedArticle", "PubmedBookArticle", "MedlineCitation", "DeleteCitation", "DeleteDocument")
_RECORD = re.compile(rf"<({'|'.join(_KINDS)})(?=[\s>])")
ROOTS = ("PubmedArticleSet", "PubmedBookArticleSet", "MedlineCitationSet", *_KINDS)
"""What a document of this form begins with: a set of records, or a record without a set."""
PIECE = 1 << 16
"""Characters to read at a time."""
_LONGEST_TAG = 20
"""Characters kept at the end of a piece of text, lest a record's opening tag be cut in two."""
_ENDS = {kind: re.compile(rf"</{kind}\s*>|<{kind}(?=[\s>])") for kind in _KINDS}
_DECLARED = re.compile(rb"""<\?xml[^>]*encoding=["']([A-Za-z0-9._-]+)""")
_REFERENCES_END = "</ReferenceList>"
_NAMED_ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)[A-Za-z]\w*;")
_PMID = re.compile(r"<PMID\b[^>]*>\s*(\d+)\s*</PMID>")
_NO_LABEL = frozenset({"", "UNLABELLED", "UNLABELED", "UNASSIGNED"})
_SIGNATURES = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def from_xml(data: bytes) -> Iterator[Article | Deleted | Unreadable]:
    """Read every record of a PubMed XML document that is held in memory.

    Args:
        data: a PubmedArticleSet, PubmedBookArticleSet or MedlineCitationSet, or records without a root.

    Yields:
        One Article or Unreadable for each record, in order, and a Deleted for each withdrawn PMID.
    """
    text = StringIO(decode(data))
    return from_pieces(iter(partial(text.read, PIECE), ""))


def from_pieces(pieces: Iterable[str]) -> Iterator[Article | Deleted | Unreadable]:
    """Read every record of a PubMed XML document that comes piece by piece; see ``from_xml``."""
    for number, (kind, xml) in enumerate(_split(pieces), start=1):
        where = f"record {number}"
        try:
            record = _parse(xml)
            if kind.startswith("Delete"):
                yield from (Deleted(text_of(pmid)) for pmid in record.iter("PMID"))
                continue
            yield _article(record)
        except (ParseError, ValueError) as error:
            found = _PMID.search(xml)
            yield Unreadable(str(error), pmid=found[1] if found else None, where=where)


def decode(data: bytes) -> str:
    """Text of an XML document in the encoding that it declares.

    Bytes that are not of that encoding become lone surrogates: the record that holds them, and no other,
    is then reported as unreadable.
    """
    return data.decode(encoding_of(data[:200]), errors="surrogateescape")


def encoding_of(head: bytes) -> str:
    """Encoding by byte order mark or XML declaration; UTF-8 if neither names one that is known."""
    for signature, encoding in _SIGNATURES.items():
        if head.startswith(signature):
            return encoding
    declared = _DECLARED.search(head)
    try:
        return codecs.lookup(declared[1].decode()).name if declared else "utf-8"
    except LookupError:
        return "utf-8"


def _split(pieces: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Cut the text into (kind, record); a record without an end stops where the next of its kind begins."""
    rest = kind = ""
    searched = 0
    for piece in pieces:
        rest += piece
        while True:
            if not kind:
                opening = _RECORD.search(rest)
                if opening is None:
                    rest = rest[-_LONGEST_TAG:]
                    break
                kind, rest, searched = opening[1], rest[opening.start() :], 1
            boundary = _ENDS[kind].search(rest, searched)
            if boundary is None:
                searched = max(1, len(rest) - _LONGEST_TAG)
                break
            end = boundary.end() if boundary[0].startswith("</") else boundary.start()
            yield kind, rest[:end]
            kind, rest = "", rest[end:]
    if kind:
        yield kind, rest


def _parse(xml: str) -> Element:
    """Parse one record, with the names of HTML's entities and the prefix of MathML known to the parser."""
    # What the article cites is not read, and is the larger part of many records.
    begin, end = xml.find("<ReferenceList>"), xml.rfind(_REFERENCES_END)
    if 0 < begin < end:
        xml = xml[:begin] + xml[end + len(_REFERENCES_END) :]
    if "&" in xml:
        xml = _NAMED_ENTITY.sub(lambda match: html.unescape(match[0]), xml)
    try:
        wrapped = fromstring(f'<x xmlns:mml="http://www.w3.org/1998/Math/MathML">{xml}</x>')
    except UnicodeEncodeError:
        raise ValueError("the record holds bytes that are not of the file's encoding") from None
    return wrapped[0]


def _article(record: Element) -> Article:
    """Read the fields of one record; a book is read by the same names where it has them."""
    citation = _first(record, "MedlineCitation", "BookDocument", default=record)
    article = _first(citation, "Article", default=citation)
    pmid = pmid_of(text_of(citation.find("PMID")))
    if pmid is None:
        raise ValueError("the record has no PMID")
    if article.find("ArticleTitle") is None and article.find("Book/BookTitle") is None:
        raise ValueError("the record has no title element")
    book = article.find("Book")
    title = text_of(article.find("ArticleTitle")) or text_of(article.find("Book/BookTitle"))
    doi, pmcid = _other_ids(record, citation, article)
    types = tuple(text_of(kind) for kind in article.iter("PublicationType"))
    links = _links(citation)
    date = _date(_first(article, "Journal/JournalIssue/PubDate", "ContributionDate", "Book/PubDate"))
    issue = _first(article, "Journal/JournalIssue", "Book", default=article)
    return Article(
        id=article_id(pmid, doi),
        title=title,
        sections=_sections(article),
        pmid=pmid,
        doi=doi,
        pmcid=pmcid,
        vernacular_title=text_of(article.find("VernacularTitle")),
        authors=_authors(article, book),
        journal=_journal(citation, article, title),
        year=year_of(date),
        date=date,
        volume=text_of(issue.find("Volume")),
        issue=text_of(issue.find("Issue")),
        pages=_pages(article),
        languages=_texts(article.findall("Language")),
        publication_types=types,
        mesh=tuple(map(_heading, _within(citation, "MeshHeadingList", "MeshHeading"))),
        keywords=_texts(_within(citation, "KeywordList", "Keyword")),
        links=links,
        status=retractions.status(types, links),
        notice=retractions.is_notice(types, links),
        revised=_iso(citation.find("DateRevised")),
        version=_version(citation),
    )


def _first(element: Element, *paths: str, default: Element | None = None) -> Element:
    """First of the paths that leads to an element, else the default, else an empty element."""
    found = (element.find(path) for path in paths)
    chosen = next((one for one in found if one is not None), default)
    return Element("none") if chosen is None else chosen


def _within(element: Element, outer: str, inner: str) -> Iterator[Element]:
    """The elements ``outer/inner``; much faster than the path, which is read in Python."""
    return (one for each in element.findall(outer) for one in each.findall(inner))


def _texts(elements: Iterable[Element]) -> tuple[str, ...]:
    return tuple(text for one in elements if (text := text_of(one)))


def _sections(article: Element) -> tuple[Section, ...]:
    """Sections of the abstract, labelled by the authors' label, by NLM's category where there is none."""
    sections = []
    for part in _within(article, "Abstract", "AbstractText"):
        labels = (_attribute(part, name) for name in ("Label", "NlmCategory"))
        label = next((one for one in labels if one.upper() not in _NO_LABEL), "")
        if text := text_of(part):
            sections.append(Section(label, text))
    return tuple(sections)


def _attribute(element: Element, name: str) -> str:
    """An attribute with white space reduced; empty if absent."""
    return " ".join(element.get(name, "").split())


def _authors(article: Element, book: Element | None) -> tuple[Author, ...]:
    """Authors in order; for a book without any, its editors. Entries marked as not valid are left out."""
    lists = [one for one in article.findall("AuthorList") if one.get("Type") != "editors"]
    if not lists and book is not None:
        of_book = book.findall("AuthorList")
        lists = [one for one in of_book if one.get("Type") != "editors"] or of_book
    entries = (entry for one in lists for entry in one.findall("Author") if entry.get("ValidYN") != "N")
    authors = (_author(entry) for entry in entries)
    return tuple(author for author in authors if author.last or author.collective)


def _author(entry: Element) -> Author:
    fore = text_of(entry.find("ForeName")) or text_of(entry.find("FirstName"))
    initials = text_of(entry.find("Initials")) or "".join(
        name[0] for name in re.split(r"[\s-]+", fore) if name
    )
    return Author(
        last=text_of(entry.find("LastName")),
        initials=initials,
        fore=fore,
        suffix=text_of(entry.find("Suffix")),
        collective=text_of(entry.find("CollectiveName")),
    )


def _journal(citation: Element, article: Element, title: str) -> str:
    """NLM's abbreviation of the journal, else its name; for a chapter the title of its book."""
    names = (
        text_of(citation.find("MedlineJournalInfo/MedlineTA")),
        text_of(article.find("Journal/ISOAbbreviation")),
        text_of(article.find("Journal/Title")),
        text_of(article.find("Book/BookTitle")),
    )
    name = next(filter(None, names), "")
    return "" if name == title else name


def _date(published: Element) -> str:
    """Date of a citation as ``2002 Jul 25``, ``2002 Summer``, or MEDLINE's free form as it stands."""
    if free := text_of(published.find("MedlineDate")):
        return free
    month = text_of(published.find("Month"))
    if month.isdigit() and 1 <= int(month) <= 12:
        month = MONTHS[int(month) - 1]
    day = text_of(published.find("Day")).lstrip("0") if month else ""
    parts = (text_of(published.find("Year")), month or text_of(published.find("Season")), day)
    return " ".join(filter(None, parts))


def _iso(date: Element | None) -> str:
    """A date of the record itself as ``2002-07-25``; empty if absent."""
    parts = [] if date is None else [text_of(date.find(part)) for part in ("Year", "Month", "Day")]
    return "-".join(part.zfill(2) for part in parts if part)


def _version(citation: Element) -> int:
    """Version of the PMID, 1 unless it says otherwise."""
    named = citation.find("PMID")
    version = "" if named is None else named.get("Version", "")
    return int(version) if version.isdecimal() else 1


def _pages(article: Element) -> str:
    pages = text_of(article.find("Pagination/MedlinePgn"))
    ends = _texts(one for name in ("StartPage", "EndPage") for one in _within(article, "Pagination", name))
    return pages or "-".join(dict.fromkeys(ends))


def _other_ids(record: Element, citation: Element, article: Element) -> tuple[str | None, str | None]:
    """DOI and PMC id of the article itself; those under ReferenceList are the works that it cites."""
    valid = (one for one in article.findall("ELocationID") if one.get("ValidYN") != "N")
    dois = [text_of(one) for one in valid if one.get("EIdType") == "doi"]
    pmcids = []
    for ids in (record.find("PubmedData/ArticleIdList"), record.find("BookDocument/ArticleIdList")):
        for one in () if ids is None else ids:
            if one.get("IdType") == "doi":
                dois.append(text_of(one))
            elif one.get("IdType") == "pmc":
                pmcids.append(text_of(one))
    pmcids += [text_of(one) for one in citation.findall("OtherID") if one.get("Source") == "NLM"]
    doi = next(filter(None, map(doi_of, dois)), None)
    return doi, next(filter(None, map(pmcid_of, pmcids)), None)


def _heading(heading: Element) -> MeshHeading:
    descriptor, qualifiers = heading.findall("DescriptorName")[:1], heading.findall("QualifierName")
    return MeshHeading(
        descriptor="".join(map(text_of, descriptor)),
        major=any(part.get("MajorTopicYN") == "Y" for part in (*descriptor, *qualifiers)),
        qualifiers=_texts(qualifiers),
    )


def _links(citation: Element) -> tuple[Link, ...]:
    """Comments and corrections; ``Cites`` is the article's bibliography and says nothing about itself.

    Before 2009 the kind was the name of the element instead of its RefType.
    """
    lists = [*citation.findall("CommentsCorrectionsList"), *citation.findall("CommentsCorrections")]
    entries = ((entry.get("RefType") or entry.tag, entry) for one in lists for entry in one)
    return tuple(
        Link(kind, pmid_of(text_of(entry.find("PMID"))), text_of(entry.find("RefSource")))
        for kind, entry in entries
        if kind != "Cites"
    )
