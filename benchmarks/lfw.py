"""LFW: train a tiny network on the training people of View 1, verify pairs of other people.

    python benchmarks/lfw.py
    python benchmarks/lfw.py --data-home FOLDER --seeds 0 1 2

FOLDER holds `lfw_home/`; where facelab looks for it if not said. Nothing is written there. Time is
that of training alone, on the wall and in processor seconds, which depend less on what else the
machine does. The threshold comes from View 1's training pairs of people never trained on; choose a
recipe by their AUC, never by the test pairs.
"""

import argparse
import os
import platform
import time

import torch

from facelab import backbones, losses
from facelab.datasets import lfw_pairs, load_lfw
from facelab.protocols import lfw_view1, mirrored
from facelab.training import embed, fit, make_optimizer

FACE = (67, 187, 76, 174)  # top, bottom, left, right of the 250 x 250 images: chin to hair
SIZE = (56, 46)
RATE = 3e-3
RECIPE = {"batch_size": 64, "learning_rate": RATE, "precision": "bfloat16"}


def train(faces, seed, epochs):
    """A network trained on these faces; seconds on the wall and of the processor."""
    torch.manual_seed(seed)
    network = backbones.build("resnet_small", 128, size=SIZE)
    network = network.to(memory_format=torch.channels_last)
    loss = losses.build("cosface", faces.num_people, 128, margin=0.2, scale=24)
    groups = make_optimizer(network, loss, RATE).param_groups
    options = RECIPE | {"optimizer": torch.optim.AdamW(groups, fused=True)}
    begin = time.perf_counter(), time.process_time()
    for step in fit(network, loss, faces.images, faces.labels, seed=seed, epochs=epochs, **options):
        if step.last:
            print(f"  epoch {step.epoch + 1}: loss {float(step.loss):.3f}", flush=True)
    end = time.perf_counter(), time.process_time()
    network = network.to(memory_format=torch.contiguous_format)  # which float32 is safe with
    return network, [b - a for a, b in zip(begin, end, strict=True)]


def main():
    """Train from each seed, print what View 1 says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-home", help="the folder that holds lfw_home")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--epochs", type=int, default=28)
    chosen = parser.parse_args()
    options = {"data_home": chosen.data_home, "crop": FACE, "size": SIZE}
    faces = load_lfw(split="train", min_images=4, **options)
    pairs = lfw_pairs("train", **options), lfw_pairs("test", **options)
    print(
        f"Python {platform.python_version()}, torch {torch.__version__}, {os.cpu_count()} "
        f"processors, {torch.get_num_threads()} threads; {faces!r}"
    )
    for seed in chosen.seeds:
        network, (wall, processor) = train(faces, seed, chosen.epochs)
        weights = sum(p.numel() for p in network.parameters())
        print(f"seed {seed}: {weights:,} weights, {wall:.0f} s, {processor:.0f} processor seconds")
        plain = lambda images, network=network: embed(network, images)  # noqa: E731
        for name, call in (("one image", plain), ("with its mirror image", mirrored(plain))):
            found = lfw_view1(call, pairs, trained_on=faces.names)
            print(f"{name}: {found!r}\n  AUC of those training pairs {found.chosen_on.auc()!r}")


if __name__ == "__main__":
    main()
