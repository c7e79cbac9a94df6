"""The losses that this kit promises whole: code, curve, boundary, drawing.

A loss that somebody adds needs three touches (its file, its line in LOSSES, its test) and may do
without a curve; these may not.
"""

PROMISED = frozenset(
    [
        "softmax",
        "normface",
        "sphereface",
        "sphereface_r",
        "cosface",
        "arcface",
        "combined_margin",
        "f_softmax",
        "hard_mining",
        "sv_softmax",
        "mv_softmax",
        "elasticface",
        "sphereface2",
        "center",
        "marginal",
        "range",
        "mml",
        "ddl",
        "subcenter_arcface",
        "curricularface",
        "adacos",
        "adaface",
        "magface",
        "circle",
        "uniface",
        "unitsface",
        "triplet",
        "ring",
    ]
)
