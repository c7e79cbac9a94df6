"""What the playground shows of each loss: every setting that can be changed while it trains."""

from functools import cache
from typing import Any

from facelab.experiments import describe
from facelab.widgets._curves import ONLY
from facelab.widgets._ranges import FORMS, PAIRS
from facelab.widgets._words import spoken, translated

OWN = ("beside", "rate", "negative_weight")  # another loss means something else by the same name


def trained_losses() -> dict[str, dict[str, Any]]:
    """Every loss with its settings, and its weight where it stands beside others.

    Returns:
        key -> title, formula, source, note, pairs and settings, as the controls of the views take
        them. A run has one seed, so that of a loss is left out.
    """
    return _told(spoken())


@cache  # every playground holds them: one copy a language for all
def _told(_: str) -> dict[str, dict[str, Any]]:
    found = {}
    for key, entry in translated(describe()).items():
        settings = {name: spec for name, spec in entry["settings"].items() if name != "seed"}
        if entry["beside"] is not None:
            settings["beside"] = entry["beside"]
        only, forms = ONLY.get(key, {}), FORMS.get(key, {})
        found[key] = entry | {
            "note": "",
            "pairs": PAIRS.get(key, []),
            "settings": {
                n: spec | {"name": n, "own": n in OWN, "only": only.get(n), "forms": forms.get(n)}
                for n, spec in settings.items()
            },
        }
    return found
