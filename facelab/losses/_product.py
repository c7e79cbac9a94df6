"""All cosines between embeddings and class centers, without a normalized copy of the centers.

    cos_ij = u_i . W_j / |W_j|

u (B, D) are directions, W (C, D) centers of any length. With a hundred thousand people a copy of W
costs more than the product itself, and the plain chain of operations makes several, forward and
backward. Here the product is divided by the lengths, and the gradient is written down:

    dL/du = (G / |W|) W
    dL/dW = (G / |W|)^T u - W_j (sum_i G_ij cos_ij) / |W_j|^2          G = dL/dcos, (B, C)
"""

from typing import Any

import torch
from torch import Tensor

from facelab.losses._door import inverse_length


class _Cosines(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, directions: Tensor, centers: Tensor) -> Tensor:
        inverse = inverse_length(centers)  # (C,)
        cosines = (directions @ centers.T).mul_(inverse)  # (B, C)
        ctx.save_for_backward(directions, centers, inverse, cosines)
        return cosines

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor]:
        directions, centers, inverse, cosines = ctx.saved_tensors
        along = torch.einsum("bc,bc->c", gradient, cosines) * inverse.square()
        scaled = gradient * inverse
        to_centers = torch.addcmul(scaled.T @ directions, centers, along.unsqueeze(1), value=-1)
        return scaled @ centers, to_centers


def cosine_product(directions: Tensor, centers: Tensor) -> Tensor:
    """Cosines of all directions to all centers, (B, D) unit rows, (C, D) -> (B, C)."""
    cosines: Tensor = _Cosines.apply(directions, centers)  # type: ignore[no-untyped-call]
    return cosines
