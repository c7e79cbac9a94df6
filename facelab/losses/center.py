"""Center loss: every image is pulled to the mean place of its person.

    L_C = 1/2 sum_i |x_i - c_{y_i}|^2                      (divided by B with reduction="mean")

x_i is an embedding (D) as it comes, not normalized, c_j the center of person j (D, same unit). It
is joined to a classifier, `Softmax(...) + 0.003 * Center(...)`: alone it has all embeddings and
all centers at 0 as its best.

The centers are not trained but follow the images, by a rule of their own (in training mode only):

    c_j <- c_j - alpha Delta_j,     Delta_j = sum_{i: y_i = j} (c_j - x_i) / (1 + n_j)

n_j is the number of images of person j in the batch. Because of the 1 a single image moves its
center by alpha/2 of the gap, not by alpha. The loss is computed before the step, and its weight
does not change the step.

Source: Wen, Zhang, Li, Qiao, ECCV 2016, eq. 2 to 4.
Departs from eq. 2: the mean over the batch is the default, as in the authors' Caffe code; since our
softmax is a mean too, lambda keeps its meaning. `reduction="sum"` is eq. 2 as printed.
Public PyTorch codes mostly make the centers parameters and let the optimizer move them by the
gradient, c_j - x_i without 1/(1 + n_j) and with the weight of the loss: `update="optimizer"`. One
drops the 1/2 (KaiyangZhou), one divides Delta by B (jxgu).
"""

from typing import ClassVar

import torch
from torch import Tensor, nn

from facelab.losses._joint import AuxiliaryLoss
from facelab.losses._pairs import last_of_person, same_person
from facelab.losses._settings import Choice, Settings, Slider


class Center(AuxiliaryLoss):
    """L_C = 1/2 mean |x_i - c_{y_i}|^2, with centers that follow by a rule.

    Args:
        num_classes: C, the number of people, at least 2.
        embedding_dim: D, the length of an embedding, at least 1.
        rate: alpha, 0 (frozen) to 1: how far centers follow.
        reduction: "mean" over the batch, or "sum".
        update: "rule" (the paper), or "optimizer": the centers are a parameter.

    Attributes:
        centers: c, (C, D); a buffer that forward moves in training mode, or a parameter.

    Raises:
        TypeError, ValueError: if an argument is not allowed; the sentence repeats it.

    Source: Wen et al., ECCV 2016, eq. 2 to 4.
    """

    title: ClassVar[str] = "Center loss"
    formula: ClassVar[str] = r"L_C = \frac{1}{2} \sum_i |x_i - c_{y_i}|^2"
    source: ClassVar[str] = "Wen et al., ECCV 2016, eq. 2 to 4"
    beside: ClassVar[Slider] = Slider(
        r"\lambda", "weight beside a classifier", "", 0, 0.1, 0.001, paper=0.003, teaching=0.003
    )
    settings: ClassVar[Settings] = {
        "rate": Slider(
            r"\alpha", "rate of the centers", "", 0, 1, 0.05, paper=0.5, teaching=0.5, most=1
        ),
        "reduction": Choice(
            "how the losses of a batch are gathered",
            {"mean": "their mean (the authors' code)", "sum": "their sum (eq. 2)"},
            default="mean",
        ),
        "update": Choice(
            "what moves the centers",
            {
                "rule": "the rule of the paper, in forward",
                "optimizer": "the optimizer, by the gradient (most PyTorch codes)",
            },
            default="rule",
        ),
    }

    rate: float
    reduction: str
    update: str
    centers: Tensor

    def __init__(
        self,
        num_classes: int,
        embedding_dim: int,
        *,
        rate: float = 0.5,
        reduction: str = "mean",
        update: str = "rule",
    ) -> None:
        super().__init__(num_classes, embedding_dim, rate=rate, reduction=reduction, update=update)
        start = torch.randn(num_classes, embedding_dim)  # (C, D)
        if update == "rule":
            self.register_buffer("centers", start)
        else:
            self.centers = nn.Parameter(start)

    def term(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """1/2 |x - c_y|^2, gathered; in training mode the centers take their step."""
        halves = (embeddings - self.centers[labels]).square().sum(dim=1) / 2  # (B,)
        if self.training and self.update == "rule":
            move(self.centers, embeddings, labels, self.rate)
        return halves.mean() if self.reduction == "mean" else halves.sum()


def steps(embeddings: Tensor, labels: Tensor, centers: Tensor) -> Tensor:
    """Delta of the center of each image, differentiable in the embeddings.

    Args:
        embeddings: (B, D).
        labels: (B,) int64.
        centers: (C, D).

    Returns:
        (B, D); images of one person share a row, sum (c_j - x_i)/(1 + n_j) over their person.
    """
    same = same_person(labels).to(embeddings.dtype)  # (B, B)
    count = same.sum(dim=1, keepdim=True)  # (B, 1)
    return (count * centers[labels] - same @ embeddings) / (1 + count)


@torch.no_grad()
def move(centers: Tensor, embeddings: Tensor, labels: Tensor, rate: float) -> None:
    """c_j <- c_j - alpha Delta_j in place, for the people in the batch."""
    moved = centers[labels] - rate * steps(embeddings, labels, centers)
    one = last_of_person(same_person(labels))  # images of one person write the very same row
    centers[labels] = moved[one].to(centers.dtype)
