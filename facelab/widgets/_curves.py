"""What the dial shows of each loss: settings that matter to one embedding, and what is no setting.

The curve of a loss stands in `static/curves.js`. Some settings change nothing for one embedding and
two centers (a share of the batch, a speed): they are left out, each with its reason. Some losses
look at things that are no settings but move while training (a bias, a running mean, the length of
an embedding): the dial has sliders for them, and says in words where they come from.
"""

from typing import Any

from facelab.widgets._assemble import drawn_losses
from facelab.widgets._ranges import FORMS, PAIRS
from facelab.widgets._words import phrases, translated

# loss -> setting -> why it moves nothing in the dial
LEFT_OUT: dict[str, dict[str, str]] = {
    "softmax": {"bias": "the two biases are drawn as 0"},
    "sphereface": dict.fromkeys(
        ("lam_first", "lam_least", "lam_rate", "lam_power"), "lambda itself is a slider"
    ),
    "f_softmax": {"focus": "of one embedding the mean loss is its loss"},
    "hard_mining": {"rate": "of one embedding that one is kept"},
    "elasticface": {
        "plus": "one embedding gets the one margin that is drawn",
        "assignment": "one embedding gets the one margin that is drawn",
        "seed": "the band stands for all draws",
    },
    "sphereface2": {
        "bias_start": "the bias itself is a slider",
        "loss_weight": "it only multiplies loss and pull",
    },
    "subcenter_arcface": {"centers": "theta is the angle to the nearest of them"},
    "curricularface": {"momentum": "t itself is a slider"},
    "adacos": {"mode": "the scale itself is a slider"},
    "adaface": {"rate": "the statistics stand still"},
    "magface": {"reward": "g(|x|) is the same at every angle"},
    "circle": {
        "form": "with one pair of each kind both forms are the same function",
        "anchors": "one embedding is one anchor",
    },
    "uniface": {"bias_start": "the bias itself is a slider"},
}

# losses that are no function of the angles of one embedding and two centers
NOT_DRAWN: dict[str, str] = {
    "center": "distances to a center, not angles",
    "marginal": "pairs of images",
    "range": "the widest pairs of a person and the nearest pair of people",
    "mml": "distances between centers; no embedding enters",
    "ddl": "histograms of many pairs",
    "triplet": "three images",
    "ring": "the length of an embedding alone",
}

# loss -> setting -> the choice, and the words of it, with which alone it matters
ONLY: dict[str, dict[str, tuple[str, list[str]]]] = {
    "sphereface": {"scale": ("length", ["fixed"]), "embedding_length": ("length", ["kept"])},
    "sv_softmax": {
        "margin": ("base", ["cosface", "arcface"]),
        "easy": ("base", ["cosface", "arcface"]),
        "beyond_pi": ("base", ["arcface"]),
    },
    "mv_softmax": {
        "margin": ("base", ["cosface", "arcface"]),
        "easy_margin": ("base", ["cosface", "arcface"]),
        "beyond_pi": ("base", ["arcface"]),
    },
    "elasticface": {"beyond_pi": ("base", ["arcface"])},
    "sphereface2": {"turned": ("kind", ["A"]), "beyond_pi": ("kind", ["A"])},
    "uniface": {
        name: ("form", ["unified", "bce"]) for name in ("negative_weight", "threshold", "clamp")
    },
    "unitsface": {
        "margin": ("terms", ["both"]),
        **{name: ("form", ["unified", "bce"]) for name in ("threshold", "clamp")},
    },
}


# loss -> what it is felt by; these sliders come first
FIRST: dict[str, list[str]] = {
    "sphereface": ["margin", "lam"],
    "sv_softmax": ["margin", "t"],
    "curricularface": ["margin", "t"],
    "sphereface2": ["margin", "threshold", "sharpness"],
    "adaface": ["embedding_length", "margin"],
    "magface": ["embedding_length", "least_margin", "most_margin"],
    "uniface": ["margin", "threshold"],
    "unitsface": ["margin", "sample_margin", "threshold"],
}


def moving(symbol: str, meaning: str, *span: float, own: bool = False) -> dict[str, Any]:
    """A slider for what is no setting: `span` is its low, high, step and teaching value.

    `own` marks what belongs to one loss alone: no other loss shares it.
    """
    words = {"own": own, "kind": "slider", "symbol": symbol, "meaning": meaning, "unit": ""}
    return words | dict(zip(("low", "high", "step", "teaching"), span, strict=True))


def states() -> dict[str, dict[str, Any]]:
    """What each loss looks at besides settings: loss -> name -> slider."""
    say = phrases()
    length, threshold = say["dial.length"], say["dial.threshold"]
    return {
        "softmax": {"embedding_length": moving("|x|", length, 1, 64, 0.5, 1)},
        "sphereface": {
            "embedding_length": moving("|x|", length, 1, 64, 0.5, 16),
            "lam": moving("λ", say["dial.plain_share"], 0, 20, 0.1, 1),
        },
        "sphereface2": {"threshold": moving("−b/r", threshold, -1, 1, 0.01, 0.25)},
        "curricularface": {"t": moving("t", say["dial.t"], 0, 1, 0.01, 0.3, own=True)},
        "adacos": {"scale": moving("s", say["dial.own_scale"], 1, 64, 0.5, 5, own=True)},
        "adaface": {"embedding_length": moving("|x|", length, 1, 64, 0.5, 20)},
        "magface": {"embedding_length": moving("|x|", length, 1, 100, 0.5, 20)},
        "uniface": {"threshold": moving("b/s", threshold, -1, 1, 0.01, 0.45)},
        "unitsface": {"threshold": moving("b/s", threshold, -1, 1, 0.01, 0.4)},
    }


# loss -> the sentence that says what was assumed
NOTES: dict[str, str] = {
    "softmax": "dial.note_softmax",
    "sphereface": "dial.note_sphereface",
    "f_softmax": "dial.note_f_softmax",
    "hard_mining": "dial.note_hard_mining",
    "elasticface": "dial.note_elasticface",
    "sphereface2": "dial.note_sphereface2",
    "subcenter_arcface": "dial.note_subcenter_arcface",
    "curricularface": "dial.note_curricularface",
    "adacos": "dial.note_adacos",
    "adaface": "dial.note_adaface",
    "magface": "dial.note_magface",
    "circle": "dial.note_circle",
    "uniface": "dial.note_uniface",
    "unitsface": "dial.note_unitsface",
}


def losses_with_a_curve() -> dict[str, dict[str, Any]]:
    """What is known of each loss that `curves.js` can draw.

    Returns:
        key -> title, formula, source, note (a key of the catalog, or ""), pairs (settings that must
        not cross) and settings: those that matter to one embedding, then what is no setting; words
        that others depend on come first. A setting that matters with some words of a choice only
        says so in `only`, one whose unit or range depends on a choice in `forms`.
    """
    from facelab.experiments import describe  # brings torch: not before a dial is made

    drawn, more = drawn_losses(), states()
    return {
        key: entry
        | {
            "note": NOTES.get(key, ""),
            "pairs": PAIRS.get(key, []),
            "settings": _settings(key, entry["settings"] | more.get(key, {})),
        }
        for key, entry in translated(describe()).items()
        if key in drawn
    }


def _settings(key: str, given: dict[str, Any]) -> dict[str, Any]:
    """The settings of a loss in the dial, in their order."""
    left_out, only, forms = LEFT_OUT.get(key, {}), ONLY.get(key, {}), FORMS.get(key, {})
    every = {n: spec for n, spec in given.items() if n not in left_out}
    leading = [choice for choice, _ in only.values()]
    leading += [is_.split("=")[0] for form in forms.values() for is_ in form]
    first = [*dict.fromkeys(leading), *FIRST.get(key, []), *every]
    return {
        name: {"own": False}
        | every[name]
        | {"name": name, "only": only.get(name), "forms": forms.get(name)}
        for name in dict.fromkeys(first)
    }


def default(spec: dict[str, Any], chosen: dict[str, Any] | None = None) -> Any:
    """The value of a setting that suits small sets, given the words of the choices beside it."""
    if spec["kind"] == "switch":
        return spec["default"]
    if spec["kind"] == "choice":
        return spec["teaching"] or spec["default"]
    words = [f"{name}={word}" for name, word in (chosen or {}).items()]
    cases = spec.get("cases") or {}
    return next((cases[word][1] for word in words if word in cases), spec["teaching"])
