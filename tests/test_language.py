"""The language-model seam, against a server that speaks each protocol and fails in every usual way."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from rag.errors import LLMUnavailable, SettingsError, UnsupportedOutput
from rag.models.language import FAILURES_IN_A_ROW, PAUSE_SECONDS, Budget, Patient
from rag.providers import language_model
from rag.records import Complete, Reply
from rag.settings import load

PROMPT = (
    "BEGIN SOURCE [1] randomised trial\nTITLE: t\n"
    "RESULTS: The drug lowered mortality in 40 of 100 patients with sepsis in this trial.\nEND SOURCE [1]"
)
KEY = "sk-very-secret"


PROVIDERS = ("openai-like", "anthropic", "ollama")
MODEL = "claude-sonnet-4-5"
"""A name that every client knows the context window of."""


def model(name: str, url: str, seconds: float = 10.0) -> Complete:
    address = url if name == "openai-like" else url.removesuffix("/v1")
    found = language_model(
        load(llm=name, llm_model=MODEL, llm_base_url=address, llm_api_key=KEY, llm_timeout=seconds)
    )
    assert found is not None
    return found


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_good_reply_comes_back_with_its_tokens_at_temperature_zero_and_bounded_length(llm_server, name):
    with llm_server(["good"]) as server:
        reply = model(name, server.url)(PROMPT)
    body = server.requests[0]["body"]
    asked = body.get("options", body)
    assert "lowered mortality" in reply.text
    assert reply.tokens > 0
    assert asked["temperature"] == 0
    assert 0 < (asked.get("max_tokens") or asked["num_predict"]) <= 4_000


@pytest.mark.parametrize(("name", "header"), [("openai-like", "Authorization"), ("anthropic", "x-api-key")])
def test_the_key_goes_to_the_server_in_its_header_only(llm_server, name, header):
    with llm_server(["good"]) as server:
        model(name, server.url)(PROMPT)
    seen = server.requests[0]
    headers = {key.lower(): value for key, value in seen["headers"].items()}
    assert headers[header.lower()].removeprefix("Bearer ") == KEY
    assert KEY not in str(seen["body"]) + seen["path"]


@pytest.mark.parametrize("name", PROVIDERS)
@pytest.mark.parametrize("mode", ["500", "dropped connection", "half a reply", "not JSON"])
def test_a_failing_server_is_tried_a_few_times_and_then_unavailable(llm_server, name, mode):
    with llm_server([mode]) as server, pytest.raises(LLMUnavailable) as caught:
        model(name, server.url, seconds=4)(PROMPT)
    assert 1 <= len(server.requests) <= 3
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_server_that_recovers_is_asked_again(llm_server, name):
    with llm_server(["500", "good"]) as server:
        assert "lowered mortality" in model(name, server.url)(PROMPT).text
    assert len(server.requests) == 2


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_slow_model_ends_within_the_budget_of_the_question(llm_server, name):
    with llm_server(["slow"], slow_seconds=5) as server:
        ask = model(name, server.url, seconds=0.5)
        start = time.monotonic()
        with pytest.raises(LLMUnavailable, match="RAG_LLM_TIMEOUT"):
            ask(PROMPT)
    assert time.monotonic() - start < 3


@pytest.mark.parametrize("name", PROVIDERS)
@pytest.mark.parametrize("mode", ["empty", "200 kB"])
def test_a_reply_that_cannot_be_an_answer_is_unsupported_output(llm_server, name, mode):
    with llm_server([mode]) as server, pytest.raises(UnsupportedOutput):
        model(name, server.url)(PROMPT)


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_model_without_a_name_says_which_settings_are_missing(name):
    with pytest.raises(SettingsError, match="RAG_LLM_MODEL"):
        language_model(load(llm=name))


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


class Timed:
    """A model whose calls take ten seconds of its own clock."""

    name = "timed"

    def __init__(self) -> None:
        self.now, self.asked = 0.0, 0

    def __call__(self, prompt: str) -> Reply:
        self.asked += 1
        self.now += 10.0
        return Reply("ok")


def test_one_question_spends_its_seconds_over_all_its_calls_and_waiting_between_them_is_free():
    timed = Timed()
    budget = Budget(timed, 25.0, clock=lambda: timed.now)
    for _ in range(3):
        assert budget("?").text == "ok"
        timed.now += 1_000.0
    with pytest.raises(LLMUnavailable, match="RAG_LLM_TIMEOUT"):
        budget("?")
    assert timed.asked == 3


def test_calls_at_the_same_time_count_once():
    with ThreadPoolExecutor(4) as threads:
        asleep = Asleep()
        budget = Budget(asleep, 1.0)
        replies = list(threads.map(budget, "abcd"))
        assert [reply.text for reply in replies] == ["ok"] * 4
        assert budget("once more, though four times 0.3 seconds are over").text == "ok"


class Asleep:
    """A model that takes 0.3 seconds."""

    name = "asleep"

    def __call__(self, prompt: str) -> Reply:
        time.sleep(0.3)
        return Reply("ok")


def test_a_call_that_outlasts_what_is_left_is_given_up():
    started = time.monotonic()
    with pytest.raises(LLMUnavailable, match="one question"):
        Budget(Asleep(), 0.1)("?")
    assert time.monotonic() - started < 0.28
