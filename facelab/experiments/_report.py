"""A comparison told: as text, as a table of a page, and as a page of its own."""

import json
import math
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from facelab.evaluation.paired import SAME_PEOPLE
from facelab.experiments import _chosen, _folder
from facelab.experiments._comparison import NUMBERS, TITLES, Comparison

METRICS = [name for name, _ in NUMBERS]
IN_TEXT = ("auc", "tar@1e-2")
HEADS = ("loss", "mean", "minus {}", "p", "p, Holm", "seconds a run")
OF_A_RUN = ("loss", "settings", "seed", "split", "loss_sha256", "tuned")
SEARCHED = "Settings searched, judged on people held out of those trained on"
STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; margin: 0.5rem 0 1.5rem; }
th, td { text-align: left; padding: 0.25rem 0.9rem 0.25rem 0; border-bottom: 1px solid #8885; }
td { font-variant-numeric: tabular-nums; }
svg { max-width: 100%; height: auto; background: #fff; border-radius: 6px; }
pre { overflow-x: auto; padding: 0.8rem; background: #8882; border-radius: 6px; }
"""


def lines(comparison: Comparison, metric: str) -> list[tuple[str, ...]]:
    """The words of a table, a line for each loss, after the heads."""
    table = comparison.table(metric)
    found = [tuple(head.format(comparison.baseline) for head in HEADS)]
    for loss, line in table.iterrows():
        name = str(loss)
        if name == comparison.baseline:
            more: tuple[str, ...] = ("baseline", "", "")
        else:
            value = comparison.difference(name, metric).estimate
            ends = f"({value.low:+.3f} to {value.high:+.3f})"
            known = not math.isnan(value.low)
            shown = f"{float(value):+.3f} {ends if known else '(no interval)'}"
            more = (shown, chance(line.p), chance(line.p_holm))
        mean = str(comparison.mean(name, metric)).split(";")[0]
        found.append((name, mean, *more, f"{line.seconds:.1f}"))
    return found


def chance(p: float) -> str:
    """A p in three digits; nothing where there is none."""
    return "" if math.isnan(p) else "< 0.001" if p < 0.001 else f"{p:.3f}"


def remarks(comparison: Comparison) -> list[str]:
    """What a reader must know with the numbers, a sentence each."""
    count, splits = len(comparison.pairs), {split for _, split in comparison.pairs}
    said = [
        f"{count} paired runs of each loss: the same split, initial weights of the network, and "
        "order and distortion of the images.",
        "In brackets: intervals of 95 %, each for its loss alone, corrected for runs that share "
        "people (Nadeau and Bengio 2003); p: of the same test; Holm: for the number of losses.",
    ]
    if comparison.tuned:
        tries = max(entry["tries"] for entry in comparison.tuned.values())
        said.append(
            f"Each loss tried {tries} settings, learning rates among them, on each split; the ones "
            "chosen are in its runs, so that losses differ in their learning rate too."
        )
    if len(splits) == 1 and count > 1:
        said.append("All runs share one split: intervals hold for these held-out people only.")
    if 1 < len(splits) < 5:
        said.append(f"{len(splits)} splits leave wide intervals; five or more narrow them much.")
    if comparison.people[1] / comparison.people[0] > 1:
        said.append("More people are tested than trained on, which widens the intervals.")
    equal = {loss: comparison.difference(loss).estimate.note for loss in comparison.losses}
    equal.pop(comparison.baseline)
    said += [
        f"{loss}, AUC: {note}." for loss, note in equal.items() if note not in ("", SAME_PEOPLE)
    ]
    failed = [row for row in comparison.runs if row.failed]
    said += [f"{row.loss}, seed {row.seed}, has no numbers: {row.failed}." for row in failed]
    return said + [note + "." for note in comparison.notes]


def headline(comparison: Comparison) -> str:
    """What was compared, in one sentence."""
    trained, tested = comparison.people
    where = comparison.config["data"] or "faces given as they are"
    return (
        f"{len(comparison.losses)} losses on {where}: in each run {trained} people trained on"
        f"{wrong_names(comparison.config)} and {tested} others tested, "
        f"{comparison.config['epochs']} epochs."
    )


def wrong_names(config: dict[str, Any]) -> str:
    """What a run has to say of its label noise, or ""."""
    noise = config["label_noise"]
    return f" ({noise:.0%} of their images under wrong names)" if noise else ""


def as_text(comparison: Comparison) -> str:
    """The comparison for a terminal."""
    parts = [headline(comparison)]
    for metric in IN_TEXT:
        parts += ["", TITLES[metric], *columns(lines(comparison, metric))]
    if comparison.tuned:
        parts += ["", SEARCHED, *columns(_chosen.lines(comparison.tuned))]
    parts += ["", *remarks(comparison)]
    if comparison.folder:
        parts.append(f"Runs and report.html are in {comparison.folder}.")
    return "\n".join(parts)


def columns(cells: list[tuple[str, ...]]) -> list[str]:
    """Lines of words, each column as wide as its widest word."""
    wide = [max(map(len, column)) for column in zip(*cells, strict=True)]
    rows = ("  ".join(c.ljust(w) for c, w in zip(r, wide, strict=True)) for r in cells)
    return [f"  {row.rstrip()}" for row in rows]


def as_table(comparison: Comparison, metric: str, caption: bool = True) -> str:
    """A table of the comparison as HTML, alone or under a heading."""
    return table(lines(comparison, metric), TITLES[metric] if caption else "")


def table(cells: list[tuple[str, ...]], caption: str = "") -> str:
    """Lines of words as a table of a page; the first is its head."""
    heads, *rows = cells
    top = "".join(f'<th scope="col">{escape(head)}</th>' for head in heads)
    body = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>'
        + "".join(f"<td>{escape(cell)}</td>" for cell in row[1:])
        + "</tr>"
        for row in rows
    )
    above = f"<caption>{escape(caption)}</caption>" if caption else ""
    return f"<table>{above}<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"


def page(comparison: Comparison, path: Path) -> Path:
    """Write the whole comparison as one page that needs nothing else."""
    from facelab.figures import as_svg

    parts = [f"<h1>Losses compared</h1><p>{escape(headline(comparison))}</p>"]
    parts.append("<ul>" + "".join(f"<li>{escape(r)}</li>" for r in remarks(comparison)) + "</ul>")
    tall = 1.2 + 0.34 * len(comparison.losses)
    for metric in METRICS:
        parts.append(f"<h2>{escape(TITLES[metric])}</h2>{as_table(comparison, metric, False)}")
        if np.isfinite(
            [comparison.values(loss, metric).mean() for loss in comparison.losses]
        ).any():
            words = f"{metric}: differences to {comparison.baseline}, with intervals"
            drawn = as_svg(lambda ax, m=metric: comparison.forest(m, ax), 7.0, tall)  # type: ignore[misc]
            parts.append(labeled(drawn, words))
    if any(row.metrics for row in comparison.runs):
        words = "share of training images nearest to their own center, over epochs, mean of runs"
        drawn = as_svg(lambda ax: comparison.curves("accuracy", ax), 7.0, 4.0)
        parts.append(f"<h2>Training</h2><p>{words}</p>{labeled(drawn, words)}")
    if comparison.tuned:
        parts.append(f"<h2>{escape(SEARCHED)}</h2>{table(_chosen.lines(comparison.tuned))}")
    parts.append(f"<h2>Runs</h2>{comparison.rows.round(4).to_html(index=False, border=0)}")
    parts.append(f"<h2>Settings and versions</h2><pre>{escape(settings(comparison))}</pre>")
    head = f'<meta charset="utf-8"><title>Losses compared</title><style>{STYLE}</style>'
    whole = (
        f'<!doctype html><html lang="en"><head>{head}</head><body>{"".join(parts)}</body></html>'
    )
    _folder.write(path, whole.encode())
    return path


def labeled(svg: str, words: str) -> str:
    """A drawing with words for those who do not see it."""
    return svg.replace("<svg", f'<svg role="img" aria-label="{escape(words)}"', 1)


def settings(comparison: Comparison) -> str:
    """What all runs share, as JSON."""
    shared: dict[str, Any] = {
        key: value
        for key, value in comparison.config.items()
        if key not in (*OF_A_RUN, *(("learning_rate",) if comparison.tuned else ()))
    }
    shared = {"losses": comparison.settings, "seeds and splits": comparison.pairs} | shared
    return json.dumps(shared, indent=2)
