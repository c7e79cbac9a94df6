"""`facelab compare`: losses on the same people, and how sure their difference is."""

import argparse

from facelab._parser import make_parser


def compare(words: list[str]) -> int:
    """Train losses from several seeds on the same people, and say how sure their difference is."""
    example = "facelab compare softmax arcface my_loss.py:MyLoss --data orl --seeds 3 --out DIR"
    parser = make_parser(compare, example, argument_default=argparse.SUPPRESS)
    from facelab._options import parse_comparison
    from facelab.experiments import compare as run_comparison

    options = parse_comparison(parser, words)
    try:
        comparison = run_comparison(**vars(options))
    except KeyboardInterrupt:
        more = "; the same command goes on where it was" if "out" in options else ""
        raise KeyboardInterrupt(f"stopped{more}") from None
    print(comparison)
    return 0
