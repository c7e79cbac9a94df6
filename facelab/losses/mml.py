"""Minimum margin loss: no two people's centers may come closer than a least distance.

    L_M = sum_{i < j} max(0, M - |c_i - c_j|^2)         over the K people of the batch

c_i is the center of person i (D, the unit of the embeddings, which are not normalized), M the least
squared distance (that unit squared). All pairs that are too close push, whatever the number of
their images, so that people with few images are not squeezed together.

    Softmax(C, D) + 5e-5 * center + 5e-8 * MinimumMargin(C, D, shared=center)
    with center = Center(C, D, reduction="sum")

How it reaches the network. Centers that only ever follow their images give no gradient to anything.
So L_M is taken at the centers after their step, c' = c - gamma Delta(x), see `center`; the step
depends on the images, and dL/dx_i = gamma/(1 + n_{y_i}) dL/dc'_{y_i}: `centers="rule"`, the
default. `centers="parameter"` lets the optimizer move the centers by dL/dc (and no gradient reaches
the images: the center loss has to carry it on). `centers="batch_mean"` takes the means of the
batch instead of centers, as range loss does. Say which, in every experiment.

Source: Wei, Wang, Scotney, Wan, Pattern Recognition 97 (2020), arXiv:1805.06741; no official code.
Ambiguities: the distance is squared here (with M = 280 and 512 batch-normalized dimensions the
unsquared one, `distance="plain"`, would push every pair for ever); each pair counts once.
OpenVINO's loss of the same name compares unit centers by 1 - cos and takes a mean over pairs of
images: `distance="cosine", gather="images"`. Its hinge is turned around, max(0, d - M): there it is
far centers that attract each other (`turned=True`).
"""

from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from facelab.losses._door import represent, unit
from facelab.losses._joint import AuxiliaryLoss
from facelab.losses._pairs import first_of_person, pairs, same_person, squared_distances
from facelab.losses._settings import Choice, Settings, Slider, Switch
from facelab.losses.center import Center, move, steps

LEAST_SQUARE = 1e-12  # sqrt has an infinite slope at 0: two centers may lie on each other


class MinimumMargin(AuxiliaryLoss):
    """L_M = sum over pairs of people of max(0, M - |c_i - c_j|^2).

    Args:
        num_classes: C, the number of people, at least 2.
        embedding_dim: D, the length of an embedding, at least 1.
        margin: M, at least 0; squared unit of the embeddings (their unit with "plain", cosine units
            with "cosine").
        distance: "squared", "plain" (its root) or "cosine" (1 - cos, lengths do not matter).
        centers: "rule", "parameter" or "batch_mean"; see the module.
        rate: gamma, 0 to 1: how far own centers follow; shared ones have their own rate.
        gather: "people": sum over pairs of people; "images": mean over pairs of images not done.
        turned: max(0, d - M) instead of max(0, M - d), as in OpenVINO's code.
        shared: a Center loss whose centers are used. Join it before this one, so that its step is
            made; its `update` is "rule" or "optimizer" as `centers` is "rule" or "parameter".

    Attributes:
        places: own centers (C, D), a buffer moved in training mode, or a parameter; or None.

    Raises:
        TypeError, ValueError: if an argument is not allowed; the sentence repeats it.

    Source: Wei et al., Pattern Recognition 97 (2020), arXiv:1805.06741.
    """

    title: ClassVar[str] = "Minimum margin loss"
    formula: ClassVar[str] = r"L_M = \sum_{i < j} \max(0, M - |c_i - c_j|^2)"
    source: ClassVar[str] = "Wei et al., Pattern Recognition 97 (2020), arXiv:1805.06741"
    partners: ClassVar[tuple[str, ...]] = ("softmax", "center")
    beside: ClassVar[Slider] = Slider(
        r"\beta", "weight beside a classifier", "", 0, 0.001, 1e-5, paper=5e-8, teaching=1e-4
    )
    settings: ClassVar[Settings] = {
        "margin": Slider("M", "least distance", "squared unit", 0, 1000, 10, 280, teaching=280),
        "distance": Choice(
            "distance between two centers",
            {
                "squared": "|c_i - c_j|^2",
                "plain": "|c_i - c_j|",
                "cosine": "1 - cos(c_i, c_j) (OpenVINO)",
            },
            default="squared",
        ),
        "centers": Choice(
            "whose distances, and where the gradient goes",
            {
                "rule": "centers after their step; into the images, through the step",
                "parameter": "centers as they are; into the centers",
                "batch_mean": "means of the batch; into the images",
            },
            default="rule",
        ),
        "rate": Slider(
            r"\gamma", "rate of the centers", "", 0, 1, 0.05, paper=0.5, teaching=0.5, most=1
        ),
        "gather": Choice(
            "what is added up",
            {
                "people": "each pair of people once: their sum",
                "images": "pairs of images that are not done: their mean (OpenVINO)",
            },
            default="people",
        ),
        "turned": Switch("let far centers attract, the slip in OpenVINO's code"),
    }

    margin: float
    distance: str
    centers: str
    rate: float
    gather: str
    turned: bool
    places: Tensor | None

    def __init__(
        self,
        num_classes: int,
        embedding_dim: int,
        *,
        margin: float = 280.0,
        distance: str = "squared",
        centers: str = "rule",
        rate: float = 0.5,
        gather: str = "people",
        turned: bool = False,
        shared: Center | None = None,
    ) -> None:
        super().__init__(
            num_classes,
            embedding_dim,
            margin=margin,
            distance=distance,
            centers=centers,
            rate=rate,
            gather=gather,
            turned=turned,
        )
        if shared is not None:
            self._check_shared(shared)
        self._shared = (shared,)  # in a tuple: its centers are saved and moved with itself alone
        if shared is not None or centers == "batch_mean":
            self.register_buffer("places", None)
        elif centers == "parameter":
            self.places = nn.Parameter(torch.randn(num_classes, embedding_dim))  # (C, D)
        else:
            self.register_buffer("places", torch.randn(num_classes, embedding_dim))

    def _check_shared(self, shared: Any) -> None:
        if not isinstance(shared, Center):
            raise TypeError(f"shared must be a Center loss, not {shared!r}")
        sizes = (shared.num_classes, shared.embedding_dim)
        if sizes != (self.num_classes, self.embedding_dim):
            raise ValueError(f"shared is a Center loss of (C, D) = {sizes}, which do not fit")
        if shared.update != {"rule": "rule", "parameter": "optimizer"}.get(self.centers):
            raise ValueError(
                f"centers={self.centers!r} cannot share the centers of update={shared.update!r}; "
                "'rule' goes with 'rule', 'parameter' with 'optimizer', 'batch_mean' shares none"
            )

    def term(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """L_M of the people in the batch; in training mode own centers take their step."""
        same = same_person(labels)
        rows = self._rows(embeddings, labels, same)  # (B, D), the center of each image
        first, second = pairs(len(labels), labels.device)
        if self.distance == "cosine":
            rows = unit(rows)
            gaps = 1 - (rows[first] * rows[second]).sum(dim=1)
        else:
            gaps = squared_distances(rows, first, second)
        if self.distance == "plain":
            gaps = (gaps + LEAST_SQUARE).sqrt()
        short = (gaps - self.margin if self.turned else self.margin - gaps).clamp_min(0)  # (P,)
        if self.gather == "people":
            leads = first_of_person(same)
            return (short * (leads[first] & leads[second])).sum()
        short = short * ~same[first, second]
        return short.sum() / (short > 0).sum().clamp_min(1)

    def _rows(self, embeddings: Tensor, labels: Tensor, same: Tensor) -> Tensor:
        """The center of each image's person, (B, D), with its way for the gradient."""
        if self.centers == "batch_mean":
            share = same.to(embeddings.dtype)
            return share @ embeddings / share.sum(dim=1, keepdim=True)
        shared = self._shared[0]
        places = self.places if shared is None else shared.centers
        assert places is not None
        if self.centers == "parameter":
            return places[labels]
        rate = self.rate if shared is None else shared.rate
        way = -rate * steps(embeddings, labels, places)
        if shared is not None and shared.training:  # its step is made: the place of now, same slope
            return places[labels] + (way - way.detach())
        rows = places[labels] + way
        if shared is None and self.training:
            move(places, embeddings, labels, rate)
        return rows

    def extra_repr(self) -> str:
        """The arguments, for `repr`."""
        shared = self._shared[0]
        return represent(self) + ("" if shared is None else f", shared={shared!r}")
