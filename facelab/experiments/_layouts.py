"""Embeddings laid out to be looked at: in the plane or on a sphere.

    "pca"            the two directions in which the embeddings spread most
    "umap"           neighbors stay neighbors, in the plane
    "umap sphere"    the same on the sphere (UMAP with output_metric="haversine")

All of them look at directions alone: embeddings are turned to length 1 first. PCA is about the
mean of these, not about the origin. UMAP measures by the cosine.

Source: McInnes, Healy and Melville, "UMAP", 2018, arXiv:1802.03426.
"""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tqdm.auto import tqdm

from facelab.choices import unknown
from facelab.experiments import _folder
from facelab.experiments._mapper import MAPPER
from facelab.experiments._run import Run

Floats = npt.NDArray[np.float64]

KINDS = ("pca", "umap", "umap sphere")
NEIGHBORS = 10  # faces of one person are often no more
FEWEST = 5  # embeddings that UMAP can lay out
FILE = "layouts.npz"


def layout(
    what: Any,
    kind: str = "pca",
    *,
    seed: int = 0,
    neighbors: int = NEIGHBORS,
    folder: str | Path | None = None,
    progress: bool | Callable[[float], object] = True,
) -> Floats:
    """Places of embeddings in the plane or on the sphere.

    Args:
        what: (N, D) embeddings, or a Run: those of the people it has never seen, then those of
            the people it was trained on.
        kind: "pca", "umap" or "umap sphere".
        seed: of UMAP; the same seed gives the same places on the same machine.
        neighbors: how many neighbors UMAP keeps close.
        folder: where UMAP's places are kept, in `layouts.npz`, and found again; for a Run its own
            folder. None keeps nothing.
        progress: whether to show a bar; or a function called with the part done, 0 to 1, at least
            five times a second. What it raises ends the computation.

    Returns:
        (N, 2), or for "umap sphere" (N, 3) of length 1. An embedding without a direction (NaN,
        infinite or 0) has NaN for its place.

    Raises:
        TypeError, ValueError: if an argument does not fit.
        RuntimeError: if UMAP is missing or stops; nothing else depends on it.
    """
    table, folder = _given(what, folder)
    if kind not in KINDS:
        raise ValueError(unknown("layout", kind, KINDS))
    turned = _turned(table)
    good = np.isfinite(turned).all(axis=1)
    places = np.full((len(turned), 3 if kind == "umap sphere" else 2), np.nan)
    if kind == "pca":
        places[good] = principal(turned[good])[0]
        return places
    if (found := kept(table, kind, seed, neighbors, folder)) is not None:
        return found
    if good.sum() < FEWEST:
        raise ValueError(f"UMAP needs at least {FEWEST} embeddings, not {good.sum()}")
    flat = _mapped(turned[good].astype(np.float32), kind, seed, neighbors, progress)
    places[good] = on_sphere(flat) if kind == "umap sphere" else flat
    _keep(places, _key(table, kind, seed, neighbors), folder)
    return places


def kept_layout(
    what: Any,
    kind: str,
    *,
    seed: int = 0,
    neighbors: int = NEIGHBORS,
    folder: str | Path | None = None,
) -> Floats | None:
    """The places that `layout` has kept for these arguments, or None if it has to compute them."""
    table, folder = _given(what, folder)
    return kept(table, kind, seed, neighbors, folder)


def principal(table: Floats) -> tuple[Floats, float]:
    """Places (N, 2) along the two directions of largest variance, and the share of it they hold.

        X - mean = U S V^T,   places = (X - mean) V[:, :2]

    A direction points to where its largest entry is positive, so that it is always the same one.
    """
    places = np.zeros((len(table), 2))
    if len(table) < 2:
        return places, 1.0
    centered = table - table.mean(axis=0)
    _, size, across = np.linalg.svd(centered, full_matrices=False)
    first = across[:2]
    largest = first[np.arange(len(first)), np.abs(first).argmax(axis=1)]
    places[:, : len(first)] = centered @ (first * np.where(largest < 0, -1, 1)[:, None]).T
    whole = float((size**2).sum())
    return places, float((size[:2] ** 2).sum()) / whole if whole > 0 else 1.0


def on_sphere(angles: Floats) -> Floats:
    """Points of length 1, (N, 3), from angle to the pole and longitude, (N, 2), radians."""
    pole, around = angles.T
    rim = np.sin(pole)
    return np.stack([rim * np.sin(around), np.cos(pole), rim * np.cos(around)], axis=1)


def kept(table: Floats, kind: str, seed: int, neighbors: int, folder: Path | None) -> Floats | None:
    """The places in the folder's file; None where there are none or the file is damaged."""
    if folder is None or not (folder / FILE).is_file():
        return None
    try:
        found = _folder.read_arrays(folder / FILE).get(_key(table, kind, seed, neighbors))
    except ValueError:
        return None
    return None if found is None else found.astype(np.float64)


def _keep(places: Floats, key: str, folder: Path | None) -> None:
    """Add places to the folder's file; one that is damaged is begun again."""
    if folder is None:
        return
    try:
        before = _folder.read_arrays(folder / FILE) if (folder / FILE).is_file() else {}
    except ValueError:
        before = {}
    with suppress(OSError):  # where nothing can be written, nothing is kept
        _folder.write_arrays(folder / FILE, before | {key: places.astype(np.float32)})


def _key(table: Floats, kind: str, seed: int, neighbors: int) -> str:
    digest = hashlib.sha256(table.astype("<f4").tobytes()).hexdigest()[:16]
    return f"{kind} seed {seed} neighbors {neighbors} of {len(table)} {digest}"


def _given(what: Any, folder: str | Path | None) -> tuple[Floats, Path | None]:
    """The embeddings as a table, and the folder where their places are kept."""
    if isinstance(what, Run):
        folder = what.folder if folder is None else folder
        what = np.concatenate([what.embeddings, what.arrays["train_embeddings"]])
    try:
        table = np.asarray(what.detach().cpu() if hasattr(what, "detach") else what, np.float64)
    except (TypeError, ValueError):
        raise TypeError(f"embeddings must be a table of numbers, not {what!r:.60}") from None
    if table.ndim != 2 or table.shape[1] < 2 or len(table) == 0:
        raise ValueError(f"embeddings must have shape (N, D) with D at least 2, not {table.shape}")
    return table, None if folder is None else Path(folder)


def _turned(table: Floats) -> Floats:
    """Rows of length 1; NaN where there is no direction."""
    length = np.linalg.norm(table, axis=1, keepdims=True)
    good = np.isfinite(length) & (length > 0)
    return np.where(good, table / np.where(good, length, 1.0), np.nan)


def _mapped(
    table: npt.NDArray[np.float32], kind: str, seed: int, neighbors: int, progress: Any
) -> Floats:
    """UMAP's places, with the bar that was asked for."""
    if callable(progress):
        return MAPPER.fit(table, kind, seed, neighbors, progress)
    with tqdm(desc=kind, total=100, disable=not progress, leave=False) as bar:
        return MAPPER.fit(
            table, kind, seed, neighbors, lambda part: bar.update(round(100 * part) - bar.n)
        )
