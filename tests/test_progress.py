"""How far a long command is, is told in plain lines where there is no terminal."""

from __future__ import annotations

from rag.progress import Phase, line, phases


def test_a_line_tells_rate_and_time_left_once_they_are_known():
    phase = Phase("Fetching", began=100.0, first=0)
    assert line(phase, 0, 4_000, 100.0) == "Fetching: 0 of 4,000"
    assert line(phase, 1_000, 4_000, 110.0) == "Fetching: 1,000 of 4,000 (100 a second, 30 s left)"
    assert line(phase, 4_000, 4_000, 140.0) == "Fetching: 4,000 of 4,000"


def test_the_rate_is_that_of_this_run_and_not_of_what_was_done_before_it():
    assert line(Phase("Fetching", began=0.0, first=900), 1_000, 1_100, 10.0).endswith(
        "(10 a second, 10 s left)"
    )


def test_without_a_terminal_a_phase_is_told_when_it_begins_and_ends_on_stderr_only(capsys):
    with phases() as told:
        for done in range(1, 101):
            told("Fetching", done, 100)
        told("Indexing", 1, 2)
    printed = capsys.readouterr()
    assert printed.out == ""
    lines = printed.err.splitlines()
    assert [text.split(" (")[0] for text in lines] == [
        "Fetching: 1 of 100",
        "Fetching: 100 of 100",
        "Indexing: 1 of 2",
    ]
