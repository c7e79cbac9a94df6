"""Hard mining: only the faces with the largest losses are learned from.

    L = mean of the floor(rate B) largest l_i,      l_i the NormFace loss of embedding i

psi(theta) = cos(theta); `rate` is the share of the batch that is kept (no unit), at least one
embedding. Which ones are kept is not differentiated.

Source: Shrivastava, Gupta, Girshick, CVPR 2016, arXiv:1604.03540 (OHEM), on normalized cosines as
in Wang X. et al., arXiv:1812.11317.
"""

from typing import ClassVar

from torch import Tensor

from facelab.losses._cosine import CosineLoss
from facelab.losses._settings import Settings, Slider, scale_slider


class HardMining(CosineLoss):
    """L = mean of the floor(rate B) largest losses, with psi(theta) = cos(theta).

    Args:
        num_classes: C, the number of people, at least 2.
        embedding_dim: D, the length of an embedding, at least 1.
        rate: share of the batch that is kept, above 0 and at most 1; 1 is NormFace.
        scale: s, above 0, no unit.

    Raises:
        TypeError, ValueError: if an argument is not allowed; the sentence repeats it.

    Source: Shrivastava et al., CVPR 2016, arXiv:1604.03540.
    """

    title: ClassVar[str] = "Hard mining"
    formula: ClassVar[str] = r"L = \text{mean of the largest } -\log p"
    source: ClassVar[str] = "Shrivastava et al., CVPR 2016, arXiv:1604.03540"
    settings: ClassVar[Settings] = {
        "rate": Slider(
            "rate", "share kept", "", 0.1, 1, 0.05, paper=0.9, teaching=0.9, most=1, open_below=True
        ),
        "scale": scale_slider(paper=32.0),
    }

    rate: float

    def __init__(
        self, num_classes: int, embedding_dim: int, *, rate: float = 0.9, scale: float = 32.0
    ) -> None:
        super().__init__(num_classes, embedding_dim, rate=rate, scale=scale)

    def target(self, cosine: Tensor, length: Tensor) -> Tensor:
        """psi(theta) = cos(theta), (B,) -> (B,)."""
        return cosine

    def gather(self, losses: Tensor) -> Tensor:
        """The mean of the floor(rate B) largest, of one at least."""
        kept = int(self.rate * len(losses) + 1e-9)  # 0.7 * 90 is a hair below 63 in binary
        return losses.topk(max(1, kept)).values.mean()
