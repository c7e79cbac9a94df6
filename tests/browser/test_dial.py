"""The margin dial, alive: every loss, every control, two losses, the boundaries of all."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator

from facelab.widgets import MarginDial
from facelab.widgets._ranges import matters
from tests.browser.driving import Lab, Seat
from tests.browser.pages import CROWDED, at_home, serious

pytestmark = pytest.mark.browser

LOSSES = MarginDial().losses
KINDS = {
    "slider": ".facelab-slider",
    "choice": ".facelab-chooser",
    "switch": "input[type=checkbox]",
}
SEEN = ".facelab-slider:visible"
ALWAYS = {
    "slider": {"theta", "between"},
    "choice": {"loss", "beside"},
    "switch": {"all_losses"},
}
WIDE, LAPTOP = {"width": 1920, "height": 1080}, {"width": 1280, "height": 800}
PAIRS = [  # what a lecturer puts side by side, and the first words of the second loss
    ("arcface", "cosface"),
    ("arcface", "sphereface"),
    ("sv_softmax", "arcface"),
    ("arcface", "sv_softmax"),
    ("sphereface2", "arcface"),
    ("magface", "sphereface2"),
    ("uniface", "sphereface2"),
    ("elasticface", "elasticface"),
]


def label(seat: Seat, words: str) -> Locator:
    """The control with a label that can be seen."""
    return seat.page.get_by_label(words, exact=True).locator("visible=true")


def choose(seat: Seat, control: str, option: str) -> None:
    """Choose from a list and wait for the drawing and the words that follow."""
    before, words = seat.shown(seat.page.locator("canvas"))
    label(seat, control).select_option(label=option)
    seat.page.wait_for_function(
        "([n, words]) => +document.querySelector('canvas').dataset.shown > n"
        " && document.querySelector('.facelab-words').textContent !== words",
        arg=[before, words],
    )


def every_loss(seat: Seat) -> Iterator[str]:
    """Each loss in turn, chosen on the page."""
    chosen = seat.page.evaluate("() => JSON.parse(document.getElementById('state').textContent)")
    for loss in [key for key in LOSSES if key != chosen["loss"]] + [chosen["loss"]]:
        choose(seat, "loss", LOSSES[loss]["title"])
        yield loss


def names(seat: Seat, kind: str) -> set[str]:
    """Names of the settings whose controls of a kind can be seen."""
    found = seat.page.locator(f"[data-name]:has({KINDS[kind]}):visible").all()
    return {str(control.get_attribute("data-name")) for control in found}


def to_both_ends(seat: Seat, sliders: list[Locator]) -> None:
    """Move sliders to both ends: picture, words and value follow."""
    for slider in sliders:
        now, low = int(slider.input_value()), int(slider.get_attribute("min") or 0)
        for key in ("Home", "End") if now > low else ("End", "Home"):
            seat.press(slider, key)
            assert slider.input_value() == slider.get_attribute({"Home": "min", "End": "max"}[key])


@pytest.mark.slow
def test_every_loss_brings_its_controls_which_move_it_to_both_ends(
    seat: Seat, tmp_path: Path
) -> None:
    dial = MarginDial()
    at_home(seat, dial, tmp_path)
    for loss in every_loss(seat):
        dial.loss = loss  # keeps the same words
        settings, words = LOSSES[loss]["settings"], dial.choices()
        seen = {n: spec for n, spec in settings.items() if matters(spec, words)}
        for kind in KINDS:
            own = {n for n, spec in seen.items() if spec["kind"] == kind}
            assert names(seat, kind) == own | ALWAYS[kind], loss
        note = seat.page.locator(".facelab-notes").inner_text()
        assert bool(note) == bool(LOSSES[loss]["note"]), loss
        angles = ":not([data-name=theta], [data-name=between])" if loss != "sphereface2" else ""
        to_both_ends(seat, seat.page.locator(f".facelab-control{angles} {SEEN}").all())
    assert seat.problems == []


@pytest.mark.slow
@pytest.mark.parametrize("loss", LOSSES)
def test_every_slider_of_every_loss_follows_step_by_step(
    seat: Seat, tmp_path: Path, loss: str
) -> None:
    at_home(seat, MarginDial(loss=loss, beside="arcface", all_losses=loss > "m"), tmp_path)
    for slider in seat.sliders():
        seat.sweep(slider)
    assert seat.problems == []


@pytest.mark.slow
def test_every_word_of_every_choice_can_be_drawn(seat: Seat, tmp_path: Path) -> None:
    at_home(seat, MarginDial(theta=1.2), tmp_path)
    canvas = seat.page.locator("canvas")
    for loss in every_loss(seat):
        for name in sorted(names(seat, "choice") - ALWAYS["choice"]):
            options = list(LOSSES[loss]["settings"][name]["options"])
            select = seat.page.locator(f".facelab-row [data-name={name}]:visible select")
            start = select.evaluate("node => node.selectedIndex")
            for i in [i for i in range(len(options)) if i != start] + [start]:
                before, _ = seat.shown(canvas)
                select.select_option(index=i)
                seat.page.wait_for_function(
                    "n => +document.querySelector('canvas').dataset.shown > n", arg=before
                )
                assert "NaN" not in seat.shown(canvas)[1], (loss, name, options[i])
        for box in seat.page.locator(".facelab-row input[type=checkbox]:visible").all():
            before, _ = seat.shown(canvas)
            box.click()
            box.click()
            seat.page.wait_for_function(
                "n => +document.querySelector('canvas').dataset.shown > n", arg=before
            )
    assert seat.page.locator(".facelab-error").inner_text() == ""
    assert seat.problems == []


def test_a_base_brings_its_margin_and_what_matters_with_it(seat: Seat, tmp_path: Path) -> None:
    at_home(seat, MarginDial(loss="sv_softmax"), tmp_path)
    margin = label(seat, "margin m")
    assert margin.count() == 0, "without a base there is no margin"
    for word, value, unit in [
        ("cosface", "20", "0.20"),
        ("arcface", "30", "0.30 rad (17°)"),
        ("cosface", "20", "0.20"),
    ]:
        choose(seat, "base", word)
        assert margin.input_value() == value
        assert margin.get_attribute("aria-valuetext") == unit
        assert (label(seat, "beyond pi").count() == 1) == (word == "arcface")


def test_kind_m_has_no_factor_below_one(seat: Seat, tmp_path: Path) -> None:
    at_home(seat, MarginDial(loss="sphereface2"), tmp_path)
    choose(seat, "kind", "M")
    margin = label(seat, "margin m")
    assert margin.get_attribute("aria-valuetext") == "1.50"
    assert "SphereFace2, m 1.00, −b/r" in seat.press(margin, "Home")
    assert margin.get_attribute("aria-valuetext") == "1.00"


def test_the_ends_of_magface_push_each_other(seat: Seat, tmp_path: Path) -> None:
    at_home(seat, MarginDial(loss="magface"), tmp_path)
    least, most = label(seat, "margin of the shortest lₘ"), label(seat, "margin of the longest uₘ")
    seat.press(least, "End")
    assert most.input_value() == least.input_value() == "150"
    seat.press(most, "Home")
    assert most.input_value() == least.input_value() == "0"
    shortest, longest = label(seat, "shortest lₐ"), label(seat, "longest uₐ")
    seat.press(shortest, "End")
    assert longest.get_attribute("aria-valuetext") == "51"
    seat.press(longest, "Home")
    assert shortest.get_attribute("aria-valuetext") == "1"
    assert seat.problems == []


def test_what_only_some_losses_show_is_said_in_words(seat: Seat, tmp_path: Path) -> None:
    for dial, said in [
        (MarginDial("sv_softmax", base="arcface", theta=0.75), "beats ψ(θ) here: its logit counts"),
        (MarginDial("elasticface"), "may reach up to 33.5° or up to 39.3°"),
        (MarginDial("sphereface2"), "person 1 says yes (up to 50° from its center), person 2 does"),
        (MarginDial("sphereface2", threshold=0.95), "person 1 never says yes"),
        (MarginDial("adaface", embedding_length=2), "Quality z -1.00"),
        (MarginDial("magface", embedding_length=50), "margin at this length is 0.50 rad (29°)"),
        (MarginDial("sv_softmax", base="arcface"), "m 0.30 rad (17°)"),
    ]:
        at_home(seat, dial, tmp_path)
        assert said in seat.shown(seat.page.locator("canvas"))[1], dial
    assert seat.problems == []


# ---- two losses, and all of them


def test_two_losses_move_with_one_slider_where_both_mean_the_same(
    seat: Seat, tmp_path: Path
) -> None:
    at_home(seat, MarginDial(margin=0.5, theta=0.6), tmp_path)
    alone = seat.page.locator("canvas").screenshot()
    choose(seat, "compare with", "CosFace")
    assert seat.page.locator("canvas").screenshot() != alone
    words = seat.shown(seat.page.locator("canvas"))[1]
    assert "Beside it CosFace (m 0.20, s 16):" in words
    assert "The margin of CosFace has another unit and a slider of its own." in words
    own = label(seat, "CosFace: margin m")
    assert "ArcFace, m 0.50 rad (29°)" in seat.press(own, "End")
    assert "CosFace (m 1.00, s 64)" in seat.press(label(seat, "scale s"), "End")
    choose(seat, "loss", "CosFace")
    assert own.get_attribute("aria-valuetext") == "1.00", "its value is still that of CosFace"
    choose(seat, "compare with", "ArcFace")
    assert label(seat, "ArcFace: margin m").get_attribute("aria-valuetext") == "0.30 rad (17°)"
    choose(seat, "compare with", "no other")
    assert names(seat, "slider") == {"margin", "scale", "theta", "between"}
    assert "Beside" not in seat.shown(seat.page.locator("canvas"))[1]
    assert seat.problems == []


def test_a_second_loss_of_the_same_unit_shares_the_margin(seat: Seat, tmp_path: Path) -> None:
    at_home(seat, MarginDial("sv_softmax", base="arcface", beside="arcface"), tmp_path)
    assert not [name for name in names(seat, "slider") if name.startswith("beside_")]
    said = seat.press(label(seat, "margin m"), "End")
    assert "SV-Softmax, m 1.50 rad (86°)" in said
    assert "ArcFace (m 1.50 rad (86°), s 16)" in said
    choose(seat, "base", "cosface")
    assert label(seat, "ArcFace: margin m").count() == 1, "now the unit is another"


@pytest.mark.parametrize(("loss", "beside"), PAIRS)
def test_pairs_that_lecturers_compare_can_be_moved_and_copied(
    seat: Seat, tmp_path: Path, loss: str, beside: str
) -> None:
    dial = MarginDial(loss=loss, beside=beside)
    at_home(seat, dial, tmp_path)
    assert f"Beside it {LOSSES[beside]['title']} (" in seat.shown(seat.page.locator("canvas"))[1]
    own = seat.page.locator(".facelab-beside .facelab-slider:visible")
    for slider in own.all():
        seat.press(slider, "End")
    seat.page.get_by_role("button", name="copy code", exact=True).click()
    copied = seat.page.locator(".facelab-copied").input_value()
    dial._suited = True
    for slider in own.all():
        name = str(slider.locator("xpath=..").get_attribute("data-name"))
        setattr(dial, name, dial._second()[1]["high"])
    assert copied.replace(", scale=16.0", ", scale=16") == plain(dial.code())
    assert seat.problems == []


def plain(code: str) -> str:
    return code.replace(", scale=16.0", ", scale=16")


def test_the_boundaries_of_all_losses_are_drawn_and_named(seat: Seat, tmp_path: Path) -> None:
    at_home(seat, MarginDial(), tmp_path)
    before, _ = seat.shown(seat.page.locator("canvas"))
    alone = seat.page.locator("canvas").screenshot()
    label(seat, "all boundaries").click()
    seat.page.wait_for_function(
        "n => +document.querySelector('canvas').dataset.shown > n", arg=before
    )
    assert seat.page.locator("canvas").screenshot() != alone
    note = seat.page.locator(".facelab-notes").inner_text()
    assert "ArcFace, MV-Softmax, ElasticFace, Sub-center ArcFace" in note
    assert "Softmax, NormFace" in note
    assert "Circle" not in note, "its boundary is its own"
    to_both_ends(seat, seat.sliders())
    assert seat.problems == []


GREEN = [0, 158, 115]  # the second loss
BLUE, ORANGE = [0, 114, 178], [213, 94, 0]  # person 1 and person 2
COUNT = """
([color, boxes]) => {
  const canvas = document.querySelector("canvas");
  const [w, h] = [canvas.width, canvas.height];
  const left = Math.min(0.4 * w, 1.02 * h), right = w - left;
  return boxes.map(([x1, y1, x2, y2]) => {
    const at = (x) => (x < 0 ? left * (1 + x) : left + right * x);
    const [x, y, wide, high] = [at(x1), y1 * h, at(x2) - at(x1), (y2 - y1) * h].map(Math.round);
    const { data } = canvas.getContext("2d").getImageData(x, y, wide, high);
    const near = (i) => color.every((c, k) => Math.abs(data[i + k] - c) < 40);
    let count = 0;
    for (let i = 0; i < data.length; i += 4) count += near(i);
    return count;
  });
}
"""


def painted(seat: Seat, color: list[int], boxes: list[list[float]]) -> list[int]:
    """Pixels of a color in boxes [x1, y1, x2, y2] of the canvas: y from 0 to 1, x from -1 to 0
    over the circle and from 0 to 1 over the panels beside it.
    """
    found: list[int] = seat.page.evaluate(COUNT, [color, boxes])
    return found


def test_the_second_loss_is_drawn_in_every_panel(seat: Seat, tmp_path: Path) -> None:
    panels = [[-1, 0, 0, 1], [0, 0.1, 0.56, 0.4], [0.6, 0.1, 1, 0.4]]
    panels += [[0, 0.55, 0.3, 0.9], [0.36, 0.55, 0.66, 0.9], [0.68, 0.55, 1, 0.9]]
    at_home(seat, MarginDial(), tmp_path)
    assert painted(seat, GREEN, panels) == [0] * 6
    at_home(seat, MarginDial(beside="cosface", beside_margin=0.5), tmp_path)
    assert min(painted(seat, GREEN, panels)) > 100
    circle = painted(seat, GREEN, panels)[0]
    at_home(seat, MarginDial(beside="cosface", beside_margin=1), tmp_path)
    assert 0 < painted(seat, GREEN, panels)[0] < 0.7 * circle, "what it grants is less"


def test_g_has_a_panel_with_both_answers(seat: Seat, tmp_path: Path) -> None:
    panel = [[0.34, 0.5, 0.6, 0.9]]
    at_home(seat, MarginDial("uniface", theta=0.2), tmp_path)
    assert painted(seat, BLUE, panel) == [0]
    at_home(seat, MarginDial("sphereface2", theta=0.2), tmp_path)
    assert min(painted(seat, BLUE, panel) + painted(seat, ORANGE, panel)) > 60
    before = painted(seat, [29, 36, 48], panel)
    seat.press(label(seat, "sharpness t"), "End")
    assert painted(seat, [29, 36, 48], panel) != before, "g bends with its sharpness"


# ---- room


@pytest.mark.parametrize(
    ("view", "beside"),
    [
        pytest.param(LAPTOP, "", id="laptop", marks=pytest.mark.slow),
        pytest.param(LAPTOP, "sphereface2", id="laptop-two"),
        pytest.param(WIDE, "sphereface2", id="wide-two", marks=pytest.mark.slow),
    ],
)
def test_no_control_is_cut_and_the_view_fits_the_page(
    chrome: Browser, tmp_path: Path, view: dict[str, int], beside: str
) -> None:
    seat = Seat(chrome, viewport=view)
    try:
        at_home(seat, MarginDial(beside=beside), tmp_path)
        for loss in every_loss(seat):
            seat.page.evaluate("() => new Promise((done) => setTimeout(done, 40))")
            assert seat.page.evaluate(CROWDED) == [], loss
            height = seat.page.locator(".facelab").evaluate("node => node.offsetHeight")
            assert height <= 0.9 * view["height"], (loss, height)
    finally:
        seat.close()


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.slow)])
def test_axe_finds_nothing_serious_with_two_losses(
    chrome: Browser, tmp_path: Path, scheme: str
) -> None:
    seat = Seat(chrome, color_scheme=scheme)
    try:
        at_home(seat, MarginDial("sphereface2", beside="cosface", all_losses=True), tmp_path)
        assert serious(seat) == []
    finally:
        seat.close()


def test_four_sliders_stand_in_one_row_before_a_room(seat: Seat, tmp_path: Path) -> None:
    at_home(seat, MarginDial(), tmp_path)
    seat.page.get_by_role("button", name="present", exact=True).click()
    seat.page.wait_for_selector(".facelab-large")
    tops = {round(box["y"]) for slider in seat.sliders() if (box := slider.bounding_box())}
    assert len(seat.sliders()) == 4
    assert len(tops) == 1
    assert seat.page.evaluate(CROWDED) == []


# ---- hands


def test_a_double_click_and_the_button_go_back(seat: Seat, tmp_path: Path) -> None:
    at_home(seat, MarginDial(margin=1.2, beside="cosface", beside_margin=0.9), tmp_path)
    margin = label(seat, "margin m")
    back = seat.page.get_by_label("margin m: back to 0.30 rad (17°)", exact=True)
    back.click()
    assert margin.input_value() == "30"
    margin.press("End")
    assert margin.input_value() == "150"
    margin.dblclick()
    assert margin.input_value() == "30"
    seat.page.get_by_label("CosFace: margin m: back to 0.20", exact=True).click()
    assert label(seat, "CosFace: margin m").input_value() == "20"


def test_the_embedding_can_be_dragged_along_the_circle(seat: Seat, tmp_path: Path) -> None:
    at_home(seat, MarginDial(theta=0.7), tmp_path)
    box = seat.page.locator("canvas").bounding_box()
    assert box is not None
    middle = [box["x"] + 0.2 * box["width"], box["y"] + 0.52 * box["height"]]
    seat.page.mouse.move(middle[0], middle[1])
    seat.page.mouse.down()
    seat.page.mouse.move(middle[0] + 120, middle[1] - 10, steps=4)
    seat.page.mouse.up()
    seat.page.wait_for_timeout(100)
    shown = label(seat, "embedding θ").get_attribute("aria-valuetext")
    assert shown is not None
    assert 1.5 < float(shown.split()[0]) < 2.6, f"the embedding did not follow: {shown}"


@pytest.mark.slow
def test_two_losses_are_the_same_in_kernel_and_browser(lab: Lab) -> None:
    lab.open(["import facelab\ndial = facelab.MarginDial(margin=0.4, beside='cosface')\ndial"])
    lab.run_all(views=1)
    own = lab.page.get_by_label("CosFace: margin m", exact=True)
    lab.press(own, "End")
    check = "assert (dial.beside_margin, dial.margin) == (1, 0.4), dial"
    lab.until(check)
    lab.execute("dial.loss = 'magface'")
    said = "words => document.querySelector('.facelab-words').textContent.includes(words)"
    lab.page.wait_for_function(said, arg="Beside it CosFace (m 1.00, s 16)")
    least = lab.page.get_by_label("margin of the shortest lₘ", exact=True)
    lab.press(least, "End")
    lab.until("assert dial.most_margin == 1.5, dial")
    lab.execute("dial.beside = 'elasticface'")
    lab.page.wait_for_function(said, arg="Beside it ElasticFace")
    assert lab.problems == []
    assert lab.failures() == []
