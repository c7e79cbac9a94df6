"""A finding told: as text, as a part of a page, and as a page of its own."""

from html import escape
from pathlib import Path

import numpy as np

from facelab.experiments import _folder
from facelab.experiments._report import STYLE, labeled
from facelab.experiments.reproduce._finding import Finding


def as_text(finding: Finding) -> str:
    """The finding for a terminal."""
    claim = finding.claim
    failed = [f"{t.way}, seed {t.seed}: {t.failed}" for t in finding.trials if t.failed]
    lines = [f"{claim.name}: {claim.sentence}", finding.sentence, "", finding.table().to_string()]
    return "\n".join([*lines, "", *failed, claim.here, f"Source: {claim.source}", *again(finding)])


def again(finding: Finding) -> list[str]:
    """How to train what was only read."""
    call = f'facelab.reproduce("{finding.claim.name}")'
    return [f"Computed before; {call} trains it anew."] if finding.stored else []


def as_html(finding: Finding) -> str:
    """The finding for a notebook: verdict, picture, interval, table, and what was done."""
    from facelab.figures import as_svg

    claim = finding.claim
    parts = [f"<p><b>{escape(claim.sentence)}</b><br>{escape(finding.sentence)}</p>"]
    if not np.isnan(finding.differences).all():
        parts.append(labeled(as_svg(finding.draw, 5.0, 3.4), f"picture: {claim.sentence}"))
    if not np.isnan(finding.mean.estimate):
        parts.append(labeled(as_svg(finding.forest, 5.0, 1.3), finding.sentence))
    parts.append(finding.table().to_html(border=0))
    told = [claim.here, claim.source, *again(finding)]
    return "".join(parts) + f"<p>{'<br>'.join(escape(said) for said in told)}</p>"


def page(finding: Finding, path: Path) -> Path:
    """Write the finding as a page that needs nothing else."""
    name = escape(finding.claim.name)
    head = f'<meta charset="utf-8"><title>{name}</title><style>{STYLE}</style>'
    body = f"<h1>{name}</h1>{as_html(finding)}"
    whole = f'<!doctype html><html lang="en"><head>{head}</head><body>{body}</body></html>'
    _folder.write(path, whole.encode())
    return path
