"""A whole picture of a head: face, hair, ears, neck and shoulders, the wall behind, the light."""

import numpy as np

from facelab.datasets._sketch_face import eyes, glasses, mouth, skin
from facelab.datasets._sketch_head import Head, relief, shine, stand
from facelab.datasets._sketch_people import Array, Numbers
from facelab.datasets._sketch_shapes import mound, over, soft

BRIGHT = 1.12  # so that most faces are neither dark nor white


def painted(who: Numbers, what: Numbers, height: int, width: int) -> Array:
    """One image of each of N people, (N, height, width), tones from 0 to 1 and beyond."""
    head = stand(who, what, height, width)
    color = who["hair"] * strands(head, who)
    face = skin(head, who, what)
    eyes(head, face, who, what)
    mouth(head, face, who, what)
    hair(head, face, who, color)
    glasses(head, face, who, what)
    tone, body = behind(head, who, what, color)
    cover = head.edge((1 - head.ball) * head.wide / 2)
    over(tone, face, cover)
    np.maximum(body, cover, out=body)
    ears(head, tone, body, who, what, cover)
    tone *= shine(head, relief(head, who, what), what) * (what["exposure"] * BRIGHT)
    wall = (0.55 + what["backdrop"]).clip(0.12, 0.92) - 0.08 * head.y - 0.05 * head.x
    wall += body * (tone - wall)
    return np.asarray(wall)


def behind(head: Head, who: Numbers, what: Numbers, color: Array) -> tuple[Array, Array]:
    """Shoulders, neck and the hair that hangs behind; the tones and what they cover, (N, H, W)."""
    side = np.abs(head.x)
    slope = head.y - 0.80 - 0.30 * side * side
    shirt = head.edge(slope)
    tone = shirt * (0.32 + what["shirt"]).clip(0.08, 0.9)
    neck = head.edge(np.minimum(head.wide * 0.66 - side, head.y - 0.2)) * (1 - shirt)
    over(tone, who["skin"] * (0.9 + 0.9 * (head.y - 0.75)), neck)
    cover = np.maximum(shirt, neck)
    falls = soft(who["long_hair"], -0.2, 0.8)
    top, ends = head.high + who["volume"], 0.30 + 0.75 * falls
    down = np.where(head.y < 0, head.y / top, head.y / ends)
    wide = head.wide + 0.02 + who["volume"] * (0.45 + 0.55 * falls)
    curls = (
        0.05
        * soft(who["curl"], 0, 1)
        * np.sin(head.x * 17 + who["parting"] * 40)
        * np.sin(head.y * 19)
    )
    hangs = head.edge((1 - (side / wide) ** 2 - down * down + curls * 2) * wide * 0.5)
    over(tone, color, hangs)
    return tone, np.maximum(cover, hangs)


def strands(head: Head, who: Numbers) -> Array:
    """How bright hair is from place to place, around 1."""
    fan = head.x / (head.y * 0.5 + 1.1)
    lines: Array = 1 + 0.09 * np.sin(fan * 75 + who["parting"] * 70) + 0.06 * np.sin(fan * 31)
    return lines


def ears(head: Head, tone: Array, body: Array, who: Numbers, what: Numbers, cover: Array) -> None:
    """One on each side; the one that the head turns away from lies before it."""
    size, middle = who["ear"], who["eye_height"] + 0.1
    rows = head.rows(middle - 0.65, middle + 0.65)
    part, cover = head.cut(rows), cover[:, rows]
    side = np.abs(part.x) - part.wide * np.cos(what["yaw"]) - size * 0.15
    level = part.y - middle
    inside = 1 - (side / (size * 0.55)) ** 2 - (level / size) ** 2
    near = (0.4 - part.x * np.sin(what["yaw"]) * 12).clip(0, 1)
    shown = part.edge(inside * size * 0.3) * (1 - cover * (1 - near))
    shown *= 1 - soft(who["long_hair"], -0.2, 0.6)
    cup = 0.72 + 0.22 * soft(inside, 0, 0.4)
    cup -= 0.3 * mound(side / (size * 0.35), level / (size * 0.7))
    over(tone[:, rows], who["skin"] * cup, shown)
    np.maximum(body[:, rows], shown, out=body[:, rows])


def hair(head: Head, tone: Array, who: Numbers, color: Array) -> None:
    """The hair that grows on the head: above the forehead, at the temples, on the back."""
    falls = soft(who["long_hair"], -0.2, 0.8)
    line = who["hairline"] + (0.75 - 0.3 * falls) * head.u * head.u + who["parting"] * head.u
    line = line + 0.018 * np.sin(head.u * 38 + who["parting"] * 90)
    temple = np.minimum(0.50 - 0.22 * head.v - head.facing, who["eye_height"] + 0.06 - head.v)
    back = np.minimum(-0.05 - head.facing, 0.34 - head.v)
    beside = np.minimum(head.side - head.wide * (1.2 - 0.46 * falls), 0.9 - head.v)
    back = np.maximum(np.minimum(back, head.side - head.wide * 0.5), beside)
    inside = np.maximum(np.maximum(line - head.v, temple), back)
    cover = (inside * (head.sharp * 0.35) + 0.5).clip(0, 1)
    sheen = mound((head.x + 0.12) / 0.5, (head.y + 0.55) / 0.25)
    over(tone, color + 0.45 * who["hair"] * sheen, cover)
