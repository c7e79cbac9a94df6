"""What the playground shows of each loss: every setting that can be changed while it trains."""

from typing import Any

from facelab.experiments import describe
from facelab.widgets._curves import ONLY
from facelab.widgets._words import translated


def trained_losses() -> dict[str, dict[str, Any]]:
    """Every loss with its settings, and its weight where it stands beside others.

    Returns:
        key -> title, formula, source, note and settings, as the controls of the views take them. A
        run has one seed, so that of a loss is left out.
    """
    found = {}
    for key, entry in translated(describe()).items():
        settings = {name: spec for name, spec in entry["settings"].items() if name != "seed"}
        if entry["beside"] is not None:
            settings["beside"] = entry["beside"]
        only = ONLY.get(key, {})
        found[key] = entry | {
            "note": "",
            "settings": {name: spec | {"only": only.get(name)} for name, spec in settings.items()},
        }
    return found
