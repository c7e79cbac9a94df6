"""`facelab protocol`: a finished run, asked in a way that others can repeat."""

import inspect
from typing import TYPE_CHECKING, Any

from facelab._parser import make_parser
from facelab.choices import unknown

if TYPE_CHECKING:
    from facelab.experiments import Run

CROWD = 1000  # sketched faces that stand in the gallery where no other distractors are named


def protocol(words: list[str]) -> int:
    """Test a finished run on people it has never seen, by a protocol."""
    parser = make_parser(protocol, "facelab protocol open_set runs/first --figure roc.png")
    from facelab.protocols import PROTOCOLS, mirrored

    parser.add_argument("name", metavar="NAME", help=", ".join(PROTOCOLS))
    parser.add_argument("run", metavar="RUN", help="folder of a finished run")
    parser.add_argument("--data", metavar="SET", help="whom to test; those the run held out if not")
    parser.add_argument("--others", metavar="SET", help="distractors; sketched faces if not said")
    parser.add_argument("--kind", metavar="WORD", help="what makes probes harder: resolution, ...")
    parser.add_argument("--seed", metavar="N", type=int, default=0, help="of draws (0 if not said)")
    parser.add_argument("--mirrored", action="store_true", help="with the mirror image of each")
    parser.add_argument("--figure", metavar="FILE", help="where the drawing goes: .png, .svg, .pdf")
    chosen = parser.parse_args(words)
    if chosen.name not in PROTOCOLS:
        raise ValueError(unknown("protocol", chosen.name, PROTOCOLS))
    test = PROTOCOLS[chosen.name]
    options = {key: getattr(chosen, key) for key in ("others", "kind") if getattr(chosen, key)}
    for key in set(options) - set(inspect.signature(test).parameters):
        raise ValueError(f"--{key} says nothing to the protocol {chosen.name}")
    from facelab.experiments import open_run

    run = open_run(chosen.run)
    faces = tested(chosen.name, run, chosen.data)
    if chosen.name == "distractors":
        options["others"] = crowd(options.get("others"))
    embed = mirrored(run.embed) if chosen.mirrored else run.embed
    result = test(embed, faces, trained_on=run.trained_on, seed=chosen.seed, **options)
    print(result)
    print("In brackets: intervals of 95%, from drawing the people again and again.")
    if chosen.figure:
        result.save(chosen.figure)
        print(f"The figure is in {chosen.figure}.")
    return 0


def crowd(name: str | None) -> Any:
    """The distractors: sketched faces, or those of a set by its name."""
    from facelab.datasets import load

    return load("sketch", people=CROWD, images=1) if name is None else load(name)


def tested(name: str, run: "Run", data: str | None) -> Any:
    """The faces that a protocol wants.

    Raises:
        ValueError: if it has its own and others are named, or the run cannot load those it held
            out.
    """
    from facelab.datasets import lfw_pairs, load

    if name.startswith("lfw_") and data is not None:
        raise ValueError(f"{name} is tested on its own pairs, so --data {data} says nothing to it")
    if name == "lfw_view1":
        return lfw_pairs("train"), lfw_pairs("test")
    if name == "lfw_view2":
        return lfw_pairs("10_folds")
    return run.faces()[1] if data is None else load(data)
