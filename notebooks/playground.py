# %% [markdown]
# # Playground
#
# **Everything at once: a network learns real faces while you move what it is asked for.**
#
# Run the cell with Shift + Enter, then press *play*. Every photograph is a point on the sphere,
# every person has a center and a cap, the region that the loss asks for. Move the margin or the
# scale, choose another loss, let people join, make their photographs coarser: all of it acts *while
# the network trains*. The line of words below the picture says what is seen, and the last button
# fills the screen, for a room.
#
# On a page without a kernel it plays a recording, and the sliders of the loss move the caps.

# %%
from pathlib import Path

import facelab

facelab.setup()
playground = facelab.Playground(loss="arcface", margin=0.3, people=10)
playground.picture = Path("playground.png").read_bytes()
playground
