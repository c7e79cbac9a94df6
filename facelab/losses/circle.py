"""Circle loss: similarities that are far from where they should be weigh more.

    class form:  softmax over  z_y = gamma a_p (cos theta_y - (1 - m))
                         and   z_j = gamma a_n (cos theta_j - m)
    pair form:   L = log(1 + sum_n exp(gamma a_n (s_n - m)) sum_p exp(-gamma a_p (s_p - (1 - m))))

    a_p = max(0, 1 + m - s_p),     a_n = max(0, s_n + m),      constants in the backward pass

theta_j is the angle to the center of person j (radians), y the true person; s_p is the cosine of
two images of one person, s_n that of two people; gamma is the scale, m the relaxation (cosine
units). Two people part where s_n^2 + (1 - s_p)^2 = 2 m^2: a circle around s_n = 0, s_p = 1, which
closes: below s_n = -m the logit of the other person comes back to 0. The
larger m, the larger the circle, and the less is demanded: unlike a margin. With one positive pair
for each anchor both forms are the same function.

Small sets: at its own center an embedding is its own person's only where sqrt(2) m is above the
cosine between neighbors. Ten people spread evenly need m > 0.29 on the sphere (66 degrees apart),
m > 0.57 on the circle (36 degrees); with m = 0.25 one seed in three leaves two of them on wrong
sides there. With m = 0.6 and gamma = 8 all six seeds tried part, in 2-D and in 3-D; with gamma = 32
little is left to pull soon, and people in 3-D stop some 15 to 20 degrees from their centers.

Source: Sun et al., CVPR 2020, arXiv:2002.10857.
Ambiguity: the formula is for one anchor. Public codes put all pairs of the batch into one sum
(TinyZeaMays, `anchors="together"`) or take one sum for each anchor and the mean over those whose
loss is not 0 (pytorch-metric-learning, `anchors="each"`); the numbers differ.
"""

from dataclasses import replace
from typing import ClassVar

import torch
from torch import Tensor

from facelab.losses._cosine import CosineLoss
from facelab.losses._door import check_batch, full_precision, unit
from facelab.losses._joint import BATCHES
from facelab.losses._pairs import refuse_without_triplet, same_person
from facelab.losses._settings import Choice, Settings, Slider, scale_slider
from facelab.losses._threshold import softplus


class Circle(CosineLoss):
    """Cosines weighed by how far they are from 1 + m and from -m.

    Args:
        num_classes: C, the number of people, at least 2.
        embedding_dim: D, the length of an embedding, at least 1.
        relaxation: m, 0 to 1, cosine units.
        scale: gamma, above 0, no unit.
        form: "class" compares with centers, "pair" images with each other (and has no centers).
        anchors: pair form: "each" image has its own sum, or all go "together".

    Raises:
        TypeError, ValueError: if an argument is not allowed, or the pair form finds no two images
            of one person or no two people; the sentence repeats it.

    Source: Sun et al., CVPR 2020, arXiv:2002.10857.
    """

    title: ClassVar[str] = "Circle loss"
    formula: ClassVar[str] = (
        r"\psi(\theta) = [1 + m - \cos\theta]_+ (\cos\theta - 1 + m),\quad"
        r" z_j / \gamma = [\cos\theta_j + m]_+ (\cos\theta_j - m)"
    )
    source: ClassVar[str] = "Sun et al., CVPR 2020, arXiv:2002.10857"
    settings: ClassVar[Settings] = {
        "relaxation": Slider(
            "m", "relaxation", "cosine units", 0, 1, 0.01, paper=0.25, teaching=0.6, most=1
        ),
        "scale": replace(scale_slider(paper=256, teaching=8), symbol=r"\gamma", high=256),
        "form": Choice(
            "what is compared",
            {"class": "embeddings and centers", "pair": "embeddings with each other"},
            default="class",
        ),
        "anchors": Choice(
            "pair form: sums",
            {
                "each": "one for each image, then the mean (pytorch-metric-learning)",
                "together": "one for the batch (TinyZeaMays)",
            },
            default="each",
        ),
    }

    relaxation: float
    scale: float
    form: str
    anchors: str

    def __init__(
        self,
        num_classes: int,
        embedding_dim: int,
        *,
        relaxation: float = 0.25,
        scale: float = 256.0,
        form: str = "class",
        anchors: str = "each",
    ) -> None:
        super().__init__(
            num_classes,
            embedding_dim,
            relaxation=relaxation,
            scale=scale,
            form=form,
            anchors=anchors,
        )
        if form == "pair":
            self.register_parameter("weight", None)

    @property
    def batches(self) -> str:
        """What it needs of a batch; see BATCHES."""
        return BATCHES[1] if self.form == "pair" else BATCHES[0]

    @property
    def classifier(self) -> "Circle | None":
        """What has class centers: itself, or None in the pair form."""
        return self if self.form == "class" else None

    def positive(self, cosine: Tensor) -> Tensor:
        """a_p (s_p - (1 - m)), any shape."""
        pull = (1 + self.relaxation - cosine).clamp_min(0).detach()
        return pull * (cosine - (1 - self.relaxation))

    def negative(self, cosine: Tensor) -> Tensor:
        """a_n (s_n - m), any shape."""
        push = (cosine + self.relaxation).clamp_min(0).detach()
        return push * (cosine - self.relaxation)

    def target(self, cosine: Tensor, length: Tensor) -> Tensor:
        """Class form: a_p (cos theta_y - (1 - m)), (B,) -> (B,)."""
        return self.positive(cosine)

    def negatives(self, cosines: Tensor, target: Tensor, cosine: Tensor) -> Tensor:
        """Class form: a_n (cos theta_j - m), (B, C) -> (B, C)."""
        return self.negative(cosines)

    def forward(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """The loss of a batch, (B, D), (B,) -> scalar in nats.

        Raises:
            TypeError, ValueError: if the batch does not fit; see `check_batch`.
        """
        if self.form == "class":
            return super().forward(embeddings, labels)
        check_batch(embeddings, labels, self.num_classes, self.embedding_dim)
        refuse_without_triplet(labels, "circle loss")
        with full_precision(embeddings):
            wide = embeddings if embeddings.dtype == torch.float64 else embeddings.float()
            return self._pairs(unit(wide), same_person(labels))

    def _pairs(self, units: Tensor, same: Tensor) -> Tensor:
        cosines = units @ units.T
        other = ~torch.eye(len(same), dtype=torch.bool, device=same.device)
        if self.anchors == "together":
            other = other.triu()  # each pair once
        near, far = same & other, ~same & other
        pull = (-self.scale * self.positive(cosines)).masked_fill(~near, -torch.inf)
        push = (self.scale * self.negative(cosines)).masked_fill(~far, -torch.inf)
        if self.anchors == "together":
            return softplus(pull.flatten().logsumexp(0) + push.flatten().logsumexp(0))
        whole = near.any(dim=1) & far.any(dim=1)  # anchors with both kinds of pairs
        pull, push = (part.masked_fill(~whole.unsqueeze(1), 0) for part in (pull, push))
        losses = softplus(pull.logsumexp(dim=1) + push.logsumexp(dim=1)) * whole
        return losses.sum() / (losses > 0).sum().clamp_min(1)
