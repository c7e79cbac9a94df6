"""Pages that follow from the package itself: the losses, and one page for each of its parts."""

from facelab.losses import LOSSES

ABOUT = {
    "losses": "Losses",
    "geometry": "Geometry",
    "datasets": "Sets of faces",
    "experiments": "Experiments",
    "experiments.reproduce": "Claims of the papers",
    "evaluation": "Evaluation",
    "protocols": "Protocols",
    "figures": "Figures",
    "widgets": "Live views",
    "lessons": "Lessons",
    "training": "Training",
    "backbones": "Networks",
}


def losses_page() -> str:
    """The table of losses, in MyST: name and key, formula, source."""
    rows = ["| name, `loss=` | formula | source |", "|---|---|---|"]
    for key, loss in LOSSES.items():
        bars = loss.formula.replace(r"\|", r"\Vert ").replace("|", r"\vert ")  # | ends a cell
        name = f"{{py:class}}`{loss.title} <facelab.losses.{loss.__name__}>`"
        rows.append(f"| {name} `{key}` | ${bars}$ | {loss.source} |")
    about = (
        "$\\theta$ is the angle between an embedding and the center of its person, in radians; "
        "$\\psi(\\theta)$ is the curve that stands in for $\\cos\\theta$ there. A name leads to "
        "the settings."
    )
    return "# The losses\n\n" + about + "\n\n" + "\n".join(rows) + "\n"


def part_page(part: str) -> str:
    """The page of a part of the package, in reStructuredText: its public names."""
    title = ABOUT[part]
    return f"{title}\n{'=' * len(title)}\n\n.. automodule:: facelab.{part}\n   :members:\n"
