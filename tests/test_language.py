"""The language-model seam, against a server that speaks the OpenAI protocol and fails in every usual way."""

from __future__ import annotations

import time

import pytest

from rag.errors import LLMUnavailable, SettingsError, UnsupportedOutput
from rag.models.language import FAILURES_IN_A_ROW, PAUSE_SECONDS, Patient, openai_like
from rag.records import Complete, Reply
from rag.settings import load

PROMPT = (
    "BEGIN SOURCE [1] randomised trial\nTITLE: t\n"
    "RESULTS: The drug lowered mortality in 40 of 100 patients with sepsis in this trial.\nEND SOURCE [1]"
)
KEY = "sk-very-secret"


def model(url: str, seconds: float = 10.0) -> Complete:
    return openai_like(
        load(llm="openai-like", llm_model="m", llm_base_url=url, llm_api_key=KEY, llm_timeout=seconds)
    )


def test_a_good_reply_comes_back_with_its_tokens_at_temperature_zero_and_bounded_length(llm_server):
    with llm_server(["good"]) as server:
        reply = model(server.url)(PROMPT)
    body = server.requests[0]["body"]
    assert "lowered mortality" in reply.text
    assert reply.tokens > 0
    assert body["temperature"] == 0
    assert 0 < body["max_tokens"] <= 4_000
    assert server.requests[0]["headers"]["Authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("mode", ["500", "dropped connection", "half a reply", "not JSON"])
def test_a_failing_server_is_tried_a_few_times_and_then_unavailable(llm_server, mode):
    with llm_server([mode]) as server, pytest.raises(LLMUnavailable) as caught:
        model(server.url, seconds=4)(PROMPT)
    assert 1 <= len(server.requests) <= 3
    assert KEY not in str(caught.value)


def test_a_server_that_recovers_is_asked_again(llm_server):
    with llm_server(["500", "good"]) as server:
        assert "lowered mortality" in model(server.url)(PROMPT).text
    assert len(server.requests) == 2


def test_a_slow_model_ends_within_the_budget_of_the_question(llm_server):
    with llm_server(["slow"], slow_seconds=5) as server:
        ask = model(server.url, seconds=0.5)
        start = time.monotonic()
        with pytest.raises(LLMUnavailable, match="RAG_LLM_TIMEOUT"):
            ask(PROMPT)
    assert time.monotonic() - start < 3


@pytest.mark.parametrize("mode", ["empty", "200 kB"])
def test_a_reply_that_cannot_be_an_answer_is_unsupported_output(llm_server, mode):
    with llm_server([mode]) as server, pytest.raises(UnsupportedOutput):
        model(server.url)(PROMPT)


def test_a_model_without_an_address_says_which_settings_are_missing():
    with pytest.raises(SettingsError, match="RAG_LLM_BASE_URL"):
        openai_like(load(llm="openai-like", llm_model="m"))


class Down:
    """A model that is down, and counts how often it is asked."""

    name = "down"
    asked = 0

    def __call__(self, prompt: str) -> Reply:
        self.asked += 1
        raise LLMUnavailable("down")


def test_a_model_that_failed_several_times_in_a_row_is_left_alone_for_a_while_and_then_asked_again():
    now = 0.0
    down = Down()
    patient = Patient(down, clock=lambda: now)
    for _ in range(FAILURES_IN_A_ROW):
        with pytest.raises(LLMUnavailable):
            patient("?")
    with pytest.raises(LLMUnavailable, match="not asked for"):
        patient("?")
    assert down.asked == FAILURES_IN_A_ROW
    now = PAUSE_SECONDS + 1
    with pytest.raises(LLMUnavailable):
        patient("?")
    assert down.asked == FAILURES_IN_A_ROW + 1
