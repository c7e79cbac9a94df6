"""How quick `fit()` is beside the bare step, a DataLoader, and another package's trainer.

    python benchmarks/fit.py                     all parts, about ten minutes
    python benchmarks/fit.py steps trainers      some of them

All rows of a part take turns, round after round, so that a machine whose speed drifts slows all of
them alike; quoted are medians of the rounds and ratios within one run.

* steps: an epoch of `fit()` against the bare step (forward, backward, optimizer; the same batches,
  ready beforehand), in float32 and bfloat16, with and without distorted images.
* trainers: an epoch of `fit()` against a plain loop over a DataLoader and against the trainer of
  pytorch-metric-learning, where that package is installed; the same network, images, loss,
  distortions, batch size and epochs.
* growth: seconds per 1,000 images, from 10 to 5,000 people.
"""

import argparse
import statistics
import sys
import time

import facelab

# isort: split
import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset
from torch.utils.flop_counter import FlopCounterMode

from facelab.backbones import build
from facelab.losses import ArcFace
from facelab.training import fit, make_optimizer
from facelab.training.augmentation import distort, to_pixels
from facelab.training.device import lower_precision

B, D, EPOCHS = 60, 64, 2


def orl():
    """Images at half size, as runs use them, and labels of thirty people."""
    train, _ = facelab.load("orl").split_people(fraction=0.75, seed=0)
    return np.ascontiguousarray(train.images[:, ::2, ::2]), train.labels


def pieces(images, labels, backbone="resnet_tiny"):
    """A new network and loss; the same weights each time."""
    torch.manual_seed(0)
    network = build(backbone, D, size=images.shape[1:3])
    people = int(labels.max()) + 1
    return network.train(), ArcFace(people, D, margin=0.3, scale=16)


def by_fit(images, labels, **options):
    """Seconds an epoch of `fit()` takes."""
    network, loss = pieces(images, labels)
    start = time.perf_counter()
    for _ in fit(network, loss, images, labels, epochs=EPOCHS, batch_size=B, **options):
        pass
    return (time.perf_counter() - start) / EPOCHS


def bare(images, labels, precision="float32"):
    """Seconds an epoch takes where every batch is ready: nothing but the step."""
    network, loss = pieces(images, labels)
    optimizer = make_optimizer(network, loss, 3e-3)
    pixels = to_pixels(images, torch.device("cpu"))
    count = -(-len(pixels) // B)
    order = torch.randperm(len(pixels), generator=torch.Generator().manual_seed(0))
    ready = [(pixels[rows], torch.as_tensor(labels)[rows]) for rows in order.chunk(count)]
    start = time.perf_counter()
    for _ in range(EPOCHS):
        for batch, people in ready:
            with lower_precision(torch.device("cpu"), precision):
                embeddings = network(batch).float()
            value = loss(embeddings, people)
            optimizer.zero_grad(set_to_none=True)
            value.backward()
            optimizer.step()
    return (time.perf_counter() - start) / EPOCHS


class OneByOne(Dataset):
    """Images as most loops hand them over: one at a time, distorted one at a time."""

    def __init__(self, images, labels):
        self.pixels, self.labels = to_pixels(images, torch.device("cpu")), labels
        self.generator = torch.Generator().manual_seed(0)

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        return distort(self.pixels[i : i + 1], self.generator)[0], int(self.labels[i])


def by_loader(images, labels, workers):
    """Seconds an epoch takes in a plain loop over a DataLoader."""
    network, loss = pieces(images, labels)
    optimizer = make_optimizer(network, loss, 3e-3)
    loader = DataLoader(OneByOne(images, labels), B, shuffle=True, num_workers=workers)
    start = time.perf_counter()
    for _ in range(EPOCHS):
        for batch, people in loader:
            value = loss(network(batch), people)
            optimizer.zero_grad(set_to_none=True)
            value.backward()
            optimizer.step()
    return (time.perf_counter() - start) / EPOCHS


def by_pml(images, labels, workers):
    """Seconds an epoch takes with the trainer of pytorch-metric-learning, without its reports."""
    import logging

    from pytorch_metric_learning import losses, trainers

    logging.disable(logging.INFO)
    network, ours = pieces(images, labels)
    head = losses.ArcFaceLoss(ours.num_classes, D, margin=17.2, scale=16)
    optimizers = {
        "trunk_optimizer": torch.optim.AdamW(network.parameters(), lr=3e-3, weight_decay=0.05),
        "metric_loss_optimizer": torch.optim.AdamW(head.parameters(), lr=3e-3, weight_decay=0.0),
    }
    trainer = trainers.MetricLossOnly(
        models={"trunk": network, "embedder": torch.nn.Identity()},
        optimizers=optimizers,
        batch_size=B,
        loss_funcs={"metric_loss": head},
        dataset=OneByOne(images, labels),
        data_device=torch.device("cpu"),
        dataloader_num_workers=workers,
        iterations_per_epoch=len(labels) // B,
    )
    start = time.perf_counter()
    trainer.train(num_epochs=EPOCHS)
    return (time.perf_counter() - start) / EPOCHS


def rounds(rows, count):
    """Name -> median of the seconds that a function gave, all functions taking turns."""
    found = {name: [] for name in rows}
    for _ in range(count):
        for name, row in rows.items():
            found[name].append(row())
    return {name: statistics.median(seconds) for name, seconds in found.items()}


def tell(found, base, images):
    """Print seconds, images a second, and the ratio to one row."""
    for name, seconds in found.items():
        rate, ratio = images / seconds, seconds / found[base]
        print(f"  {name:44}{seconds:8.3f} s{rate:9.0f} images/s{ratio:8.2f} x", flush=True)


def steps(count):
    """An epoch of ORL's 300 training images against the bare step."""
    images, labels = orl()
    found = rounds(
        {
            "bare step": lambda: bare(images, labels),
            "fit()": lambda: by_fit(images, labels, augment=False),
            "fit(), images distorted": lambda: by_fit(images, labels),
            "bare step, bfloat16": lambda: bare(images, labels, "bfloat16"),
            "fit(), bfloat16": lambda: by_fit(images, labels, augment=False, precision="bfloat16"),
        },
        count,
    )
    tell(found, "bare step", len(images))
    network, loss = pieces(images, labels)
    batch, people = to_pixels(images[:B], torch.device("cpu")), torch.as_tensor(labels[:B])
    with FlopCounterMode(display=False) as counter:
        loss(network(batch), people).backward()
    speed = counter.get_total_flops() / B * len(images) / found["bare step"]
    print(f"  {speed / 1e9:.0f} GFLOP/s, {speed / matrix_speed():.0%} of a matrix product's\n")


def matrix_speed():
    """Floating-point operations a second of a large matrix product."""
    a = torch.randn(1024, 1024)
    took = rounds({"product": lambda: timed(lambda: a @ a)}, 15)["product"]
    return 2 * 1024**3 / took


def timed(call):
    """Seconds that a call takes."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def others(count):
    """An epoch of ORL's 300 training images in other loops."""
    images, labels = orl()
    rows = {
        "fit()": lambda: by_fit(images, labels),
        "fit(), bfloat16": lambda: by_fit(images, labels, precision="bfloat16"),
        "DataLoader, in this process": lambda: by_loader(images, labels, 0),
        "DataLoader, 2 workers": lambda: by_loader(images, labels, 2),
    }
    try:
        import pytorch_metric_learning  # noqa: F401
    except ImportError:
        print("  pytorch-metric-learning is not installed")
    else:
        rows["pytorch-metric-learning, in this process"] = lambda: by_pml(images, labels, 0)
        rows["pytorch-metric-learning, 2 workers"] = lambda: by_pml(images, labels, 2)
    tell(rounds(rows, count), "fit()", len(images))
    print()


def growth(count):
    """Seconds per 1,000 images as people and images grow."""
    for people, each in [(10, 10), (10, 100), (100, 10), (100, 100), (1000, 10), (5000, 4)]:
        faces = facelab.datasets.sketch(people, each, seed=0, size=(56, 46))
        took = rounds({"": lambda f=faces: by_fit(f.images, f.labels)}, max(1, count // 3))[""]
        number = len(faces.labels)
        print(f"  {people:5} people, {number:6} images {1000 * took / number:8.3f} s per 1,000")
    print()


PARTS = {"steps": steps, "trainers": others, "growth": growth}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="what to time; all if none")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    print(f"Python {version}, torch {torch.__version__}, {options.threads} threads")
    for name in options.parts or PARTS:
        print(f"{name}: {PARTS[name].__doc__}")
        PARTS[name](options.rounds)


if __name__ == "__main__":
    main()
