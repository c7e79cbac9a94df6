"""How long a reader waits for `import facelab` and for `facelab --help`, beside bare Python.

    python benchmarks/startup.py

Each is started 15 times in turn with the others; the median is printed, in seconds. Budgets:
`import facelab` 0.15 s more than bare Python, `facelab --help` 0.4 s in all.
"""

import statistics
import subprocess
import sys
import time

CASES = {
    "bare Python": ["-c", "pass"],
    "import facelab": ["-c", "import facelab"],
    "facelab --help": ["-m", "facelab", "--help"],
    "import torch": ["-c", "import torch"],
}
TIMES = 15


def seconds(words: list[str]) -> float:
    """Wall-clock time of a fresh Python."""
    start = time.perf_counter()
    subprocess.run([sys.executable, *words], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> None:
    """Measure all cases in turn and print their medians."""
    rounds = [{name: seconds(words) for name, words in CASES.items()} for _ in range(TIMES)]
    for name in CASES:
        print(f"{name:16} {statistics.median(r[name] for r in rounds):6.3f} s")


if __name__ == "__main__":
    main()
