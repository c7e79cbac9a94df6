"""The words of `facelab train` and `compare`: their options, and what a run says at the end."""

import argparse
from inspect import signature
from typing import Any

from facelab._parser import Parser
from facelab.datasets import DATASETS
from facelab.experiments import train
from facelab.experiments._own import is_own
from facelab.experiments._report import wrong_names
from facelab.losses import LOSSES, Choice, Slider, Switch, find, run_settings

RUN = signature(train).parameters  # what every run can be told
TRIES = 6  # of settings of each loss, where --tune says no number


def parse_run(parser: Parser, words: list[str]) -> argparse.Namespace:
    """Keywords of `experiments.train` from the words after `facelab train`.

    What is not said is left out, so that the defaults live in `experiments.train` alone. Which
    options there are depends on the loss, so that one is looked for first.

    Raises:
        ValueError: if there is no such loss, or one of its settings is not allowed.
    """
    first = Parser(prog=parser.prog, add_help=False, allow_abbrev=False)
    first.add_argument("--loss", default="arcface")
    name = first.parse_known_args(words)[0].loss
    parser.add_argument("--config", metavar="FILE", help="do the run of this config.json again")
    add_run(parser, ("loss", "out", "seed"))
    if is_own(name):  # a loss of one's own, whose settings nobody listed
        return parser.parse_args(words)
    own = {key: s for key, s in run_settings(find(name)).items() if key not in RUN}  # has one seed
    add_settings(parser.add_argument_group(f"settings of {name}"), own)
    options = parser.parse_args(words)
    for key, setting in own.items():
        if key in options:
            setting.check(key, getattr(options, key))
    return options


def parse_repeat(words: list[str]) -> argparse.Namespace | None:
    """Keywords of `experiments.repeat`, if the words after `facelab train` ask for a run again.

    Raises:
        ValueError: if something is said that the config says already.
    """
    parser = Parser(
        prog="facelab train",
        add_help=False,
        allow_abbrev=False,
        argument_default=argparse.SUPPRESS,
    )
    parser.add_argument("--config")
    parser.add_argument("--out")
    options, others = parser.parse_known_args(words)
    if "config" not in options or {"-h", "--help"} & set(others):
        return None
    if others:
        raise ValueError(
            f"--config says all that a run needs, and only --out may stand beside it, "
            f"not {others[0]}"
        )
    return options


def parse_comparison(parser: Parser, words: list[str]) -> argparse.Namespace:
    """Keywords of `experiments.compare` from the words after `facelab compare`."""
    parser.add_argument(
        "losses",
        nargs="+",
        metavar="LOSS",
        help=f"two or more: {', '.join(LOSSES)}; with settings, arcface:margin=0.3,scale=32; or "
        "one's own, my_loss.py:MyLoss",
    )

    def add(name: str, metavar: str, words: str, kind: Any = str) -> None:
        parser.add_argument(f"--{name}", metavar=metavar, type=kind, help=words)

    add("seeds", "N", "how many seeds, or which: 0,3,7 (3 if not said)", numbers)
    add("splits", "N", "how many splits, or which; a split each seed if not said", numbers)
    add("baseline", "LOSS", "what the others are compared with; the first if not said")
    add("out", "DIR", "where runs and report are kept, and an interrupted comparison goes on")
    add("jobs", "N", "runs at once; as many as there are processors if not said", int)
    add("dask", "ADDRESS", "a Dask cluster for the runs: its scheduler, or local for workers here")
    parser.add_argument(
        "--tune",
        metavar="N",
        type=int,
        nargs="?",
        const=TRIES,
        help="how many settings each loss tries first, on people held out of those trained on "
        f"({TRIES} if no number is said)",
    )
    add_run(parser, ())
    options = parser.parse_args(words)
    if "dask" in options:
        options.client = options.__dict__.pop("dask")
    return options


def numbers(word: str) -> int | list[int]:
    """A number, or several with commas between."""
    return [int(part) for part in word.split(",")] if "," in word else int(word)


def add_run(parser: Parser, more: tuple[str, ...]) -> None:
    """Add the options of every run, with what `experiments.train` does when they are not said.

    Args:
        parser: gets the options.
        more: those of "loss", "out" and "seed" that are wanted too.
    """

    def add(name: str, metavar: str, words: str, kind: type = str) -> None:
        value = RUN[name].default
        words += "" if value is None else f" ({value} if not said)"
        parser.add_argument(
            f"--{name.replace('_', '-')}", dest=name, metavar=metavar, type=kind, help=words
        )

    if "loss" in more:
        add("loss", "NAME", f"{', '.join(LOSSES)}; or one's own, my_loss.py:MyLoss")
    sets = f"{', '.join(DATASETS)}; with options, sketch:people=200,degrade=blur:0.5"
    add("data", "SET", f"{sets}; or a folder with a folder a person")
    if "out" in more:
        add("out", "DIR", "where the run is kept; nothing is kept if not said")
    add("epochs", "N", "how often each image is seen", int)
    if "seed" in more:
        add("seed", "N", "decides everything that is left to chance", int)
    add("people", "N", "how many people to use; all if not said", int)
    add("embedding_dim", "D", "length of an embedding", int)
    add("batch_size", "B", "images in a step", int)
    add("label_noise", "RATE", "share of images trained on under a wrong name", float)
    add("device", "NAME", "auto, cpu, cuda or mps")


def add_settings(group: Any, settings: Any) -> None:
    """Add an option for each setting: a number, a word, or --name and --no-name.

    Args:
        group: a parser or a group of one.
        settings: name -> Slider, Choice or Switch.
    """
    for name, setting in settings.items():
        group.add_argument(f"--{name.replace('_', '-')}", dest=name, **_option(setting))


def _option(setting: Slider | Choice | Switch) -> dict[str, Any]:
    """Keywords of `add_argument`; the values themselves are judged by `setting.check`."""
    if isinstance(setting, Switch):
        words = f"{setting.meaning} ({'yes' if setting.default else 'no'} if not said)"
        return {"action": argparse.BooleanOptionalAction, "help": _plain(words)}
    if isinstance(setting, Choice):
        words = ", ".join(setting.options)
        return {
            "metavar": "WORD",
            "help": _plain(f"{setting.meaning}: {words} ({setting.default} if not said)"),
        }
    unit = f", {setting.unit}" if setting.unit else ""
    words = f"{setting.symbol}, the {setting.meaning}{unit} ({setting.teaching:g} if not said)"
    return {
        "type": int if setting.whole else float,
        "metavar": "NUMBER",
        "help": _plain(f"{words}; in the paper {setting.paper:g}"),
    }


def _plain(words: str) -> str:
    """argparse fills in what follows a percent sign; there is nothing to fill in."""
    return words.replace("%", "%%")


def report(run: Any) -> str:
    """What a run ends with: the numbers on people it has never seen, each with its interval."""
    met = run.verification
    auc, eer, tar = met.auc(), met.eer(), met.tar(far=1e-2)
    people, images = run.results["people"], run.results["images"]
    lines = [
        f"{run.config['loss']} on {run.config['data']}, seed {run.config['seed']}: trained on "
        f"{people['train']} people{wrong_names(run.config)}, tested on {people['held_out']} "
        f"it has never seen ({images['held_out']:,} images, {len(met.scores):,} pairs).",
        f"  AUC             {auc!r}",
        f"  EER             {eer!r}",
        f"  TAR at FAR 1 %  {tar!r}",
        f"In brackets: intervals of {auc.level:.0%}, from drawing the people again and again.",
    ]
    return "\n".join(lines + ([f"Kept in {run.folder}."] if run.folder else []))
