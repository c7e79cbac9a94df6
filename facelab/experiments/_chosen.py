"""What the search of settings found, told for the table and the report of a comparison."""

from typing import Any

HEADS = ("loss", "split", "chosen", "AUC there", "AUC of the first", "tries")

Tuned = dict[tuple[str, int], dict[str, Any]]


def chosen(tuned: Tuned, loss: str) -> str:
    """The settings chosen for a loss, each with its values over the splits: "margin 0.2/0.35"."""
    found = [entry for (label, _), entry in tuned.items() if label == loss]
    picked = [_values(entry["tried"][entry["chosen"]]) for entry in found]
    return ", ".join(
        f"{name} {'/'.join(dict.fromkeys(f'{values[name]:g}' for values in picked))}"
        for name in _searched(found)
    )


def lines(tuned: Tuned) -> list[tuple[str, ...]]:
    """The words of a table, a line for each loss and split, after the heads."""
    found: list[tuple[str, ...]] = [HEADS]
    for (loss, split), entry in tuned.items():
        best, first = entry["tried"][entry["chosen"]], entry["tried"][0]
        values = _values(best)
        words = ", ".join(f"{name} {values[name]:g}" for name in _searched([entry]))
        auc = (_number(best["auc"]), _number(first["auc"]))
        found.append((loss, str(split), words, *auc, str(entry["tries"])))
    return found


def _searched(entries: list[dict[str, Any]]) -> list[str]:
    """The settings that differ between tries, the learning rate last."""
    tried = [_values(one) for entry in entries for one in entry["tried"]]
    return [name for name in tried[0] if len({values[name] for values in tried}) > 1]


def _values(one: dict[str, Any]) -> dict[str, Any]:
    """Settings and learning rate of a try, together."""
    return {**one["settings"], "learning_rate": one["learning_rate"]}


def _number(auc: float | None) -> str:
    return "none" if auc is None else f"{auc:.3f}"
