"""Who is sketched: the numbers that make a person, and those that differ from image to image.

A person is a vector of normal numbers, one a feature; FEATURES says what each of them moves. People
come in families of FAMILY, and a family has a vector too:

    person = sqrt(likeness) family + sqrt(1 - likeness) own

so every person is as unusual as before, and `likeness` is the correlation inside a family: 0 leaves
strangers, 1 makes twins. What happens to a face in an image is drawn for that image, before any
strength is looked at: the same image only gets harder when a strength grows.
"""

import math

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]  # float32
Numbers = dict[str, Array]  # name -> (N, 1, 1)

FAMILY = 4  # people
EXTREME = 2.2  # nobody is further from the middle, standard deviations

# feature -> middle, step of a standard deviation. Lengths in half heights of the image, measured on
# the head with its middle as the origin, downwards positive; tones from 0 (black) to 1 (white).
FEATURES: dict[str, tuple[float, float]] = {
    "head_width": (0.56, 0.034),
    "head_height": (0.755, 0.032),
    "jaw": (0.16, 0.09),  # how much narrower the head is at the chin
    "eye_apart": (0.235, 0.022),
    "eye_height": (-0.06, 0.03),
    "eye_width": (0.118, 0.012),
    "eye_open": (0.05, 0.01),
    "eye_slant": (0.0, 0.08),
    "iris": (0.22, 0.09),
    "brow_height": (0.135, 0.02),
    "brow_thick": (0.030, 0.009),
    "brow_slant": (0.06, 0.10),
    "nose_length": (0.335, 0.042),
    "nose_width": (0.118, 0.022),
    "nose_relief": (1.0, 0.22),
    "mouth_drop": (0.175, 0.024),
    "mouth_width": (0.225, 0.03),
    "lip_upper": (0.036, 0.011),
    "lip_lower": (0.052, 0.014),
    "chin": (0.9, 0.4),
    "cheek": (0.8, 0.35),
    "fold": (0.35, 0.3),  # lines from the nose to the mouth
    "skin": (0.74, 0.09),
    "hair": (0.26, 0.17),
    "hairline": (-0.5, 0.07),
    "parting": (0.0, 0.14),
    "volume": (0.085, 0.035),
    "long_hair": (-0.55, 1.0),  # above 0 it falls beside the face
    "curl": (-0.3, 1.0),  # above 0 its outline is uneven
    "beard": (-0.9, 1.0),  # above 0 there is one
    "ear": (0.115, 0.022),
    "uneven": (0.0, 0.012),  # how far the nose is from the middle
}
SHORTEST = {"brow_thick": 0.010, "eye_open": 0.028, "lip_upper": 0.012, "fold": 0.0, "hair": 0.05}

# what is drawn for each image, a normal number each; "worn" is turned into 0 to 1
POSE = ("yaw", "pitch", "roll", "across", "down", "zoom")
LIGHT = ("from_side", "from_above", "contrast", "exposure", "backdrop", "shirt")
EXPRESSION = ("smile", "open", "raise", "lid", "gaze", "frown")
GLASSES = ("worn", "rim_width", "rim_height", "rim_thick", "rim_tone")
LENS = ("blur", "resolution", "noise")
DRAWN = POSE + LIGHT + EXPRESSION + GLASSES + LENS


def person(seed: int, number: int, likeness: float) -> NDArray[np.float64]:
    """The features of one person as normal numbers, (features,), whoever else there is."""
    family = np.random.default_rng((1, seed, number // FAMILY)).standard_normal(len(FEATURES))
    own = np.random.default_rng((2, seed, number)).standard_normal(len(FEATURES))
    return math.sqrt(likeness) * family + math.sqrt(1 - likeness) * own


def features(people: NDArray[np.float64]) -> Numbers:
    """What the numbers of people, (N, features), come to in lengths and tones."""
    middle, step = np.array(list(FEATURES.values())).T
    values = middle + step * people.clip(-EXTREME, EXTREME)
    found = columns(values, tuple(FEATURES))
    for name, least in SHORTEST.items():
        found[name] = np.maximum(found[name], np.float32(least))
    return found


def columns(values: NDArray[np.float64], names: tuple[str, ...]) -> Numbers:
    """A column for each name, (N, names) -> (N, 1, 1) each, ready to meet pixels."""
    table = values.astype(np.float32)
    return {name: table[:, k, None, None] for k, name in enumerate(names)}


def image_source(seed: int, number: int, image: int) -> np.random.Generator:
    """The random numbers of one image of one person, whatever else is drawn."""
    return np.random.default_rng((3, seed, number, image))


def happenings(drawn: NDArray[np.float64], strength: dict[str, float]) -> Numbers:
    """What happens in each image.

    Args:
        drawn: (N, DRAWN), normal numbers.
        strength: pose, light, expression, glasses, blur, resolution, noise -> 0 to 1.

    Returns:
        name in DRAWN -> (N, 1, 1): angles in radians, lengths in half heights, light and noise as
        parts of white, `resolution` as how many times smaller.
    """
    kinds = {"pose": POSE, "light": LIGHT, "expression": EXPRESSION}
    drawn = drawn.clip(-EXTREME, EXTREME)
    raw = columns(drawn, DRAWN)
    found = dict(raw)
    for kind, names in kinds.items():
        found |= {name: raw[name] * np.float32(strength[kind] * REACH[name]) for name in names}
    found["worn"] = (_share(raw["worn"]) < strength["glasses"] / 2).astype(np.float32)
    for name in LENS:
        found[name] = _share(raw[name]) * np.float32(strength[name] * REACH[name])
    found["zoom"] = np.exp(found["zoom"])
    found["exposure"] = np.exp(found["exposure"])
    return found


# how far a strength of 1 goes: a standard deviation, for the lens the largest value
REACH = {
    "yaw": 0.42, "pitch": 0.20, "roll": 0.15, "across": 0.06, "down": 0.06, "zoom": 0.07,
    "from_side": 1.1, "from_above": 0.6, "contrast": 0.3, "exposure": 0.28, "backdrop": 0.2,
    "shirt": 0.22,
    "smile": 1.0, "open": 1.0, "raise": 1.0, "lid": 0.6, "gaze": 1.0, "frown": 1.0,
    "blur": 0.12, "resolution": 2.5, "noise": 0.2,
}  # fmt: skip


def _share(normal: Array) -> Array:
    """The share of people below a normal number, 0 to 1 (logistic, within 0.01 of the true one)."""
    share: Array = 1 / (1 + np.exp(np.float32(-1.702) * normal))
    return share
