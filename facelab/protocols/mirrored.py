"""An embedding that is the same for a face and its mirror image.

    x(image) = f(image) / |f(image)| + f(mirrored) / |f(mirrored)|

The two views of a face err differently, so their mean errs less; it costs twice the time.

Source: customary since Sun et al., CVPR 2014 (DeepID) and Parkhi et al., BMVC 2015.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from facelab.protocols._door import Embed, embedded


def mirrored(embed: Embed) -> Embed:
    """The mean of the directions of a face and of its mirror image.

    Args:
        embed: images (N, H, W) or (N, H, W, 3) -> embeddings (N, D), such as `run.embed`.

    Returns:
        Another such callable; lengths are 0 to 2, and 2 where both directions agree.
    """

    def both(images: NDArray[np.uint8]) -> NDArray[Any]:
        sides = (images, np.ascontiguousarray(images[:, :, ::-1]))
        one, other = (_directions(embedded(embed, side)) for side in sides)
        return one + other

    return both


def _directions(embeddings: NDArray[Any]) -> NDArray[np.float64]:
    """Rows of length 1, (N, D); a row of length 0 stays."""
    x = embeddings.astype(np.float64)
    length = np.linalg.norm(x, axis=1, keepdims=True)
    return x / np.where(length > 0, length, 1.0)
