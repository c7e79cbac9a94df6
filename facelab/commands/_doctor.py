"""`facelab doctor`: what is wrong with this installation."""

from facelab._parser import make_parser


def doctor(words: list[str]) -> int:
    """Look at this installation and say what is ok and what to do."""
    make_parser(doctor, "facelab doctor").parse_args(words)
    from facelab.doctor import examine

    return examine()
