"""A conversation in a terminal or a pipe: one line in, one answer out, all of them turns of one thread."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from rag.answering.conversation import ask, finder
from rag.answering.desk import Desk
from rag.answering.saved import Saved
from rag.errors import BadInput, IdentifyingText, RagError
from rag.output.export import FORMS, export
from rag.records import Answer, Progress

HELP = """\
Ask a question, then ask on: "what about in children?", "only RCTs since 2015", "why [3]?"
  /why N               why number N is cited
  /export FORM [FILE]  the last answer as ris, bibtex, csl-json, nbib, csv, md, html or json
  /redacted            ask again without what may identify a patient
  /new                 begin a new thread
  /help                this text
  /quit                end, as Ctrl-D does; Ctrl-C stops an answer that is being made"""
PROMPT = "rag> "


class Chat:
    """One conversation.

    Args:
        desk: settings, models and corpora.
        saved: where its turns are saved.
        show: prints an answer.
        say: tells a person what is no answer.
        progress: opens a display of the present step.
        thread: a thread to go on with: its id, the beginning of one, or ``last``.
        **options: of every turn: ``corpora``, ``live``, ``audience``.

    Raises:
        BadInput: there is no such thread.
    """

    def __init__(
        self,
        desk: Desk,
        saved: Saved,
        show: Callable[[Answer], None],
        say: Callable[[str], None],
        progress: Callable[[], AbstractContextManager[Callable[[Progress], None]]],
        thread: str | None = None,
        **options: Any,
    ) -> None:
        self._desk, self._saved, self._options = desk, saved, options
        self._show, self._say, self._progress = show, say, progress
        self._thread = saved.thread_id(thread) if thread else None
        self._last: Answer | None = saved.turns(self._thread)[-1].answer if self._thread else None
        self._waiting = ""
        self.failures = 0

    def hear(self, line: str) -> bool:
        """Answer a question or obey a command; False where the conversation is to end.

        An error is told, counted, and does not end the conversation; nor does Ctrl-C.
        """
        text = line.strip()
        word, _, rest = text.partition(" ")
        try:
            if word in ("/quit", "/exit", "/q"):
                return False
            if text.startswith("/"):
                self._obey(word, rest.strip())
            elif text:
                self._answer(text)
        except KeyboardInterrupt:
            self._say("Stopped. Nothing was saved.")
        except IdentifyingText as error:
            self._waiting = error.redacted
            self._failed(
                "The question seems to name a patient. Nothing was sent or stored. "
                f"To go on without those details, type /redacted; it would ask: {error.redacted}"
            )
        except RagError as error:
            self._failed(str(error))
        return True

    def _failed(self, why: str) -> None:
        self.failures += 1
        self._say(f"rag: {why}")

    def _obey(self, word: str, rest: str) -> None:
        if word == "/new":
            self._thread = self._last = None
            self._say("A new thread begins with the next question.")
        elif word == "/why":
            if not rest.strip("[]").isdigit():
                raise BadInput("Give a number of this thread: /why 3")
            self._answer(f"why [{rest.strip('[]')}]?")
        elif word == "/redacted":
            if not self._waiting:
                raise BadInput("No question waits for that.")
            self._answer(self._waiting)
        elif word == "/export":
            self._print(*rest.split(maxsplit=1))
        elif word == "/help":
            self._say(HELP)
        else:
            raise BadInput(f"There is no command {word}. See /help.")

    def _answer(self, text: str) -> None:
        with self._progress() as progress:
            made = ask(self._desk, self._saved, text, progress, thread=self._thread, **self._options)
        self._waiting = ""
        if made.thread:
            self._thread, self._last = made.thread, made
        self._show(made)

    def _print(self, form: str = "", file: str = "") -> None:
        if form not in FORMS:
            raise BadInput(f"Give a form: {', '.join(FORMS)}")
        if self._last is None:
            raise BadInput("There is no answer yet.")
        text = export(self._last, form, finder(self._desk, self._saved, self._last))
        if not file:
            sys.stdout.write(text)
            return
        try:
            Path(file).write_text(text, encoding="utf-8")
        except OSError as error:
            raise BadInput(f"{file} cannot be written: {error.strerror}.") from None
        self._say(f"Written to {file}.")


def lines(interactive: bool) -> Any:
    """The lines of standard input, with a prompt on a terminal; what is typed is kept in no history file."""
    while True:
        try:
            if interactive and sys.stdout.isatty():
                import readline  # noqa: F401  # gives input() its line editing

                yield input(PROMPT)
                continue
            if interactive:
                print(PROMPT, end="", file=sys.stderr, flush=True)  # noqa: T201
            line = sys.stdin.readline()
            if not line:
                return
            yield line
        except EOFError:
            return
        except KeyboardInterrupt:
            print(file=sys.stderr)  # noqa: T201
