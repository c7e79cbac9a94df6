"""The picture in data/README.md: 64 sketched faces, 32 people and then what happens to four more.

python tools/sheet.py
"""

from pathlib import Path

import numpy as np
from PIL import Image

from facelab.datasets import sketch

TARGET = Path(__file__).resolve().parents[1] / "data" / "sketch.png"
SIZE = (80, 70)
SIDE = 8  # faces in a row, and rows

STILL = {"pose": 0.2, "light": 0.2, "expression": 0.3, "blur": 0, "resolution": 0, "noise": 0}


def sheet():
    """The picture, (8 x 80, 8 x 70) uint8."""
    half = SIDE * SIDE // 2
    people = sketch(half, 1, seed=2, size=SIZE, likeness=0, **STILL).images
    albums = sketch(SIDE // 2, SIDE, seed=7, size=SIZE, likeness=0).images
    faces = np.concatenate([people, albums]).reshape(SIDE, SIDE, *SIZE)
    return faces.transpose(0, 2, 1, 3).reshape(SIDE * SIZE[0], SIDE * SIZE[1])


def main():
    """Draw, write."""
    Image.fromarray(sheet()).save(TARGET, optimize=True)


if __name__ == "__main__":
    main()
