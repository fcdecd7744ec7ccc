"""Suites: declared in TOML, each naming its data, where it comes from, its licence and its hash."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from rag.errors import BadInput
from rag.resources import shipped
from rag.settings import Settings


class Data(BaseModel):
    """The files of a suite and their origin; ``sha256`` is by relative path."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    items: str
    abstracts: str | None = None
    corpora: tuple[str, ...] = ()
    source: str
    licence: str
    where: str
    sha256: dict[str, str] = Field(default_factory=dict)


class Suite(BaseModel):
    """A declared suite; ``task`` chooses how an item is run and measured."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str
    title: str
    task: Literal["claims", "questions"]
    about: str
    data: Data


def names() -> list[str]:
    """Names of all declared suites."""
    return sorted(path.stem for path in shipped("eval", "suites").glob("*.toml"))


def suite(name: str) -> Suite:
    """Read the declaration of a suite.

    Raises:
        BadInput: there is no such suite; names those there are.
    """
    path = shipped("eval", "suites", f"{name}.toml")
    if name not in names():
        raise BadInput(f"There is no suite {name}. There are: {', '.join(names())}.")
    return Suite.model_validate({"name": name, **tomllib.loads(path.read_text(encoding="utf-8"))})


def locate(relative: str, settings: Settings) -> Path | None:
    """A data file: among the shipped files if the path begins so, else in the folders of ``RAG_DATA``."""
    if relative.startswith("corpora/"):
        path = shipped(*relative.split("/"))
        return path if path.exists() else None
    return settings.data_file(relative)


def missing(declared: Suite, settings: Settings) -> str | None:
    """Why a suite cannot run here, or None if it can."""
    for relative in (declared.data.items, declared.data.abstracts):
        if relative is None:
            continue
        path = locate(relative, settings)
        if path is None:
            return f"{relative} is not here: it is {declared.data.where}"
        wanted = declared.data.sha256.get(relative)
        if wanted and digest(path) != wanted:
            return f"{relative} differs from the declared data (its SHA-256 is another)"
    return None


def digest(path: Path) -> str:
    """SHA-256 of a file in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """Read JSON lines; only a line feed ends a line, since texts may hold U+2028."""
    with path.open(encoding="utf-8", newline="\n") as file:
        for line in file:
            if line.strip():
                yield json.loads(line)
