# %% [markdown]
# # 00 · Start here
#
# **Question: can a network tell two people apart that it has never seen?**
#
# *Five minutes. You need nothing but this page; no GPU, no download.*
#
# Afterwards you will be able to say what an *embedding* is, why faces are compared by an *angle*,
# and what a *margin* asks for.
#
# Run each cell with Shift + Enter. Where a question is asked, guess before you run the next cell:
# being wrong is where one learns. Questions keep their code folded away, since it holds the answer.

# %%
import numpy as np

import facelab
from facelab import figures, geometry, lessons

lessons.setup()

# %% [markdown]
# ## Real faces
#
# These photographs were taken at the AT&T Laboratories in Cambridge between 1992 and 1994: forty
# people, ten photographs each, with different expressions and turns of the head. They came with
# the installation; nothing is fetched now.

# %%
faces = facelab.load("orl")
faces

# %% [markdown]
# ## The task
#
# Nobody wants to train a network again for every new person. So the network learns on *some*
# people, and is then asked about *others*: here are two photographs; is it the same person? This is
# called **open-set verification**. Thirty people are for learning, ten are kept for the questions.

# %%
seen, held_out = faces.split_people(fraction=0.75, seed=0)
print(f"{seen.num_people} people to learn from, {held_out.num_people} nobody has seen")

# %% [markdown]
# Take a pair that shows the same person and a pair that shows two different people, both from the
# held-out ten. A network that only guesses gives the first pair the higher similarity half of the
# time. This share is called **AUC**.

# %%
lessons.predict(
    "After some seconds of training on other people: how often is the same-person pair ahead?",
    ["about 60 % of the time", "about 80 % of the time", "more than 90 % of the time"],
    answer=2,
    why="Faces vary in similar ways: what was learned on thirty people carries over to ten others. "
    "The next cell shows it, with an interval.",
)

# %% [markdown]
# ## Train
#
# One line: a loss, some faces, a seed. ArcFace is one of the losses of this course; its **margin**
# and **scale** are the sliders you will meet below. The network has a quarter of a million weights
# and turns each photograph into 64 numbers, its **embedding**.

# %%
run = facelab.train(loss="arcface", data="orl", epochs=30, seed=0)
print(f"{run.embeddings.shape[1]} numbers for each photograph")
run

# %% [markdown]
# The number in brackets is the honest part: ten people are few, and another ten would give another
# number. The interval says how far it might move. It comes from drawing *people* again and again,
# not pairs, because the pairs of one person stand and fall together.
#
# How alike are two embeddings? Only the **angle** between them counts: 0 degrees is the same
# direction, 90 degrees is nothing in common. Here are the cosines of all those angles.

# %%
_ = figures.similarity(run.verification)
# %%
_ = figures.roc(run.verification)
# %% [markdown]
# The left hill and the right hill overlap a little: there is no threshold without mistakes. The
# curve shows the bargain. *TAR* is the share of same-person pairs that are accepted, *FAR* the
# share of different-person pairs that slip through.
#
# ## See it
#
# Sixty-four numbers cannot be drawn, three can. So let us train on ten people with embeddings of
# three numbers. Every photograph becomes a point on a sphere; each person has a **center**, the
# large white mark, that was trained along with the network. Around it lies a disc, its **cap**: an
# embedding inside is closer to its own center than to any other, and by at least the margin m.

# %%
lessons.predict(
    "Raise the margin, and leave the network as it is. What happens to the discs?",
    ["they grow", "they shrink", "they stay"],
    answer=1,
    why="More is asked of the same people: half of what the margin takes is taken from each of two "
    "neighbors.",
)

# %%
small = facelab.train(
    "arcface", seed=0, embedding_dim=3, fraction=0.25, backbone="live", augment=False, margin=0.3
)
ten, _ = small.faces()
points = small.arrays["train_embeddings"]
sphere = facelab.Sphere(
    points, ten.labels, centers=small.centers, images=ten.images, names=ten.names, margin=0.3
)
nearest, _ = geometry.nearest_center(small.centers)
caps = geometry.cap_radius(nearest, margin=0.3)
lessons.beside(sphere, figures.sphere(points, ten.labels, small.centers, caps, names=ten.names))

# %% [markdown]
# Drag the sphere to turn it, or use the arrow keys. Point at a dot to see the face. Move the
# slider: a wider margin leaves smaller caps, and people whose discs vanish are too close to a
# neighbor for it.
#
# ## Feel it
#
# What does the loss ask of a single photograph? It looks at one number, $\theta$, the angle to the
# center of its person. Without a margin it would like the cosine of that angle to be large.
# ArcFace puts something smaller in its place. Its symbols have the colors of the sliders below.

# %%
lessons.formula("arcface")

# %% [markdown]
# Two people, two centers on a circle, one embedding.

# %%
dial = facelab.MarginDial(loss="arcface", margin=0.5, scale=16)
theta = np.linspace(0, np.pi, 181)
curves = {
    "cos θ": np.cos(theta), "ArcFace, m = 0.5": geometry.target_curve("arcface", theta, margin=0.5)
}  # fmt: skip
lessons.beside(dial, figures.target_curves(theta, curves))

# %% [markdown]
# Set the margin to 0: the loss is content as soon as the embedding is nearer to its own center. Now
# raise the margin. The line up to which the loss *grants* the embedding to person 1 moves towards
# the center, although nothing about the photograph has changed. The network has to pull harder, and
# this is what sets the people apart who come later.

# %%
lessons.predict(
    "In the dial, margin 0.5 radians and centers 90 degrees apart: up to which angle from its "
    "center is an embedding granted?",
    answer=30.7,
    why="The two scores tie where 90 degrees minus the angle equals the angle plus 28.6 degrees.",
    low=0,
    high=90,
    unit="°",
)

# %%
granted = np.degrees(geometry.tie_between("arcface", np.radians(90), margin=0.5))
print(f"a margin of 0.5 radians is {np.degrees(0.5):.1f} degrees: granted up to {granted:.1f}")

# %% [markdown]
# ## Quiz

# %%
lessons.quiz(
    [
        (
            "Why are the people of the last questions nobody the network was trained on?",
            ["to save time", "because that is the task: new people", "there are too few images"],
            1,
            "A door has to know people who joined after the network was made.",
        ),
        (
            "Two embeddings point in the same direction, one is twice as long. How alike are they?",
            ["half as much", "not at all", "as alike as can be"],
            2,
            "Only the angle counts, and it is 0.",
        ),
        (
            "The threshold is moved up, so that fewer pairs pass. What happens to FAR and TAR?",
            ["FAR falls, TAR rises", "both fall", "both rise"],
            1,
            "Fewer pairs of any kind are accepted: a stricter door also turns friends away.",
        ),
        (
            "What does the margin change while a network learns?",
            [
                "what is asked of each photograph",
                "the photographs",
                "how people are compared later",
            ],
            0,
            "It is used in training alone; afterwards two embeddings are compared by their angle.",
        ),
    ]
)

# %% [markdown]
# ## Where next
#
# * **01 · Onto the sphere**: why lengths are thrown away, and why a scale has to be put back.
# * **02 · Margins**: CosFace and ArcFace, and why public codes of the same loss differ.
# * **Playground**: everything at once, live.
#
# ## Sources
#
# The photographs: F. Samaria and A. Harter, *Parameterisation of a stochastic model for human face
# identification*, 1994; AT&T Laboratories Cambridge. ArcFace: Deng et al., CVPR 2019,
# arXiv:1801.07698.
