"""Any sentence-transformers model or folder as an embedder, symmetric or with a side for queries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from rag.errors import MissingPackage, SettingsError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


class SentenceTransformerEmbedder:
    """Encodes with the model's own prompts and, for an asymmetric pair, its own query and document sides.

    Vectors are scaled to norm 1 whatever the model does, because the index compares by cosine.
    """

    def __init__(self, model: SentenceTransformer, name: str) -> None:
        self.name = name
        self._model = model
        self.dimension = len(self.query("dimension"))

    def documents(self, texts: Sequence[str]) -> Any:
        """Embed texts to be searched. Returns float32 of shape (n, dimension)."""
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        vectors = self._model.encode_document(
            list(texts), normalize_embeddings=True, show_progress_bar=False, convert_to_numpy=True
        )
        return np.asarray(vectors, np.float32)

    def query(self, text: str) -> Any:
        """Embed one query. Returns float32 of shape (dimension,)."""
        vector = self._model.encode_query(
            text, normalize_embeddings=True, show_progress_bar=False, convert_to_numpy=True
        )
        return np.asarray(vector, np.float32)


def sentence_transformer(name: str) -> SentenceTransformerEmbedder:
    """Load a model by its name or from a folder.

    Args:
        name: as sentence-transformers takes it. For a pair of encoders give a folder whose first module is
            a Router with a query and a document route.

    Raises:
        MissingPackage: sentence-transformers is not installed.
        SettingsError: there is no such model here and it cannot be fetched.
    """
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError:
        raise MissingPackage(
            f"The embedder {name} needs a package. Run: pip install 'sentence-transformers>=5'"
        ) from None
    try:
        model = SentenceTransformer(name)
    except (OSError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise SettingsError(f"RAG_EMBEDDER={name} cannot be loaded: {reason}") from None
    return SentenceTransformerEmbedder(model, name)
