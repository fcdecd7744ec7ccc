"""The direction of imports, read from the source: a module imports only from rows above it."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import rag

ROOT = Path(rag.__file__).parent.parent
ROWS = (
    ("rag.records", "rag.errors"),
    ("rag.audit_records", "rag.settings", "rag.resources", "rag.progress", "rag.text"),
    ("rag.models",),
    ("rag.providers",),
    ("rag.library",),
    ("rag.output",),
    (
        "rag.answering.audit_references",
        "rag.answering.cite",
        "rag.answering.claims",
        "rag.answering.design_rules",
    ),
    ("rag.answering.audit_citations",),
    ("rag.answering",),
    ("rag.answering.relation", "rag.answering.relevance"),
    (
        "rag.answering.condense",
        "rag.answering.desk",
        "rag.answering.extract",
        "rag.answering.gate",
        "rag.answering.interpret",
        "rag.answering.invariants",
        "rag.answering.revise",
    ),
    ("rag.answering.instead",),
    (
        "rag.answering.admit",
        "rag.answering.allowance",
        "rag.answering.batch",
        "rag.answering.llamaindex",
        "rag.answering.reading",
        "rag.answering.resolve",
        "rag.answering.search",
    ),
    ("rag.answering.compose",),
    ("rag.answering.audience", "rag.answering.explain"),
    ("rag.answering.thread",),
    ("rag.answering.auditing", "rag.answering.pipeline"),
    ("rag.answering.conversation",),
    ("rag.api", "rag.chat", "rag.doctor", "rag.purge"),
    ("rag",),
    ("rag.commands",),
    ("rag.cli",),
    ("eval",),
    ("training",),
)
"""Each row may import from the rows before it; the longest name that fits places a module."""

MAY_IMPORT_WITHIN = {
    "rag.text",
    "rag.library",
    "rag.models",
    "rag.output",
    "rag.commands",
    "eval",
    "training",
    "rag.records",
}
"""Folders whose modules build on each other. The steps of ``rag.answering`` are not among them."""

HEAVY = {
    "torch",
    "chromadb",
    "llama_index",
    "Bio",
    "onnxruntime",
    "sentence_transformers",
    "tantivy",
    "sklearn",
}


def sources() -> list[Path]:
    return sorted(path for folder in ("rag", "eval", "training") for path in (ROOT / folder).rglob("*.py"))


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def row_of(module: str) -> tuple[int, str]:
    """The row of a module and the entry that placed it."""
    fits = [(len(entry), row, entry) for row, entries in enumerate(ROWS) for entry in entries
            if module == entry or module.startswith(entry + ".")]  # fmt: skip
    _, row, entry = max(fits)
    return row, entry


def imported(tree: ast.AST) -> list[str]:
    """Modules that a tree imports from this project, wherever in the file."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            whole = [f"{node.module}.{alias.name}" for alias in node.names]
            found += [one if module_exists(one) else node.module for one in whole]
    return [one for one in found if one.split(".")[0] in ("rag", "eval", "training")]


def module_exists(name: str) -> bool:
    path = ROOT.joinpath(*name.split("."))
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


@pytest.mark.parametrize("path", sources(), ids=name_of)
def test_a_module_imports_only_from_the_rows_above_it(path):
    here = name_of(path)
    row, entry = row_of(here)
    for target in imported(ast.parse(path.read_text(encoding="utf-8"))):
        target_row, target_entry = row_of(target)
        if target == here or (target_entry == entry and entry in MAY_IMPORT_WITHIN):
            continue
        if target == "rag":  # for __version__ only, which imports nothing
            continue
        assert target_row < row, f"{here} imports {target}"


PRODUCT = [path for path in sources() if name_of(path).split(".")[0] != "training"]


@pytest.mark.parametrize("path", PRODUCT, ids=name_of)
def test_heavy_packages_are_imported_inside_the_function_that_needs_them(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in tree.body:
        names = (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
        for name in names:
            if name_of(path) == "rag.answering.llamaindex" and name.startswith("llama_index"):
                continue  # a LlamaIndex retriever is a subclass of LlamaIndex's
            assert name.split(".")[0] not in HEAVY, f"{name_of(path)} imports {name} on import"


@pytest.mark.parametrize("path", sources(), ids=name_of)
def test_eval_is_imported_by_the_from_form_only_since_the_other_hides_a_builtin(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            assert all(alias.name.split(".")[0] != "eval" for alias in node.names)


def test_help_loads_nothing_heavy():
    code = (
        "import sys; from click.testing import CliRunner; from rag.cli import main; "
        "assert CliRunner().invoke(main, ['ask', '--help']).exit_code == 0; "
        f"heavy = {sorted(HEAVY | {'numpy', 'pydantic'})}; "
        "print([name for name in sys.modules if name.split('.')[0] in heavy])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
