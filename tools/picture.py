"""The picture at the top of README.md: ten real people on the sphere, and what losses ask for.

python tools/picture.py
"""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

import facelab
from facelab import figures, geometry

TARGET = Path(__file__).resolve().parents[1] / "notebooks" / "facelab.png"


def main():
    """Train for some seconds, draw, write."""
    run = facelab.train(
        "arcface", seed=0, embedding_dim=3, fraction=0.25, backbone="live", augment=False,
        progress=False,
    )  # fmt: skip
    nearest, _ = geometry.nearest_center(run.centers)
    caps = geometry.cap_radius(nearest, margin=0.3)
    figure = Figure(figsize=(10, 4.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    points, labels = run.arrays["train_embeddings"], run.arrays["train_labels"]
    figures.sphere(points, labels, run.centers, caps, ax=left)
    left.set_title("ten people, and the cap that a margin leaves each", fontsize=10)
    theta = np.linspace(0, np.pi, 361)
    curves = {
        "NormFace: cos θ": np.cos(theta),
        "CosFace: cos θ - 0.35": geometry.target_curve("cosface", theta, margin=0.35),
        "ArcFace: cos(θ + 0.5)": geometry.target_curve("arcface", theta, margin=0.5),
    }
    figures.target_curves(theta, curves, ax=right)
    right.set_title("what a loss puts in place of the cosine", fontsize=10)
    figure.savefig(TARGET, dpi=110)


if __name__ == "__main__":
    main()
