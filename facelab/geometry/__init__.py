"""What the losses demand, derived on paper and written in NumPy: no torch in here.

A margin loss says one thing about angles: which curve psi(theta) stands in for the cosine at the
true class. From it follow the boundary where two people tie, the cap that belongs to a center, and
the lowest loss that can be reached. `facelab.losses` writes the same facts for training; the two
share no code, and tests make them meet.
"""

from facelab.geometry.boundaries import (
    BOUNDARIES,
    NO_BOUNDARY,
    SECOND_BOUNDARIES,
    boundary,
    second_boundary,
    tie_between,
)
from facelab.geometry.by_length import adaface_quality, magface_margin
from facelab.geometry.centers import (
    angles_to_own_center,
    cap_radius,
    circle_capacity,
    nearest_center,
    normface_lower_bound,
    scale_to_reach,
    violating_pairs,
)
from facelab.geometry.curves import (
    NEGATIVE_CURVES,
    NO_CURVE,
    TARGET_CURVES,
    negative_curve,
    slope,
    target_curve,
)
from facelab.geometry.elastic import elastic_boundaries, elastic_curves
from facelab.geometry.lines import LINES, lines, threshold_room
from facelab.geometry.multiplied import annealing, falling_cosine
from facelab.geometry.regions import decision_arcs, decision_directions, nearest_wrong_center
from facelab.geometry.separation import center_gaps, class_means, widest_angle
from facelab.geometry.similarities import (
    harmonic_range,
    kl_divergence,
    order_term,
    overlap_area,
    similarity_sets,
    soft_histogram,
)
from facelab.geometry.sphere import (
    angle_between,
    arc,
    bisector,
    cap,
    fibonacci_sphere,
    great_circle,
    project,
    regular_polygon,
    rotation,
    unit,
    view,
)
from facelab.geometry.thresholds import sharpened, unsharpened
from facelab.geometry.weights import NO_PULL, sample_pulls

__all__ = [
    "BOUNDARIES",
    "LINES",
    "NEGATIVE_CURVES",
    "NO_BOUNDARY",
    "NO_CURVE",
    "NO_PULL",
    "SECOND_BOUNDARIES",
    "TARGET_CURVES",
    "adaface_quality",
    "angle_between",
    "angles_to_own_center",
    "annealing",
    "arc",
    "bisector",
    "boundary",
    "cap",
    "cap_radius",
    "center_gaps",
    "circle_capacity",
    "class_means",
    "decision_arcs",
    "decision_directions",
    "elastic_boundaries",
    "elastic_curves",
    "falling_cosine",
    "fibonacci_sphere",
    "great_circle",
    "harmonic_range",
    "kl_divergence",
    "lines",
    "magface_margin",
    "nearest_center",
    "nearest_wrong_center",
    "negative_curve",
    "normface_lower_bound",
    "order_term",
    "overlap_area",
    "project",
    "regular_polygon",
    "rotation",
    "sample_pulls",
    "scale_to_reach",
    "second_boundary",
    "sharpened",
    "similarity_sets",
    "slope",
    "soft_histogram",
    "target_curve",
    "threshold_room",
    "tie_between",
    "unit",
    "unsharpened",
    "view",
    "violating_pairs",
    "widest_angle",
]
