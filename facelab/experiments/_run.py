"""A finished run: what was asked, what came out, and the network itself."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from facelab import backbones, datasets
from facelab.datasets import FaceSet
from facelab.evaluation import Verification, hard_pairs, verify
from facelab.experiments import _folder, _own
from facelab.training import embed


@dataclass(frozen=True)
class Run:
    """A finished run.

    Attributes:
        config: everything needed to repeat it.
        metrics: a row per epoch: epoch, loss (mean, nats), accuracy (share of images whose nearest
            center is their own), angle (mean angle to the own center, radians), seconds.
        results: the numbers it ends with; the same seed gives the same ones.
        arrays: embeddings, labels and names of held-out people, the same with `train_` for the
            people trained on, `train_true_labels` where labels were made wrong, and centers (C, D)
            where the loss has them.
        backbone: the network, (B, channels, H, W) -> (B, D).
        loss: the loss, with its centers.
        folder: where it is kept, or None.
    """

    config: dict[str, Any]
    metrics: list[dict[str, float]]
    results: dict[str, Any]
    arrays: dict[str, np.ndarray] = field(repr=False)
    backbone: nn.Module = field(repr=False)
    loss: nn.Module = field(repr=False)
    folder: Path | None = None

    @property
    def embeddings(self) -> np.ndarray:
        """(N, D) float32, of people it has never seen."""
        return self.arrays["embeddings"]

    @property
    def labels(self) -> np.ndarray:
        """(N,) int64, of people it has never seen."""
        return self.arrays["labels"]

    @property
    def names(self) -> list[str]:
        """Names of the people it has never seen, by label."""
        return [str(name) for name in self.arrays["names"]]

    @property
    def trained_on(self) -> list[str]:
        """Names of the people trained on, by label."""
        return [str(name) for name in self.arrays["train_names"]]

    @property
    def centers(self) -> np.ndarray | None:
        """(C, D) float32, the class centers of the people trained on; None if the loss has none."""
        return self.arrays.get("centers")

    def embed(self, images: np.ndarray) -> np.ndarray:
        """Embeddings of other images, which are made gray and as large as those of the run.

        Args:
            images: (N, H, W) or (N, H, W, 3) uint8.

        Returns:
            (N, D) float32.

        Raises:
            TypeError, ValueError: if these are no images; the sentence says what they are.
        """
        anybody = FaceSet(images, np.zeros(len(images), np.int64), ["anybody"], "given", "unknown")
        seen = anybody.gray().resize(self.config["height"], self.results["width"])
        return embed(self.backbone, seen.images)

    @cached_property
    def verification(self) -> Verification:
        """Open-set verification: all pairs of images of the people it has never seen."""
        return verify(self.embeddings, self.labels)

    def hard_pairs(
        self, faces: FaceSet | None = None, **options: Any
    ) -> tuple[np.ndarray, np.ndarray]:
        """Look-alikes in the eyes of this run, and pairs of one person, to judge other runs on.

            verify(other.embeddings, other.labels, baseline.hard_pairs())

        Args:
            faces: whose; the people this run has never seen if None, whom `other` must have held
                out too (same faces, split and fraction).
            options: `pairs`, `per_person`, `per_kind`, `seed` of `facelab.evaluation.hard_pairs`.

        Returns:
            Two arrays of row numbers of those faces.
        """
        if faces is None:
            return hard_pairs(self.embeddings, self.labels, **options)
        return hard_pairs(self.embed(faces.images), faces.labels, **options)

    def faces(self) -> tuple[FaceSet, FaceSet]:
        """The faces again, (train, held out), as the run saw them.

        Raises:
            ValueError: if the run was given a FaceSet that it cannot load by itself.
        """
        if self.config["data"] is None:
            raise ValueError(
                "this run was given its faces as a FaceSet; only a name can be reloaded"
            )
        return prepare(datasets.load(self.config["data"]), self.config)

    def __repr__(self) -> str:
        auc = self.results["verification"]["auc"]
        people = self.results["people"]
        ends = "no interval" if auc["low"] is None else f"{auc['low']:.3f} to {auc['high']:.3f}"
        place = f", kept in {self.folder}" if self.folder else ""
        return (
            f"Run: {self.config['loss']} on {people['train']} people, AUC {auc['value']:.3f} "
            f"({ends}) on {people['held_out']} others{place}"
        )


def reduce(faces: FaceSet, config: dict[str, Any]) -> FaceSet:
    """Faces as small as a run needs them: so many people, gray, so high."""
    if config["people"] is not None:
        faces = faces.take_people(config["people"])
    if faces.num_people < 4:
        raise ValueError(
            f"a run needs at least 4 people, 2 of them to hold out, not {faces.num_people}"
        )
    height = config["height"]
    width = max(16, round(faces.width * height / faces.height))
    return faces.gray().resize(height, width)


def prepare(faces: FaceSet, config: dict[str, Any]) -> tuple[FaceSet, FaceSet]:
    """Faces as a run needs them, parted into train and held out."""
    small = reduce(faces, config)
    train, held_out = small.split_people(fraction=config["fraction"], seed=config["split"])
    if held_out.num_people < 2:
        raise ValueError(
            f"a run needs at least 2 people to hold out; fraction {config['fraction']:g} of "
            f"{small.num_people} people leaves {held_out.num_people}"
        )
    if config["label_noise"]:
        train = train.mislabel(config["label_noise"], config["seed"])
    return train, held_out


def network(config: dict[str, Any], num_people: int, width: int) -> tuple[nn.Module, nn.Module]:
    """Network and loss of a run, before training; initial weights come from torch's generator."""
    dim, size = config["embedding_dim"], (config["height"], width)
    backbone = backbones.build(config["backbone"], dim, channels=1, size=size)
    loss = _own.make(config["loss"], num_people, dim, config["settings"])
    return backbone, loss


def open_run(folder: str | Path) -> Run:
    """Open a finished run again.

    Args:
        folder: the folder given as `out` to `train`.

    Raises:
        FileNotFoundError: if there is no such folder, no finished run in it, or the file of a loss
            of one's own is gone.
        ValueError: if a file is damaged, or was written by a newer facelab.
    """
    folder = Path(folder)
    if not (folder / "config.json").is_file():
        raise FileNotFoundError(f"{folder} holds no run: there is no config.json in it")
    config = _folder.read_config(folder / "config.json")
    _folder.check_format(folder, config)
    missing = [name for name in _folder.FILES if not (folder / name).is_file()]
    if missing:
        hint = "run the same command again to finish it" if missing[-1] == "results.json" else ""
        raise FileNotFoundError(f"{folder} holds no finished run: no {', '.join(missing)}; {hint}")
    results = _folder.read_json(folder / "results.json")
    tensors, _ = _folder.read_weights(folder / "weights.safetensors")
    try:
        backbone, loss = network(config, results["people"]["train"], results["width"])
        _folder.unpack(folder, tensors, backbone, loss)
    except (KeyError, RuntimeError, TypeError) as error:
        raise ValueError(f"{folder} is damaged: {error}") from None
    rows = _folder.read_rows(folder / "metrics.csv")
    arrays = _folder.read_arrays(folder / "embeddings.npz")
    return Run(config, rows, results, arrays, backbone.eval(), loss.eval(), folder)
