"""The documents tell the truth: commands, settings and prompt variables are all described."""

from __future__ import annotations

import re
from pathlib import Path
from string import Template

import click
import pytest
from click.testing import CliRunner

import rag
from rag.cli import main
from rag.resources import prompt
from rag.settings import Settings

ROOT = Path(rag.__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def commands(group: click.Group = main, prefix: str = "rag") -> list[tuple[str, click.Command]]:
    found = []
    for name, command in sorted(group.commands.items()):
        path = f"{prefix} {name}"
        found += commands(command, path) if isinstance(command, click.Group) else [(path, command)]
    return found


@pytest.mark.parametrize(("path", "command"), commands(), ids=[path for path, _ in commands()])
def test_every_command_has_help_and_stands_in_the_readme(path, command):
    assert command.help
    assert path in README
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{path} {parameter.name}"


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_stands_in_the_readme(name):
    assert f"RAG_{name.upper()}" in README


PROMPTS = sorted(path for path in (ROOT / "prompts").glob("*.md") if path.name != "README.md")


@pytest.mark.parametrize("path", PROMPTS, ids=[path.stem for path in PROMPTS])
def test_every_prompt_has_a_row_that_names_its_variables(path):
    table = (ROOT / "prompts" / "README.md").read_text(encoding="utf-8")
    row = next(line for line in table.splitlines() if line.startswith(f"| `{path.name}`"))
    described = set(re.findall(r"`(\w+)`", row.split("|")[3]))
    assert described == set(Template(path.read_text(encoding="utf-8")).get_identifiers())


def test_a_prompt_refuses_missing_and_unknown_variables():
    with pytest.raises(KeyError, match="takes"):
        prompt("answer", question="?")
    with pytest.raises(KeyError, match="was given"):
        prompt("answer", question="", understood="", type="", sources="", limit="", extra="")


def test_the_readme_begins_with_what_it_does_an_example_and_the_two_commands():
    first = README[:6_000]
    assert first.startswith("# pubmed-rag")
    assert "make ask" in first
    assert "make test" in first
    assert "[1]" in first


def test_the_readme_help_is_what_the_program_prints():
    shown = re.search(r"<!-- help -->\n```\n(.*?)```", README, re.DOTALL)
    assert shown is not None
    printed = CliRunner().invoke(main, ["--help"], prog_name="rag").output
    assert shown[1].strip() == printed.strip()
