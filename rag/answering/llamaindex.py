"""The hybrid retriever as a LlamaIndex retriever, for query engines and agents built elsewhere.

A module of its own, because importing LlamaIndex takes seconds and an answer does not need it.
"""

from __future__ import annotations

from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from rag.library.vectors import flat
from rag.records import Found, Hit, Retrieve

PLACE = ["section", "start", "end"]
"""Metadata that a program needs and a language model or an embedder should not read."""


class HybridRetriever(BaseRetriever):
    """Gives the passages that a retriever found as scored nodes, the best first.

    A node's id is the passage's id and its text the passage; its flat metadata name the article (``article``,
    ``pmid``, ``year``, ``status``) and the place in it (``section``, ``label``, ``start``, ``end``).

    Args:
        retrieve: for example ``hybrid(corpora, embed)``.
        k: how many articles to find.
        passages: how many passages of each to give.
    """

    def __init__(self, retrieve: Retrieve, k: int = 10, passages: int = 3) -> None:
        super().__init__()
        self._find = retrieve
        self._k = k
        self._passages = passages

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        found = self._find(query_bundle.query_str, self._k)
        return [_node(one, hit) for one in found for hit in one.hits[: self._passages]]


def _node(found: Found, hit: Hit) -> NodeWithScore:
    node = TextNode(
        id_=hit.passage.id,
        text=hit.passage.text,
        metadata=flat(hit.passage, found.article),
        excluded_embed_metadata_keys=PLACE,
        excluded_llm_metadata_keys=PLACE,
    )
    return NodeWithScore(node=node, score=found.score)
