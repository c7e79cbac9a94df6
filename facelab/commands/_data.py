"""`facelab data`: which sets of faces there are, and how to get those that are missing."""

from inspect import signature

from facelab._parser import make_parser


def data(words: list[str]) -> int:
    """Say which sets of faces there are, and how to get those that are missing."""
    parser = make_parser(data, "facelab data my/photos --strict")
    parser.add_argument("name", nargs="?", help="a set, or a folder with a folder a person")
    parser.add_argument("--download", action="store_true", help="fetch the set if it is missing")
    parser.add_argument("--strict", action="store_true", help="refuse a folder that has any fault")
    chosen = parser.parse_args(words)
    from facelab.datasets import DATASETS, find, load, split_name

    name = chosen.name and split_name(chosen.name)[0]
    if chosen.download and chosen.name is None:
        raise ValueError(f"--download needs the name of a set; there are: {', '.join(DATASETS)}")
    if chosen.strict and (name is None or name in DATASETS):
        raise ValueError(f"--strict is for a folder of photographs, not for {name or 'all'}")
    if chosen.download and (name not in DATASETS or find(name) is None):
        load(name, download=True)
    if chosen.name is None or chosen.name in DATASETS:
        print("\n\n".join(passport(name) for name in ([chosen.name] if chosen.name else DATASETS)))
        return 0
    faces = load(chosen.name, **({"strict": True} if chosen.strict else {}))
    print(repr(faces))
    for person, images in faces.people().items():
        print(f"  {images:5,}  {person}")
    for file, reason in faces.skipped.items():
        print(f"  left out: {file} ({reason})")
    return 0


def passport(name: str) -> str:
    """A set in four lines: what it is, whose, what is allowed, where it lies or how to get it."""
    from facelab.datasets import PASSPORTS, find

    card, place = PASSPORTS[name], find(name)
    there = f"found in {place}" if place else f"not on this machine; {how_to_get(name)} gets it"
    return f"{name}: {card.contents}\n  {card.source}\n  license: {card.license}\n  {there}"


def how_to_get(name: str) -> str:
    """The command that brings a set onto this machine."""
    from facelab.datasets import DATASETS, PASSPORTS

    fetched = "download" in signature(DATASETS[name]).parameters
    return f"facelab data {name} --download" if fetched else PASSPORTS[name].get
