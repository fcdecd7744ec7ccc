"""Inline markup becomes text with the same meaning."""

from __future__ import annotations

import unicodedata
from xml.etree.ElementTree import fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.library.markup import clean, subscript, superscript, text_of

MATHML = 'xmlns:mml="http://www.w3.org/1998/Math/MathML"'


@pytest.mark.parametrize(
    ("xml", "text"),
    [
        ("10<sup>9</sup>/L", "10⁹/L"),
        ("P &lt; 10<sup>-3</sup> in both", "P < 10⁻³ in both"),
        ("P&lt;0.001 and <i>BRCA1</i> &gt; 5", "P<0.001 and BRCA1 > 5"),
        ("1.73 m<sup>2</sup>", "1.73 m²"),
        ("CO<sub>2</sub> and Na<sup>+</sup>", "CO₂ and Na⁺"),
        ("<sup>18</sup>F and <sup>99m</sup>Tc", "¹⁸F and ⁹⁹ᵐTc"),
        ("HbA<sub>1c</sub>, C<sub>max</sub>, AUC<sub>0-24</sub>", "HbA1c, Cmax, AUC₀₋₂₄"),
        ("complications<sup>1,2</sup>", "complications^1,2"),
        ("10<sup>-3.5</sup>", "10^-3.5"),
        ("Drug<sup>®</sup>", "Drug®"),
        ("transporters <sub>-</sub> to", "transporters - to"),
        ("x2<sub>0.4</sub>", "x2_0.4"),
        ("n = 10<sup> 6 </sup>cells", "n = 10 ⁶ cells"),
        ("<b><i>E. coli</i> K<sub>12</sub></b>.", "E. coli K₁₂."),
        ("a\n   b\u00a0c", "a b c"),
    ],
)
def test_c9_markup_keeps_its_meaning(xml, text):
    assert text_of(fromstring(f"<t>{xml}</t>")) == text


@pytest.mark.parametrize(
    ("mathml", "text"),
    [
        ("<mml:msup><mml:mi>m</mml:mi><mml:mn>2</mml:mn></mml:msup>", "m²"),
        ("<mml:msub><mml:mi>Cu</mml:mi><mml:mn>2</mml:mn></mml:msub><mml:mi>O</mml:mi>", "Cu₂O"),
        ("<mml:mfrac><mml:mn>1</mml:mn><mml:mrow><mml:mn>2</mml:mn><mml:mo>+</mml:mo><mml:mi>x</mml:mi>"
         "</mml:mrow></mml:mfrac>", "1/(2+x)"),
        ("<mml:msqrt><mml:mi>n</mml:mi></mml:msqrt>", "√n"),
        ("<mml:mmultiscripts><mml:mi>F</mml:mi><mml:mprescripts/><mml:none/><mml:mn>18</mml:mn>"
         "</mml:mmultiscripts>", "¹⁸F"),
        ("<mml:semantics><mml:mi>x</mml:mi><mml:annotation>\\x</mml:annotation></mml:semantics>", "x"),
    ],
)  # fmt: skip
def test_mathml_is_read_as_it_is_spoken(mathml, text):
    spaced = mathml.replace("><", ">\n  <")
    assert text_of(fromstring(f"<t>a <mml:math {MATHML}>{spaced}</mml:math> b</t>")) == f"a {text} b"


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("a<b and c>d", "a<b and c>d"),
        ("if a<b then c</d", "if a<b then c</d"),
        ("P<0.001 &lt; P<0.05; n&gt;5", "P<0.001 < P<0.05; n>5"),
        ("10&lt;sup&gt;9&lt;/sup&gt;/L", "10⁹/L"),
        ("&lt;b&gt;Aim:&lt;/b&gt; <i>in vitro</i>", "Aim: in vitro"),
        ("AT&T; R&D &alpha; &unknown;", "AT&T; R&D α &unknown;"),
    ],
)
def test_markup_that_was_escaped_once_too_often_is_undone_and_comparisons_survive(text, cleaned):
    assert clean(text) == cleaned


@given(st.text(st.characters(exclude_characters="&<>", exclude_categories=("Cs",))))
def test_text_without_markup_loses_nothing_but_white_space(text):
    assert clean(text).replace(" ", "") == "".join(text.split())


@given(st.from_regex(r"[-+]?[0-9]{1,6}", fullmatch=True))
def test_a_raised_or_lowered_number_can_be_read_back_and_never_joins_its_neighbour(number):
    """NFKC is Unicode's own reading of these characters."""
    for moved in (superscript(number), subscript(number)):
        assert not any(character.isascii() for character in moved)
        assert unicodedata.normalize("NFKC", moved).replace("−", "-") == number
