# %% [markdown]
# # 01 · Onto the sphere
#
# **Question: why do face-recognition losses throw the length of an embedding away, and what do
# they have to put back?**
#
# *Fifteen minutes. You need lesson 00.*
#
# Afterwards you will be able to say what softmax does with lengths, why normalizing helps when new
# people come, and why cosines need a **scale** before they can be trained.

# %%
import numpy as np
import torch

import facelab
from facelab import figures, geometry, lessons
from facelab.losses import NormFace, Softmax

lessons.setup()

# %% [markdown]
# ## Softmax in the plane
#
# A classifier keeps one row of numbers, $W_j$, for each person $j$. The score of a photograph with
# the embedding $x$ is
#
# $$z_j = W_j \cdot x = |W_j|\,|x| \cos\theta_j$$
#
# and the softmax loss asks that the right score stand out. Three things enter: the length of the
# row, the length of the embedding, and the angle $\theta_j$ between them. With embeddings of two
# numbers we can look at all three.

# %%
TEN = {"fraction": 0.25, "backbone": "live", "augment": False, "embedding_dim": 2, "epochs": 60}
plain = facelab.train("softmax", seed=1, **TEN)
lengths = np.linalg.norm(plain.arrays["train_embeddings"], axis=1)
print(
    f"lengths from {lengths.min():.1f} to {lengths.max():.1f}, half below {np.median(lengths):.1f}"
)
_ = figures.plane(plain.arrays["train_embeddings"], plain.arrays["train_labels"], plain.centers)
# %% [markdown]
# The arrows are the rows $W_j$ (here so short that they huddle in the middle); the dashed circle
# has the radius 1.
#
# Petals: people stretch outwards, most in a direction of their own. Some share one (find the two
# pairs) and only their lengths tell them apart. A long embedding is a *confident* one, since
# stretching it multiplies all scores.

# %%
lessons.predict(
    "Double the length of every embedding and of no row. What happens to the softmax loss of "
    "photographs that are already right?",
    ["it falls", "it stays", "it rises"],
    answer=0,
    why="All scores double, so the distance between them doubles. The network can lower the loss "
    "by stretching, without turning a single embedding towards its person.",
)

# %%
loss = Softmax(num_classes=plain.results["people"]["train"], embedding_dim=2)
loss.load_state_dict(plain.loss.state_dict())
x = torch.as_tensor(plain.arrays["train_embeddings"])
y = torch.as_tensor(plain.arrays["train_labels"])
right = (x @ loss.weight.T).argmax(1) == y
for stretch in (1, 2, 4):
    print(f"stretched {stretch} times: loss {loss(stretch * x[right], y[right]).item():.3f}")

# %% [markdown]
# ## Keep the angle, drop the length
#
# When somebody new comes there is no row $W_j$ for them; two photographs are compared with each
# other, by the angle between their embeddings. So what is learned should be the angle. **NormFace**
# divides every embedding and every row by its length:
#
# $$z_j = s \cos\theta_j$$
#
# The loss is softmax on these scores, and what stands in for the cosine at the right person is the
# cosine itself. Here is all of it, as the package runs it; the scale has the color of its slider
# further below.

# %%
lessons.show_source(NormFace)
lessons.formula("normface")

# %%
round_ = facelab.train("normface", seed=1, **TEN)
_ = figures.plane(round_.arrays["train_embeddings"], round_.arrays["train_labels"], round_.centers)
# %% [markdown]
# The lengths still differ, since nothing tells the network what to do with them. But the directions
# are now bundled: compare how wide each person's fan is with the petals above.

# %%
for name, run in {"softmax": plain, "normface": round_}.items():
    angle, share = np.degrees(run.metrics[-1]["angle"]), run.metrics[-1]["accuracy"]
    print(f"{name:9s} {angle:5.1f} degrees to the own center, {share:.0%} nearest to it")

# %% [markdown]
# The share of right ones is telling: petals that overlap in direction are still told apart by
# their lengths while they are trained, but no longer once only the angle is looked at.
#
# ## Why a scale?
#
# The letter $s$ looks like an afterthought. Take it away, $s = 1$: then no score is above 1 and
# none below $-1$.

# %%
lessons.predict(
    "Ten people, told apart perfectly, s = 1: what probability can the right person get at most?",
    answer=25.2,
    why="The score of the right person is 1. The other nine centers cannot all be opposite: spread "
    "as far as they go, their cosine is just below 0. Softmax of that is far from certain.",
    low=0,
    high=100,
    unit=" %",
)

# %% [markdown]
# However good the network is, the loss of a photograph cannot fall below
#
# $$\log\left(1 + (C - 1)\, e^{-s\, C/(C - 1)}\right)$$
#
# where $C$ is the number of people. Move the sliders: the scale $s$ first, then the people.

# %%
surest = np.exp(-geometry.normface_lower_bound(1, 10))
print(f"s = 1, ten people: a probability of {surest:.1%} at most")
floor = facelab.widgets.LossFloor(scale=1, people=10)
lessons.beside(floor, figures.lower_bound([10, 100, 1000]))

# %% [markdown]
# With a small scale even a perfect photograph is pulled as if it were wrong, and the hard ones do
# not stand out. With a very large scale the loss is content as soon as the right score is ahead by
# a hair, and the easy photographs stop pulling at all.

# %%
lessons.predict(
    "Ten people, the same training with s = 1, 4, 16 and 64. Which leaves the photographs furthest "
    "from their own centers?",
    ["s = 1", "s = 16", "s = 64"],
    answer=2,
    why="With 64 a hair's breadth is enough for a loss near 0, so nothing pulls the photographs "
    "closer. With 1 the loss is never content and goes on pulling.",
)

# %%
print("   s   loss    nearest center is the own   angle to it")
for scale in (1, 4, 16, 64):
    run = facelab.train("normface", seed=1, scale=scale, **TEN)
    last = run.metrics[-1]
    print(f"{scale:4d} {last['loss']:6.2f} {last['accuracy']:20.0%} "
          f"{np.degrees(last['angle']):21.1f} degrees")  # fmt: skip

# %% [markdown]
# ## What breaks?
#
# **A scale that is too small.** The loss at $s = 1$ stays high however long you train: that is the
# floor, not a fault of the network. (It lies a little above the curve, since ten centers on a
# circle cannot be as far apart as the bound allows; with more numbers an embedding they can.) So
# when a loss of your own does not fall, look for the scale first.
#
# **A scale that is too large.** The loss is near 0, and yet the people are bundled worst. Nothing
# looks broken, which makes it the harder fault to find: watch the angle to the own center, not the
# loss.
#
# ## Your turn
#
# **1.** Write the floor of the loss for ten people as a function of the scale: the right score is
# $s$, the nine others are as low as they all can be. Run the folded cell below yours too: it draws
# your answer over the true one.


# %%
def lowest(s):
    return 0 * s  # your line
    # solution: return np.log(1 + 9 * np.exp(-s * 10 / 9))


# %%
lessons.check(
    lowest,
    lambda s: geometry.normface_lower_bound(s, 10),
    at=np.linspace(0, 16, 161),
    axes=("scale s", "lowest loss (nats)"),
    hints={
        lambda s: np.log(1 + 9 * np.exp(-s)): "Your nine others are at a right angle, with cosine "
        "0. They can be further away: what is the lowest cosine that all of them can have?",
        lambda s: np.log(1 + 9 * np.exp(-2 * s)): "Your nine others are all opposite, with cosine "
        "-1. Only one can be.",
        lambda s: np.log(1 + 10 * np.exp(-s * 10 / 9)): "Ten people: how many are the others?",
    },
)

# %% [markdown]
# **2.** Which scale do ten people need, so that the right one can get a probability of 99 %? Solve
# for $s$; a probability $p$ is a loss of $-\log p$.

# %%
probability, rivals = 0.99, 9
scale = 1.0  # your line
# solution: scale = 0.9 * np.log(rivals * probability / (1 - probability))

# %%
lessons.check(
    scale,
    geometry.scale_to_reach(-np.log(0.99), 10),
    within=0.02,
    axes=("scale s", ""),
    hints={
        np.log(9 * 99): "The others are further away than a right angle: each step counts more.",
        0.9 * np.log(99): "That is for a single rival; there are nine.",
        0.9
        * np.log10(9 * 99): "That is the logarithm to base ten; the loss takes the natural one.",
    },
)

# %% [markdown]
# Both solved: `solutions/01_onto_the_sphere.ipynb`.
#
# ## Quiz

# %%
lessons.quiz(
    [
        (
            "A photograph's embedding gets longer, its direction stays. What does NormFace say?",
            ["a lower loss", "the same loss", "a higher loss"],
            1,
            "It divides by the length before it looks.",
        ),
        (
            "Your loss uses cosines and stays near log C. What do you look at first?",
            ["the learning rate", "the scale", "the number of layers"],
            1,
            "With a scale of 1 the floor itself is only about 1 below log C.",
        ),
        (
            "More people, the same scale. What happens to the floor of the loss?",
            ["it rises", "it falls", "it stays"],
            0,
            "More others share the probability, and they cannot be as far away.",
        ),
        (
            "Why not make the scale as large as can be?",
            [
                "numbers overflow",
                "easy photographs stop pulling, so people are bundled less tightly",
                "the network gets slower",
            ],
            1,
            "That is what the last column of the table above shows.",
        ),
    ]
)

# %% [markdown]
# ## Sources
#
# NormFace, with the bound drawn above: Wang, Xiang, Cheng, Yuille, ACM MM 2017, arXiv:1704.06369.
#
# ## Where next
#
# **02 · Margins**: the angle is learned, but only just enough. What if the loss asked for more?
