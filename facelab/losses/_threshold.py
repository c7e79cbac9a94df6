"""One threshold for everybody: is this embedding that person's, yes or no?

    L_i = w_+ softplus(-z_iy) + w_- sum_{j != y} softplus(z_ij),     softplus(z) = log(1 + exp(z))

z_ij is the logit of "embedding i belongs to person j" (B, C), already above or below a threshold
that all people share. There is no competition: a person's own term does not know the others.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from facelab.losses._settings import Choice

BIAS_START = Choice(
    "where the bias starts",
    {
        "paper": "the paper's formula, for high dimensions",
        "even": "threshold halfway between own center and neighbor, centers spread evenly",
    },
    default="paper",
    teaching="even",
)

FORM = Choice(
    "how similarities are compared",
    {
        "unified": "one threshold for everybody",
        "bce": "a threshold for each person",
        "softmax": "no threshold: a softmax, as CosFace",
    },
    default="unified",
)


def binary_losses(
    logits: Tensor, labels: Tensor, positive: float = 1.0, negative: float = 1.0
) -> Tensor:
    """The C questions asked about each embedding, added up.

    Args:
        logits: (B, C), above 0 for yes.
        labels: (B,) int64, the person for whom yes is right.
        positive: w_+, weight of the one question to be answered yes.
        negative: w_-, weight of each other question.

    Returns:
        (B,) in nats.
    """
    column = labels.unsqueeze(1)
    own = logits.gather(1, column)  # (B, 1)
    others = softplus(logits).scatter(1, column, torch.zeros_like(own))  # (B, C)
    return positive * softplus(-own).squeeze(1) + negative * others.sum(dim=1)


def softplus(z: Tensor) -> Tensor:
    """log(1 + exp(z)) at every z; torch's own turns linear at 20, which float64 can tell."""
    return -F.logsigmoid(-z)


def spread_cosine(num_classes: int, embedding_dim: int) -> float:
    """Cosine between neighbors when C centers are spread as evenly as D dimensions allow.

        C <= D + 1:  -1/(C - 1), the corners of a regular simplex
        otherwise:   the cosine of  pi/2 (2 D/C)^(1/(D - 1)),  at most pi/2

    The second line is exact on the circle (2 pi/C) and for the 2 D ends of the axes; in three
    dimensions it is up to 5 degrees too wide (ten people: 70 where 66 can be had).

    Args:
        num_classes: C, at least 2.
        embedding_dim: D, at least 1; on a line more than two people must share a place.

    Returns:
        The cosine, -1 to 1.
    """
    if num_classes <= embedding_dim + 1:
        return -1 / (num_classes - 1)
    if embedding_dim == 1:
        return 1.0
    shrink = (2 * embedding_dim / num_classes) ** (1 / (embedding_dim - 1))
    return math.cos(math.pi / 2 * min(1.0, shrink))


def balanced_bias(yes: float, no: float, balance: float, num_classes: int) -> float:
    """b at which lambda sigmoid(-(yes + b)) = (1 - lambda)(C - 1) sigmoid(no + b).

    Args:
        yes: logit of the true person without b.
        no: logit of each other person without b.
        balance: lambda, between 0 and 1.
        num_classes: C.
    """
    z = balance / ((1 - balance) * (num_classes - 1))
    root = math.sqrt((1 - z) ** 2 + 4 * z * math.exp(yes - no))
    # the root of a quadratic, written so that nothing cancels on either side of z = 1
    if z <= 1:
        return math.log(2 * z) - no - math.log(1 - z + root)
    return math.log((root - (1 - z)) / 2) - yes
