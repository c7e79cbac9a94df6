"""Training that goes on from a finished run, with another loss and a lower rate."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import nn

from facelab.datasets import FaceSet
from facelab.experiments import _own
from facelab.experiments._config import settings_of
from facelab.experiments._run import Run
from facelab.experiments._train import learn
from facelab.losses import Center, MinimumMargin


@dataclass(frozen=True)
class Further:
    """The second stage of a way of training; the network and all centers go on as they are.

    Attributes:
        loss: a key of LOSSES.
        settings: its keywords; what suits small sets of faces where none is given.
        share: epochs, as a share of those of the first stage.
        slower: share of the learning rate of the first stage.
    """

    loss: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    share: float = 0.5
    slower: float = 1 / 3

    def __call__(self, run: Run, parted: tuple[FaceSet, FaceSet]) -> Run:
        """The run after this stage; its metrics are those of both, one after the other."""
        before = run.config
        dim, seed = before["embedding_dim"], before["seed"]
        settings = settings_of(self.loss, dim, seed, dict(self.settings))
        changed = {
            "loss": self.loss,
            "settings": settings,
            "epochs": max(1, round(self.share * before["epochs"])),
            "learning_rate": self.slower * before["learning_rate"],
        }
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            loss = _own.make(self.loss, parted[0].num_people, dim, settings)
        take_over(run.loss, loss)
        device = next(run.backbone.parameters()).device
        after = learn(before | changed, parted, deepcopy(run.backbone), loss.to(device))
        done = run.metrics[-1]
        rows = [
            row | {key: row[key] + done[key] for key in ("epoch", "seconds")}
            for row in after.metrics
        ]
        return replace(after, metrics=run.metrics + rows)


@torch.no_grad()
def take_over(old: nn.Module, new: nn.Module) -> None:
    """Give a loss the centers that another one has learned, kind by kind.

    The minimum margin loss, where it is new, starts from the centers of the center loss.
    """
    known = {type(part): part for part in terms(old)}
    for part in terms(new):
        if type(part) in known:
            part.load_state_dict(known[type(part)].state_dict())
        elif isinstance(part, MinimumMargin) and Center in known and part.places is not None:
            part.places.copy_(known[Center].get_buffer("centers"))


def terms(loss: nn.Module) -> Iterator[nn.Module]:
    """The losses of which a loss is the sum, or the loss itself."""
    joined = getattr(loss, "losses", None)
    yield from joined if isinstance(joined, nn.ModuleList) else [loss]
