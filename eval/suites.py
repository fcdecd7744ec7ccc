"""Suites: declared in TOML, each naming its data, where it comes from, its licence and its hash."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rag.errors import BadInput
from rag.resources import shipped
from rag.settings import Settings

Option = str | int | float | bool


class _Declared(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class File(_Declared):
    """One data file: a path among the shipped files (``eval/``, ``corpora/``) or under ``RAG_DATA``.

    ``sha256`` is empty for files that are written here and change with the program.
    """

    path: str
    sha256: str = ""


class Data(_Declared):
    """The files of a suite by their role, the format they are in, and where they come from."""

    format: str
    files: dict[str, File]
    source: str
    licence: str
    where: str


class Published(_Declared):
    """A published figure that one of ours stands beside; ``how`` says under which conditions it was had."""

    measure: str
    value: float
    system: str
    how: str
    source: str


class Suite(_Declared):
    """A declared suite; ``task`` chooses how an item is run and measured, ``options`` are that task's.

    The first of ``measures`` is the main one. ``caution`` says what a reader of the figures must know.
    ``sample`` is set where all items take long: so many are run unless ``--limit`` asks for others.
    ``trained`` is set where a bundled model was trained on a part of the data: how its articles, or its
    questions, are named there; see ``eval.held_out``.
    """

    name: str
    title: str
    task: Literal["claims", "ranking", "verdicts", "answers", "mutations", "hazards", "designs", "clinical"]
    about: str
    caution: str = ""
    trained: str = ""
    sample: int | None = None
    measures: tuple[str, ...] = Field(min_length=1)
    options: dict[str, Option] = Field(default_factory=dict)
    data: Data
    published: tuple[Published, ...] = ()

    @property
    def labelled(self) -> bool:
        """Whether people labelled claims in it, so that a judge can be judged on it."""
        return self.task == "claims"


def names() -> list[str]:
    """Names of all declared suites."""
    return sorted(path.stem for path in shipped("eval", "suites").glob("*.toml"))


def suite(name: str) -> Suite:
    """Read the declaration of a suite.

    Raises:
        BadInput: there is no such suite, names those there are; or its declaration makes no sense.
    """
    if name not in names():
        raise BadInput(f"There is no suite {name}. There are: {', '.join(names())}.")
    return read(shipped("eval", "suites", f"{name}.toml"))


def read(path: Path) -> Suite:
    """Read a declaration from its file.

    Raises:
        BadInput: it makes no sense; names the file and the place in it.
    """
    try:
        return Suite.model_validate({"name": path.stem, **tomllib.loads(path.read_text(encoding="utf-8"))})
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        first = error.errors()[0] if isinstance(error, ValidationError) else {"loc": (), "msg": str(error)}
        place = ".".join(str(part) for part in first["loc"])
        raise BadInput(f"{path.name}: {place} {first['msg']}".replace("  ", " ")) from None


def locate(relative: str, settings: Settings) -> Path | None:
    """A data file: among the shipped files if the path begins so, else in the folders of ``RAG_DATA``."""
    if relative.startswith(("corpora/", "eval/")):
        path = shipped(*relative.split("/"))
        return path if path.exists() else None
    return settings.data_file(relative)


def files(declared: Suite, settings: Settings) -> dict[str, Path]:
    """The data files of a suite by role.

    Raises:
        BadInput: one is missing or is not the declared one; see ``missing``.
    """
    why = missing(declared, settings)
    if why:
        raise BadInput(f"Suite {declared.name} cannot run: {why}.")
    found = {role: locate(file.path, settings) for role, file in declared.data.files.items()}
    return {role: path for role, path in found.items() if path}


def missing(declared: Suite, settings: Settings) -> str | None:
    """Why a suite cannot run here, or None if it can."""
    for file in declared.data.files.values():
        path = locate(file.path, settings)
        if path is None:
            return f"{file.path} is not here: {declared.data.where}"
        if file.sha256 and digest(path) != file.sha256:
            return f"{file.path} differs from the declared data (its SHA-256 is another)"
    return None


def digests(found: Mapping[str, Path]) -> dict[str, str]:
    """SHA-256 of every data file by role."""
    return {role: digest(path) for role, path in sorted(found.items())}


@cache
def _digest(path: Path, modified: int, size: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def digest(path: Path) -> str:
    """SHA-256 of a file in hex; a file that did not change is read once."""
    facts = path.stat()
    return _digest(path, facts.st_mtime_ns, facts.st_size)
