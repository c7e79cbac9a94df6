"""`facelab check`: the theorems of a sound loss, tried on anybody's."""

from facelab._parser import make_parser


def check(words: list[str]) -> int:
    """Try on anybody's loss what a sound loss keeps, and say what it means where it fails."""
    parser = make_parser(check, "facelab check my_loss.py:MyLoss")
    parser.add_argument("loss", help="FILE.py:Class, or the key of a loss of facelab")
    chosen = parser.parse_args(words)
    from facelab.losses import check as examine
    from facelab.losses import find

    own = ".py" in chosen.loss or ":" in chosen.loss  # without experiments, which are slow to load
    report = examine(chosen.loss if own else find(chosen.loss))
    print(report)
    return 0 if report.ok else 1
