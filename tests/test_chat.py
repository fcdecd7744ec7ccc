"""The conversation in a terminal or a pipe: turns, commands, errors that do not end it, and a way out."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from contextlib import nullcontext

import pytest
from click.testing import CliRunner

from rag.answering.saved import Saved
from rag.chat import HELP, Chat
from rag.cli import main

MIGRAINE = "Does fluvoxine prevent migraine in adults?"


class Talk:
    """A chat with what it showed and said."""

    def __init__(self, desk, folder, thread=None, progress=lambda: nullcontext(lambda step: None)):
        self.shown, self.said = [], []
        self.saved = Saved(folder)
        self.chat = Chat(
            desk, self.saved, self.shown.append, self.said.append, progress, thread, corpora=("house",)
        )

    def hear(self, *lines):
        return [self.chat.hear(line) for line in lines]


@pytest.fixture
def talk(desk, tmp_path):
    return Talk(desk, tmp_path)


def test_turns_are_of_one_thread_until_a_new_one_is_begun(talk):
    talk.hear(MIGRAINE, "", "what about in children?", "/new", MIGRAINE)
    first, second, third = talk.shown
    assert first.thread == second.thread != third.thread
    assert second.question.understood == "Does fluvoxine prevent migraine in children?"


def test_why_is_a_command_too(talk):
    talk.hear(MIGRAINE, "/why 2", "/why [2]")
    assert [one.n for one in talk.shown[1].references] == [2]
    assert talk.shown[1].statements == talk.shown[2].statements


def test_a_thread_is_gone_on_with_by_its_id(desk, talk, tmp_path):
    talk.hear(MIGRAINE)
    later = Talk(desk, tmp_path, thread=talk.shown[0].thread[:6])
    later.hear("/export nbib", "and aspirin?")
    assert later.shown[0].thread == talk.shown[0].thread


def test_an_export_goes_to_the_screen_or_to_a_file(talk, tmp_path, capsys):
    talk.hear(MIGRAINE, "/export ris", f"/export csl-json {tmp_path / 'out.json'}")
    assert "AN  - 90000001" in capsys.readouterr().out
    assert len(json.loads((tmp_path / "out.json").read_text())) == 3


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("/nonsense", "no command /nonsense"),
        ("/why", "/why 3"),
        ("/why me", "/why 3"),
        ("/export", "Give a form: ris"),
        ("/export doc", "Give a form: ris"),
        ("/export ris /nowhere/at/all", "cannot be written"),
        ("/redacted", "No question waits"),
        ("thanks", "Nothing is asked"),
    ],
)
def test_what_cannot_be_done_is_told_and_counted_and_the_conversation_goes_on(talk, line, words):
    talk.hear(MIGRAINE)
    assert talk.hear(line) == [True]
    assert words in talk.said[-1]
    assert talk.chat.failures == 1
    talk.hear("and aspirin?")
    assert len(talk.shown) == 2


def test_identifying_text_waits_for_consent_and_then_is_asked_without_it(talk):
    talk.hear("Should Mrs Agatha Miller take fluvoxine for migraine?")
    assert "Agatha" not in talk.said[0]
    assert "/redacted" in talk.said[0]
    assert talk.shown == []
    talk.hear("/redacted", "/redacted")
    assert talk.shown[0].question.asked == "Should [name] take fluvoxine for migraine?"
    assert "No question waits" in talk.said[-1]
    assert b"Agatha" not in talk.saved.path.read_bytes()


def test_a_hazard_is_shown_and_leaves_the_thread_as_it_was(talk):
    talk.hear(MIGRAINE, "I want to kill myself", "what about in children?")
    assert talk.shown[1].verdict.kind == "not_answerable"
    assert talk.shown[2].thread == talk.shown[0].thread
    assert len(talk.saved.turns(talk.shown[0].thread)) == 2


@pytest.mark.parametrize("line", ["/quit", "/exit", "/q"])
def test_a_word_ends_it(talk, line):
    assert talk.hear(line) == [False]


def test_help_names_every_command(talk):
    talk.hear("/help")
    assert talk.said == [HELP]
    for command in ("/why", "/export", "/redacted", "/new", "/help", "/quit"):
        assert command in HELP


def test_an_interrupt_stops_the_turn_saves_nothing_and_the_conversation_goes_on(desk, talk, tmp_path):
    def interrupted(step):
        raise KeyboardInterrupt

    stopped = Talk(desk, tmp_path, progress=lambda: nullcontext(interrupted))
    assert stopped.hear(MIGRAINE) == [True]
    assert "Nothing was saved" in stopped.said[0]
    assert stopped.saved.newest(9) == ()


# --- As a program ---------------------------------------------------------------------------------


def piped(desk, text, *arguments):
    env = {"RAG_HOME": str(desk.settings.home), "RAG_LLM": "none"}
    return CliRunner(env=env).invoke(main, ["chat", "--corpus", "house", *arguments], input=text)


def test_questions_are_read_from_a_pipe_answers_go_to_stdout_and_no_prompt_is_written(desk):
    done = piped(desk, f"{MIGRAINE}\nwhy [1]?\n")
    assert done.exit_code == 0, done.stderr
    assert done.stdout.count("HOW THIS WAS SEARCHED") == 2
    assert "rag>" not in done.output


def test_a_piped_conversation_in_which_a_question_failed_ends_with_status_1(desk):
    done = piped(desk, f"/nonsense\n{MIGRAINE}\n")
    assert done.exit_code == 1
    assert "no command /nonsense" in done.stderr
    assert "HOW THIS WAS SEARCHED" in done.stdout


def test_a_thread_that_does_not_exist_is_an_error(desk):
    done = piped(desk, "", "--thread", "zz")
    assert done.exit_code == 1
    assert "no saved thread zz" in done.stderr


def test_on_a_terminal_ctrl_c_and_ctrl_d_leave_in_good_order_and_no_history_is_written(desk, tmp_path):
    """A real terminal: a prompt, an interrupt at the prompt, an end of input."""
    controller, terminal = pty.openpty()
    env = {"RAG_HOME": str(desk.settings.home), "HOME": str(tmp_path), "TERM": "dumb", "OMP_NUM_THREADS": "1"}
    # A suite that was started in the background hands on that interrupts are to be ignored.
    code = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    code += "from rag.cli import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "chat", "--corpus", "house"],
        stdin=terminal, stdout=terminal, stderr=terminal, env=env, start_new_session=True,
    )  # fmt: skip
    os.close(terminal)
    try:
        seen = until(controller, "rag> ")
        assert "/help" in seen
        os.write(controller, b"/help\n")
        assert "/redacted" in until(controller, "rag> ")
        for _ in range(20):  # one that comes just before the terminal is read is seen only with the next key
            process.send_signal(signal.SIGINT)
            if select.select([controller], [], [], 1.0)[0]:
                break
        until(controller, "rag> ")
        os.write(controller, b"\x04")
        assert process.wait(timeout=30) == 0
    finally:
        process.kill()
        process.wait()
        os.close(controller)
    assert [one.name for one in tmp_path.iterdir() if "history" in one.name] == []


def until(controller, words, seconds=60.0):
    """What a terminal shows up to some words."""
    seen = ""
    end = time.monotonic() + seconds
    while not seen.endswith(words):
        ready = select.select([controller], [], [], max(0.0, end - time.monotonic()))[0]
        assert ready, seen
        seen += os.read(controller, 1024).decode()
    return seen
