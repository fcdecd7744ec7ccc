"""PubMed's query language: what is wrong with a query, found before PubMed is asked.

PubMed mends a faulty query silently: an unknown field tag is searched as a word, an unclosed quotation mark
is dropped, ``and`` in small letters counts as a word. A declared corpus would then hold something other than
what was declared. Rules and field tags: https://pubmed.ncbi.nlm.nih.gov/help/.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

OPERATORS = ("AND", "OR", "NOT")
SHORTEST_STEM = 4
"""Characters that PubMed asks for in front of the ``*`` of a truncated word."""

_TAGS = """
    1au|first author name|author - first   ad|affiliation   aid|article identifier   all|all fields
    au|author   auid|author identifier|author - identifier   book   cn|corporate author|author - corporate
    cois|conflict of interest statements   crdt|date - create|create date   dcom|date - completion
    dp|pdat|date - publication|publication date   ed|editor   edat|date - entry|date - entrez|entry date
    epdat|electronic date of publication   fau|full author name|author - full   filter
    fir|full investigator name|investigator - full   gr|grants and funding|grant number   ip|issue
    ir|investigator   isbn   jid|nlm unique id   la|lang|language   lastau|last author name|author - last
    lid|location id   lr|mdat|date - modification|modification date   majr|mesh major topic
    mh|mesh|mesh terms   mhda|date - mesh|mesh date   nm|supplementary concept|substance name   ot|other term
    pa|pharmacological action   pg|pagination   pl|place of publication   pmid|uid
    ppdat|print date of publication   ps|subject - personal name|personal name as subject
    pt|ptyp|publication type   pubn|publisher   rn|ec/rn number   sb|subset   sh|mesh subheading|subheading
    si|secondary source id|secondary source identifier   ta|jour|journal   ti|title   tiab|title/abstract
    tt|transliterated title   tw|text|text word|text words   vi|volume
"""
TAGS = frozenset(tag.strip() for tag in re.split(r"\s{2,}|\||\n", _TAGS) if tag.strip())
"""Field tags in small letters, short and long."""
_UNEXPLODED = frozenset({"mh", "mesh", "mesh terms", "majr", "mesh major topic", "sh", "mesh subheading"})
"""Tags behind which ``:noexp`` may stand."""
_NEAR = frozenset({"ti", "title", "tiab", "title/abstract", "ad", "affiliation"})
"""Tags behind which a distance such as ``:~3`` may stand."""
_TOKEN = re.compile(r'"[^"]*"|[()]|\[[^\[\]]*\]|:(?=\s*["\d(])|[^\s()"\[\]:]+(?::\d[^\s()"\[\]]*)?|\S')


@dataclass(frozen=True, slots=True)
class Term:
    """What is searched for, without quotation marks, and the field tag in small letters, empty if none."""

    text: str
    tag: str
    quoted: bool


def problems(query: str) -> list[str]:
    """Say what is wrong with a query, each fault in one sentence; an empty list if nothing is.

    Checked are quotation marks, parentheses and brackets, field tags, operators and their operands, AND
    beside OR without parentheses (PubMed reads from left to right), and truncation.
    """
    reader = _Reader(query)
    reader.read()
    return list(dict.fromkeys(reader.problems))


def terms(query: str) -> list[Term]:
    """Every term of a query with its field tag, in order."""
    reader = _Reader(query)
    reader.read()
    return reader.terms


class _Reader:
    """A recursive descent over the tokens of one query."""

    def __init__(self, query: str) -> None:
        self.problems: list[str] = []
        self.terms: list[Term] = []
        if query.count('"') % 2:
            self.problems.append("A quotation mark is not closed.")
        if re.search("[“”„]", query):
            self.problems.append('Use straight quotation marks ("), not curly ones.')
        self._tokens: list[str] = _TOKEN.findall(query)
        self._place = 0

    def read(self) -> None:
        self._expression(depth=0)
        while self._peek() == ")":
            self.problems.append("A parenthesis is closed that was not opened.")
            self._place += 1
            if self._peek():
                self._expression(depth=0)

    def _peek(self) -> str:
        return self._tokens[self._place] if self._place < len(self._tokens) else ""

    def _next(self) -> str:
        token = self._peek()
        self._place += 1
        return token

    def _expression(self, depth: int) -> None:
        """Operands and operators up to the end or the closing parenthesis, which is left standing."""
        used: set[str] = set()
        operand_due = True
        operator = ""
        while (token := self._peek()) not in ("", ")"):
            if token in OPERATORS:
                if operand_due and not (token == "NOT" and operator == "AND"):
                    self.problems.append(f"{token} has nothing in front of it that it could join.")
                operand_due, operator = True, self._next()
                used.add(operator)
                continue
            if not operand_due:
                used.add("AND")  # what PubMed puts between two terms that stand side by side
            self._operand(depth)
            operand_due = False
        if operand_due:
            what = f"{operator} has nothing behind it" if used else "There is nothing between parentheses"
            self.problems.append(f"{what}." if used or depth else "The query is empty.")
        if {"AND", "OR"} <= used:
            self.problems.append("AND and OR stand side by side: put parentheses around what goes together.")

    def _operand(self, depth: int) -> None:
        if self._peek() != "(":
            self._term()
            return
        self._place += 1
        self._expression(depth + 1)
        if self._next() != ")":
            self.problems.append("A parenthesis is not closed.")

    def _term(self) -> None:
        token = self._next()
        if token.startswith("["):
            self.problems.append(f"The field tag {token} has no term in front of it.")
            return
        quoted = token.startswith('"') and len(token) > 1
        words = [token.strip('"')]
        while not quoted and self._is_word(self._peek()):
            words.append(self._next())
        tag = ""
        if self._peek().startswith("[") and len(self._peek()) > 1:
            tag = self._tag(self._next()[1:-1])
        term = Term(" ".join(words), tag, quoted)
        self.terms.append(term)
        self._check(term, words)
        if self._peek() == ":":
            self._place += 1
            self._term()

    def _is_word(self, token: str) -> bool:
        return bool(token) and token not in OPERATORS and token[0] not in '()[":'

    def _tag(self, given: str) -> str:
        tag = " ".join(given.lower().split())
        field, _, addition = tag.partition(":")
        allowed = (
            not addition
            or (addition == "noexp" and field in _UNEXPLODED)
            or (re.fullmatch(r"~\d{1,3}", addition) is not None and field in _NEAR)
        )
        if field not in TAGS or not allowed:
            self.problems.append(f"[{given}] is no field tag of PubMed.")
        return tag

    def _check(self, term: Term, words: list[str]) -> None:
        if not term.text.strip():
            self.problems.append("There is nothing between quotation marks.")
        if not term.quoted:
            self.problems += [
                f"Write {word.upper()} in capitals, or in quotation marks where the word itself is meant."
                for word in words
                if word.upper() in OPERATORS
            ]
            if stray := [word for word in words if word in ("[", "]", '"')]:
                self.problems.append(f"{stray[0]} stands alone.")
        for word in term.text.split():
            if "*" in word and not re.fullmatch(rf"[^*]{{{SHORTEST_STEM},}}\*", word):
                self.problems.append(
                    f"{word}: * stands at the end of a word, behind at least {SHORTEST_STEM} characters."
                )
