"""A head as a relief: where each pixel lies on the face, how far that stands out, how it is lit.

The head is a ball in its own units, X^2 + Y^2 + Z^2 = 1, seen from the front; turned by a yaw and a
pitch, the point seen at (X, Y) is the one at

    X' = X cos(yaw) - Z sin(yaw),    Y' = Y cos(pitch) - (X sin(yaw) + Z cos(yaw)) sin(pitch)

so a face that turns is foreshortened. The nose stands out of the ball and moves further. Brow,
eyes, nose, cheeks, lips and chin are mounds on the ball; their slopes bend its normal n, and light
from the direction L, a unit vector, makes the skin

    ambient + (1 - ambient) max(0, n . L)

as bright (Lambert).
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from facelab.datasets._sketch_people import Array, Numbers
from facelab.datasets._sketch_shapes import mound

MIDDLE = 0.04  # of the head, below the middle of the image, half heights
NOSE_OUT = 0.20  # how far its tip stands out, half heights
AMBIENT = 0.40  # light from everywhere
ROUND = 0.75  # of the slope of a ball; a face is flatter
TALL = 1.143  # heights to widths that show a whole head


@dataclass(frozen=True)
class Head:
    """The pixels of N heads: each array (N, H, W), or (N, 1, 1) and (N, H, 1).

    Args:
        x, y: from the middle of the head, upright, half heights of the image.
        u, v: on the face: across from its middle, down from the middle of the head.
        side: |u|.
        nose: across from the ridge of the nose.
        ball: X^2 + Y^2, 1 on the outline.
        front: Z, 1 where the ball is nearest.
        facing: Z', 1 where the face is, 0 at the ears, below 0 at the back of the head.
        sharp: pixels in a half height.
        wide, high: half of the head.
        highest, lowest: the least and the largest v of each row of pixels.
    """

    x: Array
    y: Array
    u: Array
    v: Array
    side: Array
    nose: Array
    ball: Array
    front: Array
    facing: Array
    sharp: Array
    wide: Array
    high: Array
    highest: Array
    lowest: Array

    def edge(self, inside: Array) -> Array:
        """1 inside, 0 outside, in between within a pixel of where `inside` (half heights) is 0."""
        soft = inside * self.sharp
        soft += 0.5
        return np.clip(soft, 0, 1, out=soft)

    def rows(self, top: float | Array, bottom: float | Array) -> slice:
        """The rows of pixels in which some face has a point between v = top and v = bottom."""
        near = (self.lowest > top) & (self.highest < bottom)
        found = np.flatnonzero(near.any(axis=(0, 2)))
        return slice(int(found[0]), int(found[-1]) + 1) if found.size else slice(0, 0)

    def cut(self, rows: slice) -> "Head":
        """Some rows of pixels, not copied."""
        names = ("x", "y", "u", "v", "side", "nose", "ball", "front", "facing")
        return replace(self, **{name: getattr(self, name)[:, rows] for name in names})

    def some(self, chosen: NDArray[np.intp]) -> "Head":
        """Some of the heads, by their number."""
        return replace(self, **{name: array[chosen] for name, array in vars(self).items()})


def stand(who: Numbers, what: Numbers, height: int, width: int) -> Head:
    """Heads as they stand and turn, for images of height x width pixels."""
    unit = np.float32(min(height, width * TALL) / 2)
    across = (np.arange(width, dtype=np.float32) + 0.5 - width / 2) / unit
    down = (np.arange(height, dtype=np.float32)[:, None] + 0.5 - height / 2) / unit
    across = (across - what["across"]) / what["zoom"]
    down = (down - what["down"] - MIDDLE) / what["zoom"]
    cos, sin = np.cos(what["roll"]), np.sin(what["roll"])
    x, y = across * cos + down * sin, down * cos - across * sin
    wide, high = who["head_width"], who["head_height"]
    low = np.maximum(y, 0) / high
    narrow = wide * (1 - who["jaw"] * low * low)
    ball_x, ball_y = x / narrow, y / high
    ball = ball_x * ball_x + ball_y * ball_y
    front = np.sqrt(np.maximum(1 - ball, 0))
    cos, sin = np.cos(what["yaw"]), np.sin(what["yaw"])
    u = (ball_x * cos - front * sin) * narrow
    facing = ball_x * sin + front * cos
    v = (ball_y * np.cos(what["pitch"]) - facing * np.sin(what["pitch"])) * high
    begin = who["eye_height"]
    out = ((v - begin) / who["nose_length"]).clip(0, 1) * NOSE_OUT
    nose = u - out * sin - who["uneven"]
    rows = v.min(axis=2, keepdims=True), v.max(axis=2, keepdims=True)
    sharp = unit * what["zoom"]
    return Head(x, y, u, v, np.abs(u), nose, ball, front, facing, sharp, wide, high, *rows)


def relief(head: Head, who: Numbers, what: Numbers) -> Array:
    """How far the skin stands out of the ball, (N, H, W), half heights."""
    out = np.zeros_like(head.u)
    eye, apart = who["eye_height"], who["eye_apart"]
    tip = eye + who["nose_length"] - 0.1 * what["pitch"]
    mouth = tip + who["mouth_drop"]
    rows = head.rows(eye - 0.4, mouth + 0.5)
    part, up = head.cut(rows), out[:, rows]
    side, v, nose, width = part.side, part.v, np.abs(part.nose), who["nose_width"]
    up += 0.05 * mound(side / 0.5, (v - eye + who["brow_height"]) / 0.13)
    up -= 0.085 * mound((side - apart * 0.93) / 0.2, (v - eye) / 0.14)
    up += 0.04 * mound((side - apart) / (who["eye_width"] * 1.15), (v - eye) / 0.09)
    strong = who["nose_relief"]
    length = who["nose_length"]
    up += 0.10 * strong * mound(nose / (width * 0.85), (v - tip + length * 0.42) / (length * 0.85))
    up += 0.085 * strong * mound(nose / (width * 0.9), (v - tip + 0.03) / 0.10)
    up += 0.045 * mound((nose - width * 0.72) / (width * 0.5), (v - tip + 0.005) / 0.06)
    up += 0.07 * who["cheek"] * mound((side - 0.30) / 0.21, (v - tip + 0.06) / 0.2)
    up += 0.045 * mound(side / (who["mouth_width"] * 1.5), (v - mouth) / 0.17)
    up -= 0.035 * mound(side / 0.14, (v - mouth - 0.135) / 0.06)
    up += 0.06 * who["chin"] * mound(side / 0.2, (v - mouth - 0.27) / 0.16)
    out *= np.minimum(head.front * 2.5, 1)  # nothing stands out at the outline
    return out


def shine(head: Head, height: Array, what: Numbers) -> Array:
    """How bright white skin would be, (N, H, W): 1 where it faces the light."""
    unit = head.sharp / what["zoom"]
    to_right, to_bottom = np.zeros_like(height), np.zeros_like(height)
    if height.shape[2] > 2 and height.shape[1] > 2:
        np.subtract(height[:, :, 2:], height[:, :, :-2], out=to_right[:, :, 1:-1])
        np.subtract(height[:, 2:], height[:, :-2], out=to_bottom[:, 1:-1])
    to_right *= -unit / 2
    to_bottom *= -unit / 2
    far = 1 / np.sqrt(np.maximum(head.ball, 1))  # beside the head: as at its outline
    to_right += head.x * far * (ROUND / head.wide)
    to_bottom += head.y * far * (ROUND / head.high)
    forward = head.front + 0.25
    long = to_right * to_right + to_bottom * to_bottom + forward * forward
    light = direction(what)
    bright = to_right * light[0] + to_bottom * light[1] + forward * light[2]
    bright /= np.sqrt(long)
    np.maximum(bright, 0, out=bright)
    share = ((1 - AMBIENT) * np.exp(what["contrast"])).clip(0.2, 0.9)
    bright *= share
    bright += 1 - share
    return bright


def direction(what: Numbers) -> tuple[Array, Array, Array]:
    """Where the light comes from, a unit vector: to the right, down, towards the camera."""
    across, down = what["from_side"] - 0.3, what["from_above"] - 0.45
    down = np.minimum(down, 0.3)
    long = np.sqrt(across * across + down * down + 1)
    return across / long, down / long, 1 / long
