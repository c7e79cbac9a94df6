"""What every protocol gives back: numbers, each with its interval, in words and drawn."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from facelab.evaluation import Estimate

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class Result(ABC):
    """Numbers with intervals; `repr` says them in plain words, `draw` draws them."""

    @property
    @abstractmethod
    def title(self) -> str:
        """What was tested, on whom."""

    @property
    @abstractmethod
    def numbers(self) -> dict[str, Estimate]:
        """Name -> number with its interval."""

    @abstractmethod
    def draw(self, ax: Axes | None = None) -> Axes:
        """Draw into the axes given, or into a new figure, and give the axes back."""

    def __repr__(self) -> str:
        width = max(len(name) for name in self.numbers)
        lines = [f"  {name:<{width}}  {number!r}" for name, number in self.numbers.items()]
        return "\n".join([f"{self.title}.", *lines])

    def save(self, path: str | os.PathLike[str], width: float = 6.0, height: float = 4.2) -> None:
        """Draw into a file, whose ending says the format: .png, .svg, .pdf; sizes in inches.

        Raises:
            ValueError: if the ending is unknown.
            OSError: if the file cannot be written.
        """
        from matplotlib.figure import Figure

        figure = Figure(figsize=(width, height), layout="compressed")
        self.draw(figure.subplots())
        figure.savefig(path, dpi=150)
