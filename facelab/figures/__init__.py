"""Figures: arrays go in, axes come out. Nothing here trains, loads, shows or sets a style.

    figures.roc({"ArcFace": run.verification, "softmax": other.verification})
    figures.sphere(embeddings, labels, centers, radii, ax=ax)

Each function draws into `ax`, or into a new pyplot figure if none is given, and returns the axes.
`roc_explorer` gives a plotly figure instead; plotly is imported only then.
"""

from facelab.figures.boundaries import boundaries
from facelab.figures.centers import center_margins
from facelab.figures.comparison import as_svg, forest
from facelab.figures.curves import lower_bound, target_curves, training_curves
from facelab.figures.explorer import roc_explorer
from facelab.figures.faces import face_grid
from facelab.figures.handed import margins_by_rank
from facelab.figures.layouts import layout
from facelab.figures.pairs import over_epochs, pairs
from facelab.figures.palette import COLORS, MARKERS, look
from facelab.figures.plane import plane
from facelab.figures.ridges import ridges
from facelab.figures.similarities import similarity_histograms
from facelab.figures.sphere import sphere
from facelab.figures.thresholds import own_thresholds
from facelab.figures.trend import trend
from facelab.figures.verification import cmc, roc, similarity
from facelab.figures.weights import weights, weights_by_angle

__all__ = [
    "COLORS",
    "MARKERS",
    "as_svg",
    "boundaries",
    "center_margins",
    "cmc",
    "face_grid",
    "forest",
    "layout",
    "look",
    "lower_bound",
    "margins_by_rank",
    "over_epochs",
    "own_thresholds",
    "pairs",
    "plane",
    "ridges",
    "roc",
    "roc_explorer",
    "similarity",
    "similarity_histograms",
    "sphere",
    "target_curves",
    "training_curves",
    "trend",
    "weights",
    "weights_by_angle",
]
