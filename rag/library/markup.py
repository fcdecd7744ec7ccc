"""PubMed's inline markup -> plain text that keeps its meaning: ``10<sup>9</sup>/L`` becomes ``10⁹/L``.

Tags are taken from the parsed tree, never by deleting what stands between ``<`` and ``>``: that would eat
the words after ``P<0.001``. Superscripts become Unicode, since dropping the tag would turn 10⁹ into 109.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from xml.etree.ElementTree import Element

_SIGNS = "0123456789+-−–=()"
_SUPERSCRIPT = str.maketrans(
    _SIGNS + "abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVW",
    "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁼⁽⁾" + "ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂ",
)
_SUBSCRIPT = str.maketrans(_SIGNS, "₀₁₂₃₄₅₆₇₈₉₊₋₋₋₌₍₎")

_ENTITY = re.compile(r"&(?:#\d+|#x[0-9a-fA-F]+|[A-Za-z]\w*);")
_ESCAPED_SCRIPT = re.compile(r"(?s)(.?)<(sup|sub)>(.*?)</\2>", re.IGNORECASE)
_ESCAPED_PAIR = re.compile(
    r"""<(i|b|u|em|strong|italic|bold|span|p|pre|sc|tt|small)(?:\s+\w+\s*=\s*["'][^<>]*)?>(.*?)</\1>""",
    re.IGNORECASE | re.DOTALL,
)


def superscript(text: str) -> str:
    """Raise ``text``: Unicode superscripts, or ``^`` before it where a character has no such form.

    A symbol that stands high by itself (®, °, *) is left alone.
    """
    if not any(character.isalnum() or character in _SIGNS for character in text):
        return text
    raised = text.translate(_SUPERSCRIPT)
    if any(before == after for before, after in zip(text, raised, strict=True)):
        return f"^({text})" if " " in text else f"^{text}"
    return raised


def subscript(text: str, before: str = "") -> str:
    """Lower ``text``: digits and signs become Unicode subscripts, words stay on the line (HbA1c, Vmax).

    Args:
        text: the subscript.
        before: the text in front of it; ``_`` is set between two digits that would run into one number.
    """
    lowered = text.translate(_SUBSCRIPT)
    if any(map(str.isdigit, text)) and all(one != other for one, other in zip(text, lowered, strict=True)):
        return lowered
    return f"_{text}" if before[-1:].isdigit() and text[:1].isdigit() else text


def text_of(element: Element | None) -> str:
    """The words of an element, inline markup and MathML reduced to text, white space to single spaces."""
    if element is None:
        return ""
    return clean(_render(element) if len(element) else element.text or "")


def clean(text: str) -> str:
    """Undo markup and entities that were escaped once too often, and reduce white space to single spaces.

    Only pairs of known tags count as markup: ``a<b and c>d`` stays as it is.
    """
    if "&" in text:
        text = _ENTITY.sub(lambda match: html.unescape(match[0]), text)
    if "</" in text:
        text = _ESCAPED_SCRIPT.sub(_unescaped_script, text)
        previous = ""
        while previous != text:
            previous, text = text, _ESCAPED_PAIR.sub(r"\2", text)
    return " ".join(text.split())


def _unescaped_script(match: re.Match[str]) -> str:
    before, tag, inside = match.groups()
    return before + (superscript(inside) if tag.lower() == "sup" else subscript(inside, before))


def _render(element: Element) -> str:
    """Text of an element without its tail; spaces around a raised text stay outside it."""
    tag = element.tag.rpartition("}")[2]
    if tag in _MATH:
        return _MATH[tag]([_render(child).strip() for child in element])
    parts = [element.text or ""]
    for child in element:
        inside = _render(child)
        if child.tag in ("sup", "sub") and (bare := inside.strip()):
            before = "".join(parts)
            script = superscript(bare) if child.tag == "sup" else subscript(bare, before)
            inside = inside.replace(bare, script)
        parts += [inside, child.tail or ""]
    text = "".join(parts)
    return "".join(text.split()) if element.tag.startswith("{") and tag != "mtext" else text


def _part(operand: str) -> str:
    return operand if re.fullmatch(r"\w*\.?\w*", operand) else f"({operand})"


def _nth(children: list[str], index: int) -> str:
    return children[index] if index < len(children) else ""


_PRESCRIPTS = "\0"


def _multiscripts(of: list[str]) -> str:
    """Base, then (sub, sup) pairs; pairs behind ``mprescripts`` stand in front of the base, as in ¹⁸F."""
    cut = of.index(_PRESCRIPTS) if _PRESCRIPTS in of else len(of)
    behind, before = of[1:cut], of[cut + 1 :]
    return _scripts(before) + _nth(of, 0) + _scripts(behind)


def _scripts(pairs: list[str]) -> str:
    return "".join(superscript(text) if place % 2 else subscript(text) for place, text in enumerate(pairs))


_MATH: dict[str, Callable[[list[str]], str]] = {
    "msup": lambda of: _nth(of, 0) + superscript(_nth(of, 1)),
    "msub": lambda of: _nth(of, 0) + subscript(_nth(of, 1), _nth(of, 0)),
    "msubsup": lambda of: _nth(of, 0) + subscript(_nth(of, 1), _nth(of, 0)) + superscript(_nth(of, 2)),
    "mfrac": lambda of: f"{_part(_nth(of, 0))}/{_part(_nth(of, 1))}",
    "msqrt": lambda of: f"√{_part(''.join(of))}",
    "mmultiscripts": _multiscripts,
    "mprescripts": lambda _: _PRESCRIPTS,
    "mover": lambda of: _nth(of, 0),
    "munder": lambda of: _nth(of, 0),
    "annotation": lambda _: "",
    "annotation-xml": lambda _: "",
}
"""MathML elements whose children are not simply read one after the other (W3C MathML 3, chapter 3)."""
