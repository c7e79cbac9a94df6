"""Ring loss: all embeddings get about the same length, and which length is learned.

    L_R = 1/(2 B) sum_i (|x_i| - R)^2

x_i is an embedding (D), R the radius (its unit), trained with everything else; dL/dR = R - mean
length. It is joined to a classifier, `Softmax(...) + 0.01 * Ring(...)`: a soft sphere, where
normalizing would be a hard one.

Source: Zheng, Pal, Savvides, CVPR 2018, arXiv:1803.00130; no official code found.
R starts at the mean length of the first batch in training mode, as in a public PyTorch code. That
code also has two other forms: `form="l1"` (there counted twice) is quadratic within one unit of R
and linear beyond; `form="auto"` divides |x_i| - R by the mean length, so that the weight does not
depend on it. It has no 1/2 in "l2" and "auto".
"""

from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from facelab.losses._joint import AuxiliaryLoss
from facelab.losses._settings import Choice, Settings, Slider

LEAST_MEAN = 0.5  # "auto" divides by no less (a public code's number): embeddings may be all 0


class Ring(AuxiliaryLoss):
    """L_R = 1/2 mean (|x| - R)^2.

    Args:
        num_classes: C, the number of people, at least 2; not used.
        embedding_dim: D, the length of an embedding, at least 1.
        form: "l2" (the paper), "l1" or "auto"; see the module.

    Attributes:
        radius: R, (1,), trained.
        started: whether R has been set to the mean length of a first batch.

    Raises:
        TypeError, ValueError: if an argument is not allowed; the sentence repeats it.

    Source: Zheng, Pal, Savvides, CVPR 2018, arXiv:1803.00130.
    """

    title: ClassVar[str] = "Ring loss"
    formula: ClassVar[str] = r"\frac{1}{2B} \sum_i (|x_i| - R)^2"
    source: ClassVar[str] = "Zheng, Pal, Savvides, CVPR 2018, arXiv:1803.00130"
    beside: ClassVar[Slider] = Slider(
        r"\lambda", "weight beside a classifier", "", 0, 1, 0.01, paper=0.01, teaching=0.01
    )
    settings: ClassVar[Settings] = {
        "form": Choice(
            "what is made of |x| - R",
            {
                "l2": "half its square (the paper)",
                "l1": "half its square within 1, linear beyond",
                "auto": "half its square, divided by the squared mean length",
            },
            default="l2",
        )
    }

    form: str
    started: Tensor

    def __init__(self, num_classes: int, embedding_dim: int, *, form: str = "l2") -> None:
        super().__init__(num_classes, embedding_dim, form=form)
        self.radius = nn.Parameter(torch.ones(1))
        self.register_buffer("started", torch.tensor(False))

    def term(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """The mean over the batch; the first one in training mode sets R."""
        length: Tensor = embeddings.norm(dim=1)  # (B,)
        if self.training:
            self._start(length)
        radius = self.radius.expand_as(length)
        if self.form == "l1":
            return F.smooth_l1_loss(length, radius)
        gap = length - radius
        if self.form == "auto":
            gap = gap / length.mean().detach().clamp_min(LEAST_MEAN)
        return gap.square().mean() / 2

    @torch.no_grad()
    def _start(self, length: Tensor) -> None:
        self.radius.copy_(torch.where(self.started, self.radius, length.mean()))
        self.started.fill_(True)
