# %% [markdown]
# # 02 · Margins
#
# **Question: what do CosFace and ArcFace ask for that plain softmax does not, and are two programs
# called ArcFace the same function?**
#
# *Twenty minutes. You need lesson 01.*
#
# Afterwards you will be able to draw the target curve of both losses, say in which unit each margin
# is, and say what happens behind 180 degrees.

# %%
import numpy as np

import facelab
from facelab import figures, geometry, lessons
from facelab.losses import arcface

lessons.setup()

# %% [markdown]
# ## Just enough is not enough
#
# NormFace is content when a photograph is nearer to its own center than to any other. For people
# met in training that is enough. For new people it is not: their photographs land anywhere, and two
# of one person should land closer to each other than to anybody else's.
#
# So a margin loss makes the task harder **while training**. It replaces the cosine at the true
# class by a smaller number, $\psi(\theta)$, and leaves the others alone:
#
# | loss | curve | the margin $m$ is |
# |---|---|---|
# | NormFace | $\psi(\theta) = \cos\theta$ | absent |
# | CosFace | $\psi(\theta) = \cos\theta - m$ | an amount of cosine |
# | ArcFace | $\psi(\theta) = \cos(\theta + m)$ | an angle, in radians |
# | A-Softmax (SphereFace) | $\psi(\theta) = (-1)^k \cos(m\theta) - 2k$ | a factor of the angle |
# | Combined | $\psi(\theta) = \cos(m_1\theta + m_2) - m_3$ | all three |
#
# with $k = \lfloor m\theta/\pi \rfloor$, the half turns in $m\theta$, so that the curve falls on.

# %%
dial = facelab.MarginDial(loss="cosface", margin=0.35, scale=16)
theta = np.linspace(0, np.pi, 181)
curves = {
    "NormFace": np.cos(theta),
    "CosFace, m = 0.35": geometry.target_curve("cosface", theta, margin=0.35),
    "ArcFace, m = 0.5": geometry.target_curve("arcface", theta, margin=0.5),
    "A-Softmax, m = 2": geometry.target_curve("sphereface", theta, margin=2),
}
three = {"m1": 0.9, "m2": 0.4, "m3": 0.15}
curves["Combined, 0.9, 0.4, 0.15"] = geometry.target_curve("combined_margin", theta, **three)
lessons.beside(dial, figures.target_curves(theta, curves))

# %% [markdown]
# Switch the loss between CosFace and ArcFace and look at the square panel. On the diagonal both
# people are equally far. The boundary lies beside it, and the upright distance between the two *is*
# the margin as an angle.

# %%
lessons.predict(
    "CosFace, m = 0.35. Where is the gap between the boundary and the diagonal widest?",
    ["beside the center", "at 45 degrees", "at 90 degrees"],
    answer=0,
    why="The same amount of cosine is a wide angle where the cosine is flat, at 0 degrees, and a "
    "narrow one where it is steep, at 90. ArcFace asks for the same angle everywhere.",
)

# %%
theta = np.radians([0.01, 20, 40, 60])
for loss, margin in (("cosface", 0.35), ("arcface", 0.5)):
    gap = geometry.boundary(loss, theta, margin=margin) - theta
    print(loss, "gap at 0, 20, 40 and 60 degrees:", np.degrees(gap).round(1))

# %% [markdown]
# ## On real faces
#
# Thirty people to learn from, ten others to verify, the same seed and so the same first weights and
# the same people for each loss.

# %%
keys = ("softmax", "normface", "cosface", "arcface")
runs = {loss: facelab.train(loss, seed=0, height=40, epochs=20) for loss in keys}
for loss, run in runs.items():
    own = np.degrees(run.metrics[-1]["angle"])
    print(f"{loss:9s} AUC {run.verification.auc()!r}, {own:.0f} degrees to the own center")

# %% [markdown]
# Read the intervals before the numbers. On ten people they overlap: this run alone does **not**
# show that one loss is better than another. What it does show is what the margin does to people
# seen in training: they are bundled more tightly around their centers.

# %%
lessons.predict(
    "Which loss will leave the training people closer to their centers on the sphere?",
    ["NormFace", "ArcFace with m = 0.3", "no difference"],
    answer=1,
    why="The margin goes on pulling after NormFace is content.",
)

# %%
TEN = {"fraction": 0.25, "backbone": "live", "augment": False, "embedding_dim": 3, "seed": 0}
for loss in ("normface", "arcface"):
    run = facelab.train(loss, **TEN)
    print(
        f"{loss}: {np.degrees(run.metrics[-1]['angle']):.1f} degrees to the own center on average"
    )
ten, _ = run.faces()
points = run.arrays["train_embeddings"]
sphere = facelab.Sphere(points, ten.labels, centers=run.centers, images=ten.images, margin=0.3)
nearest, _ = geometry.nearest_center(run.centers)
caps = geometry.cap_radius(nearest, margin=0.3)
lessons.beside(sphere, figures.sphere(points, ten.labels, run.centers, caps))

# %% [markdown]
# ## The same name, several functions
#
# Here is ArcFace as this package runs it. Read its first lines: the formula has **two** parts.

# %%
lessons.show_source(arcface)
lessons.formula("arcface")

# %% [markdown]
# The paper prints only the first part. But where $\theta + m$ passes 180 degrees the cosine rises
# again, and a loss that uses it there *rewards* an embedding for turning away from its person.
# Public codes called ArcFace each do something else about it. The figure shows where they part:
# `none` is insightface and ElasticFace, `linear` CurricularFace and pytorch-metric-learning, `clip`
# OpenSphere and AdaFace, `keep` FaceX-Zoo, `shift` wespeaker, `easy` the easy margin of several. In
# the dial above, `beyond pi` switches between them.

# %%
ways = ("linear", "none", "clip", "keep", "easy", "shift")
theta = np.linspace(0, np.pi, 361)
ax = figures.target_curves(
    theta,
    {way: geometry.target_curve("arcface", theta, margin=0.5, beyond_pi=way) for way in ways},
)
_ = ax.set(xlim=(85, 180), ylim=(-1.3, 0.1))
# %% [markdown]
# Who compares results of two programs compares two losses. And one more thing does not show in any
# curve: some of these codes compute the angle outside of automatic differentiation, so that their
# *value* has a margin and their *gradient* is that of the plain cosine. Here both are keywords,
# `beyond_pi` and `gradient`, and each is checked against the numbers of those programs.
#
# ## What breaks?
#
# A margin can be too large. Ten people share a circle of 360 degrees, so 36 degrees are left from
# one center to the next; whoever asks for more than that asks for the impossible. And on a circle
# it matters where the centers **start**: two that start side by side are kept apart by the margin,
# and nobody can pass. So far they started evenly spread; here they start by chance as well.

# %%
lessons.predict(
    "Ten people on a circle, centers evenly spread, m = 0.8 radians, which is 46 degrees. What do "
    "the loss and the share of right ones do?",
    ["both are bad", "the loss stays high, nearly all are right", "both are good"],
    answer=1,
    why="Being nearest to one's own center is easy; being 46 degrees ahead on a circle that leaves "
    "36 is impossible.",
)

# %%
print(f"ten people on a circle: {360 / 10:.0f} degrees from one center to the next")
print("margin                 even start: loss, right     by chance: loss, right")
for margin in (0.1, 0.3, 0.8, 1.4):
    row = f"m {margin:.1f} rad = {np.degrees(margin):2.0f} degrees"
    for start in ("even", "random"):
        small = {**TEN, "embedding_dim": 2, "seed": 2, "start": start}
        last = facelab.train("arcface", margin=margin, **small).metrics[-1]
        row += f"{last['loss']:17.2f} {last['accuracy']:7.0%}"
    print(row)

# %% [markdown]
# Two different things break. Where the margin is wider than the room, the loss stays high although
# nearly everybody is nearest to their own center: it asks for more than there is. Where the start
# is unlucky, people stay on the wrong side of each other: the loss *and* the share of right ones
# show it. A toy example that does not converge is worth a look at where its centers began.
#
# ## Your turn
#
# **1.** Write the target curve of CosFace with $m = 0.35$: change the line, run the cell and the
# folded one below it, and see your curve over the true one.


# %%
def cosface(theta):
    return np.cos(theta)  # your line
    # solution: return np.cos(theta) - 0.35


# %%
lessons.check(
    cosface,
    "cosface",
    margin=0.35,
    hints={
        lambda theta: np.cos(theta + 0.35): "That is ArcFace: its margin is an angle.",
        lambda theta: 0.65 * np.cos(theta): "A margin is taken away; yours is a factor.",
    },
)

# %% [markdown]
# **2.** The same for ArcFace with $m = 0.5$, both parts: what comes behind $\pi - m$ stands in the
# first lines of its source above.


# %%
def both_parts(theta):
    return np.cos(theta + 0.5)  # your line
    # solution: first, rest = np.cos(theta + 0.5), np.cos(theta) - 0.5 * np.sin(0.5)
    # solution: return np.where(theta <= np.pi - 0.5, first, rest)


# %%
lessons.check(
    both_parts,
    "arcface",
    margin=0.5,
    hints={
        lambda theta: np.cos(np.minimum(theta + 0.5, np.pi)): "Flat behind 180 degrees: nothing "
        "would pull an embedding there.",
        lambda theta: np.cos(theta) - 0.5: "That is CosFace: its margin is an amount of cosine.",
    },
)

# %% [markdown]
# Both solved: `solutions/02_margins.ipynb`.
#
# ## Quiz

# %%
lessons.quiz(
    [
        (
            "Which margin is an angle?",
            ["that of CosFace", "that of ArcFace", "both"],
            1,
            "CosFace takes an amount away from the cosine; the angle it comes to depends on where.",
        ),
        (
            "Is the margin used when two photographs are compared later?",
            ["yes", "no"],
            1,
            "It makes training harder; afterwards there are only angles between embeddings.",
        ),
        (
            "Two programs call their loss ArcFace. What is worth comparing first?",
            ["their speed", "what they do behind 180 degrees", "their learning rates"],
            1,
            "There they are different functions, and a badly started embedding is there.",
        ),
        (
            "The loss stays high, but nearly everybody is nearest to their own center. Why?",
            ["the margin is wider than the room", "the network is too small", "a bad start"],
            0,
            "A bad start would show in the share of right ones too.",
        ),
    ]
)

# %% [markdown]
# ## Sources
#
# CosFace: Wang H. et al., CVPR 2018, arXiv:1801.09414, the same function as AM-Softmax, Wang F. et
# al., arXiv:1801.05599. ArcFace: Deng et al., CVPR 2019, arXiv:1801.07698. SphereFace: Liu et al.,
# CVPR 2017, arXiv:1704.08063; combined: the ArcFace paper, eq. 4.
#
# ## Where next
#
# **03 · Hard samples**: a margin asks more of every photograph. What if one asked more of the hard
# ones only?
