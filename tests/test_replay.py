"""Recorded replies: kept by the hash of the prompt, replayed without a model, refused where unreadable."""

from __future__ import annotations

import json

import pytest

from rag import providers
from rag.errors import LLMUnavailable, SettingsError
from rag.models.replay import Recording, Replay, prompt_key
from rag.records import Reply


class Counting:
    name = "counting"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, prompt: str) -> Reply:
        self.asked.append(prompt)
        if prompt == "fail":
            raise LLMUnavailable("down")
        return Reply(f"reply {len(self.asked)} \u2028 to {prompt}", tokens=7)


def test_a_recorded_reply_is_replayed_word_for_word_with_its_tokens(tmp_path):
    file = tmp_path / "replies.jsonl"
    first = Recording(Counting(), file)("What?")
    assert Replay(file)("What?") == first == Reply("reply 1 \u2028 to What?", 7)


def test_a_prompt_that_is_recorded_is_not_sent_again_even_by_the_next_process(tmp_path):
    model, file = Counting(), tmp_path / "deep" / "replies.jsonl"
    Recording(model, file)("a")
    again = Recording(model, file)
    assert again("a") == again("a")
    assert model.asked == ["a"]
    assert len(file.read_text().splitlines()) == 2  # the reply holds U+2028, which is no line end
    assert len(file.read_bytes().split(b"\n")) == 2


def test_a_failure_is_not_recorded(tmp_path):
    file = tmp_path / "replies.jsonl"
    with pytest.raises(LLMUnavailable):
        Recording(Counting(), file)("fail")
    assert not file.exists()


def test_a_prompt_without_a_recorded_reply_is_a_model_that_is_not_available(tmp_path):
    file = tmp_path / "replies.jsonl"
    Recording(Counting(), file)("a")
    with pytest.raises(LLMUnavailable, match="no reply to this prompt"):
        Replay(file)("b")


def test_of_two_replies_to_one_prompt_the_first_counts(tmp_path):
    file = tmp_path / "replies.jsonl"
    rows = [{"prompt_sha256": prompt_key("a"), "reply": text} for text in ("one", "two")]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert Replay(file)("a").text == "one"


def test_the_setting_replay_reads_the_file_that_the_base_url_names_else_the_one_in_home(settings, tmp_path):
    elsewhere = tmp_path / "other.jsonl"
    Recording(Counting(), elsewhere)("a")
    Recording(Counting(), settings.home / "replies.jsonl")("b")
    named = settings.model_copy(update={"llm": "replay", "llm_base_url": str(elsewhere)})
    assert providers.language_model(named)("a").text.startswith("reply 1")
    assert providers.language_model(settings.model_copy(update={"llm": "replay"}))("b").text


@pytest.mark.parametrize("line", ["{", '{"reply": "x"}', "[]", '{"prompt_sha256": "a", "tokens": 1}'])
def test_a_line_that_is_no_reply_is_named(tmp_path, line):
    file = tmp_path / "replies.jsonl"
    file.write_text(line + "\n")
    with pytest.raises(SettingsError, match="line 1"):
        Replay(file)


def test_an_absent_file_says_what_to_set(tmp_path):
    with pytest.raises(SettingsError, match="RAG_LLM_BASE_URL"):
        Replay(tmp_path / "nothing.jsonl")
