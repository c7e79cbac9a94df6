"""UniTSFace: a softmax over centers, and one threshold for pairs of samples.

    L     = softmax over  s (cos theta_y - m)  and  s cos theta_j          samples and centers
            + mean of L_i                                                   samples and samples
    L_i   = softplus(-(s (cos phi_y - m_s) - b)) + sum_{j != y} softplus(s cos phi_j - b)

theta_j is the angle to the center of person j, phi_j the angle to the embedding of person j that
was seen last (radians), y the true person; s is the scale, m and m_s the margins (cosine units) and
b one learned bias: b/s parts pairs of one person from pairs of two.

The embeddings seen last are a memory, not parameters; no gradient reaches them. In training mode
each batch is compared with the memory first and stored afterwards. The second term is silent until
the memory holds everybody, after about one epoch, as in the authors' training; b then starts at the
batch mean of log sum_{j != y} exp(s cos phi_j). Somebody without images would keep it silent.

Source: Li et al., NeurIPS 2023, arXiv:2311.02523; authors' code CVI-SZU/UniTSFace.
`form` is the second term: "unified", or its rivals there, "bce" with a bias for each person and
"softmax" with none. The authors' code clamps logits to -s..s (`clamp=True`), rounds the start of b
to float32, and starts it again at every batch as long as it is not above 0.
"""

from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor, nn

from facelab.losses._cosine import CosineLoss
from facelab.losses._door import LEAST_LENGTH, full_precision, unit
from facelab.losses._pairs import last_of_person, same_person
from facelab.losses._settings import Choice, Settings, Slider, Switch, scale_slider
from facelab.losses._threshold import FORM, binary_losses


class UniTSFace(CosineLoss):
    """A CosFace over centers, plus one threshold over the embeddings that were seen last.

    Args:
        num_classes: C, the number of people, at least 2.
        embedding_dim: D, the length of an embedding, at least 1.
        margin: m, 0 to 2, cosine units: samples and centers.
        sample_margin: m_s, 0 to 2, cosine units: samples and samples.
        scale: s, above 0, no unit.
        form: "unified", "bce" or "softmax": samples and samples.
        terms: "both", or "samples" for the second term alone.
        clamp: whether logits of the second term stop at -s and s, as in the authors' code.

    Attributes:
        memory: (C, D) buffer, the embedding of each person seen last; 0 where there is none yet.
        bias: b, (1,), or (C,) for "bce"; trained; None for "softmax".
        started: whether b has been set from a first batch.
        rates: multiples of the learning rate that suit Adam, by name of a parameter.

    Raises:
        TypeError, ValueError: if an argument is not allowed; the sentence repeats it.

    Source: Li et al., NeurIPS 2023, arXiv:2311.02523.
    """

    title: ClassVar[str] = "UniTSFace"
    formula: ClassVar[str] = (
        r"L_{CosFace} + \log(1 + e^{-s(\cos\phi_y - m_s) + b})"
        r" + \sum_{j \neq y} \log(1 + e^{s\cos\phi_j - b})"
    )
    source: ClassVar[str] = "Li et al., NeurIPS 2023, arXiv:2311.02523"
    rates: ClassVar[Mapping[str, float]] = {"bias": 10.0}
    settings: ClassVar[Settings] = {
        "margin": Slider(
            "m", "margin to centers", "cosine units", 0, 1, 0.01, paper=0.4, teaching=0.2, most=2.0
        ),
        "sample_margin": Slider(
            "m_s", "margin to samples", "cosine units", 0, 1, 0.01, 0.1, 0.1, most=2.0
        ),
        "scale": scale_slider(teaching=8.0),  # the start of b sees embeddings that are all alike
        "form": FORM,
        "terms": Choice(
            "what is added up",
            {"both": "centers and samples", "samples": "samples alone"},
            default="both",
        ),
        "clamp": Switch("stop logits at -s and s, as the authors' code does"),
    }

    margin: float
    sample_margin: float
    scale: float
    form: str
    terms: str
    clamp: bool
    memory: Tensor
    started: Tensor
    bias: nn.Parameter | None

    def __init__(
        self,
        num_classes: int,
        embedding_dim: int,
        *,
        margin: float = 0.4,
        sample_margin: float = 0.1,
        scale: float = 64.0,
        form: str = "unified",
        terms: str = "both",
        clamp: bool = False,
    ) -> None:
        super().__init__(
            num_classes,
            embedding_dim,
            margin=margin,
            sample_margin=sample_margin,
            scale=scale,
            form=form,
            terms=terms,
            clamp=clamp,
        )
        self.register_buffer("memory", torch.zeros(num_classes, embedding_dim))  # (C, D)
        self.register_buffer("started", torch.tensor(False))
        length = {"unified": 1, "bce": num_classes, "softmax": 0}[form]
        self.bias = nn.Parameter(torch.zeros(length)) if length else None

    def target(self, cosine: Tensor, length: Tensor) -> Tensor:
        """cos theta_y - m, (B,) -> (B,)."""
        return cosine - self.margin

    def forward(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """The loss of a batch, (B, D), (B,) -> scalar; in training mode the batch is stored.

        Raises:
            TypeError, ValueError: if the batch does not fit; see `check_batch`.
        """
        centers = super().forward(embeddings, labels)
        with full_precision(embeddings):
            samples = self.samples(embeddings.to(self.memory.dtype), labels)
        return samples if self.terms == "samples" else centers + samples

    def samples(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """The second term, (B, D), (B,) -> scalar; 0 until the memory holds everybody."""
        full = (self.memory.norm(dim=1) > LEAST_LENGTH).all()
        cosines = unit(embeddings) @ unit(self.memory).T  # (B, C)
        if self.training:
            self._start(cosines, labels, full)
            self._store(embeddings, labels)
        column = labels.unsqueeze(1)
        lowered = cosines.gather(1, column) - self.sample_margin
        logits = self.scale * cosines.scatter(1, column, lowered)
        if self.bias is None:
            losses = super().losses(logits, labels)
        else:
            logits = logits - self.bias
            if self.clamp:
                logits = logits.clamp(-self.scale, self.scale)
            losses = binary_losses(logits, labels)
        return torch.where(full, losses.mean(), 0)

    @torch.no_grad()
    def _start(self, cosines: Tensor, labels: Tensor, full: Tensor) -> None:
        """Set b when the memory holds everybody for the first time."""
        if self.bias is not None:
            others = cosines.scatter(1, labels.unsqueeze(1), -torch.inf)
            start = (self.scale * others).logsumexp(dim=1).mean()
            self.bias.copy_(torch.where(full & ~self.started, start, self.bias))
        self.started.logical_or_(full)

    @torch.no_grad()
    def _store(self, embeddings: Tensor, labels: Tensor) -> None:
        last = last_of_person(same_person(labels))  # images of one person write the very same row
        self.memory[labels] = embeddings[last]
