# %% [markdown]
# # 11 · Your own faces
#
# **Question: what has to happen to a photograph before any of these losses can work, and what must
# you not do with photographs of people?**
#
# *Thirty minutes. You need lesson 02 and the extra `photos`.*
#
# Afterwards you will be able to find, turn and cut out the faces of your own photographs, say how
# much depends on it, and say whom you have to ask.

# %%
from pathlib import Path

import numpy as np
from PIL import Image

import facelab
from facelab import figures, lessons
from facelab.datasets.photos import align

lessons.setup()

# %% [markdown]
# ## Photographs as they come
#
# In all lessons so far somebody had cut out the faces. Photographs are not like that. So that this
# lesson needs none of yours, thirty people of ORL are put back into larger pictures, each face at
# some place and tilted by chance.

# %%
orl = facelab.load("orl").take_people(30)
chance = np.random.default_rng(0)


def photograph(face, tilt, x, y):
    picture = Image.new("L", (250, 250), int(face.mean()))
    picture.paste(Image.fromarray(face), (int(x), int(y)))
    turned = picture.rotate(tilt, Image.Resampling.BICUBIC, fillcolor=int(face.mean()))
    return np.asarray(turned)


photos = [photograph(f, chance.normal(0, 15), *chance.integers(20, 120, 2)) for f in orl.images]
_ = figures.face_grid(np.stack(photos[::30]), np.arange(10), orl.names[::3], columns=5)
# %% [markdown]
# ## Without looking for the face
#
# The simplest way is to take the middle of each picture, as `facelab.load("my/photos")` does unless
# you ask for more.

# %%
lessons.predict(
    "A network learns from these middles with ArcFace. AUC on people it has never seen? 0.5 is "
    "guessing, 1 is without a fault.",
    answer=0.7,
    low=0.5,
    high=1,
    why="It has to learn every person at every place and tilt, from ten pictures each.",
)

# %%
middles = np.stack([p[14:236, 34:216] for p in photos])
few = {"backbone": "live", "height": 40, "epochs": 24, "seed": 0}
half = facelab.FaceSet(middles, orl.labels, orl.names, orl.source, orl.license).resize(112, 92)
plain = facelab.train("arcface", data=half, **few)
print(f"middles: AUC {plain.verification.auc()!r}")
print(f"{plain.metrics[-1]['accuracy']:.0%} of the training faces nearest to their own center")

# %% [markdown]
# ## Find, turn, cut out
#
# Three steps, and none of them learns anything from your pictures:
#
# 1. **Find the face.** A *cascade* slides a window over the picture and asks simple questions about
#    light and dark; nearly everywhere it can stop after the first.
# 2. **Find the eyes**, with another cascade, in the upper half of the face.
# 3. **Turn, scale, shift**, until the eyes lie where they lie in every other image. With points as
#    complex numbers $z$ that is one line: $z \mapsto a z + b$, the same $a$ and $b$ for both eyes.
#    The angle of $a$ is the turn, its length $|a|$ the scale.
#
# Here is how the package does it, and the loss it then trains with.

# %%
lessons.show_source(align)
lessons.formula("arcface")

# %%
lessons.predict(
    "In how many of the photographs does it find both eyes?",
    answer=97,
    low=0,
    high=100,
    unit=" %",
    why="Where it does not, because of glasses, closed eyes or a dark side, the face is cut out by "
    "its rectangle, and `by` says so.",
)

# %%
found = [align(p) for p in photos]
kept = [k for k, one in enumerate(found) if one is not None]
print(f"face found: {len(kept) / len(photos):.0%}", end=", ")
print(f"both eyes: {np.mean([found[k].by == 'eyes' for k in kept]):.0%}")
images = np.stack([found[k].image for k in kept])
whole = facelab.FaceSet(images, orl.labels[kept], orl.names, orl.source, orl.license)
_ = figures.face_grid(images[::30], np.arange(10), orl.names[::3], columns=5)
# %% [markdown]
# Pasted faces are easy. On photographs from the press the package finds 99 % of 500 faces (LFW; a
# test holds it above 98 %), nine in ten of them by their eyes.

# %%
lessons.predict(
    "The same network, the same loss, the same people, now aligned. What changes?",
    ["next to nothing", "a little", "a great deal"],
    answer=2,
    why="What alignment has removed the network need not learn to ignore.",
)

# %%
upright = facelab.train("arcface", data=whole, **few)
print(f"aligned: AUC {upright.verification.auc()!r}")
print(f"{upright.metrics[-1]['accuracy']:.0%} of the training faces nearest to their own center")
test = whole.split_people(fraction=0.75, seed=0)[1]
easy, tilted = (upright.embed(x.images) for x in (test, test.degrade("rotation", 0.5)))
tilt = facelab.Similarities({"aligned": upright}, test.take_people(5), kind="rotation", level=0.5)
lessons.beside(tilt, figures.similarity_histograms(easy, tilted, test.labels))

# %% [markdown]
# Two cascades and one line of arithmetic did this. Which is why results with and without alignment
# cannot be compared, and why papers say how they cut out their faces. The view shows the reverse:
# move the slider, and faces that were upright are tilted again.
#
# ## What breaks?
#
# Finding a face has its own limits. Here are twenty of the photographs, spoiled in five ways.

# %%
twenty = photos[::15]
ways = {
    "as they are": lambda p: p,
    "upside down": lambda p: p[::-1, ::-1],
    "a third of the size": lambda p: p[::3, ::3],
    "very dark": lambda p: p // 32,
    "left half covered": lambda p: np.where(np.arange(250) < 125, 0, p).astype(np.uint8),
    "negative": lambda p: 255 - p,
}
for name, spoil in ways.items():
    got = [align(np.ascontiguousarray(spoil(p))) for p in twenty]
    print(f"{name:20s}{np.mean([one is not None for one in got]):5.0%} found")

# %% [markdown]
# *Found* means that the cascade says so, not that it is right. Darkness hardly matters, as the
# contrast is evened out first. Two others are worth remembering: a face is only looked for the way
# a photographer holds the camera, and a small one shows too little. Whatever is not found is listed
# in `.skipped`, never guessed. Look at what was left out: if it is always the same people, your
# results are about the others only.
#
# ## Your photographs, and whose they are
#
# Make a folder `my_photos` beside this notebook with a folder for each person, and run the cell.
# Nothing is sent anywhere and nothing is written: the pictures stay where they are.
#
# **Ask first.** A face is not only yours because you took the picture. Ask everybody who is on it,
# say what for, and delete what you no longer need. An embedding is no way out: it is made to
# recognize the person, so it is as personal as the photograph. In the European Union the law says
# so, too (GDPR, article 9). And do not commit either to a repository.

# %%
if Path("my_photos").is_dir():
    mine = facelab.load("my_photos", align=True)
    print(mine, mine.skipped)
else:
    print("There is no folder my_photos here; everything else in this lesson runs without it.")

# %% [markdown]
# ## Your turn
#
# **1.** In a photograph the eyes lie at $(40, 80)$ and $(90, 55)$: x to the right, y **down**, in
# pixels. By how many degrees is the face tilted counterclockwise?

# %%
tilted_by = 0.0  # your line
# solution: tilted_by = np.degrees(np.arctan2(80 - 55, 90 - 40))

# %%
lessons.check(
    tilted_by,
    26.565,
    within=0.1,
    axes=("tilt (degrees)", ""),
    hints={
        0.4636: "Those are radians.",
        -26.565: "y points down: the eye on the right lies higher, so the tilt is positive.",
        63.435: "Across and down are exchanged.",
    },
)

# %% [markdown]
# **2.** In the image that is cut out the eyes shall be 35 pixels apart. By which factor is the
# photograph scaled?

# %%
factor = 1.0  # your line
# solution: factor = 35 / np.hypot(90 - 40, 80 - 55)

# %%
lessons.check(
    factor,
    0.6261,
    within=0.001,
    axes=("factor", ""),
    hints={
        0.7: "That is the distance along x alone; a tilted face is farther across.",
        1.5972: "The other way round: the photograph becomes smaller.",
        35 / 75: "Along both sides of the corner; the straight way is shorter.",
    },
)

# %% [markdown]
# Both solved: `solutions/11_your_own_faces.ipynb`.
#
# ## Quiz

# %%
lessons.quiz(
    [
        (
            "What does alignment by the eyes take away?",
            ["place, size and tilt", "the expression", "the light"],
            0,
            "A turn, a scale and a shift can do that much, and no more.",
        ),
        (
            "A loss beats another one, but its authors cut out the faces differently. So?",
            ["the loss is better", "nothing follows: the cut alone may have done it"],
            1,
            "In this lesson the cut alone changed the AUC, under the same loss.",
        ),
        (
            "You keep embeddings of your friends and delete the photographs. Is that anonymous?",
            ["yes", "no"],
            1,
            "An embedding is made to recognize them.",
        ),
        (
            "For some people no face is found. What first?",
            ["leave them out", "look at who they are", "train longer"],
            1,
            "Who is left out decides whom the result is about.",
        ),
    ]
)

# %% [markdown]
# ## Sources
#
# Cascades: Viola and Jones, *Robust Real-Time Face Detection*, IJCV, 2004; those used here come
# with OpenCV. Detection and alignment by a network: Zhang et al., 2016, arXiv:1604.02878. ArcFace:
# Deng et al., CVPR 2019, arXiv:1801.07698.
#
# ## Where next
#
# **12 · Your own loss**: the faces are yours now. What if the loss were, too?
