"""Numbers as they are written: digits with separators, English number words, Roman numerals."""

from __future__ import annotations

import re

_TEENS = (
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
)
_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_ROUND = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_ONES = {word: value for value, word in enumerate(_DIGITS + _TEENS)}
_TENS = {word: 10 * value for value, word in enumerate(_ROUND, start=2)}
_LARGE = {"dozen": 12, "hundred": 100, "thousand": 1_000, "million": 1_000_000}
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6, "vii": 7, "viii": 8}

_BELOW_TEN = "|".join(_DIGITS[1:])
_BELOW_HUNDRED = rf"(?:(?:{'|'.join(_TENS)})(?:[\s-]?(?:{_BELOW_TEN}))?\b|(?:{'|'.join(reversed(_ONES))})\b)"
_BELOW_THOUSAND = (
    rf"(?:(?:{_BELOW_HUNDRED}|a)[\s-]hundred\b(?:[\s-](?:and[\s-])?{_BELOW_HUNDRED})?|{_BELOW_HUNDRED})"
)
WORDS = (
    rf"(?:(?:{_BELOW_THOUSAND}|a)[\s-](?:thousand|million)\b(?:,?[\s-](?:and[\s-])?{_BELOW_THOUSAND})?"
    rf"|(?:{_BELOW_HUNDRED}|a|half\sa)[\s-]dozen\b|{_BELOW_THOUSAND})"
)
"""A pattern for one number in words, from zero to 999 999 999."""

ROMAN = r"(?:VIII|VII|III|VI|IV|II|I|V)"
"""A pattern for the Roman numerals of grades, phases and stages (upper case)."""


def value_of(surface: str) -> float:
    """The value of a number in digits (``1,234``, ``0·81``, ``.81``), in words or in Roman numerals."""
    if surface.lower() in _ROMAN:
        return float(_ROMAN[surface.lower()])
    if re.search(r"\d", surface):
        plain = re.sub(r"[\s\u00a0\u2009\u202f]", "", surface).replace("·", ".")
        return float(plain.replace(",", ".") if re.fullmatch(r"0,\d+", plain) else plain.replace(",", ""))
    return _words_value(surface.lower())


def _words_value(words: str) -> float:
    total = part = 0.0
    for word in re.findall(r"[a-z]+", words):
        if word in _ONES or word in _TENS:
            part += _ONES.get(word, 0) or _TENS.get(word, 0)
        elif word == "half":
            part += 0.5
        elif word == "quarter":
            part += 0.25
        elif word in {"dozen", "hundred"}:
            part = (part or 1) * _LARGE[word]
        elif word in _LARGE:
            total += (part or 1) * _LARGE[word]
            part = 0.0
        else:  # "a", "and", or words run together: "fortytwo"
            tens = next((tens for tens in _TENS if word.startswith(tens)), None)
            part += _TENS[tens] + _ONES.get(word.removeprefix(tens), 0) if tens else 0
    return total + part
