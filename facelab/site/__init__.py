"""The site: every lesson with its views alive, the losses, the API; a folder that works from disk.

    facelab site --out site

Lessons are not run again: their notebooks hold the pictures, the outputs and the state of each view
(see `facelab.widgets._kept`). No page asks the network for anything.
"""

from facelab.site._build import build

__all__ = ["build"]
