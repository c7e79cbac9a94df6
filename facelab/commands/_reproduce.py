"""`facelab reproduce`: a paper's central claim, re-staged, with its verdict."""

import argparse

from facelab._parser import Parser, make_parser


def reproduce(words: list[str]) -> int:
    """Re-stage a paper's central claim in minutes: seen, not seen, or opposite."""
    example = "facelab reproduce normface --out runs/claims"
    parser = make_parser(reproduce, example, argument_default=argparse.SUPPRESS)
    from facelab.experiments import reproduce as claims

    add_words(parser)
    options = vars(parser.parse_args(words))
    name, (listed, every, before) = options.pop("name", None), asked(options)
    if options and (listed or before):
        word = "list" if listed else "stored"
        parser.error(f"--{word} trains nothing, so --{next(iter(options))} says nothing to it")
    if listed and name is not None:
        parser.error(f"--list names every claim; leave {name!r} out")
    if listed:
        print("\n".join(f"{key}: {claim.sentence}" for key, claim in claims.CLAIMS.items()))
        return 0
    if every == (name is not None):
        parser.error(f"name one claim, or say --all; there are: {', '.join(claims.CLAIMS)}")
    names = list(claims.CLAIMS) if every else [claims.find(name).name]
    try:
        for one in names:
            found = claims.stored(one) if before else claims.reproduce(one, **options)
            print(found, end="\n\n" if every else "\n", flush=True)
    except KeyboardInterrupt:
        more = "; the same command goes on where it was" if "out" in options else ""
        raise KeyboardInterrupt(f"stopped{more}") from None
    return 0


def add_words(parser: Parser) -> None:
    """What can be said after `facelab reproduce`."""
    from facelab._options import numbers

    parser.add_argument("name", nargs="?", metavar="NAME", help="a claim; --list names them")
    parser.add_argument("--list", action="store_true", help="name the claims, and do nothing")
    parser.add_argument("--all", action="store_true", help="every claim, one after the other")
    parser.add_argument("--stored", action="store_true", help="what came out before, untrained")
    parser.add_argument("--out", metavar="DIR", help="where runs are kept and gone on with")
    parser.add_argument("--seeds", metavar="N", type=numbers, help="how many, or which: 0,3,7")
    parser.add_argument("--epochs", metavar="N", type=int, help="how often each image is seen")
    parser.add_argument("--people", metavar="N", type=int, help="how many, for a quick look")
    parser.add_argument("--jobs", metavar="N", type=int, help="runs at once")
    parser.add_argument("--device", metavar="NAME", help="auto, cpu, cuda or mps")


def asked(options: dict[str, object]) -> list[bool]:
    """Take --list, --all and --stored out of the options: whether each was said."""
    return [bool(options.pop(word, False)) for word in ("list", "all", "stored")]
