# %% [markdown]
# # 12 · Your own loss
#
# **Question: you have an idea for a loss. Is it sound, what does it do to faces, and how would you
# know that it is better?**
#
# *Thirty minutes. You need lesson 02.*
#
# Afterwards you will be able to write a margin loss in a file of your own, test it before you train
# it, and compare it with another one without fooling yourself.

# %%
from pathlib import Path

import numpy as np
import torch

import facelab
from facelab import figures, geometry, lessons, losses

lessons.setup()

# %% [markdown]
# ## An idea
#
# ArcFace turns the curve of the cosine to the left. Look at its two ends: near the center it is
# flatter than further out, and behind 180 degrees less the margin it needs a second part, or it
# would rise again. The idea of this lesson is a curve without ends to mend, a **straight line**:
#
# $$\psi(\theta) = 1 - \frac{2\,(\theta + m)}{\pi}$$
#
# It falls by the same amount for every degree. ($\theta$ and $m$ are in radians.)

# %%
theta = np.linspace(0, np.pi, 361)
line = 1 - 2 * theta / np.pi
widest = np.argmax(np.cos(theta) - line)
print(f"widest between line and cosine: {np.cos(theta)[widest] - line[widest]:.2f}", end=" ")
print(f"(cosine units), at {np.degrees(theta[widest]):.0f} degrees")
curves = {"NormFace": np.cos(theta), "line, m = 0": line, "line, m = 0.3": line - 0.6 / np.pi}
curves["ArcFace, m = 0.3"] = geometry.target_curve("arcface", theta, margin=0.3)
_ = figures.target_curves(theta, curves)
lessons.formula("arcface")

# %% [markdown]
# Even with $m = 0$ the line lies below the cosine from 0 to 90 degrees: it has a margin built in.
# Whoever compares it with ArcFace at "the same $m$" does not compare the same strictness. Keep that
# in mind for later.
#
# ## Fifteen lines
#
# Most margin losses are one answer to one question: what stands in for the cosine at the true
# class? `CosineLoss` asks it, in `target`, and does the rest. A `Slider` says what a setting means,
# in which unit, from where to where, in which steps, and what it is in the paper and in small sets.
# The cell below does not run: it **writes a file** beside this notebook.

# %%
# %%writefile my_loss.py
from math import pi

from torch import acos

from facelab.losses import CosineLoss, Slider


class StraightLine(CosineLoss):
    settings = {
        "margin": Slider("m", "margin", "radians", 0, 1.5, 0.01, 0.3, 0.3),
        "scale": Slider("s", "scale", "", 1, 64, 0.5, 64, 16),
    }

    def __init__(self, num_classes, embedding_dim, *, margin=0.3, scale=16.0):
        super().__init__(num_classes, embedding_dim, margin=margin, scale=scale)

    def target(self, cosine, length):
        return 1 - 2 * (acos(cosine) + self.margin) / pi


# %% [markdown]
# ## Test before you train
#
# A training that works proves little: networks learn with broken losses, too, only worse. So the
# package keeps a list of what a sound loss has to keep, and tries it on anybody's class. In a
# terminal: `facelab check my_loss.py:StraightLine`.

# %%
lessons.predict(
    "Which statement fails for this class?",
    [
        "turning away from the own center never lowers the loss",
        "finite where an embedding lies on its center",
        "the length of an embedding changes nothing",
    ],
    answer=1,
    why="The line falls everywhere, and CosineLoss takes care of lengths. But the angle is "
    "computed from the cosine, and at 1 arccos stands upright: its slope is infinite.",
)

# %%
print(losses.check("my_loss.py:StraightLine"))
lessons.show_source(losses.CosineLoss.logits)

# %% [markdown]
# The value is right everywhere; the **gradient** is not. It has to pass through `acos`, whose slope
# in the cosine is $-1/\sin\theta$. One photograph that reaches its center, and all weights are NaN.
# Below the findings stands the code that calls your `target`: nothing in it could have helped.
#
# The repair is the usual one: keep the cosine a little away from both ends. It has a price, which
# should be said: so close to the center the line pulls no more.

# %%
own = Path("my_loss.py")
safe = "acos(cosine.clamp(-0.99999, 0.99999))"
own.write_text(own.read_text("utf-8").replace("acos(cosine)", safe), "utf-8")
print(f"no pull within {np.degrees(np.arccos(0.99999)):.2f} degrees of the center")
print(losses.check("my_loss.py:StraightLine"))

# %% [markdown]
# ## What it does to faces
#
# Ten people on the sphere, once with your loss and once with ArcFace: the same network, the same
# first weights, the same $m$ and $s$.

# %%
lessons.predict(
    "With ArcFace the faces end 8.4 degrees from their own center, on average. And with the line?",
    answer=4.1,
    low=0,
    high=20,
    unit=" degrees",
    why="Near the center the line is steeper than ArcFace's cosine, so it goes on pulling; and its "
    "built-in margin asks for more.",
)

# %%
TEN = {"fraction": 0.25, "backbone": "live", "augment": False, "embedding_dim": 3, "seed": 0}
arc, mine = (facelab.train(loss, **TEN) for loss in ("arcface", "my_loss.py:StraightLine"))
for name, run in {"ArcFace": arc, "straight line": mine}.items():
    print(f"{name}: {np.degrees(run.metrics[-1]['angle']):.1f} degrees to the own center")
for view in (facelab.MarginDial, facelab.Playground):
    try:
        view(loss="my_loss.py:StraightLine")
    except ValueError as error:
        print(f"{view.__name__}: {str(error).partition(';')[0]}")
ten, points = mine.faces()[0], mine.arrays["train_embeddings"]
sphere = facelab.Sphere(points, ten.labels, centers=mine.centers, images=ten.images, margin=0.3)
nearest, _ = geometry.nearest_center(mine.centers)
caps = geometry.cap_radius(nearest, margin=0.3)
lessons.beside(sphere, figures.sphere(points, ten.labels, mine.centers, caps))

# %% [markdown]
# The bundles are tighter; the ends needed mending all the same. In which views can you see an own
# loss?
#
# | view | an own loss? |
# |---|---|
# | sphere, explorer, similarities, center margins | yes: they draw what a network made |
# | margin dial, playground, sample weights | no: two of them say so above |
#
# The views of the second row compute in your browser, which knows no Python. They need the curve
# in JavaScript, one line in `curves.js`; `CONTRIBUTING.md` says what else a loss of the package
# has. A picture like the first one of this lesson takes any curve.
#
# ## Is it better?
#
# People it has never seen decide. `facelab.compare` gives each loss the same people, the same first
# weights and the same batches, once for each seed, and puts an interval around the difference.

# %%
lessons.predict(
    "Three seeds, thirty people to learn from, ten others to verify. What will the interval of the "
    "difference in AUC say?",
    ["the line is better", "ArcFace is better", "it holds zero: neither is shown"],
    answer=2,
    why="Three splits of forty people show only large differences. Tighter bundles in training are "
    "no promise for people nobody trained on.",
)

# %%
few = {"seeds": 3, "epochs": 24, "backbone": "live", "height": 40, "baseline": "arcface"}
comparison = facelab.compare(["my_loss.py:StraightLine", "arcface"], jobs=1, **few)
print(comparison)
_ = comparison.forest()

# %% [markdown]
# The interval holds zero. So the honest sentence is: *the line bundles more tightly in training;
# on new people no difference was seen.* If you want to know more, take more seeds and another set
# of faces, and let both losses search their settings with `tune`, on people held out for that.
# **Decide what you will count before you look**, or you will find the number that flatters you.
# And read what others did: this line is not new. With the other people's cosines straightened as
# well it is Li-ArcFace of 2019, which its authors made for small embeddings.
#
# ## What breaks?
#
# Here are five ways to spoil the loss, all of them easily made. The check is run on each.

# %%
lessons.predict(
    "How many of the five are found?",
    ["all five", "four", "two"],
    answer=1,
    why="The margin in degrees slips through. The check recognizes that fault where the margin "
    "alone bends the cosine; the line bends it by itself.",
)


# %%
def bent(c, m):
    return 1 - 2 * (torch.acos(c.clamp(-0.99999, 0.99999)) + m) / np.pi


faults = {
    "sign turned": lambda self, c, length: bent(c, -self.margin),
    "rises again": lambda self, c, length: torch.cos(torch.acos(0.99999 * c) + self.margin),
    "gradient dropped": lambda self, c, length: c + (bent(c, self.margin) - c).detach(),
    "length counts": lambda self, c, length: bent(c, self.margin) * length,
    "degrees": lambda self, c, length: bent(c, np.radians(self.margin)),
}
for name, psi in faults.items():
    broken = type("Broken", (losses.NormFace,), {"target": psi, "margin": 0.3})
    print(f"{name:17s}{'; '.join(losses.check(broken).failed) or '(nothing found)'}")

# %% [markdown]
# A list of theorems finds what somebody has thought of. What it cannot know is what **you** meant.
# For that, enter the fact a second time, by another way, and let the two meet: the exercises do.
#
# ## Your turn
#
# **1.** Two people, their logits tie. With ArcFace that is where $\theta_2 = \theta_1 + m$. Where
# is it with the line, $m = 0.3$? The wrong center still counts its plain cosine. Give $\theta_2$ as
# a function of $\theta_1$, radians.


# %%
def tie(theta):
    return theta + 0.3  # your line
    # solution: return np.arccos(1 - 2 * (theta + 0.3) / np.pi)


# %%
lessons.check(
    tie,
    lambda theta: np.arccos(1 - 2 * (theta + 0.3) / np.pi),
    at=np.radians(np.linspace(0, 90, 91)),
    axes=("θ₁, angle to the own center (rad)", "θ₂ where both tie (rad)"),
    hints={
        lambda theta: theta + 0.3: "That is the boundary of ArcFace.",
        lambda theta: 1 - 2 * (theta + 0.3) / np.pi: "That is the cosine to the other center; its "
        "angle is asked for.",
        lambda theta: np.arccos(1 - 2 * theta / np.pi): "The margin is missing.",
        lambda theta: np.arccos(np.cos(theta) - 0.3): "That is the boundary of CosFace.",
    },
)

# %% [markdown]
# **2.** At the same probability, the pull on an embedding is that of NormFace times the slope of
# $\psi$ over the slope of the cosine: for ArcFace $\sin(\theta + m)/\sin\theta$. What is the factor
# for the line? Its end at 0 degrees is the fault that the check found.


# %%
def pull(theta):
    return 1 + 0 * theta  # your line
    # solution: return 2 / (np.pi * np.sin(theta))


# %%
lessons.check(
    pull,
    lambda theta: 2 / np.pi / np.sin(theta),
    at=np.radians(np.linspace(5, 175, 171)),
    axes=("θ, angle to the own center (rad)", "pull, as a multiple of NormFace"),
    hints={
        lambda theta: 1 + 0 * theta: "That is NormFace itself.",
        lambda theta: 2 / np.pi + 0 * theta: "That is the slope per radian; divide it by that of "
        "the cosine.",
        lambda theta: 2 / np.pi * np.sin(theta): "Over the slope of the cosine, not times it.",
        lambda theta: 1 / np.sin(theta): "The line falls by 2/π for a radian, not by 1.",
        lambda theta: np.sin(theta + 0.3) / np.sin(theta): "That is the pull of ArcFace.",
    },
)

# %% [markdown]
# Both solved: `solutions/12_your_own_loss.ipynb`.
#
# ## Quiz

# %%
lessons.quiz(
    [
        (
            "A training with your loss runs through and the faces part. Is the loss sound?",
            ["yes", "not shown: networks learn with broken losses, too"],
            1,
            "A dropped gradient or a margin in the wrong unit still trains, as another loss.",
        ),
        (
            "The loss is finite on a center and its gradient is not. When do you notice?",
            ["at the first step", "when an embedding reaches its center", "never"],
            1,
            "Until then all is well, which makes it one of the hardest faults to find.",
        ),
        (
            "Your loss has a higher AUC than ArcFace in one run. What may you say?",
            [
                "it is better",
                "it is better on these faces",
                "nothing yet: repeat, with an interval",
            ],
            2,
            "Another seed, other people: the order of two losses turns around easily.",
        ),
        (
            "You tried twenty margins for your loss and none for ArcFace. What is wrong?",
            ["nothing", "yours was searched and the rival was not", "twenty are too few"],
            1,
            "The best of twenty tries is ahead of one try even if both losses are the same.",
        ),
    ]
)

# %% [markdown]
# ## Sources
#
# ArcFace: Deng et al., CVPR 2019, arXiv:1801.07698. The straight line with all cosines
# straightened, Li-ArcFace: Li et al., ICCV workshops 2019, arXiv:1907.12256. What is left of many
# improvements when everybody searches equally hard: Musgrave et al., *A Metric Learning Reality
# Check*, ECCV 2020, arXiv:2003.08505.
#
# ## Where next
#
# To the playground, or to a file of your own. If your loss holds what it promises,
# `CONTRIBUTING.md` says in three steps how it gets into the package, its views and its bench.
