"""The same run offline gives the same bytes: replies are recorded once and replayed with sockets refused."""

from __future__ import annotations

import gzip
import json
import socket

import pytest

from eval.bench import Bench
from eval.run import Plan, run
from eval.suites import Suite


@pytest.fixture
def suite(settings, house):
    """Questions on the house, and settings that find them."""
    (settings.home / "data").mkdir(parents=True)
    with gzip.open(settings.home / "data" / "items.jsonl.gz", "wt") as out:
        for number, text in enumerate(house.QUESTIONS[:4]):
            out.write(json.dumps({"id": str(number), "question": text}) + "\n")
    data = {"format": "demonstration", "source": "", "licence": "", "where": "",
            "files": {"items": {"path": "items.jsonl.gz"}}}  # fmt: skip
    made_up = {"name": "made-up", "title": "", "task": "answers", "about": "", "measures": ["answered"]}
    return Suite.model_validate(made_up | {"data": data, "options": {"corpus": "house"}})


@pytest.fixture
def opened(settings, house, embedder):
    """Opens a bench with other settings over the same house."""

    def opened(record=None, **changes):
        changed = settings.model_copy(update={"data": str(settings.home / "data"), **changes})
        bench = Bench(changed, record=record)
        bench.__dict__["embed"] = embedder
        if not bench.has_corpus("house"):
            bench.corpus("house", create=True).add(house.ARTICLES)
        return bench

    return opened


def test_recorded_replies_give_the_same_bytes_offline(suite, opened, llm_server, tmp_path, monkeypatch):
    replies = tmp_path / "replies.jsonl"
    with llm_server(["good", "flipped"]) as server:
        live = opened(record=replies, llm="openai-like", llm_model="m", llm_base_url=server.url)
        with live:
            run(suite, live, tmp_path / "live")
    recorded = (tmp_path / "live" / "items.jsonl").read_bytes()
    assert len(replies.read_text().splitlines()) > 2

    def refused(*args, **kwargs):
        raise AssertionError("a socket was opened")

    for name in ("connect", "connect_ex", "bind", "sendto"):
        monkeypatch.setattr(socket.socket, name, refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)
    for name, workers in (("one", 1), ("two", 3)):
        with opened(llm="replay", llm_base_url=str(replies)) as bench:
            metrics = run(suite, bench, tmp_path / name, Plan(workers=workers))
        assert (tmp_path / name / "items.jsonl").read_bytes() == recorded
        assert metrics["figures"]["tokens per answer"]["value"] > 0


def test_without_the_model_the_answers_are_others(suite, opened, tmp_path):
    with opened() as bench:
        metrics = run(suite, bench, tmp_path / "quotes")
    assert metrics["figures"]["tokens per answer"]["value"] == 0
