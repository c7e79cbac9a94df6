"""A network that is trained while everything about it is changed.

    bench = Bench(facelab.load("orl"), Choices(loss="arcface", settings={"margin": 0.3}))
    bench.step()
    bench.change(replace(bench.choices, people=12))     # the next step has twelve people
    bench.look().held_out                               # share of held-out images that are right

What can stay stays: network and optimizer go on, people keep their centers, and a newcomer's center
starts where it is farthest from all others.
"""

import math
from collections.abc import Iterator
from dataclasses import asdict

import numpy as np
from torch import nn

from facelab import backbones, losses
from facelab.datasets import FaceSet
from facelab.datasets.degrade import degrade
from facelab.experiments.live.carry import carry_loss, carry_optimizer
from facelab.experiments.live.choices import ENDS, Choices
from facelab.experiments.live.look import Cast, Look, directions, measure, moving, unit
from facelab.experiments.live.report import Report
from facelab.experiments.live.seeding import seeded
from facelab.training import Step, embed, fit, make_optimizer, spread_centers, steady

HEIGHT = 32  # of the pictures, in pixels
HELD_OUT = 3  # images of each person that are not trained on, where there are as many to spare
BATCH = 256  # all images are one batch up to so many


class Bench:
    """A network in training, a step at a time.

    Args:
        faces: whom to learn to tell apart; small gray copies are made.
        choices: see Choices; more people than there are means all.
        device: where to compute.

    Raises:
        TypeError, ValueError: if a choice is not allowed; nothing has changed then.
    """

    cast: Cast

    def __init__(self, faces: FaceSet, choices: Choices, device: str = "cpu") -> None:
        if faces.num_people < 2:
            raise ValueError(f"faces must show at least two people, not {faces.num_people}")
        width = max(16, round(faces.width * HEIGHT / faces.height))
        self.faces = faces.take_people(min(faces.num_people, int(ENDS["people"][1])))
        self.faces = self.faces.gray().resize(HEIGHT, width)
        self.device = device
        self.choices = choices
        self.reset()

    def reset(self) -> None:
        """Start again with a new network."""
        chosen = self.choices
        self._gather()
        with seeded(chosen.seed):
            size = (self.faces.height, self.faces.width)
            backbone = backbones.build("live", chosen.dim, size=size).to(self.device)
            self.backbone, self.loss = backbone, self._new_loss()
        self.done, self.epoch = 0, 0
        self.last: Step | None = None
        if chosen.start == "even":
            spread_centers(self.loss, chosen.seed)
        self.optimizer = make_optimizer(self.backbone, self.loss, chosen.learning_rate)
        self._go_on()

    def change(self, choices: Choices) -> None:
        """Let the next step follow other choices.

        Raises:
            ValueError: if the loss refuses so few people; nothing has changed then.
        """
        before, cast = self.choices, self.cast
        was = asdict(before)
        self.choices = choices
        try:
            self._follow({name for name, value in asdict(choices).items() if was[name] != value})
        except ValueError:
            self.choices, self.cast = before, cast
            raise

    def _follow(self, changed: set[str]) -> None:
        """Keep what the choices that have changed leave standing."""
        if changed & {"dim", "start", "seed"}:
            self.reset()
            return
        centers = directions(self.loss, self._points(), self.cast)
        if changed & {"people", "images", "tail", "hardness"}:
            self._gather()
        if changed & {"loss", "settings", "people"}:
            self._change_loss(centers)
        self._go_on()

    def _change_loss(self, centers: np.ndarray) -> None:
        """A new loss that goes on where the old one was, with its centers in these directions."""
        with seeded(self.choices.seed):
            loss = self._new_loss()
            carry_loss(self.loss, loss, centers, even=self.choices.start == "even")
        optimizer = make_optimizer(self.backbone, loss, self.choices.learning_rate)
        carry_optimizer((self.optimizer, self.loss), (optimizer, loss))
        self.loss, self.optimizer = loss, optimizer

    def _new_loss(self) -> nn.Module:
        chosen = self.choices
        people = int(self.cast.labels.max()) + 1
        loss = losses.trainable(chosen.loss, people, chosen.dim, **chosen.settings)
        return loss.to(self.device)

    def _gather(self) -> None:
        """The images of the people chosen: how many are trained on, which are held out."""
        chosen = self.choices
        rng = np.random.default_rng(chosen.seed)
        rows, held = [], []
        for person in range(min(chosen.people, self.faces.num_people)):
            own = rng.permutation(np.flatnonzero(self.faces.labels == person))
            out = min(HELD_OUT, len(own) // 3)
            most = max(1, round(chosen.images / (person + 1) ** chosen.tail))
            rows += [*own[:out], *own[out : out + most]]
            held += [True] * out + [False] * len(own[out : out + most])
        images = degrade(self.faces.images[rows], "resolution", chosen.hardness)
        self.cast = Cast(self.faces.labels[rows], np.array(held), images)

    def _go_on(self) -> None:
        """Training from here on, with the images and the rate now chosen."""
        chosen, trained = self.choices, ~self.cast.held_out
        self._steps: Iterator[Step] = fit(
            self.backbone,
            self.loss,
            self.cast.images[trained],
            self.cast.labels[trained],
            epochs=2**62,
            batch_size=BATCH,
            learning_rate=chosen.learning_rate,
            seed=chosen.seed,
            augment=chosen.augment,
            optimizer=self.optimizer,
            first_epoch=self.epoch,
            schedule=steady,
        )

    def step(self) -> None:
        """One step of training."""
        try:
            self.last = step = next(self._steps)
        except Exception:
            self._go_on()  # a generator that has failed gives nothing any more
            raise
        self.done += 1
        self.epoch = step.epoch + int(step.last)

    def _points(self) -> np.ndarray:
        return unit(embed(self.backbone, self.cast.images))

    def look(self) -> Look:
        """Where everything is; this waits for the device."""
        embeddings = embed(self.backbone, self.cast.images)
        points = unit(embeddings)
        centers = directions(self.loss, points, self.cast)
        numbers = measure(points, centers, self.cast)
        numbers["loss"] = math.nan if self.last is None else float(self.last.loss)
        length = float(np.linalg.norm(embeddings, axis=1).mean())
        return Look(self.done, points, centers, numbers, moving(self.loss, length))


def rehearsed(faces: FaceSet, choices: Choices, steps: int) -> Iterator[Report]:
    """Train a new network, and tell what is seen before each step."""
    bench = Bench(faces, choices)
    for number in range(1, steps + 1):
        cast = bench.cast if number == 1 else None
        yield Report(number, bench.look(), cast, choices, "paused")
        bench.step()
