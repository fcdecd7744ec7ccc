"""What the tests share: no network, settings of their own, the shared data, servers on loopback."""

from __future__ import annotations

import importlib.util
import os
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import hypothesis
import pytest

from rag.answering.desk import Desk
from rag.errors import LLMUnavailable
from rag.records import Embed, Reply
from rag.settings import Settings

# A busy machine is slow; a test that fails for that proves nothing.
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")

ROOT = Path(__file__).parent.parent
DATA = os.environ.get("RAG_DATA") or f"{ROOT / 'data'}:{ROOT.parent / 'shared' / 'data'}"


def module(name: str) -> ModuleType:
    """A module that lies beside the tests, which cannot import each other."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).parent / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    sys.modules[name] = loaded  # dataclasses look their module up
    spec.loader.exec_module(loaded)
    return loaded


eutils_server = module("eutils_server")


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection beyond this machine, and say so loudly: an OSError might be handled."""
    connect, lookup = socket.socket.connect, socket.getaddrinfo

    def allowed(host: Any) -> bool:
        return host in (None, "", "localhost", "::1") or str(host).startswith("127.")

    def guarded_connect(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple) and not allowed(address[0]):
            raise AssertionError(f"a test tried to reach {address[0]}")
        connect(self, address)

    def guarded_lookup(host: Any, *args: Any, **kwargs: Any) -> Any:
        if not allowed(host.decode() if isinstance(host, bytes) else host):
            raise AssertionError(f"a test tried to look up {host}")
        return lookup(host, *args, **kwargs)

    monkeypatch.setattr(socket.socket, "connect", guarded_connect)
    monkeypatch.setattr(socket, "getaddrinfo", guarded_lookup)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings with a home of their own, without what the environment or a rag.toml would add."""
    for name in list(os.environ):
        if name.startswith("RAG_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("RAG_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return Settings(home=tmp_path / "home", data=DATA)


@pytest.fixture(scope="session")
def data() -> Callable[[str], Path]:
    """A function that gives the path of a shared data file, or skips the test that needs it."""

    def find(relative: str) -> Path:
        for folder in DATA.split(":"):
            if (path := Path(folder, relative)).exists():
                return path
        return pytest.skip(f"{relative} is not here: it belongs to the shared data that RAG_DATA names")

    return find


@pytest.fixture
def eutils() -> Iterator[Any]:
    """An E-utilities server on loopback; see tests/eutils_server.py."""
    yield from eutils_server.serving()


@pytest.fixture(scope="session")
def faults() -> Callable[..., Iterator[str | None]]:
    """Faults of that server at random, for ever: rate of each kind, seed, and which kinds."""
    return eutils_server.at_random


@pytest.fixture(scope="session")
def llm_server() -> Any:
    """A language-model server on loopback; see tests/llm_server.py."""
    return module("llm_server").serve


@pytest.fixture(scope="session")
def llm_modes() -> tuple[str, ...]:
    """Every way in which that server can answer."""
    return tuple(module("llm_server").MODES)


@pytest.fixture(scope="session")
def house() -> ModuleType:
    """Made-up articles in which every kind of trouble occurs once; see tests/house.py."""
    return module("house")


@pytest.fixture(scope="session")
def embedder(tmp_path_factory: pytest.TempPathFactory) -> Embed:
    """The bundled embedder, loaded once."""
    from rag.models.minilm import minilm

    return minilm(Settings(home=tmp_path_factory.mktemp("models")))


@pytest.fixture(scope="session")
def small_embedder() -> Embed:
    """Random directions of 16 numbers, fixed by the text."""
    made: Embed = module("writer").embedder()
    return made


@pytest.fixture(scope="module")
def desk(house: ModuleType, tmp_path_factory: pytest.TempPathFactory, embedder: Embed) -> Iterator[Desk]:
    """A desk over the small house, with the bundled models and no language model."""
    with Desk(Settings(home=tmp_path_factory.mktemp("home"))) as opened:
        opened.__dict__["embed"] = embedder
        opened.__dict__["complete"] = None
        opened.corpus("house", create=True).add(house.ARTICLES)
        yield opened


class Says:
    """A language model that says one thing, or is down, and keeps what it was asked."""

    name = "says"

    def __init__(self, text: str | None) -> None:
        self.text = text
        self.prompts: list[str] = []

    def __call__(self, asked: str) -> Reply:
        self.prompts.append(asked)
        if self.text is None:
            raise LLMUnavailable("down")
        return Reply(self.text)


@pytest.fixture(scope="session")
def says() -> type[Says]:
    """The class of such models."""
    return Says


@pytest.fixture(scope="session")
def tiny_cross_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cross-encoder of a few thousand random weights, saved with its labels in an order of its own."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    torch.manual_seed(7)
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "pain", "fell", "rose", "not"]
    inner = Tokenizer(models.WordLevel({word: i for i, word in enumerate(words)}, unk_token="[UNK]"))
    inner.pre_tokenizer = pre_tokenizers.Whitespace()
    inner.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=inner, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]",
        model_max_length=64,
    )  # fmt: skip
    config = BertConfig(
        vocab_size=len(words), hidden_size=8, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=64, id2label={0: "contradiction", 1: "entailment", 2: "neutral"},
        label2id={"contradiction": 0, "entailment": 1, "neutral": 2},
    )  # fmt: skip
    model = BertForSequenceClassification(config)
    with torch.no_grad():
        model.classifier.bias.copy_(torch.tensor([1.0, 3.0, -1.0]))
        model.classifier.weight.mul_(0.01)
    folder = tmp_path_factory.mktemp("tiny")
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
