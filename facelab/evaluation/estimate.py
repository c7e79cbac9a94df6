"""A number that does not go about without its uncertainty.

>>> Estimate(0.969, 0.951, 0.983)
0.969 (0.951 to 0.983)
"""

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

UNKNOWN = "it is not known which people the pairs are of"
LEAST_PEOPLE = 4  # three can be drawn in 10 ways only, two in 3
LEAST_DRAWS = 20  # with fewer usable draws the ends of an interval are noise


class Estimate(float):
    """A float with an interval.

    Args:
        value: the number itself.
        low, high: ends of the interval; NaN where none can be had.
        level: the share of repetitions in which such an interval should hold the truth.
        note: a sentence that a reader must know with the number, or "".
    """

    low: float
    high: float
    level: float
    note: str

    def __new__(
        cls,
        value: float,
        low: float = np.nan,
        high: float = np.nan,
        level: float = 0.95,
        note: str = "",
    ) -> "Estimate":
        """Make the float and hang the rest on it."""
        self = super().__new__(cls, value)
        self.low, self.high = float(low), float(high)
        self.level, self.note = float(level), note
        return self

    def __getnewargs__(self) -> Any:
        return float(self), self.low, self.high, self.level, self.note

    def __repr__(self) -> str:
        known = not np.isnan(self.low)
        interval = f"({self.low:.3f} to {self.high:.3f})" if known else "(no interval)"
        return f"{float(self):.3f} {interval}" + (f"; {self.note}" if self.note else "")


def with_interval(value: float, draws: Floats | None, level: float, note: str = "") -> Estimate:
    """An estimate with the percentile interval of its bootstrap draws.

    Args:
        value: the number from all the data.
        draws: (n,) the same number from each draw, NaN where a draw could not give one; None if
            it is not known who is who.
        level: between 0 and 1.
        note: as for Estimate; a sentence is added where no interval can be had.
    """
    if draws is None:
        return Estimate(value, level=level, note=_joined(note, UNKNOWN))
    low, high = interval(draws[:, None], level)
    if np.isnan(low[0]):
        usable = np.isfinite(draws).sum()
        why = f"only {usable} of {len(draws)} draws of people hold pairs of both kinds"
        return Estimate(value, level=level, note=_joined(note, why))
    return Estimate(value, low[0], high[0], level, note)


def _joined(*notes: str) -> str:
    return "; ".join(note for note in notes if note)


def interval(draws: Floats, level: float) -> tuple[Floats, Floats]:
    """Percentile intervals of the columns of (n, F) draws: low (F,), high (F,).

    Draws with a NaN are left out; if fewer than LEAST_DRAWS remain the ends are NaN.
    """
    usable = draws[np.isfinite(draws).all(axis=1)]
    if len(usable) < LEAST_DRAWS:
        nothing = np.full(draws.shape[1], np.nan)
        return nothing, nothing
    low, high = np.quantile(usable, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return low, high


def too_few(people: int) -> str:
    """Why so few people give no interval, or ""."""
    return f"{people} people are too few to draw from" if people < LEAST_PEOPLE else ""


def people_weights(people: int, draws: int, seed: int) -> npt.NDArray[np.int64]:
    """How often each person is met when as many people are drawn with replacement.

    Args:
        people: n.
        draws: how many times n people are drawn.
        seed: of the generator.

    Returns:
        (draws, people) counts; each row sums to n.
    """
    rng = np.random.default_rng(seed)
    return rng.multinomial(people, np.full(people, 1 / people), size=draws)


def check_bootstrap(draws: int, level: float) -> None:
    """Refuse a bootstrap that could give no interval.

    Raises:
        ValueError: if there are too few draws, or the level is not between 0 and 1.
    """
    if isinstance(draws, bool) or draws != int(draws) or draws < LEAST_DRAWS:
        raise ValueError(f"draws must be a whole number of at least {LEAST_DRAWS}, not {draws!r}")
    if not 0 < level < 1:
        raise ValueError(f"level must be between 0 and 1, not {level!r}")
