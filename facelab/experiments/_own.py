"""Which loss a run trains: one of facelab by its key, or anybody's class in a file.

    facelab.train("arcface")
    facelab.train("my_loss.py:MyLoss")      # the class gets num_classes and embedding_dim

A class of one's own is a module whose forward(embeddings, labels), (B, D), (B,), gives a scalar, or
logits (B, C) for the cross-entropy. A run names it by file, class and the file's SHA-256. It is
repeatable as long as forward itself leaves nothing to chance.
"""

import hashlib
import inspect
from functools import partial
from pathlib import Path
from typing import Any

from torch import Tensor, nn
from torch.nn import functional as F

from facelab import losses
from facelab.choices import unknown
from facelab.losses._check import load
from facelab.losses._probe import build, find_centers


def named(loss: Any) -> str:
    """How a run names its loss: a key of LOSSES, or the file in full and the class.

    Args:
        loss: a key, "FILE.py:Class", or the class itself.

    Raises:
        TypeError: if it is neither.
        ValueError: if it is an unknown key, or a class that is in no file.
        FileNotFoundError: if there is no such file.
    """
    if isinstance(loss, type):
        loss = next((key for key, cls in losses.LOSSES.items() if cls is loss), None) or _home(loss)
    if not isinstance(loss, str):
        raise TypeError(f"a loss is named by a key, as FILE.py:Class or by its class, not {loss!r}")
    if not is_own(loss):
        losses.find(loss)
        return loss
    load(loss)
    file, _, name = loss.rpartition(":")
    return f"{Path(file).resolve()}:{name}"


def is_own(name: str) -> bool:
    """Whether a name is that of a class in a file."""
    return ".py" in name or ":" in name


def _home(cls: type) -> str:
    try:
        file = Path(inspect.getsourcefile(cls) or "")
    except (TypeError, OSError):
        file = Path()
    if not file.is_file():
        raise ValueError(
            f"{cls.__name__} is in no file, so that nobody could open the run again; "
            f"write it into one and name it as my_loss.py:{cls.__name__}"
        )
    return f"{file}:{cls.__qualname__}"


def digest(name: str) -> str:
    """SHA-256 of the file of an own loss."""
    return hashlib.sha256(Path(name.rpartition(":")[0]).read_bytes()).hexdigest()


def check_settings(name: str, seed: int, dim: int, given: dict[str, Any]) -> dict[str, Any]:
    """Keywords of an own loss as they are in a run: those given, and the run's seed if it takes it.

    Raises:
        ValueError, TypeError: if it has no such keyword, or cannot be built with these.
    """
    known = inspect.signature(load(name)).parameters
    if not any(p.kind is inspect.Parameter.VAR_KEYWORD for p in known.values()):
        for key in given:
            if key not in known:
                raise ValueError(unknown(f"setting of {_short(name)}", key, list(known)[2:]))
    values = ({"seed": seed} if "seed" in known else {}) | given
    make(name, 3, dim, values)
    return values


def make(name: str, num_people: int, dim: int, settings: dict[str, Any]) -> nn.Module:
    """The loss of a run, ready to train.

    Raises:
        FileNotFoundError: if the file of an own loss is gone.
        ValueError, TypeError: as the loss itself.
    """
    if not is_own(name):
        return losses.trainable(name, num_people, dim, **settings)
    file, _, cls = name.rpartition(":")
    if not Path(file).is_file():
        raise FileNotFoundError(f"this run needs its loss {cls}, but {file} is not there any more")
    own = build(partial(load(name), **settings), num_people, dim)
    if not isinstance(own, nn.Module):
        raise TypeError(f"{_short(name)} must give a torch module, not {type(own).__name__}")
    return OwnLoss(own, num_people, dim)


def _short(name: str) -> str:
    return name[len(str(Path(name.rpartition(":")[0]).parent)) :].lstrip("/\\")


class OwnLoss(nn.Module):
    """Anybody's loss as a run trains it, (B, D), (B,) -> scalar.

    Args:
        own: gives a scalar, logits (B, C), or a tuple that begins with one of them.
        num_classes: C.
        embedding_dim: D.
    """

    def __init__(self, own: nn.Module, num_classes: int, embedding_dim: int) -> None:
        super().__init__()
        self.own, self.num_classes, self.embedding_dim = own, num_classes, embedding_dim
        self.batches = getattr(own, "batches", "shuffled")
        self.students = getattr(own, "students", 1)

    @property
    def classifier(self) -> nn.Module:
        """What knows the cosines to the class centers, if there is one inside."""
        inner = getattr(self.own, "classifier", self.own)
        return inner if hasattr(inner, "cosines") else self

    @property
    def weight(self) -> Tensor:
        """The class centers, (C, D) or several a person; there is no such attribute without any."""
        try:
            name, turned, _ = find_centers(self.own, self.num_classes, self.embedding_dim)
        except ValueError as error:
            raise AttributeError(str(error)) from None
        centers = self.own.get_parameter(name)
        return centers.T if turned else centers

    def forward(self, embeddings: Tensor, labels: Tensor, *extra: Tensor) -> Tensor:
        """The loss of a batch.

        Raises:
            ValueError: if the loss gives neither a scalar nor logits.
        """
        out = self.own(embeddings, labels, *extra)
        out = out[0] if isinstance(out, tuple) else out
        if isinstance(out, Tensor) and out.shape == (len(labels), self.num_classes):
            return F.cross_entropy(out, labels)
        if not isinstance(out, Tensor) or out.ndim:
            shape = tuple(out.shape) if isinstance(out, Tensor) else type(out).__name__
            raise ValueError(f"forward must give a scalar or logits (B, C), not {shape}")
        return out
