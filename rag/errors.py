"""The errors this program raises on purpose.

    RagError
    ├── BadInput            a question, file or option that cannot be used as it is
    │   └── IdentifyingText the question names a patient; carries the redacted version, never the raw one
    ├── SettingsError       a setting has a value that makes no sense
    ├── MissingPackage      an optional package is not installed; says the pip line
    ├── CorpusError         a corpus is absent, damaged, locked or out of step
    │   ├── Unwritable      a corpus cannot be written: the disk is full, or the folder read-only
    │   ├── IndexDamaged    an index cannot be read; it is made again from the article store
    │   └── IndexMismatch   an index was built with another embedder or another form
    ├── SavedError          the file of saved answers cannot be used
    ├── SearchFailed        PubMed could not be searched, or only in part; never "no evidence"
    │   └── RateLimited     PubMed said: too many requests
    └── LLMUnavailable      the language model gave no reply in time
        └── UnsupportedOutput  the language model's reply could not be read

Every message is one line that says what happened and what to do next. Commands print it and leave with
status 1; ``--debug`` shows the traceback.
"""

from __future__ import annotations

from pathlib import Path


class RagError(Exception):
    """Root of every error raised on purpose."""


class BadInput(RagError):
    """A question, a file or an option that cannot be used as it is."""


class IdentifyingText(BadInput):
    """The question, or a statement to be checked, holds text that may identify a patient.

    ``redacted`` is it with that text replaced; the raw text is kept nowhere.
    """

    def __init__(self, redacted: str, what: str = "question") -> None:
        super().__init__(
            f"The {what} seems to name a patient. Nothing was sent or stored. "
            f"To go on without those details, add --redacted; the {what} would be: {redacted}"
        )
        self.redacted = redacted


class SettingsError(RagError):
    """A setting has a value that makes no sense."""


class MissingPackage(RagError):
    """An optional package is not installed."""


class CorpusError(RagError):
    """A corpus is absent, damaged, locked or out of step."""


class Unwritable(CorpusError):
    """A corpus cannot be written. What was stored before stays, and the same command goes on from there."""

    def __init__(self, path: Path, reason: BaseException) -> None:
        super().__init__(
            f"{path} cannot be written: {str(reason).splitlines()[0]}. Nothing that was stored is lost. "
            "Make room on the disk, or see to it that you may write there, and run the command again."
        )


class IndexDamaged(CorpusError):
    """An index cannot be read, as after a writer was killed. No article is lost: the store is the truth."""

    def __init__(self, path: Path, reason: BaseException) -> None:
        super().__init__(
            f"{path} is damaged ({str(reason).splitlines()[0]}). No article is lost. "
            f"Make the index again with: rag corpus check {path.parent.name} --repair"
        )


class IndexMismatch(CorpusError):
    """An index was built with another embedder or in another form than the settings ask for."""


class SavedError(RagError):
    """The file of saved answers cannot be used."""


class SearchFailed(RagError):
    """PubMed could not be searched, or only in part. This never means that there is no evidence."""


class RateLimited(SearchFailed):
    """PubMed answered "too many requests" until the retries were spent."""


class LLMUnavailable(RagError):
    """The language model gave no usable reply in time."""


class UnsupportedOutput(LLMUnavailable):
    """The language model replied with something that is not the form it was asked for."""
