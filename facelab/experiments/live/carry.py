"""From one loss to another in the middle of training: what is kept, and where newcomers start."""

from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from facelab.experiments.live.look import rows_of
from facelab.training.centers import roomiest


def carry_loss(old: nn.Module, new: nn.Module, centers: np.ndarray, even: bool) -> None:
    """Let a new loss begin where an old one is.

    Args:
        old: the loss so far.
        new: of the same D; its people are those of the old one, without the last ones or with more.
        centers: (C, D) directions of the old one's people.
        even: whether newcomers start where they are farthest from all others, or at random.
    """
    if [type(part) for part in old.modules()] == [type(part) for part in new.modules()]:
        fresh = new.state_dict()
        kept = old.state_dict().items()
        same = {k: v for k, v in kept if k in fresh and v.shape == fresh[k].shape}
        new.load_state_dict(fresh | same)
    was, now = rows_of(old), rows_of(new)
    if now is None:
        return
    with torch.no_grad():
        if was is not None and was.shape == now.shape:
            now.copy_(was)
        else:
            now.copy_(placed(now, torch.from_numpy(centers).to(now), people_of(new), even))


def people_of(loss: nn.Module) -> int:
    """C of a loss."""
    part: Any = getattr(loss, "classifier", loss)
    return int(part.num_classes)


def placed(rows: torch.Tensor, centers: torch.Tensor, people: int, even: bool) -> torch.Tensor:
    """Rows (C K, D) of the lengths they have, in the directions of centers, newcomers beside."""
    copies = len(rows) // people  # several centers of a person stay close together
    centers = centers[:people]
    if even:
        centers = roomiest(centers, people - len(centers))
    else:
        centers = torch.cat([centers, F.normalize(rows[::copies][len(centers) :])])
    near = centers.repeat_interleave(copies, 0) + (copies > 1) * 0.1 * torch.randn_like(rows)
    turned: torch.Tensor = F.normalize(near) * rows.norm(dim=1, keepdim=True)
    return turned


def carry_optimizer(
    old: tuple[torch.optim.Optimizer, nn.Module], new: tuple[torch.optim.Optimizer, nn.Module]
) -> None:
    """What an optimizer has learned of its parameters, for another one.

    Args:
        old, new: an optimizer and the loss whose parameters it moves beside a network's; a
            parameter of the loss is known by its name, one of the network is the same.
    """
    names = dict(old[1].named_parameters())
    own = {id(parameter) for parameter in names.values()}
    for parameter, state in old[0].state.items():
        if id(parameter) not in own:
            new[0].state[parameter] = state
    for name, parameter in new[1].named_parameters():
        was = names.get(name)
        if was is not None and was.shape == parameter.shape and was in old[0].state:
            new[0].state[parameter] = old[0].state[was]
