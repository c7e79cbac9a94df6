"""Usual wrong answers to the exercises of the lessons, and what each is told.

WRONG: lesson -> what the reader writes (the first argument of `lessons.check`) -> three wrong
answers, each with words of the sentence that helps.
"""

from typing import Any

import numpy as np

WRONG: dict[str, dict[str, list[tuple[Any, str]]]] = {
    "01_onto_the_sphere": {
        "lowest": [
            (lambda s: np.log(1 + 9 * np.exp(-s)), "at a right angle"),
            (lambda s: np.log(1 + 9 * np.exp(-2 * s)), "Only one can be"),
            (lambda s: np.log2(1 + 9 * np.exp(-s * 10 / 9)), "1.44 times the true one"),
        ],
        "scale": [
            (np.log(9 * 99), "further away than a right angle"),
            (0.9 * np.log(99), "there are nine"),
            (0.9 * np.log10(9 * 99), "takes the natural one"),
        ],
    },
    "02_margins": {
        "cosface": [
            (np.cos, "no margin in it"),
            (lambda theta: np.cos(theta) + 0.35, "sign of the margin"),
            (lambda theta: np.cos(theta + 0.35), "That is ArcFace"),
        ],
        "both_parts": [
            (lambda theta: np.cos(theta + 0.5), "where theta \\+ m passes 180 degrees"),
            (lambda theta: np.cos(np.minimum(theta + 0.5, np.pi)), "Flat behind 180 degrees"),
            (lambda theta: np.cos(theta + np.radians(0.5)), "in degrees"),
        ],
    },
    "03_hard_samples": {
        "counts": [
            (np.cos, "no center is raised"),
            (lambda theta: 1.2 * np.cos(theta) + 0.2, "Only a support vector is raised"),
            (
                lambda theta: np.where(theta < np.radians(60), 1.2, 1) * np.cos(theta),
                "a second part, t - 1",
            ),
        ],
        "chance": [
            (lambda c: 1 / (1 + np.exp(-16 * 0.2 * (1 + c))), "p of the other person"),
            (lambda c: 1 / (1 + np.exp(0.2 * (1 + c))), "The scale is missing"),
            (lambda c: 1 / (1 + np.exp(16 * (1.2 * c + 0.2))), "The own logit is missing"),
        ],
    },
    "04_elastic_margins": {
        "handed": [
            (np.array([0.27, 0.36, 0.22, 0.33, 0.31]), "chance decides"),
            (np.array([0.27, 0.33, 0.22, 0.36, 0.31]), "That is the published code"),
            (np.array([0.31, 0.36, 0.22, 0.33, 0.27]), "The other way round"),
        ],
        "edge": [
            (lambda theta: theta + 0.3, "That is ElasticFace-Arc"),
            (lambda theta: np.arccos(np.cos(theta) - 0.25), "That is one σ"),
            (lambda theta: np.arccos(np.cos(theta) - 0.1), "That is the inner edge"),
        ],
    },
    "05_one_against_all": {
        "cap_angle": [
            (np.arccos, "undo g first"),
            (lambda u: np.arccos(2 * ((u + 1) / 2) ** 2 - 1), "a root, not a square"),
            (lambda u: np.degrees(np.arccos(2 * np.sqrt((u + 1) / 2) - 1)), "Those are degrees"),
        ],
        "most": [
            ((1 - np.cos(np.radians(36))) / 2, "That is for t = 1"),
            (2 * (1 - np.cos(np.radians(18)) ** 4), "halve it"),
            (1 - np.cos(np.radians(18)) ** 6, "here t is 2"),
        ],
    },
    "06_class_centers": {
        "push": [
            (lambda gap: 280 - gap, "far enough is left alone"),
            (lambda gap: np.maximum(0, gap - 280), "far centers would attract"),
            (lambda gap: np.maximum(0, np.sqrt(280) - np.sqrt(gap)), "not with its root"),
        ],
        "stretched": [
            (lambda k: 280 * k, "this one is squared"),
            (lambda k: 280 + 0 * k, "the distance does not"),
            (lambda k: 280 * np.sqrt(k), "Squared, not its root"),
        ],
    },
    "07_easy_teaches_hard": {
        "bell": [
            (lambda t: np.exp(-((t - 0.3) ** 2) / 0.1**2), "Too narrow"),
            (lambda t: np.exp(-((t - 0.3) ** 2) / (2 * 0.1)), "the width is squared"),
            (lambda t: 1.0 * (np.abs(t - 0.3) < 0.1), "Hard edges"),
        ],
        "order": [
            (-1.2, "all four pairs of branches"),
            (2.4, "below zero when all is well"),
            (-0.6, "adds them up"),
        ],
    },
    "08_how_faces_are_compared": {
        "alarm": [
            (lambda f: f, "That is one comparison"),
            (lambda f: 1000 * f, "counts alarms, and passes 1"),
            (lambda f: (1 - f) ** 1000, "the chance that nothing happens"),
        ],
        "still_first": [
            (lambda n: 1 - n / 100, "both have to stay away"),
            (lambda n: (1 - n / 100) ** 2, "only 99 are left"),
            (lambda n: 1 - 2 * n / 100, "counted twice"),
        ],
    },
    "09_the_bench": {
        "error": [
            (lambda n: 0.02 * np.sqrt(1 / n), "more than forty people"),
            (lambda n: 0.02 * np.sqrt(1 / n + 30 / 10), "upside down"),
            (lambda n: 0.02 * (1 / n + 10 / 30), "without the root"),
        ],
        "corrected_p": [
            ((0.01, 0.03, 0.04), "three chances to be lucky"),
            ((0.03, 0.09, 0.12), "That is Bonferroni"),
            ((0.03, 0.06, 0.04), "below the one before it"),
        ],
    },
    "10_quality_in_the_norm": {
        "margin": [
            (lambda a: 0.1 + 0 * a, "the least margin, for everybody"),
            (lambda a: 0.1 + 0.5 * (a - 1) / 19, "beyond them the margin stays"),
            (lambda a: 0.1 + 0.5 * np.clip(a, 1, 20) / 20, "count from there"),
            (lambda a: np.interp(a, [1, 20], [0.6, 0.1]), "Yours falls"),
        ],
        "quality": [
            (lambda length: 0 * length, "count from there, in spreads"),
            (lambda length: 0.333 * (length - 8) / 2, "z stops at -1 and 1"),
            (lambda length: np.clip((length - 8) / 2, -1, 1), "h makes room for three"),
            (lambda length: np.clip(0.333 * (8 - length) / 2, -1, 1), "long is good"),
        ],
    },
    "11_your_own_faces": {
        "tilted_by": [
            (0.4636, "Those are radians"),
            (-26.565, "y points down"),
            (63.435, "Across and down are exchanged"),
        ],
        "factor": [
            (0.7, "distance along x alone"),
            (1.5972, "The other way round"),
            (35 / 75, "the straight way is shorter"),
        ],
    },
    "12_your_own_loss": {
        "tie": [
            (lambda theta: 1 - 2 * (theta + 0.3) / np.pi, "its angle is asked for"),
            (lambda theta: np.arccos(1 - 2 * theta / np.pi), "The margin is missing"),
            (lambda theta: np.arccos(np.cos(theta) - 0.3), "That is the boundary of CosFace"),
        ],
        "pull": [
            (lambda theta: 2 / np.pi + 0 * theta, "divide it by that of the cosine"),
            (lambda theta: 2 / np.pi * np.sin(theta), "not times it"),
            (lambda theta: np.sin(theta + 0.3) / np.sin(theta), "That is the pull of ArcFace"),
        ],
    },
}
