"""Questions asked before looking, and the floor of the loss, without a browser."""

import math

import py_mini_racer
import pytest
import torch

from facelab.geometry import normface_lower_bound
from facelab.losses import NormFace
from facelab.widgets import LossFloor, Predict
from facelab.widgets._assemble import assemble
from facelab.widgets._twin import twin

CHOICE = ("Who?", ["Ann", "Bob <b>", "Cem"])


def test_a_guess_is_the_place_of_an_option_or_a_number_on_the_slider():
    choice = Predict(*CHOICE, answer=1, why="because")
    assert choice.guess is None
    choice.guess = 2
    assert choice.choices() == {"guess": 2}
    number = Predict("How far?", answer=30, why="so", low=0, high=90, unit=" m")
    number.guess = 12.5
    assert number.guess == 12.5
    for guess in (3, -1, 1.5):
        with pytest.raises(ValueError, match=rf"0 to 2, not {guess}"):
            choice.guess = guess
    with pytest.raises(ValueError, match="between 0 and 90, not 91"):
        number.guess = 91
    with pytest.raises(TypeError, match="not 'Ann'"):
        choice.guess = "Ann"


def test_an_answer_that_cannot_be_guessed_is_refused():
    with pytest.raises(ValueError, match="0 to 2, not 3"):
        Predict(*CHOICE, answer=3, why="")
    with pytest.raises(ValueError, match="between 0 and 1, not 2"):
        Predict("How far?", answer=2, why="")
    with pytest.raises(ValueError, match="low must be below high, not 1 and 1"):
        Predict("How far?", answer=1, why="", low=1, high=1)


def test_without_a_kernel_the_question_stands_with_an_answer_that_unfolds():
    shown = twin(Predict(*CHOICE, answer=1, why="because"))
    assert "<details>" in shown
    assert shown.index("<li>Cem</li>") < shown.index("<details>") < shown.index("because")
    assert "<b>" not in shown


@pytest.mark.parametrize("view", [Predict(*CHOICE, answer=1, why="w"), LossFloor(7.5, 30)])
def test_code_and_state_bring_the_view_back(view):
    import facelab
    import facelab.lessons

    again = eval(view.code(), {"facelab": facelab})
    assert again.choices() == view.choices()
    again.restore(view.state())
    assert again.code() == view.code()


def test_the_floor_refuses_what_its_sliders_cannot_take():
    for name, value, sentence in [
        ("scale", 0.5, "between 1 and 64, not 0.5"),
        ("scale", math.nan, "not nan"),
        ("people", 1, "between 2 and 1000, not 1"),
        ("people", 2.5, "whole number, not 2.5"),
    ]:
        with pytest.raises(ValueError, match=sentence):
            LossFloor(**{name: value})


def test_the_floor_drawn_is_the_floor_derived_and_the_one_the_loss_reaches():
    engine = py_mini_racer.MiniRacer()
    engine.eval(assemble("floor").split("function draw")[0].replace("export ", ""))
    for people in (2, 3, 10):
        simplex = torch.eye(people, dtype=torch.float64) - 1 / people
        for scale in (1.0, 4.0, 30.0):
            drawn = engine.eval(f"lowest({scale}, {people})")
            assert drawn == pytest.approx(normface_lower_bound(scale, people), abs=1e-12)
            loss = NormFace(people, people, scale=scale).double()
            loss.weight.data = simplex
            assert drawn == pytest.approx(loss(simplex, torch.arange(people)).item(), abs=1e-9)
            assert engine.eval(f"surest({scale}, {people})") == pytest.approx(math.exp(-drawn))
