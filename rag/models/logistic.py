"""A logistic regression over named features, read from its part of a model file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Logistic:
    """A logistic regression over standardised features, clipped to four standard deviations."""

    mean: Vector
    scale: Vector
    coefficients: Vector
    intercept: float

    def probability(self, features: Vector) -> float:
        """The probability of the class that the regression was fitted to."""
        standard = np.clip((features - self.mean) / self.scale, -4, 4)
        return float(1 / (1 + np.exp(-(standard @ self.coefficients + self.intercept))))


def logistic(stored: dict[str, Any], names: tuple[str, ...]) -> Logistic:
    """Read one regression from its part of a model file.

    Raises:
        ValueError: it was made for other features.
    """
    if tuple(stored["features"]) != names:
        raise ValueError("The model file was made for other features: run `python -m training.stance`.")
    mean, scale, coefficients = (np.array(stored[key]) for key in ("mean", "scale", "coefficients"))
    return Logistic(mean, scale, coefficients, float(stored["intercept"]))
