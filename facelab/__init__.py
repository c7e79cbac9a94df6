"""facelab: see and feel what each deep face-recognition loss does to real faces.

Notation, the same in every file:

    B      images in a batch
    C      people (classes)
    D      length of an embedding
    N      images in a set
    H, W   height and width of an image, in pixels
    theta  angle between an embedding and a class center, radians, 0 to pi
    m      margin: radians or cosine units, each loss says which
    s      scale of the logits, no unit
    t      how much more a hard example counts, no unit
    M      least squared distance between two class centers, squared length of an embedding

Names are loaded when first used: `import facelab` alone brings neither torch nor matplotlib.
"""

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

# Read by torch when it is loaded. Threads that wait for each other by spinning make the training of
# a small network several times slower on a machine that does other things too, and those that sleep
# at once a third slower on one that does not. So they spin for some microseconds, then sleep.
if "OMP_WAIT_POLICY" not in os.environ:
    os.environ["OMP_WAIT_POLICY"] = "PASSIVE"
    os.environ.setdefault("GOMP_SPINCOUNT", "6000")

__version__ = "0.1.0"

if TYPE_CHECKING:
    from facelab import evaluation, figures, geometry, losses, protocols
    from facelab.datasets import FaceSet, load
    from facelab.evaluation import Verification
    from facelab.experiments import Comparison, Run, compare, open_run, repeat, train
    from facelab.experiments.reproduce import reproduce
    from facelab.lessons import setup
    from facelab.widgets import (
        CenterMargins,
        Explorer,
        MarginDial,
        Playground,
        SampleWeights,
        Similarities,
        Sphere,
    )

# public name -> module that holds it ("" when the name is the module itself)
_HOME = {
    "evaluation": "",
    "figures": "",
    "geometry": "",
    "losses": "",
    "protocols": "",
    "FaceSet": "datasets",
    "load": "datasets",
    "Verification": "evaluation",
    "Comparison": "experiments",
    "Run": "experiments",
    "compare": "experiments",
    "open_run": "experiments",
    "repeat": "experiments",
    "reproduce": "experiments.reproduce",
    "train": "experiments",
    "setup": "lessons",
    "CenterMargins": "widgets",
    "Explorer": "widgets",
    "MarginDial": "widgets",
    "Playground": "widgets",
    "SampleWeights": "widgets",
    "Similarities": "widgets",
    "Sphere": "widgets",
}

__all__ = [
    "CenterMargins",
    "Comparison",
    "Explorer",
    "FaceSet",
    "MarginDial",
    "Playground",
    "Run",
    "SampleWeights",
    "Similarities",
    "Sphere",
    "Verification",
    "compare",
    "evaluation",
    "figures",
    "geometry",
    "load",
    "losses",
    "open_run",
    "protocols",
    "repeat",
    "reproduce",
    "setup",
    "train",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"facelab has no {name!r}; it has {', '.join(__all__)}")
    home = _HOME[name]
    if not home:
        return import_module(f"facelab.{name}")
    return getattr(import_module(f"facelab.{home}"), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
