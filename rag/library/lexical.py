"""The lexical index of a corpus: BM25 over whole articles, on tantivy.

One document an article: title, abstract, MeSH descriptors and keywords, lower-cased, without stop words,
stemmed (Robertson and Zaragoza 2009 for BM25; Porter's English stemmer). Measured on the SciFact training
claims and the PubMedQA development questions, whole articles beat single passages, and one field of words
beats weighted fields.

A second field holds the pieces of those words, runs of four characters (McNamee and Mayfield 2004,
doi:10.1023/B:INRT.0000009441.78971.be), whose BM25 adds to that of the words: so *hyperphosphatasia* meets
*phosphatase*. What it gains is in eval/results/5_retrieval.md.

The query is built from its analysed words, never parsed: no character of a question has a meaning of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import CorpusError, IndexDamaged, Unwritable
from rag.records import Article

if TYPE_CHECKING:
    import tantivy

ANALYZER = "medical_english"
WRITER_BYTES = 50_000_000
MOST_WORDS = 256
"""Different words of a query that are looked up; a longer one has more than enough of them."""
PIECE = 4
"""Characters of a piece; the mark in front of a word counts as one."""
PIECES = 0.4
"""Weight of the BM25 of pieces beside that of words."""
FORM = 2
"""Raised when articles are indexed in another way."""


class LexicalIndex:
    """The tantivy index in ``folder``, made if absent.

    Raises:
        IndexDamaged: the folder holds something else.
        Unwritable: it cannot be made.
    """

    def __init__(self, folder: Path) -> None:
        import tantivy

        self._folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Unwritable(folder, error) from None
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("article", stored=True, tokenizer_name="raw")
        builder.add_text_field("words", tokenizer_name=ANALYZER)
        builder.add_text_field("pieces", tokenizer_name="whitespace", index_option="freq")
        try:
            self._index = tantivy.Index(builder.build(), path=str(folder))
        except ValueError as error:
            raise IndexDamaged(folder, error) from None
        self._analyzer = _analyzer()
        self._index.register_tokenizer(ANALYZER, self._analyzer)

    def replace(self, ids: Iterable[str], articles: Iterable[Article]) -> None:
        """Take out the articles of ``ids`` and put in ``articles``, in one commit.

        Raises:
            CorpusError: another writer holds the index, or it cannot be written.
        """
        import tantivy

        with self._writer() as writer:
            for article_id in ids:
                writer.delete_documents_by_term("article", article_id)
            for article in articles:
                text = indexed(article)
                pieces = " ".join(_pieces(self._analyzer.analyze(text)))
                writer.add_document(tantivy.Document(article=[article.id], words=[text], pieces=[pieces]))
            writer.commit()
            writer.wait_merging_threads()

    def clear(self) -> None:
        """Take out every article. Raises what ``replace`` raises."""
        with self._writer() as writer:
            writer.delete_all_documents()
            writer.commit()

    def count(self) -> int:
        """Number of documents."""
        self._index.reload()
        return int(self._index.searcher().num_docs)

    def matching(self, query: str, k: int, pieces: float = PIECES) -> list[tuple[str, float]]:
        """The articles that share words, or pieces of words, with a query.

        Args:
            query: any text.
            k: how many articles.
            pieces: weight of the pieces; 0 looks for whole words alone.

        Returns:
            (article id, score) pairs, best first, ties by id.
        """
        import tantivy

        words = list(dict.fromkeys(self._analyzer.analyze(query)))[:MOST_WORDS]
        if not words or k < 1:
            return []
        terms = [self._term("words", word) for word in words]
        if pieces:
            parts = list(dict.fromkeys(_pieces(words)))[:MOST_WORDS]
            terms += [tantivy.Query.boost_query(self._term("pieces", part), pieces) for part in parts]
        any_of = tantivy.Query.boolean_query([(tantivy.Occur.Should, term) for term in terms])
        self._index.reload()
        searcher = self._index.searcher()
        hits = searcher.search(any_of, k, count=False).hits
        scored = [(str(searcher.doc(address)["article"][0]), float(score)) for score, address in hits]
        return sorted((hit for hit in scored if hit[1] > 0), key=lambda hit: (-hit[1], hit[0]))

    def _term(self, field: str, text: str) -> tantivy.Query:
        import tantivy

        return tantivy.Query.term_query(self._index.schema, field, text, index_option="freq")

    def ids(self) -> list[str]:
        """The article id of every document, sorted; one that stands twice is there twice."""
        import tantivy

        self._index.reload()
        searcher = self._index.searcher()
        if not searcher.num_docs:
            return []
        hits = searcher.search(tantivy.Query.all_query(), searcher.num_docs, count=False).hits
        return sorted(str(searcher.doc(address)["article"][0]) for _, address in hits)

    @contextmanager
    def _writer(self) -> Iterator[tantivy.IndexWriter]:
        # Every error of tantivy is a ValueError; only its words tell them apart.
        try:
            writer = self._index.writer(WRITER_BYTES, 1)
            yield writer
        except ValueError as error:
            if "LockBusy" in str(error):
                raise CorpusError(
                    "The lexical index is being written by another process. Try again later."
                ) from None
            raise Unwritable(self._folder, error) from None


def _analyzer() -> tantivy.TextAnalyzer:
    import tantivy

    filters: Sequence[tantivy.Filter] = (
        tantivy.Filter.lowercase(),
        tantivy.Filter.ascii_fold(),
        tantivy.Filter.stopword("english"),
        tantivy.Filter.stemmer("english"),
    )
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    for one in filters:
        builder = builder.filter(one)
    return builder.build()


def indexed(article: Article) -> str:
    """What the index reads of an article: its title, abstract, MeSH descriptors and keywords."""
    parts = [
        article.title,
        *(section.text for section in article.sections),
        *(heading.descriptor for heading in article.mesh),
        *article.keywords,
    ]
    return "\n".join(parts)


def _pieces(words: Iterable[str]) -> Iterator[str]:
    """Every run of ``PIECE`` characters of each word, its beginning marked; a short word is one piece."""
    for word in words:
        marked = f"#{word}"
        yield from (marked[at : at + PIECE] for at in range(max(1, len(marked) - PIECE + 1)))
