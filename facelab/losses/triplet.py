"""Triplet loss: an image shall be nearer to one of the same person than to one of another person.

    L = mean over triplets of max(0, d_ap - d_an + alpha),     d = |u - v|^2 on the unit sphere

a is the anchor, p another image of its person, n an image of another person; u is the embedding
turned to length 1, so that d = 2 - 2 cos is in 0..4, and alpha is a margin in that unit. If all
embeddings fall together the loss is alpha. Which triplets are taken decides everything:

    all          every (a, p, n)
    semi-hard    for every (a, p) the nearest n that is not nearer than p; where all are nearer, the
                 farthest of them
    hard         for every a the farthest p and the nearest n

Source: Schroff, Kalenichenko, Philbin, CVPR 2015 (FaceNet), arXiv:1503.03832, eq. 1 to 4; hard:
Hermans, Beyer, Leibe, 2017, arXiv:1703.07737.
Ambiguity: the paper's loss is a sum. Public codes take the mean over all triplets, or over those
not done yet: `average="active"`, under which a nearly finished batch counts like a bad one.
"""

from typing import ClassVar

import torch
from torch import Tensor

from facelab.losses._door import unit
from facelab.losses._joint import BATCHES, AuxiliaryLoss
from facelab.losses._pairs import refuse_without_triplet, same_person
from facelab.losses._settings import Choice, Settings, Slider


class Triplet(AuxiliaryLoss):
    """L = mean of max(0, d_ap - d_an + alpha).

    It may also be trained alone.

    Args:
        num_classes: C, the number of people, at least 2; not used.
        embedding_dim: D, the length of an embedding, at least 1.
        margin: alpha, 0 to 4, squared distance on the unit sphere.
        mining: "semi-hard" (the paper), "hard" or "all".
        average: over "all" triplets taken, or those that are "active", above 0.

    Raises:
        TypeError, ValueError: if an argument is not allowed, or a batch has no triplet; the
            sentence repeats it.

    Source: Schroff et al., CVPR 2015, arXiv:1503.03832, eq. 1 to 4.
    """

    title: ClassVar[str] = "Triplet loss"
    formula: ClassVar[str] = r"\max(0, |u_a - u_p|^2 - |u_a - u_n|^2 + \alpha)"
    source: ClassVar[str] = "Schroff et al., CVPR 2015, arXiv:1503.03832, eq. 1 to 4"
    batches: ClassVar[str] = BATCHES[1]
    partners: ClassVar[tuple[str, ...]] = ()
    beside: ClassVar[Slider] = Slider(
        r"\lambda", "weight beside a classifier", "", 0, 2, 0.05, paper=1, teaching=1
    )
    settings: ClassVar[Settings] = {
        "margin": Slider(
            r"\alpha", "margin", "squared distance", 0, 2, 0.05, paper=0.2, teaching=0.2, most=4
        ),
        "mining": Choice(
            "which triplets",
            {
                "semi-hard": "for each pair the nearest negative beyond it",
                "hard": "for each anchor the farthest positive and nearest negative",
                "all": "every one",
            },
            default="semi-hard",
        ),
        "average": Choice(
            "mean over which triplets",
            {"all": "all that are taken", "active": "those above 0"},
            default="all",
        ),
    }

    margin: float
    mining: str
    average: str

    def __init__(
        self,
        num_classes: int,
        embedding_dim: int,
        *,
        margin: float = 0.2,
        mining: str = "semi-hard",
        average: str = "all",
    ) -> None:
        super().__init__(num_classes, embedding_dim, margin=margin, mining=mining, average=average)

    def term(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """The mean over the triplets of a batch, (B, D), (B,) -> scalar."""
        losses, taken = self.triplets(embeddings, labels)
        if self.average == "active":
            taken = taken & (losses > 0)
        return (losses * taken).sum() / taken.sum().clamp_min(1)

    def triplets(self, embeddings: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """max(0, d_ap - d_an + alpha) of possible triplets, and which of them are taken.

        Returns:
            Two tensors of one shape, float and bool: (B, B, B) by a, p, n for "all", (B, B) by a, p
            for "semi-hard", (B,) by a for "hard".
        """
        refuse_without_triplet(labels, "triplet loss")
        units = unit(embeddings)
        gaps = 2 - 2 * units @ units.T  # (B, B)
        same = same_person(labels)
        near = same & ~torch.eye(len(same), dtype=torch.bool, device=same.device)
        whole = near & ~same.all(dim=1, keepdim=True)  # pairs that some negative completes
        if self.mining == "all":
            value = gaps.unsqueeze(2) - gaps.unsqueeze(1)
            taken = near.unsqueeze(2) & ~same.unsqueeze(1)
        elif self.mining == "semi-hard":
            value, taken = gaps - _semi_hard(gaps, same), whole
        else:
            farthest = gaps.masked_fill(~near, -torch.inf).amax(dim=1)
            nearest = gaps.masked_fill(same, torch.inf).amin(dim=1)
            taken = whole.any(dim=1)
            value = torch.where(taken, farthest, 0) - torch.where(taken, nearest, 0)
        return (value + self.margin).clamp_min(0), taken


def _semi_hard(gaps: Tensor, same: Tensor) -> Tensor:
    """d_an of the negative that is taken for each (a, p), (B, B) -> (B, B)."""
    far = gaps.detach().unsqueeze(1).expand(-1, len(gaps), -1)  # (B, B, B) by a, p, n
    mine = same.unsqueeze(1)
    beyond = (far >= gaps.detach().unsqueeze(2)) & ~mine
    nearest = far.masked_fill(~beyond, torch.inf).argmin(dim=2)
    farthest = far.masked_fill(mine, -torch.inf).argmax(dim=2)
    return gaps.gather(1, torch.where(beyond.any(dim=2), nearest, farthest))
