"""What the lessons say again and again: set-up, questions, formulas, source, exercises.

lessons.setup()
lessons.predict("Who is ahead?", ["softmax", "ArcFace"], answer=1, why="It asks for more.")
lessons.formula("arcface")          # in the colors of the sliders
lessons.beside(view, axes)          # a view, with its picture for readers without a kernel
lessons.show_source(NormFace)
lessons.check(psi, "arcface", margin=0.5)
lessons.quiz([("Who is ahead?", ["softmax", "ArcFace"], 1, "It asks for more."), ...])
"""

from facelab.lessons._check import Verdict, check
from facelab.lessons._formula import formula
from facelab.lessons._teach import beside, predict, quiz, setup, show_source

__all__ = [
    "Verdict",
    "beside",
    "check",
    "formula",
    "predict",
    "quiz",
    "setup",
    "show_source",
]
