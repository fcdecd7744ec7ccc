"""One frozen Settings: environment, then ``./rag.toml``, then ``RAG_HOME/rag.toml``, then the default."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Literal

from platformdirs import user_data_path
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from rag.errors import SettingsError


def _home() -> Path:
    return Path(os.environ.get("RAG_HOME") or user_data_path("pubmed-rag")).expanduser()


class Settings(BaseSettings):
    """Every setting of the program; each is the environment variable ``RAG_<NAME>``.

    In ``rag.toml`` the names are written in lower case without the prefix. Keys are secrets: they
    print as stars.
    """

    model_config = SettingsConfigDict(env_prefix="RAG_", frozen=True, extra="ignore", env_ignore_empty=True)

    home: Path = Field(default_factory=_home)
    """Where corpora, indexes, saved answers and caches live."""
    data: str = "./data:../shared/data"
    """Folders with evaluation data, ``:``-separated."""
    email: str = ""
    """Sent to NCBI with every request, as NCBI asks; live search refuses without it."""
    ncbi_api_key: SecretStr = SecretStr("")
    """Raises NCBI's limit from 3 to 10 requests a second."""
    eutils_url: str = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils/"
    """Base of the E-utilities: NCBI's, a mirror, a proxy or a test server."""
    llm: Literal["none", "openai-like", "anthropic", "ollama", "llama-cpp", "replay"] = "none"
    """Who writes the answer; ``none`` quotes the sources instead."""
    llm_model: str = ""
    """Name of the language model, as its server knows it; for ``llama-cpp`` the path of its file."""
    llm_base_url: str = ""
    """Address of the language model's server; for ``replay`` the file of recorded replies."""
    llm_api_key: SecretStr = SecretStr("")
    """Key for the language model's server."""
    llm_timeout: float = Field(default=60.0, gt=0)
    """Seconds that one question may spend on the model in all, retries included."""
    prompt: str = ""
    """A file that the language model is asked with instead of ``prompts/answer.md``."""
    embedder: str = "minilm"
    """``minilm``, or any sentence-transformers model or folder."""
    verifier: str = "bundled"
    """``bundled``, ``llm``, or a sentence-transformers cross-encoder for NLI."""
    support_at: float | None = Field(default=None, ge=0.5, le=1)
    """The probability from which the gate takes a statement as supported; by default the checker's own."""
    judge: str = ""
    """The judge of ``rag-eval``, named as ``verifier`` is; never the checker that gated the run."""
    chroma_url: str = ""
    """A Chroma server instead of the embedded store."""

    @field_validator("eutils_url")
    @classmethod
    def _ends_with_slash(cls, value: str) -> str:
        return value.rstrip("/") + "/"

    @field_validator("home")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order of the sources, first wins."""
        return (
            init_settings,
            env_settings,
            TomlConfigSettingsSource(settings_cls, Path("rag.toml")),
            TomlConfigSettingsSource(settings_cls, _home() / "rag.toml"),
        )

    @property
    def data_folders(self) -> tuple[Path, ...]:
        """The folders of ``data`` that exist."""
        folders = (Path(part).expanduser() for part in self.data.split(":") if part)
        return tuple(folder.absolute() for folder in folders if folder.is_dir())

    def data_file(self, relative: str) -> Path | None:
        """The first file ``relative`` under the data folders, None if there is none."""
        candidates = (folder / relative for folder in self.data_folders)
        return next((path for path in candidates if path.exists()), None)

    def public(self) -> dict[str, str]:
        """Settings for people to read: keys are masked."""
        return {
            name: ("set" if value.get_secret_value() else "not set")
            if isinstance(value, SecretStr)
            else str("" if value is None else value)
            for name, value in self
        }

    def fingerprint(self) -> str:
        """Hash of every setting that can change an answer: not the keys, the folders or the e-mail."""
        unlike = {"home", "data", "email", "ncbi_api_key", "llm_api_key", "judge"}
        values = {name: str(value) for name, value in self if name not in unlike}
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:12]


def load(**overrides: object) -> Settings:
    """Read the settings; ``overrides`` come before the environment.

    Raises:
        SettingsError: a value makes no sense; names the setting and the allowed values.
    """
    try:
        return Settings(**{name: value for name, value in overrides.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        raise SettingsError(f"RAG_{name}: {first['msg']}. Correct the variable or rag.toml.") from None
    except ValueError as error:
        raise SettingsError(f"rag.toml cannot be read: {error}. Correct it or move it away.") from None
