"""`facelab train`: one run, and the numbers it ends with."""

import argparse

from facelab._parser import make_parser


def train(words: list[str]) -> int:
    """Train on some people and verify on others, whom the network has never seen."""
    example = "facelab train --loss arcface --margin 0.3 --data orl --seed 0 --out runs/first"
    parser = make_parser(train, example, argument_default=argparse.SUPPRESS)
    from facelab._options import parse_repeat, parse_run, report
    from facelab.experiments import repeat
    from facelab.experiments import train as run_training

    again = parse_repeat(words)
    options = again or parse_run(parser, words)
    try:
        run = repeat(**vars(again)) if again else run_training(**vars(options))
    except KeyboardInterrupt:
        more = "; the same command goes on after the last whole epoch" if "out" in options else ""
        raise KeyboardInterrupt(f"stopped{more}") from None
    print(report(run))
    return 0
