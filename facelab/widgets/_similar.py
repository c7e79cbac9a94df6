"""What faces and networks must be to be compared, and the small copies of faces that are shown."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from facelab.widgets import _cloud
from facelab.widgets._words import numbered

Images = npt.NDArray[np.uint8]
Rows = npt.NDArray[np.int64]
MOST_IMAGES = 400
ROOM = 72_000  # bytes for the small copies of all images


def by_title(networks: Any) -> dict[str, Any]:
    """One or two networks by their titles; a single Run is called by its loss.

    Raises:
        ValueError: if there are none, or more than two.
    """
    if not isinstance(networks, Mapping):
        named = getattr(networks, "config", {}).get("loss", "network")
        return {str(named): networks}
    if not 1 <= len(networks) <= 2:
        raise ValueError(f"networks must be one or two, before and after, not {len(networks)}")
    return {str(title): network for title, network in networks.items()}


def are_tables(networks: Mapping[str, Any]) -> bool:
    """Whether the embeddings were made before, as a pair (easy, hard) for each title.

    Raises:
        ValueError: if some are pairs and some are not.
    """
    pairs = [isinstance(each, tuple | list) and len(each) == 2 for each in networks.values()]
    if any(pairs) and not all(pairs):
        raise ValueError("either every network embeds, or every one is a pair (easy, hard)")
    return all(pairs)


def embedder(title: str, network: Any) -> Callable[[Images], Any]:
    """What turns images into embeddings: the network itself, or the method `embed` of a Run.

    Raises:
        TypeError: if it can do neither.
    """
    call = getattr(network, "embed", network)
    if not callable(call):
        raise TypeError(
            f"{title} must be a Run, a function from images to embeddings, or two tables "
            f"(easy, hard), not {type(network).__name__}"
        )

    def ask(images: Images) -> Any:
        try:
            return call(images)
        except Exception as problem:  # whatever it is, the view says it in its error line
            raise ValueError(f"{title} could not embed the faces: {problem}") from problem

    return ask


def people_of(faces: Any, needs_images: bool) -> tuple[Rows, list[str]]:
    """Labels (N,) and names of a FaceSet, or of labels alone.

    Raises:
        TypeError: if it is neither, or there are no images to embed.
        ValueError: if the labels do not fit.
    """
    if needs_images and not hasattr(faces, "degrade"):
        raise TypeError(f"faces must be a FaceSet for networks to look at, not {faces!r:.60}")
    labels = _cloud.array(getattr(faces, "labels", faces))
    if labels.ndim != 1 or len(labels) == 0:
        raise ValueError(f"labels must be one for each image, (N,), not {labels.shape}")
    whose = _cloud.persons(labels, len(labels), None).astype(np.int64)
    names = getattr(faces, "names", None) or numbered(int(whose.max()) + 1)
    return whose, [str(name) for name in names]


def kept(labels: Rows) -> Rows:
    """Rows of the images that are compared: of many, the first people, two of them at least."""
    if len(labels) <= MOST_IMAGES:
        return np.arange(len(labels))
    people, each = np.unique(labels, return_counts=True)
    whole = int(np.searchsorted(np.cumsum(each), MOST_IMAGES, side="right"))
    most = MOST_IMAGES if whole >= 2 else MOST_IMAGES // 2  # images of one person
    rows = [np.flatnonzero(labels == one)[:most] for one in people[: max(whole, 2)]]
    return np.sort(np.concatenate(rows))


def small(images: Any) -> Images:
    """Small gray copies (n, h, w) of images; every old pixel counts."""
    pixels = np.asarray(images).astype(np.float32)
    gray = pixels.mean(axis=3) if pixels.ndim == 4 else pixels
    shrink = min(1.0, float(ROOM / gray.size) ** 0.5)
    down, across = (_means(size, max(1, int(size * shrink))) for size in gray.shape[1:])
    return np.asarray(down @ gray @ across.T).round().clip(0, 255).astype(np.uint8)


def _means(size: int, count: int) -> npt.NDArray[np.float32]:
    """The matrix that makes a line of `size` pixels one of `count`, by means: (count, size)."""
    edges, pixel = np.linspace(0, size, count + 1), np.arange(size)
    shared = np.minimum(edges[1:, None], pixel + 1) - np.maximum(edges[:-1, None], pixel)
    return np.asarray(shared.clip(0) * count / size, np.float32)
