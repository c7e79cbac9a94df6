"""What the losses demand, derived on paper and written in NumPy: no torch in here.

A margin loss says one thing about angles: which curve psi(theta) stands in for the cosine at the
true class. From it follow the boundary where two people tie, the cap that belongs to a center, and
the lowest loss that can be reached. `facelab.losses` writes the same facts for training; the two
share no code, and tests make them meet.
"""

from facelab.geometry.boundaries import BOUNDARIES, boundary, tie_between
from facelab.geometry.centers import (
    angles_to_own_center,
    cap_radius,
    nearest_center,
    normface_lower_bound,
    scale_to_reach,
)
from facelab.geometry.curves import TARGET_CURVES, slope, target_curve
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

__all__ = [
    "BOUNDARIES",
    "TARGET_CURVES",
    "angle_between",
    "angles_to_own_center",
    "arc",
    "bisector",
    "boundary",
    "cap",
    "cap_radius",
    "fibonacci_sphere",
    "great_circle",
    "nearest_center",
    "normface_lower_bound",
    "project",
    "regular_polygon",
    "rotation",
    "scale_to_reach",
    "slope",
    "target_curve",
    "tie_between",
    "unit",
    "view",
]
