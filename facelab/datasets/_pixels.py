"""Image by image: other sizes and gray, through Pillow; a sheet of thumbnails for notebooks."""

import base64
import io
from collections.abc import Callable
from html import escape

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]

THUMBNAIL = 48  # height in pixels
SHOWN_PEOPLE = 8
SHOWN_IMAGES = 2  # of each person


def each(images: Pixels, change: Callable[[Image.Image], Image.Image]) -> Pixels:
    """The same change made to every image, (N, H, W) or (N, H, W, 3) -> another such array."""
    first = np.asarray(change(Image.fromarray(images[0])))
    changed = np.empty((len(images), *first.shape), dtype=np.uint8)
    for i, image in enumerate(images):
        changed[i] = np.asarray(change(Image.fromarray(image)))
    return changed


def resized(images: Pixels, height: int, width: int) -> Pixels:
    """Images of another size in pixels; when shrinking, every old pixel counts (no aliasing)."""
    return each(images, lambda image: image.resize((width, height), Image.Resampling.BICUBIC))


def grayed(images: Pixels) -> Pixels:
    """Luma of color images, (N, H, W, 3) -> (N, H, W): 0.299 R + 0.587 G + 0.114 B."""
    return each(images, lambda image: image.convert("L"))


def sheet(images: Pixels, labels: NDArray[np.int64], names: list[str], caption: str) -> str:
    """A few people as thumbnails in HTML that needs nothing else: pictures are inside it.

    Args:
        images: (N, H, W) or (N, H, W, 3).
        labels: (N,) in 0..P-1.
        names: P names; they are escaped.
        caption: the line above the pictures; it is escaped.
    """
    shown = names[:SHOWN_PEOPLE]
    figures = "".join(_figure(images[labels == k], name) for k, name in enumerate(shown))
    more = f"<p>and {len(names) - len(shown):,} more people</p>" if len(names) > len(shown) else ""
    row = "display:flex;flex-wrap:wrap;gap:10px"
    return f'<div><p>{escape(caption)}</p><div style="{row}">{figures}</div>{more}</div>'


def _figure(images: Pixels, name: str) -> str:
    """The first images of one person side by side, with the name below."""
    height, width = images.shape[1:3]
    shown = resized(images[:SHOWN_IMAGES], THUMBNAIL, min(96, max(1, THUMBNAIL * width // height)))
    strip = np.concatenate(list(shown), axis=1)
    alt = escape(f"{len(shown)} of the {len(images)} images of {name}")
    below = "max-width:96px;overflow:hidden;text-overflow:ellipsis;white-space:nowrap"
    return (
        f'<figure style="margin:0"><img src="{_data_uri(strip)}" alt="{alt}" height="{THUMBNAIL}">'
        f'<figcaption style="{below}" title="{escape(name)}">{escape(name)}</figcaption></figure>'
    )


def _data_uri(image: Pixels) -> str:
    """An image as a PNG inside a URI."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
