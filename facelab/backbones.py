"""Tiny networks that turn a face into an embedding, (B, channels, H, W) -> (B, D).

With pictures of 56 x 46, `resnet_tiny` (about 0.2 million weights) trains on a few hundred faces in
seconds, `resnet_small` (about 0.6 million, 1.0 with embeddings of 128) on some thousand in a minute
or two; `live` is small enough to be watched while it trains. Any other name goes to timm, where
that package is installed.
"""

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec

import torch
from torch import Tensor, nn

from facelab.choices import unknown

SLOPE = 0.25  # with which a PReLU starts


class Residual(nn.Module):
    """x + f(x), f two 3 x 3 convolutions; halves the picture when `stride` is 2.

    `slope` is that of the activation below 0.
    """

    def __init__(self, wide_in: int, wide_out: int, stride: int, slope: float = 0.0) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(wide_in, wide_out, 3, stride, 1, bias=False),
            nn.BatchNorm2d(wide_out),
            nn.LeakyReLU(slope),
            nn.Conv2d(wide_out, wide_out, 3, 1, 1, bias=False),
            nn.BatchNorm2d(wide_out),
        )
        same = wide_in == wide_out and stride == 1
        self.skip = nn.Identity() if same else nn.Conv2d(wide_in, wide_out, 1, stride, bias=False)
        self.out = nn.LeakyReLU(slope)

    def forward(self, x: Tensor) -> Tensor:
        """(B, wide_in, H, W) -> (B, wide_out, H/stride, W/stride)."""
        out: Tensor = self.out(self.skip(x) + self.body(x))
        return out


def _flat(
    features: nn.Sequential, channels: int, size: tuple[int, int], embedding_dim: int
) -> nn.Sequential:
    """Features, flattened and joined to an embedding; the flat length is found by trying."""
    with torch.no_grad():
        features.eval()
        length = features(torch.zeros(1, channels, *size)).numel()
        features.train()
    return nn.Sequential(features, nn.Flatten(), nn.Linear(length, embedding_dim))


def resnet_tiny(embedding_dim: int, channels: int, size: tuple[int, int]) -> nn.Sequential:
    """A stem and three residual blocks of 16, 32 and 64 channels; stride 2 three times.

    Its activation is a PReLU that keeps the slope it starts with (He et al., arXiv:1502.01852): a
    step is a tenth quicker, and no feature dies, as all do in a ReLU under A-Softmax not annealed.
    """
    features = nn.Sequential(
        nn.Conv2d(channels, 16, 3, 2, 1, bias=False),
        nn.BatchNorm2d(16),
        nn.LeakyReLU(SLOPE),
        Residual(16, 16, 1, SLOPE),
        Residual(16, 32, 2, SLOPE),
        Residual(32, 64, 2, SLOPE),
    )
    return _flat(features, channels, size, embedding_dim)


def resnet_small(embedding_dim: int, channels: int, size: tuple[int, int]) -> nn.Sequential:
    """A stem of 32 channels and two residual blocks of 64 and 128; stride 2 three times.

    Twice as wide as `resnet_tiny` and hardly slower, as there is no block at half size. Three
    features in ten are dropped in training, and the embedding ends in a batch normalization, much
    like the networks of ArcFace (Deng et al., arXiv:1801.07698, section 3.1).
    """
    features = nn.Sequential(
        nn.Conv2d(channels, 32, 3, 2, 1, bias=False),
        nn.BatchNorm2d(32),
        nn.ReLU(),
        Residual(32, 64, 2),
        Residual(64, 128, 2),
    )
    network = _flat(features, channels, size, embedding_dim)
    network.insert(2, nn.Dropout(0.3))
    return network.append(nn.BatchNorm1d(embedding_dim))


def live(embedding_dim: int, channels: int, size: tuple[int, int]) -> nn.Sequential:
    """Three stride-2 convolutions of 8, 16 and 32 channels: a step in a few milliseconds."""
    layers: list[nn.Module] = []
    for wide_in, wide_out in ((channels, 8), (8, 16), (16, 32)):
        layers += [
            nn.Conv2d(wide_in, wide_out, 3, 2, 1, bias=False),
            nn.BatchNorm2d(wide_out),
            nn.ReLU(),
        ]
    return _flat(nn.Sequential(*layers), channels, size, embedding_dim)


BACKBONES: dict[str, Callable[[int, int, tuple[int, int]], nn.Module]] = {
    "resnet_tiny": resnet_tiny,
    "resnet_small": resnet_small,
    "live": live,
}


def build(
    name: str, embedding_dim: int, *, channels: int = 1, size: tuple[int, int] = (56, 46)
) -> nn.Module:
    """A network by its name.

    Args:
        name: a key of BACKBONES, or the name of a timm model.
        embedding_dim: D, the length of an embedding, at least 1.
        channels: 1 for gray, 3 for color.
        size: height and width of the pictures, in pixels.

    Returns:
        A module, (B, channels, H, W) float -> (B, D) float.

    Raises:
        ValueError: if there is no such network, or it takes no pictures of that size.
    """
    if name in BACKBONES:
        return BACKBONES[name](embedding_dim, channels, size)
    return _from_timm(name, embedding_dim, channels, size)


def _from_timm(name: str, embedding_dim: int, channels: int, size: tuple[int, int]) -> nn.Module:
    """A model of timm, by its name, without the weights it was trained to.

    Raises:
        ValueError: if timm is not installed or not with this torch, has no such model, or the model
            wants other pictures.
    """
    if find_spec("timm") is None:
        more = "other names are those of timm, which is not here: python -m pip install timm"
        raise ValueError(f"{unknown('backbone', name, BACKBONES)}; {more}")
    try:
        timm = import_module("timm")
    except (ImportError, RuntimeError) as fault:  # mostly a torchvision of another torch
        why = str(fault).splitlines()[0]
        raise ValueError(f"{name} would be one of timm, which does not import: {why}") from None
    if not timm.is_model(name):
        raise ValueError(unknown("backbone", name, [*BACKBONES, *timm.list_models()]))
    model: nn.Module = timm.create_model(name, num_classes=embedding_dim, in_chans=channels)
    try:
        with torch.no_grad():
            model.eval()(torch.zeros(1, channels, *size))
    except (AssertionError, RuntimeError, ValueError) as fault:
        raise ValueError(
            f"{name} does not take pictures of {size[0]} x {size[1]} ({fault}); networks of "
            "convolutions take any size"
        ) from None
    return model.train()
