"""A language model in this process: a tiny GGUF file of random weights, whose nonsense reaches nobody."""

from __future__ import annotations

import sys
import threading
import time
from types import SimpleNamespace

import numpy as np
import pytest

from rag.answering.invariants import violations
from rag.answering.pipeline import answer
from rag.errors import LLMUnavailable, MissingPackage, SettingsError
from rag.models.language import MAX_REPLY_TOKENS
from rag.models.llama_cpp import InProcess, Stopped, header
from rag.providers import language_model
from rag.settings import load
from rag.text.wording import too_strong

MIGRAINE = "Does fluvoxine prevent migraine in adults?"
TEMPLATE = "{{ bos_token }}{% for m in messages %}<{{ m['role'] }}>{{ m['content'] }}{% endfor %}<assistant>"


@pytest.fixture(scope="module")
def gguf_file(tmp_path_factory):
    """A function that writes a model of one layer with random weights, which speaks bytes."""
    reason = (
        "needs: pip install 'pubmed-rag[llama-cpp,test]' (llama-cpp-python is compiled, 10 to 30 minutes)"
    )
    pytest.importorskip("llama_index.llms.llama_cpp", reason=reason)
    gguf = pytest.importorskip("gguf", reason=reason)

    def write(name, context=32_768, template=None):
        path = tmp_path_factory.mktemp("gguf") / f"{name}.gguf"
        tokens = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]
        kinds = [gguf.TokenType.UNKNOWN, gguf.TokenType.CONTROL, gguf.TokenType.CONTROL]
        wide, inner = 32, 64
        file = gguf.GGUFWriter(path, "llama")
        file.add_context_length(context)
        file.add_block_count(1)
        file.add_embedding_length(wide)
        file.add_feed_forward_length(inner)
        file.add_head_count(2)
        file.add_head_count_kv(2)
        file.add_layer_norm_rms_eps(1e-5)
        file.add_rope_dimension_count(wide // 2)
        file.add_tokenizer_model("llama")
        file.add_token_list(tokens)
        file.add_token_scores([0.0] * len(tokens))
        file.add_token_types([*kinds, *[gguf.TokenType.BYTE] * 256])
        file.add_unk_token_id(0)
        file.add_bos_token_id(1)
        file.add_eos_token_id(2)
        if template:
            file.add_chat_template(template)
        chance = np.random.default_rng(5)
        shapes = {
            "token_embd": (len(tokens), wide), "output": (len(tokens), wide),
            "blk.0.attn_q": (wide, wide), "blk.0.attn_k": (wide, wide), "blk.0.attn_v": (wide, wide),
            "blk.0.attn_output": (wide, wide), "blk.0.ffn_gate": (inner, wide),
            "blk.0.ffn_up": (inner, wide), "blk.0.ffn_down": (wide, inner),
        }  # fmt: skip
        for tensor, shape in shapes.items():
            weights = chance.normal(size=shape).astype(np.float32)
            if tensor == "output":
                weights[2] *= 1.6  # it ends before long
            file.add_tensor(f"{tensor}.weight", weights)
        for norm in ("output_norm", "blk.0.attn_norm", "blk.0.ffn_norm"):
            file.add_tensor(f"{norm}.weight", np.ones(wide, np.float32))
        file.write_header_to_file()
        file.write_kv_data_to_file()
        file.write_tensors_to_file()
        file.close()
        return path

    return write


def model(path, seconds=60.0):
    found = language_model(load(llm="llama-cpp", llm_model=str(path), llm_timeout=seconds))
    assert found is not None
    return found


def test_a_model_file_replies_at_temperature_zero_with_its_tokens_and_a_bounded_length(gguf_file):
    ask = model(gguf_file("tiny"))
    first, second = ask("Say something."), ask("Say something.")
    assert ask.name == "llama-cpp/tiny"
    assert first == second
    assert first.text
    assert len("Say something.") < first.tokens <= 30 + MAX_REPLY_TOKENS


def test_nonsense_ends_in_an_answer_that_quotes_its_sources_and_says_so(desk, house, gguf_file):
    articles = {one.id: one for one in (house.TRIAL, house.AGAINST)}
    desk.__dict__["complete"] = model(gguf_file("nonsense"))
    try:
        made = answer(desk, MIGRAINE, articles=tuple(articles.values()), audience="plain")
    finally:
        desk.__dict__["complete"] = None
    assert violations(made, articles.get, too_strong) == []
    assert made.status.llm is None
    assert made.verdict.kind == "conflicting"
    assert made.statements
    told = {one.kind: one.text for one in made.notices}
    assert "Sources are quoted" in told["writer"]
    assert "read by rules" in told["question"]
    assert "keep their checked wording" in told["plain"]


def test_a_model_is_spoken_to_in_the_form_that_its_file_asks_for(gguf_file):
    plain, chat = gguf_file("plain", context=512), gguf_file("chat", template=TEMPLATE)
    assert header(plain).to_prompt("Hello") == "Hello"
    assert header(plain).context == 512
    assert header(chat).to_prompt("Hello") == "<user>Hello<assistant>"
    assert model(chat)("Hello").text


def test_a_prompt_that_is_longer_than_the_context_is_no_reply(gguf_file):
    with pytest.raises(LLMUnavailable, match="ValueError"):
        model(gguf_file("short", context=64))("word " * 100)


def test_a_reply_that_is_not_whole_in_time_is_given_up_and_the_model_stops_computing(gguf_file):
    ask = model(gguf_file("slow"), seconds=0.3)
    started = time.monotonic()
    with pytest.raises(LLMUnavailable):
        ask("word " * 2_000)
    assert time.monotonic() - started < 2
    process = InProcess(Counts)
    with pytest.raises(Stopped):
        process("endless", 0.1)
    assert process("short", 5.0) == "short"


def test_what_is_no_model_file_is_an_error_that_names_the_setting(gguf_file, tmp_path):
    (tmp_path / "no.gguf").write_bytes(b"no model")
    with pytest.raises(SettingsError, match="RAG_LLM_MODEL"):
        model(tmp_path / "no.gguf")


def test_without_a_file_or_without_the_package_the_error_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "llama_index.llms.llama_cpp", None)
    with pytest.raises(MissingPackage, match=r"pip install 'pubmed-rag\[llama-cpp\]'"):
        model(tmp_path)
    monkeypatch.setitem(sys.modules, "llama_index.llms.llama_cpp", SimpleNamespace())
    for path in ("", tmp_path, tmp_path / "absent.gguf"):
        with pytest.raises(SettingsError, match="path of a model file"):
            model(path)


class Counts:
    """A model that writes until it is told to stop, and counts who is in it at once."""

    def __init__(self, stopped):
        self.stopped = stopped
        self.inside = self.most = 0

    def complete(self, prompt):
        self.inside += 1
        self.most = max(self.most, self.inside)
        while prompt == "endless" and not self.stopped():
            time.sleep(0.01)
        self.inside -= 1
        return prompt


def test_one_caller_at_a_time_is_served_and_an_endless_reply_is_stopped():
    made = []
    process = InProcess(lambda stopped: made.append(Counts(stopped)) or made[0])
    outcomes = []

    def ask(prompt, seconds):
        try:
            outcomes.append(process(prompt, seconds))
        except Stopped:
            outcomes.append("stopped")

    calls = [("endless", 0.2), ("endless", 0.2), ("short", 10.0), ("short", 10.0)]
    threads = [threading.Thread(target=ask, args=call) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    assert sorted(outcomes) == ["short", "short", "stopped", "stopped"]
    assert len(made) == 1
    assert made[0].most == 1


def test_a_caller_who_cannot_begin_in_time_is_told_so():
    process = InProcess(Counts)

    def hold():
        with pytest.raises(Stopped):
            process("endless", 0.5)

    holder = threading.Thread(target=hold)
    holder.start()
    time.sleep(0.1)
    with pytest.raises(Stopped):
        process("short", 0.05)
    holder.join()
