"""How long the head of a loss takes, forward and backward, beside the plain one and others.

    python benchmarks/heads.py                 every loss, three sizes
    python benchmarks/heads.py arcface cosface --size 10000 128 512

All heads of a size are timed in turn, round after round, so that a machine whose speed drifts slows
all of them alike. Quoted are medians; `x plain` is the ratio to

    cross_entropy(s * linear(normalize(x), normalize(W)))

`products` are its three matrix products alone: forward, and back to x and to W. `pml` is the same
loss of pytorch-metric-learning, where that package is installed and has it. Peak memory is what a
step allocates beyond its inputs, as torch's profiler counts it.
"""

import argparse
import os
import statistics
import time

os.environ.setdefault("KINETO_LOG_LEVEL", "99")  # the profiler is quiet

import facelab  # noqa: F401  before torch: waiting threads sleep

# isort: split
import torch
from torch.nn import functional as F
from torch.profiler import ProfilerActivity, profile

from facelab.losses import LOSSES
from facelab.losses._joint import AuxiliaryLoss

SIZES = [(1_000, 128, 512), (10_000, 128, 512), (100_000, 64, 256)]
PML = {"normface": "NormalizedSoftmaxLoss", "cosface": "CosFaceLoss", "arcface": "ArcFaceLoss",
       "sphereface": "SphereFaceLoss", "subcenter_arcface": "SubCenterArcFaceLoss"}  # fmt: skip


def heads(names, C, D):
    """Name -> module to be called with embeddings and labels."""
    found = {name: LOSSES[name](C, D) for name in names}
    try:
        from pytorch_metric_learning import losses as pml
    except ImportError:
        return found
    return found | {
        f"pml {name}": getattr(pml, PML[name])(num_classes=C, embedding_size=D)
        for name in names
        if name in PML
    }


def steps(names, C, B, D):
    """Name -> a function that makes one step."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(B, D, generator=generator, requires_grad=True)
    y = torch.randint(C, (B,), generator=generator)
    W = torch.randn(C, D, generator=generator, requires_grad=True)

    def plain():
        F.cross_entropy(64 * F.linear(F.normalize(x), F.normalize(W)), y).backward()
        x.grad = W.grad = None

    def products():
        with torch.no_grad():
            logits = x @ W.T
            _ = logits.T @ x, logits @ W

    def step_of(head):
        def step():
            head(x, y).backward()
            x.grad = None
            head.zero_grad(set_to_none=True)

        return step

    return {"plain": plain, "products": products} | {
        name: step_of(head) for name, head in heads(names, C, D).items()
    }


def peak(step):
    """Bytes that a step holds at most beyond what was there before it."""
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as watched:
        step()
    held = most = 0
    for event in watched.profiler.kineto_results.events():
        if event.name() == "[memory]":
            held += event.nbytes()
            most = max(most, held)
    return most


def measure(names, C, B, D, rounds):
    """Print a table for one size."""
    made = steps(names, C, B, D)
    taken = {name: [] for name in made}
    for _ in range(rounds + 2):
        for name, step in made.items():
            start = time.perf_counter()
            step()
            taken[name].append(time.perf_counter() - start)
    median = {name: statistics.median(times[2:]) for name, times in taken.items()}
    print(f"\nC = {C:,}, B = {B}, D = {D}; medians of {rounds} rounds, "
          f"{torch.get_num_threads()} threads")  # fmt: skip
    print(f"{'head':26s}{'ms':>9s}{'x plain':>9s}{'peak MB':>9s}")
    for name, seconds in median.items():
        ratio = seconds / median["plain"]
        print(f"{name:26s}{1e3 * seconds:9.2f}{ratio:9.2f}{peak(made[name]) / 1e6:9.1f}")


def main():
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description="Time the heads of the losses.")
    parser.add_argument("losses", nargs="*", metavar="loss")
    parser.add_argument("--size", nargs=3, type=int, metavar=("C", "B", "D"))
    parser.add_argument("--rounds", type=int, default=15)
    chosen = parser.parse_args()
    all_ = [name for name, cls in LOSSES.items() if not issubclass(cls, AuxiliaryLoss)]
    for size in [chosen.size] if chosen.size else SIZES:
        measure(chosen.losses or all_, *size, chosen.rounds)


if __name__ == "__main__":
    main()
