"""A UMAP that takes no time to load, so that what is around the real one can be tested quickly."""

from pathlib import Path

import pytest

from facelab.experiments._mapper import MAPPER

SOURCE = """
import time
import numpy as np
from tqdm import tqdm

class UMAP:
    def __init__(self, tqdm_kwds, **settings):
        self.bar, self.settings = tqdm_kwds | {"mininterval": 0}, settings
    def fit_transform(self, table):
        print("noise on the way out")
        for _ in tqdm(range(20), **self.bar):
            time.sleep(PAUSE)
        seed = self.settings["random_state"]
        if self.settings.get("output_metric") == "haversine":
            return np.stack([np.arccos(table[:, 1]), np.arctan2(table[:, 0], table[:, 2])], axis=1)
        return 10 * table[:, :2] + seed
"""


def planted(folder: Path, monkeypatch: pytest.MonkeyPatch, source: str, pause: float = 0) -> None:
    """Let UMAP's process find this source in the place of umap, each of 20 epochs with a pause."""
    (folder / "umap.py").write_text(source.replace("PAUSE", str(pause)), "utf-8")
    monkeypatch.setenv("PYTHONPATH", str(folder))
    MAPPER.end()
