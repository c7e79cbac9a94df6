"""What is painted on a face: skin and its shadows, beard, eyes, brows, mouth, glasses.

Tones run from 0 (black) to 1 (white). A shape is a number that is positive inside, in half heights
of the image, so that its edge is smooth. Only the rows of pixels that can show a part are painted.
"""

import numpy as np

from facelab.datasets._sketch_head import Head, direction
from facelab.datasets._sketch_people import Array, Numbers
from facelab.datasets._sketch_shapes import mound, over, soft


def skin(head: Head, who: Numbers, what: Numbers) -> Array:
    """The face without features: skin, nose and its shadow, folds, beard, (N, H, W)."""
    tone = np.broadcast_to(who["skin"], head.u.shape).copy()
    eye, width = who["eye_height"], who["nose_width"]
    tip = eye + who["nose_length"] - 0.1 * what["pitch"]
    mouth = tip + who["mouth_drop"]
    rows = head.rows(eye - 0.25, 2.0)
    part, shown = head.cut(rows), tone[:, rows]
    side, v, nose = part.side, part.v, np.abs(part.nose)
    shown *= 1 - 0.16 * mound((side - who["eye_apart"]) / 0.17, (v - eye) / 0.11)
    from_side, from_above, _ = direction(what)
    shadow = mound(
        (part.nose + from_side * 0.13) / (width * 1.1), (v - tip + from_above * 0.13) / 0.12
    )
    shown *= 1 - 0.32 * shadow
    nostril = mound((nose - width * 0.48) / (width * 0.42), (v - tip - 0.025) / 0.030)
    shown *= 1 - 0.75 * nostril
    wing = mound((nose - width * 1.12) / (width * 0.28), (v - tip + 0.01) / 0.06)
    shown *= 1 - 0.25 * wing
    slant = part.side - width * 1.25 - (v - tip) * 0.55
    fold = mound(slant / 0.07, (v - tip - 0.09) / 0.16)
    shown *= 1 - (0.16 * who["fold"] + 0.10 * np.maximum(what["smile"], 0)) * fold
    _beard(part, shown, who, mouth)
    return tone


def _beard(part: Head, shown: Array, who: Numbers, mouth: Array) -> None:
    """Around the mouth and along the jaw."""
    much = soft(who["beard"], -0.1, 1.0)
    grown = np.flatnonzero(much.ravel())
    if not grown.size:
        return
    part, mouth, hair = part.some(grown), mouth[grown], who["hair"][grown]
    line = mouth + 0.07 - 0.8 * np.maximum(part.side - 0.16, 0)
    lip = np.minimum(0.03 - np.abs(part.v - mouth + 0.085), who["mouth_width"][grown] - part.side)
    inside = np.maximum(part.v - line, lip)
    tone = shown[grown]
    over(tone, hair, soft(inside, -0.03, 0.09) * much[grown] * 0.75)
    shown[grown] = tone


def eyes(head: Head, tone: Array, who: Numbers, what: Numbers) -> None:
    """Whites, irises with a highlight, lids and brows."""
    middle = who["eye_height"]
    rows = head.rows(middle - 0.55, middle + 0.2)
    part, shown = head.cut(rows), tone[:, rows]
    along = (part.side - who["eye_apart"]) / who["eye_width"]
    rise = part.v - middle + who["eye_slant"] * (part.side - who["eye_apart"])
    lifted = 0.022 * what["raise"]
    opening = who["eye_open"] * (1 + 0.45 * np.tanh(what["lid"])).clip(0.12, 1.5) + lifted * 0.4
    opening = np.maximum(opening, 0.006)
    arc = np.maximum(1 - along * along, 0)
    lid, under = rise + opening * arc * 1.15, opening * arc * 0.75 - rise
    white = part.edge(np.minimum(lid, under)) * (arc > 0)
    over(shown, 0.86 * soft(who["skin"], -0.4, 0.9), white)
    to_side = np.sign(part.u) * (part.side - who["eye_apart"]) - 0.028 * what["gaze"]
    distance = np.sqrt(to_side * to_side + rise * rise)
    over(shown, who["iris"].clip(0.05, 0.5), white * part.edge(0.053 - distance))
    over(shown, 0.03, white * part.edge(0.024 - distance))
    glint = mound((to_side + 0.018) / 0.026, (rise + 0.02) / 0.026)
    over(shown, 1.0, white * glint)
    line = part.edge(0.011 - np.abs(lid)) * (arc > 0.02)
    over(shown, 0.10, line * 0.85)
    crease = part.edge(0.007 - np.abs(lid + 0.034)) * (arc > 0.1)
    shown *= 1 - 0.22 * crease
    shown *= 1 - 0.22 * part.edge(0.006 - np.abs(under)) * (arc > 0.05)
    _brows(part, shown, who, lifted, what)


def _brows(part: Head, shown: Array, who: Numbers, lifted: Array, what: Numbers) -> None:
    """A band over each eye, thinner outwards."""
    along = (part.side - who["eye_apart"] * 0.98) / (who["eye_width"] * 1.45)
    arc = np.maximum(1 - along * along, 0)
    height = who["eye_height"] - who["brow_height"] - lifted * 1.5 + 0.02 * what["frown"]
    slant = who["brow_slant"] + 0.25 * what["frown"]
    rise = part.v - height + slant * (part.side - who["eye_apart"]) + 0.03 * arc - 0.015
    thick = who["brow_thick"] * np.minimum(arc * 2, 1) * (1 - 0.35 * along)
    over(shown, who["hair"] * 0.8, part.edge(thick - np.abs(rise)) * (arc > 0) * 0.85)


def mouth(head: Head, tone: Array, who: Numbers, what: Numbers) -> None:
    """Two lips, the line between them, and teeth in the dark of an open mouth."""
    tip = who["eye_height"] + who["nose_length"] - 0.1 * what["pitch"]
    middle = tip + who["mouth_drop"]
    rows = head.rows(middle - 0.26, middle + 0.36)
    part, shown = head.cut(rows), tone[:, rows]
    smile = 0.35 * what["smile"] + 0.12
    width = who["mouth_width"] * (1 + 0.35 * smile)
    along = part.side / width
    arc = np.maximum(1 - along * along, 0)
    level = part.v - middle + smile * 0.16 * (along * along - 0.4)
    gap = 0.035 * np.maximum(what["open"], 0) * arc
    bow = np.minimum(arc * 1.3, 1) * (1 - 0.35 * mound(part.side / 0.035, 0 * along))
    upper, lower = level + gap * 0.6 + who["lip_upper"] * bow, gap + who["lip_lower"] * arc - level
    there = arc > 0
    over(shown, who["skin"] * 0.6, part.edge(np.minimum(upper, lower)) * there)
    glow = mound(part.side / (width * 0.6), (level - gap - who["lip_lower"] * 0.5) / 0.03)
    shown += 0.10 * glow
    inside = np.minimum(level + gap * 0.6, gap - level) + 0.008
    over(shown, 0.13, part.edge(inside) * np.minimum(arc * 3, 0.85))
    teeth = np.minimum(level + gap * 0.5, gap * 0.35 - level)
    over(shown, 0.80, part.edge(teeth) * (gap > 0.012))
    shown *= 1 - 0.20 * mound(
        part.side / (width * 0.7), (level - gap - who["lip_lower"] - 0.025) / 0.04
    )


def glasses(head: Head, tone: Array, who: Numbers, what: Numbers) -> None:
    """Rims around the eyes, a bridge, bows, and lenses that reflect a little; where worn."""
    worn = np.flatnonzero(what["worn"].ravel())
    if not worn.size:
        return
    rows = head.rows(who["eye_height"] - 0.26, who["eye_height"] + 0.3)
    part, shown = head.cut(rows).some(worn), tone[worn, rows]
    middle, apart = who["eye_height"][worn] + 0.015, who["eye_apart"][worn] * 1.02
    width = 0.165 + 0.014 * what["rim_width"][worn]
    tall = 0.125 + 0.018 * what["rim_height"][worn]
    thick = 0.013 + 0.004 * what["rim_thick"][worn]
    across, level = np.abs(part.side - apart) / width, np.abs(part.v - middle) / tall
    out = (across**3 + level**3) ** (1 / 3) - 1
    out *= tall
    shown += 0.10 * part.edge(-out) * soft(part.v - middle + part.u, 0.15, -0.15)
    bridge = np.minimum(apart - width - part.side, 0.012 - np.abs(part.v - middle + 0.02))
    bow = np.minimum(part.side - apart - width, 0.014 - np.abs(part.v - middle + 0.03))
    rim = np.maximum(np.maximum(thick - np.abs(out), bridge), bow)
    over(shown, (0.16 + 0.1 * what["rim_tone"][worn]).clip(0.03, 0.5), part.edge(rim) * 0.9)
    tone[worn, rows] = shown
