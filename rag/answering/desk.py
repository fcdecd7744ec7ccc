"""What answering needs, opened once and kept warm: settings, models, corpora."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from types import TracebackType

from rag import providers
from rag.errors import CorpusError
from rag.library.building import Job
from rag.library.corpus import Corpus, exists, folder, open_corpus
from rag.library.declared import declaration
from rag.library.pubmed import PubMed
from rag.records import Complete, Embed, Entail, Retrieve
from rag.settings import Settings

DEFAULT_CORPUS = "starter"


class Desk:
    """The settings, and late, the models and corpora they name; use it as a context manager.

    Args:
        settings: what to open.
        notify: told what takes long, in words for a person.
    """

    def __init__(self, settings: Settings, notify: Callable[[str], None] = lambda text: None) -> None:
        self.settings = settings
        self.notify = notify
        self._corpora: dict[str, Corpus] = {}

    @cached_property
    def embed(self) -> Embed:
        """The embedder of the settings."""
        return providers.embedder(self.settings)

    @cached_property
    def entail(self) -> Entail:
        """The entailment model of the settings."""
        complete = self.complete if self.settings.verifier == "llm" else None
        return providers.entailment(self.settings, complete)

    @cached_property
    def support_at(self) -> float:
        """The probability from which the gate takes a statement as supported."""
        return providers.support_at(self.settings)

    @cached_property
    def complete(self) -> Complete | None:
        """The language model of the settings, None for the extractive writer."""
        return providers.language_model(self.settings)

    @cached_property
    def pubmed(self) -> PubMed:
        """PubMed as the settings reach it.

        Raises:
            SettingsError: there is no e-mail to send to NCBI.
        """
        return PubMed(self.settings)

    def corpus(self, name: str, *, create: bool = False) -> Corpus:
        """Open a corpus, building a shipped one on first use.

        Raises:
            CorpusError: there is no such corpus and it is not to be created, or it cannot be used.
        """
        if name not in self._corpora:
            self._corpora[name] = open_corpus(
                name, self.settings, embed=lambda: self.embed, notify=self.notify, create=create
            )
        return self._corpora[name]

    def job(self, name: str, progress: Callable[[str, int, int], None]) -> Job:
        """A declared corpus, to be built or updated from PubMed.

        Raises:
            CorpusError: no corpus of this name is declared.
        """
        said = declaration(name, self.settings)
        if said is None:
            raise CorpusError(
                f"No corpus {name} is declared. Write corpora/{name}/corpus.toml, with a query or pmids, "
                "or see: rag corpus list"
            )
        place = folder(name, self.settings)
        return Job(said, place, lambda: self.pubmed, lambda: self.corpus(name, create=True), progress)

    def has_corpus(self, name: str) -> bool:
        """Whether a corpus of this name has been made."""
        return exists(name, self.settings)

    def retriever(self, names: Sequence[str]) -> Retrieve:
        """The hybrid retriever over some corpora; the starter corpus if none is named."""
        from rag.answering.retrieve import hybrid

        return hybrid([self.corpus(name) for name in names or (DEFAULT_CORPUS,)], self.embed)

    def __enter__(self) -> Desk:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for corpus in self._corpora.values():
            corpus.close()
        self._corpora.clear()
