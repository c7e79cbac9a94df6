"""Distribution distillation: hard faces shall have the similarities that easy faces have.

    L = sum over hard branches of  lambda_1 KL(P+ || Q+) + lambda_2 KL(P- || Q-)
        + lambda_3 sum_{a, b} (mean S-_a - mean S+_b)               a, b over all branches

One network sees easy faces (branch 0, the teacher) and hard ones (branches 1, 2, ...). In each
branch S+ holds the cosines of pairs of one person, and S- for each of its people, taken with one
image, the largest cosine to the image of another. A set of cosines becomes a soft histogram,

    h_r = sum_{s in S} exp(-(s - t_r)^2 / (2 sigma^2)),  divided by its sum,

over R nodes t_r: P for the teacher, Q for a hard branch. KL(P || Q) = sum_r (P_r + e) (log(P_r + e)
- log(Q_r + e)) with e = 1e-9. The last term, the order, has no hinge: L may be negative.

Source: Huang et al., ECCV 2020, arXiv:2002.03662; the histogram is that of Ustinova and
Lempitsky, NIPS 2016.
Ambiguities: neither the nodes nor sigma could be read in the paper. `mode="paper"` spreads nodes
over -1..1 with the sigma of the authors' code. `mode="tface"` is that code (Tencent/TFace) with
everything in which it departs: nodes 0, 1/R, ... below 1; pairs of one person with a cosine of 0 or
less are dropped; a face is compared with later ones only, so that the last negative is always 0,
and no negative is below 0. The code lets the gradient into the teacher too, and so do we unless
`detach_teacher` is set.
Within a batch all pairs of one person in a branch are used, and the first image of each person; the
authors draw as many given pairs as people.
"""

from typing import ClassVar

import torch
from torch import Tensor

from facelab.losses._door import check_batch, full_precision
from facelab.losses._histograms import (
    divergence,
    hardest_negatives,
    order_terms,
    pair_cosines,
    soft_histogram,
)
from facelab.losses._joint import BATCHES, AuxiliaryLoss
from facelab.losses._pairs import check_hardness, first_of_person, pairs, same_person
from facelab.losses._settings import Choice, Settings, Slider, Switch


class DistributionDistillation(AuxiliaryLoss):
    """KL of the histograms of similarity, easy to hard, and the order of their means.

    `loss(embeddings, labels, hardness)` takes the branch of each image, 0 for easy. `from_sets`
    takes sets of cosines that were made elsewhere.

    Args:
        num_classes: C, the number of people, at least 2.
        embedding_dim: D, the length of an embedding, at least 1.
        positive_weight: lambda_1, at least 0: KL of pairs of one person.
        negative_weight: lambda_2, at least 0: KL of the hardest negatives.
        order_weight: lambda_3, at least 0.
        width: sigma, above 0, cosine units.
        nodes: R, at least 2.
        students: number of hard branches, at least 1.
        mode: "paper" or "tface"; see the module.
        detach_teacher: whether nothing of this loss reaches the easy branch.

    Raises:
        TypeError, ValueError: if an argument is not allowed, or a branch of a batch lacks what it
            needs; the sentence repeats it.

    Source: Huang et al., ECCV 2020, arXiv:2002.03662.
    """

    title: ClassVar[str] = "Distribution distillation"
    formula: ClassVar[str] = (
        r"\lambda_1 KL(P^+ \| Q^+) + \lambda_2 KL(P^- \| Q^-)"
        r" + \lambda_3 \sum_{a,b} (\overline{S^-_a} - \overline{S^+_b})"
    )
    source: ClassVar[str] = "Huang et al., ECCV 2020, arXiv:2002.03662"
    batches: ClassVar[str] = BATCHES[2]
    partners: ClassVar[tuple[str, ...]] = ("arcface",)
    beside: ClassVar[Slider] = Slider(
        "w", "weight beside a classifier", "", 0, 10, 0.1, paper=1, teaching=1
    )
    settings: ClassVar[Settings] = {
        "positive_weight": Slider(
            r"\lambda_1", "weight of KL, one person", "", 0, 1, 0.01, paper=0.1, teaching=0.1
        ),
        "negative_weight": Slider(
            r"\lambda_2", "weight of KL, two people", "", 0, 1, 0.01, paper=0.02, teaching=0.02
        ),
        "order_weight": Slider(
            r"\lambda_3", "weight of the order", "", 0, 2, 0.05, paper=0.5, teaching=0.5
        ),
        "width": Slider(
            r"\sigma", "width", "cosine units", 0.01, 0.5, 0.01, 0.1, 0.1, open_below=True
        ),
        "nodes": Slider("R", "nodes", "", 10, 1000, 10, 1000, 200, least=2, whole=True),
        "students": Slider("H", "hard branches", "", 1, 4, 1, 1, 1, least=1, whole=True),
        "mode": Choice(
            "which histograms and negatives",
            {
                "paper": "nodes over -1..1, each face against all others",
                "tface": "the authors' code: nodes over 0..1, later faces, nothing below 0",
            },
            default="paper",
        ),
        "detach_teacher": Switch("keep this loss from moving the easy branch"),
    }

    positive_weight: float
    negative_weight: float
    order_weight: float
    width: float
    nodes: int
    students: int
    mode: str
    detach_teacher: bool

    def __init__(
        self,
        num_classes: int,
        embedding_dim: int,
        *,
        positive_weight: float = 0.1,
        negative_weight: float = 0.02,
        order_weight: float = 0.5,
        width: float = 0.1,
        nodes: int = 1000,
        students: int = 1,
        mode: str = "paper",
        detach_teacher: bool = False,
    ) -> None:
        super().__init__(
            num_classes,
            embedding_dim,
            positive_weight=positive_weight,
            negative_weight=negative_weight,
            order_weight=order_weight,
            width=width,
            nodes=nodes,
            students=students,
            mode=mode,
            detach_teacher=detach_teacher,
        )
        if 10 * self.width * self.nodes < 2:
            least = 0.2 / self.nodes
            raise ValueError(f"width must be at least {least:g} for {nodes} nodes, not {width:g}")

    def forward(self, embeddings: Tensor, labels: Tensor, hardness: Tensor | None = None) -> Tensor:
        """The loss of a batch, (B, D), (B,), (B,) int64 (0 for easy, 1..students) -> scalar.

        Raises:
            TypeError, ValueError: if the batch does not fit (see `check_batch`), or a branch lacks
                two images of one person or two people.
        """
        check_batch(embeddings, labels, self.num_classes, self.embedding_dim)
        branch = check_hardness(labels, hardness, self.students)
        with full_precision(embeddings):
            wide = embeddings if embeddings.dtype == torch.float64 else embeddings.float()
            sets = [
                self._sets(wide[branch == b], labels[branch == b], b)
                for b in range(self.students + 1)
            ]
            return self.from_sets([pos for pos, _ in sets], [neg for _, neg in sets])

    def _sets(self, embeddings: Tensor, labels: Tensor, branch: int) -> tuple[Tensor, Tensor]:
        """S+ and S- of a branch, (n, D), (n,) -> (n_positive,), (n_people,)."""
        same = same_person(labels)
        first, second = pairs(len(labels), labels.device)
        within = same[first, second]
        lead = embeddings[first_of_person(same)]  # one image of each person
        if len(lead) < 2:
            raise ValueError(f"branch {branch} shows {len(lead)} people, at least 2 are needed")
        positive = pair_cosines(embeddings[first[within]], embeddings[second[within]])
        if self.mode == "tface":
            positive = positive[positive > 0]
        if len(positive) == 0:
            what = "no pair of one person" + (" above 0" if self.mode == "tface" else "")
            raise ValueError(f"branch {branch} has {what}; take two images of a person or more")
        return positive, hardest_negatives(lead, self.mode)

    def from_sets(self, positives: list[Tensor], negatives: list[Tensor]) -> Tensor:
        """The loss from S+ and S- of each branch, teacher first, (n,) each."""
        if self.detach_teacher:
            positives = [positives[0].detach(), *positives[1:]]
            negatives = [negatives[0].detach(), *negatives[1:]]
        value = self.order_weight * order_terms(positives, negatives).sum()
        weighted = ((self.positive_weight, positives), (self.negative_weight, negatives))
        for weight, sets in weighted:
            teacher, *others = [self.histogram(s) for s in sets]
            for student in others:
                value = value + weight * divergence(teacher, student)
        return value

    def histogram(self, cosines: Tensor) -> Tensor:
        """Soft histogram over the nodes of the mode, (n,) -> (R,), sum 1."""
        if self.mode == "tface":
            nodes = torch.arange(self.nodes, device=cosines.device, dtype=cosines.dtype)
            nodes = nodes / self.nodes
        else:
            nodes = torch.linspace(-1, 1, self.nodes, device=cosines.device, dtype=cosines.dtype)
        return soft_histogram(cosines, nodes, self.width)
