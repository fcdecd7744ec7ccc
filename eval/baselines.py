"""Retrievers that others build, over the articles of a corpus: what ours is measured against."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.errors import MissingPackage
from rag.library.corpus import Corpus
from rag.library.lexical import indexed
from rag.records import Article, Embed
from rag.text.snowball import snowball

if TYPE_CHECKING:
    from llama_index.core import VectorStoreIndex

Rank = Callable[[str, int], list[str]]
"""From a query and a number to the ids of so many articles, best first."""


def bm25s(articles: Sequence[Article]) -> Rank:
    """BM25 with the defaults of bm25s (Lù 2024, arXiv 2407.03618), its stop words and Snowball's stemmer.

    It reads what our lexical index reads. An article that shares no word with a query is not found.

    Raises:
        MissingPackage: bm25s is not installed.
    """
    try:
        import bm25s
    except ImportError:
        raise MissingPackage("retrieval=bm25s needs bm25s. Run: pip install pubmed-rag[test]") from None

    def stemmed(words: list[str]) -> list[str]:
        return [snowball(word) for word in words]

    def cut(texts: list[str]) -> Any:
        return bm25s.tokenize(texts, stopwords="en", stemmer=stemmed, show_progress=False)

    ids = [article.id for article in articles]
    index = bm25s.BM25()
    index.index(cut([indexed(article) for article in articles]), show_progress=False)

    def rank(query: str, k: int) -> list[str]:
        found, scores = index.retrieve(cut([query]), k=min(k, len(ids)), show_progress=False)
        return [ids[at] for at, score in zip(found[0], scores[0], strict=True) if score > 0]

    return rank


def llamaindex(articles: Sequence[Article], embed: Embed, folder: Path) -> Rank:
    """LlamaIndex as its guide begins: ``VectorStoreIndex.from_documents`` with every default but the model.

    Title and abstract are one document, cut by its ``SentenceSplitter``; articles are ranked by their best
    chunk among the nearest ``k``. The index is kept in ``folder``, made if absent.
    """
    from llama_index.core import Document, StorageContext, VectorStoreIndex, load_index_from_storage
    from llama_index.core.embeddings import BaseEmbedding

    class Bundled(BaseEmbedding):
        """Our embedder as LlamaIndex wants one."""

        def _get_text_embedding(self, text: str) -> list[float]:
            return self._get_text_embeddings([text])[0]

        def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
            vectors: list[list[float]] = embed.documents(texts).tolist()
            return vectors

        def _get_query_embedding(self, query: str) -> list[float]:
            vector: list[float] = embed.query(query).tolist()
            return vector

        async def _aget_query_embedding(self, query: str) -> list[float]:
            return self._get_query_embedding(query)

    model = Bundled(model_name=embed.name)
    index: VectorStoreIndex
    if (folder / "docstore.json").exists():
        kept = StorageContext.from_defaults(persist_dir=str(folder))
        index = load_index_from_storage(kept, embed_model=model)  # type: ignore[assignment]
    else:
        documents = [Document(text=_text(article), doc_id=article.id) for article in articles]
        index = VectorStoreIndex.from_documents(documents, embed_model=model)
        index.storage_context.persist(str(folder))

    def rank(query: str, k: int) -> list[str]:
        found = index.as_retriever(similarity_top_k=k).retrieve(query)
        return list(dict.fromkeys(str(one.node.ref_doc_id) for one in found))

    return rank


BASELINES: dict[str, Callable[[Corpus, Embed, Path], Rank]] = {
    "bm25s": lambda corpus, embed, home: bm25s(_articles(corpus)),
    "llamaindex": lambda corpus, embed, home: llamaindex(
        _articles(corpus), embed, home / "llamaindex" / corpus.name
    ),
}
"""Baselines by name: each makes its own index of a corpus."""


def _articles(corpus: Corpus) -> list[Article]:
    return [article for name in corpus.ids() if (article := corpus.article(name))]


def _text(article: Article) -> str:
    return "\n".join([article.title, *(section.text for section in article.sections)]).strip()
