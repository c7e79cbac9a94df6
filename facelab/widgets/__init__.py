"""Live views for notebooks and pages: move a slider, and the picture follows at once.

dial = facelab.MarginDial(loss="arcface", margin=0.5)
dial.to_html("dial.html")    # the same view, from disk, without a kernel
"""

from facelab.widgets._link import link
from facelab.widgets._view import View
from facelab.widgets.centers import CenterMargins
from facelab.widgets.dial import MarginDial
from facelab.widgets.explorer import Explorer
from facelab.widgets.floor import LossFloor
from facelab.widgets.playground import Playground
from facelab.widgets.predict import Predict
from facelab.widgets.similarities import Similarities
from facelab.widgets.sphere import Sphere
from facelab.widgets.weights import SampleWeights

__all__ = [
    "CenterMargins",
    "Explorer",
    "LossFloor",
    "MarginDial",
    "Playground",
    "Predict",
    "SampleWeights",
    "Similarities",
    "Sphere",
    "View",
    "link",
]
