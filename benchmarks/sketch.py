"""Sketched faces a second, for sizes and strengths.

    python benchmarks/sketch.py
    python benchmarks/sketch.py --people 50 --runs 1

Two numbers a line: faces in a second of wall clock, with as many threads as the package takes (at
most four, one a processor), and faces in a second of processor time, which is what one processor
draws and depends less on what else the machine does. The best of the runs is printed.
"""

import argparse
import os
import platform
import time

import numpy as np

from facelab.datasets import sketch

CALM = dict.fromkeys(["pose", "light", "expression", "glasses", "blur", "resolution", "noise"], 0.0)
CASES = {
    "64 x 56, as it comes": {},
    "64 x 56, strengths 0": CALM,
    "64 x 56, strengths 1": dict.fromkeys(CALM, 1.0),
    "32 x 28": {"size": (32, 28)},
    "112 x 92": {"size": (112, 92)},
}


def measure(people, options):
    """Faces in a second of wall clock and of processor time."""
    begin = time.perf_counter(), time.process_time()
    faces = sketch(people, 10, **options)
    end = time.perf_counter(), time.process_time()
    return [len(faces) / (b - a) for a, b in zip(begin, end, strict=True)]


def main():
    """Measure each case in turn, print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=200, help="with 10 images each")
    parser.add_argument("--runs", type=int, default=5)
    chosen = parser.parse_args()
    sketch(10, 10)
    print(
        f"Python {platform.python_version()}, NumPy {np.__version__}, {os.cpu_count()} processors"
    )
    print(f"{'':24}{'wall clock':>12}{'processor':>12}")
    for name, options in CASES.items():
        runs = np.array([measure(chosen.people, options) for _ in range(chosen.runs)])
        print(f"{name:24}" + "".join(f"{best:12,.0f}" for best in runs.max(axis=0)))


if __name__ == "__main__":
    main()
