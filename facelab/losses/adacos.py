"""AdaCos: NormFace that sets its own scale, so that there is nothing to tune.

    fixed     s = sqrt(2) log(C - 1)
    dynamic   s = log(B_avg) / cos(min(pi/4, median of theta_y))     with every batch, before use
              B_avg = mean over the batch of  sum_{j != y} exp(s_before cos(theta_j))

psi(theta) = cos(theta), theta the angle to the true center (radians); s starts at the fixed value.
The scale is chosen so that the probability of the true class changes fastest where the faces of
the batch are; as they come closer it shrinks. s is a constant for the gradient.

Source: Zhang, Zhao, Qiao, Wang, Li, CVPR 2019, arXiv:1905.00292, eq. 12 to 15. Of an even number of
angles the median is the lower of the middle two, as in public code.
Departs from the paper: s stays between LEAST_SCALE and MOST_SCALE. When a handful of people are all
opposite a face, B_avg is below 1 and the printed s negative; when some faces lie nearer to a wrong
center than the median face to its own, as happens on the circle and the sphere, s grows with every
batch without end.
"""

import math
from typing import ClassVar

import torch
from torch import Tensor

from facelab.losses._cosine import CosineLoss
from facelab.losses._settings import Choice, Settings

LEAST_SCALE, MOST_SCALE = 0.1, 64.0
COS_QUARTER = math.sqrt(0.5)  # cos(pi/4)


class AdaCos(CosineLoss):
    """psi(theta) = cos(theta), with a scale that follows the batch.

    `scale` is a buffer, a scalar tensor; in eval mode it stands still.

    Args:
        num_classes: C, the number of people, at least 3: log(C - 1) must be above 0.
        embedding_dim: D, the length of an embedding, at least 1.
        mode: "dynamic" or "fixed".

    Raises:
        TypeError, ValueError: if an argument is not allowed; the sentence repeats it.

    Source: Zhang et al., CVPR 2019, arXiv:1905.00292.
    """

    title: ClassVar[str] = "AdaCos"
    formula: ClassVar[str] = r"s = \log B_{avg} / \cos(\min(\pi/4, \mathrm{med}\,\theta_y))"
    source: ClassVar[str] = "Zhang et al., CVPR 2019, arXiv:1905.00292"
    settings: ClassVar[Settings] = {
        "mode": Choice(
            "whether the scale follows the batch",
            {"dynamic": "it does", "fixed": "s = sqrt(2) log(C - 1) throughout"},
            default="dynamic",
        ),
    }

    mode: str
    scale: Tensor

    def __init__(self, num_classes: int, embedding_dim: int, *, mode: str = "dynamic") -> None:
        super().__init__(num_classes, embedding_dim, mode=mode)
        if num_classes < 3:
            raise ValueError(f"num_classes must be at least 3 for AdaCos, not {num_classes}")
        self.fixed_scale = math.sqrt(2) * math.log(num_classes - 1)
        self.register_buffer("scale", torch.tensor(self.fixed_scale))

    def target(self, cosine: Tensor, length: Tensor) -> Tensor:
        """psi(theta) = cos(theta), (B,) -> (B,)."""
        return cosine

    def amplitude(self, cosines: Tensor, labels: Tensor, length: Tensor) -> float | Tensor:
        """The fixed scale, or the dynamic one after the batch has moved it."""
        if self.mode == "fixed":
            self.scale.fill_(self.fixed_scale)  # it may have been dynamic before
            return self.fixed_scale
        if self.training:
            self.scale = self.adapted(cosines.detach(), labels)
        return self.scale

    def adapted(self, cosines: Tensor, labels: Tensor) -> Tensor:
        """The scale that suits a batch, (B, C), (B,) -> scalar."""
        column = labels.unsqueeze(1)
        negatives = (self.scale * cosines).scatter(1, column, -math.inf)  # (B, C)
        log_average = negatives.flatten().logsumexp(0) - math.log(len(labels))
        closeness = -(-cosines.gather(1, column)).median()  # cosine of the median angle
        return (log_average / closeness.clamp_min(COS_QUARTER)).clamp(LEAST_SCALE, MOST_SCALE)
