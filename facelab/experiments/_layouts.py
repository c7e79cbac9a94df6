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
NEIGHBORS = 30  # more than a person has images, so that people have a place beside each other
OWN: dict[
    str, dict[str, Any]
] = {  # settings of UMAP that belong to a kind; in the plane, images keep a visible distance
    "umap": {"min_dist": 0.8},
    "umap sphere": {"output_metric": "haversine"},
}
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
    settings = _settings(kind, seed, neighbors)
    turned = _turned(table)
    good = np.isfinite(turned).all(axis=1)
    places = np.full((len(turned), 3 if kind == "umap sphere" else 2), np.nan)
    if kind == "pca":
        places[good] = principal(turned[good])
        return places
    if (found := _kept(table, settings, folder)) is not None:
        return found
    if good.sum() < FEWEST:
        raise ValueError(f"UMAP needs at least {FEWEST} embeddings, not {good.sum()}")
    settings["n_neighbors"] = min(neighbors, int(good.sum()) - 1)
    flat = _mapped(turned[good].astype(np.float32), kind, settings, progress)
    places[good] = on_sphere(flat) if kind == "umap sphere" else flat
    _keep(places, _key(table, _settings(kind, seed, neighbors)), folder)
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
    return _kept(table, _settings(kind, seed, neighbors), folder)


def principal(table: Floats) -> Floats:
    """Places (N, 2) along the two directions of largest variance.

        X - mean = U S V^T,   places = (X - mean) V[:, :2]

    A direction points to where its largest entry is positive, so that it is always the same one.
    """
    places = np.zeros((len(table), 2))
    if len(table) < 2:
        return places
    centered = table - table.mean(axis=0)
    first = np.linalg.svd(centered, full_matrices=False)[2][:2]
    largest = first[np.arange(len(first)), np.abs(first).argmax(axis=1)]
    places[:, : len(first)] = centered @ (first * np.where(largest < 0, -1, 1)[:, None]).T
    return places


def on_sphere(angles: Floats) -> Floats:
    """Points of length 1, (N, 3), from angle to the pole and longitude, (N, 2), radians."""
    pole, around = angles.T
    rim = np.sin(pole)
    return np.stack([rim * np.sin(around), np.cos(pole), rim * np.cos(around)], axis=1)


def _settings(kind: str, seed: int, neighbors: int) -> dict[str, Any]:
    """The keywords of UMAP for a layout."""
    if kind not in KINDS:
        raise ValueError(unknown("layout", kind, KINDS))
    for name, value, least in (("seed", seed, 0), ("neighbors", neighbors, 2)):
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise ValueError(f"{name} must be a whole number from {least} on, not {value!r}")
    shared = {"n_components": 2, "metric": "cosine", "n_neighbors": neighbors}
    return {**shared, "random_state": seed, **OWN.get(kind, {})}


def _kept(table: Floats, settings: dict[str, Any], folder: Path | None) -> Floats | None:
    """The places in the folder's file; None where there are none or the file is damaged."""
    if folder is None or not (folder / FILE).is_file():
        return None
    try:
        found = _folder.read_arrays(folder / FILE).get(_key(table, settings))
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


def _key(table: Floats, settings: dict[str, Any]) -> str:
    """Under which name places are kept: what was laid out, and how."""
    digest = hashlib.sha256(repr(table.shape).encode() + table.astype("<f4").tobytes())
    how = ", ".join(f"{name}={value}" for name, value in settings.items())
    return f"{digest.hexdigest()[:16]} {how}"


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
    table: npt.NDArray[np.float32], kind: str, settings: dict[str, Any], progress: Any
) -> Floats:
    """UMAP's places, with the bar that was asked for."""
    if callable(progress):
        return MAPPER.fit(table, settings, progress)
    with tqdm(desc=kind, total=100, disable=not progress, leave=False) as bar:
        return MAPPER.fit(table, settings, lambda part: bar.update(round(100 * part) - bar.n))
