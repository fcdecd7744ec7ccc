"""Units of measurement in medical text: each surface form with its dimension and its factor.

Base units are day, gram, litre, metre, mole and enzyme unit; what has no common conversion (mmHg, dB) is
its own base. A month is a twelfth of a year of 365.25 days, so that 12 months are exactly one year.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Unit(NamedTuple):
    """A dimension (``g/L``) and the factor that takes a number to its base units."""

    dimension: str
    factor: float


PLAIN = Unit("", 1.0)

# An underscore stands for a space.
_WORDS: dict[str, Unit] = {
    surface: Unit(dimension, factor)
    for surfaces, dimension, factor in (
        ("second seconds sec secs", "d", 1 / 86400),
        ("minute minutes min mins", "d", 1 / 1440),
        ("hour hours hr hrs", "d", 1 / 24),
        ("day days", "d", 1.0),
        ("week weeks wk wks", "d", 7.0),
        ("fortnight fortnights", "d", 14.0),
        ("month months mo mos mth mths", "d", 365.25 / 12),
        ("year years yr yrs", "d", 365.25),
        ("decade decades", "d", 3652.5),
        ("person-year person-years patient-year patient-years", "person-d", 365.25),
        ("person-month person-months patient-month patient-months", "person-d", 365.25 / 12),
        ("percent per_cent percentage_point percentage_points percentage-points", "%", 1.0),
        ("fold times", "fold", 1.0),
        ("kilogram kilograms kilo kilos", "g", 1e3),
        ("gram grams gm", "g", 1.0),
        ("milligram milligrams", "g", 1e-3),
        ("microgram micrograms mcg", "g", 1e-6),
        ("liter liters litre litres", "L", 1.0),
        ("milliliter milliliters millilitre millilitres cc", "L", 1e-3),
        ("metre metres meter meters", "m", 1.0),
        ("kilometre kilometres kilometer kilometers", "m", 1e3),
        ("centimetre centimetres centimeter centimeters", "m", 1e-2),
        ("millimetre millimetres millimeter millimeters", "m", 1e-3),
        ("unit units international_units", "U", 1.0),
        ("beats/min beats_per_minute bpm", "bpm", 1.0),
        ("millimolar", "mol/L", 1e-3),
        ("micromolar", "mol/L", 1e-6),
        ("nanomolar", "mol/L", 1e-9),
        ("kcal kilocalorie kilocalories", "cal", 1e3),
        ("mmhg mm_hg", "mmHg", 1.0),
        ("cmh2o cm_h2o", "cmH2O", 1.0),
    )
    for surface in surfaces.split()
}
_PREFIX = {"k": 1e3, "d": 1e-1, "c": 1e-2, "m": 1e-3, "µ": 1e-6, "u": 1e-6, "n": 1e-9, "p": 1e-12, "f": 1e-15}
_SYMBOLS: dict[str, Unit] = {
    "%": Unit("%", 1.0),
    "s": Unit("d", 1 / 86400),
    "h": Unit("d", 1 / 24),
    "d": Unit("d", 1.0),
    "y": Unit("d", 365.25),
    "IU": Unit("U", 1.0),
    "U": Unit("U", 1.0),
    "dB": Unit("dB", 1.0),
    "°C": Unit("°C", 1.0),
    "M": Unit("mol/L", 1.0),
}
for _stem, _dimension, _prefixes in (
    ("g", "g", "kmµunp"),
    ("L", "L", "dcmµunpf"),
    ("l", "L", "dcmµunpf"),
    ("m", "m", "kcmµun"),
    ("mol", "mol", "mµunp"),
    ("Eq", "Eq", "mµ"),
    ("U", "U", "kmµ"),
    ("IU", "U", "kmµ"),
    ("Gy", "Gy", "cm"),
    ("Sv", "Sv", "mµ"),
    ("Bq", "Bq", "k"),
    ("J", "J", "k"),
    ("Pa", "Pa", "k"),
    ("Hz", "Hz", "k"),
    ("M", "mol/L", "mµun"),
):
    for _prefix in _prefixes:
        _SYMBOLS[_prefix + _stem] = Unit(_dimension, _PREFIX[_prefix])
    _SYMBOLS.setdefault(_stem, Unit(_dimension, 1.0))
for _length in ("nm", "µm", "um", "mm", "cm", "m"):
    for _power, _signs in ((2, ("2", "²", "^2", "(2)")), (3, ("3", "³", "^3", "(3)"))):
        for _sign in _signs:
            _SYMBOLS[_length + _sign] = Unit(f"m{_power}", _SYMBOLS[_length].factor ** _power)
del _SYMBOLS["M"]  # a lone M after a number is a million, a gender or a name, seldom a concentration

_SPACE = r"[\s\u00a0\u2009\u202f]"


def _alternatives(surfaces: dict[str, Unit]) -> str:
    ordered = sorted(surfaces, key=len, reverse=True)
    return "|".join(re.escape(surface).replace("_", f"{_SPACE}+") for surface in ordered)


_END = r"(?![A-Za-zµ°])"
_ATOM = rf"(?:(?i:{_alternatives(_WORDS)}){_END}|(?:{_alternatives(_SYMBOLS)})(?:(?<=%)|(?![\w°])))"
_PER = rf"{_SPACE}?(?:/|\bper\b){_SPACE}?"
_EXPRESSION = re.compile(rf"{_ATOM}(?:{_PER}{_ATOM})*|/{_SPACE}?{_ATOM}(?:{_PER}{_ATOM})*")
_PART = re.compile(rf"({_PER})?({_ATOM})")


def unit_at(text: str, start: int) -> tuple[Unit, int] | None:
    """The unit that begins at ``start`` and where it ends; None if there is none.

    ``mg/dL`` and ``mg per dL`` are one unit; so is the ``/L`` of ``1.5 × 10⁹/L``. ``text`` must spell the
    micro sign as U+00B5.
    """
    found = _EXPRESSION.match(text, start)
    if not found:
        return None
    above: list[str] = []
    below: list[str] = []
    factor = 1.0
    for part in _PART.finditer(found.group()):
        unit = _atom(part.group(2))
        (below if part.group(1) else above).append(unit.dimension)
        factor = factor / unit.factor if part.group(1) else factor * unit.factor
    return Unit("/".join(["".join(above), *below]), factor), found.end()


def _atom(surface: str) -> Unit:
    return _SYMBOLS.get(surface) or _WORDS[re.sub(rf"{_SPACE}+", "_", surface.lower())]
