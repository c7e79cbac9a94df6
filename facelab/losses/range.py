"""Range loss: each person's widest pairs are drawn in, the two closest people are pushed apart.

    L_R = alpha sum_c R_c + beta max(0, m - D_min)

    R_c   = k / (1/D_1 + ... + 1/D_k),   D_1..D_k the k largest |x_i - x_j|^2 among images of c
    D_min = |mu_a - mu_b|^2 of the two people of the batch whose means are closest

x_i is an embedding as it comes, not normalized; m and D have its unit squared. Every person gives
one number, whether with 3 images or 300, which is meant to help people with few images. It needs
batches of P people with K images each; k = 2 takes 3 images or more, someone with 2 gives the one
pair there is, someone with 1 has no range and counts for the means alone.

Source: Zhang, Fang, Wen, Li, Qiao, ICCV 2017, arXiv:1611.08976; no official code.
The paper's m, alpha and beta belong to the lengths of its embeddings. The defaults are those of a
public Caffe code (m = 2e4, alpha = 1e-4, beta = 1e-3); a PyTorch code has m = 0.1 and 0.5 for both,
and forgets the square: `distance="plain"`. The means are differentiated, as in both.
"""

from typing import ClassVar

import torch
from torch import Tensor

from facelab.losses._joint import BATCHES, AuxiliaryLoss
from facelab.losses._pairs import pairs, refuse_one_person, same_person, squared_distances
from facelab.losses._settings import Choice, Settings, Slider

LEAST_SQUARE = 1e-12  # 1/D and the slope of sqrt(D) are infinite at 0: an image may be there twice


class Range(AuxiliaryLoss):
    """L_R = alpha sum of ranges + beta max(0, m - D_min).

    Args:
        num_classes: C, the number of people, at least 2.
        embedding_dim: D, the length of an embedding, at least 1.
        margin: m, at least 0, squared unit of the embeddings (their unit with "plain").
        widest: k, at least 1: how many of a person's widest pairs make the range.
        intra_weight: alpha, at least 0.
        inter_weight: beta, at least 0.
        distance: "squared", or "plain" for its root.

    Raises:
        TypeError, ValueError: if an argument is not allowed, or all images of a batch show one
            person; the sentence repeats it.

    Source: Zhang et al., ICCV 2017, arXiv:1611.08976.
    """

    title: ClassVar[str] = "Range loss"
    formula: ClassVar[str] = (
        r"\alpha \sum_c \frac{k}{\sum_{j=1}^k 1/D_j^{(c)}} + \beta \max(0, m - D_{\min})"
    )
    source: ClassVar[str] = "Zhang et al., ICCV 2017, arXiv:1611.08976"
    batches: ClassVar[str] = BATCHES[1]
    beside: ClassVar[Slider] = Slider(
        r"\lambda", "weight beside a classifier", "", 0, 2, 0.05, paper=1, teaching=1
    )
    settings: ClassVar[Settings] = {
        "margin": Slider("m", "margin", "squared unit", 0, 2e4, 10, paper=2e4, teaching=400),
        "widest": Slider(
            "k", "widest pairs", "", 1, 6, 1, paper=2, teaching=2, least=1, whole=True
        ),
        "intra_weight": Slider(
            r"\alpha", "weight of the ranges", "", 0, 0.01, 1e-4, paper=1e-4, teaching=1e-4
        ),
        "inter_weight": Slider(
            r"\beta", "weight of the closest people", "", 0, 0.01, 1e-4, paper=1e-3, teaching=1e-3
        ),
        "distance": Choice(
            "distance of two embeddings",
            {"squared": "|x - y|^2 (the paper)", "plain": "|x - y| (a PyTorch code)"},
            default="squared",
        ),
    }

    margin: float
    widest: int
    intra_weight: float
    inter_weight: float
    distance: str

    def __init__(
        self,
        num_classes: int,
        embedding_dim: int,
        *,
        margin: float = 2e4,
        widest: int = 2,
        intra_weight: float = 1e-4,
        inter_weight: float = 1e-3,
        distance: str = "squared",
    ) -> None:
        super().__init__(
            num_classes,
            embedding_dim,
            margin=margin,
            widest=widest,
            intra_weight=intra_weight,
            inter_weight=inter_weight,
            distance=distance,
        )

    def term(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """alpha intra + beta inter, (B, D), (B,) -> scalar."""
        intra, inter = self.parts(embeddings, labels)
        return self.intra_weight * intra + self.inter_weight * inter

    def parts(self, embeddings: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Sum of the ranges, and max(0, m - D_min), both scalar."""
        refuse_one_person(labels, "range loss")
        first, second = pairs(len(labels), labels.device)
        same = same_person(labels)
        within = same[first, second]  # (P,)
        gaps = self._measure(squared_distances(embeddings, first, second))
        own = torch.where(within, labels[first], self.num_classes)  # C: the pair of two people
        share = same.to(embeddings.dtype)
        means = share @ embeddings / share.sum(dim=1, keepdim=True)  # (B, D), by image
        apart = self._measure(squared_distances(means, first, second))
        closest = apart.masked_fill(within, torch.inf).amin()
        intra = ranges(gaps, own, self.widest, self.num_classes)
        return intra.sum(), (self.margin - closest).clamp_min(0)

    def _measure(self, squares: Tensor) -> Tensor:
        return (squares + LEAST_SQUARE).sqrt() if self.distance == "plain" else squares


def ranges(gaps: Tensor, groups: Tensor, k: int, num_groups: int) -> Tensor:
    """Harmonic mean of the k largest distances of each group.

    Args:
        gaps: (P,) distances, at least 0.
        groups: (P,) int64, the group of each, 0..num_groups; the last one is left out.
        k: how many; a group with fewer gives those it has.
        num_groups: how many groups there are.

    Returns:
        (num_groups,), 0 for a group without any.
    """
    order = gaps.detach().argsort(descending=True)
    order = order[groups[order].argsort(stable=True)]  # by group, then from the largest down
    gaps, groups = gaps[order], groups[order]
    size = gaps.new_zeros(num_groups + 1).index_add(0, groups, torch.ones_like(gaps))
    start = size.cumsum(0) - size
    rank = torch.arange(len(gaps), device=gaps.device) - start[groups]
    inverse = torch.where(rank < k, 1 / (gaps + LEAST_SQUARE), 0)
    total = gaps.new_zeros(num_groups + 1).index_add(0, groups, inverse)
    count = size.clamp_max(k)
    return (count / torch.where(size > 0, total, 1))[:num_groups]
