"""The views' traits, states, codes and pages, without a browser."""

import base64
import itertools
import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from facelab.widgets import MarginDial, Sphere, _cloud
from facelab.widgets._assemble import STATIC, assemble, library
from facelab.widgets._twin import twin
from facelab.widgets._words import phrases, speak, spoken

RNG = np.random.default_rng(0)
LABELS = np.repeat(np.arange(3), 4)
POINTS = np.eye(3)[LABELS] + RNG.normal(size=(12, 3)) * 0.1


def drawn(sphere: Sphere, name: str = "_points") -> np.ndarray:
    """What the browser is sent, as a table."""
    return np.frombuffer(getattr(sphere, name), "<f4").reshape(-1, 3)


# ---- the dial


def test_the_code_of_a_dial_makes_the_same_dial() -> None:
    dial = MarginDial(loss="cosface", margin=0.25, scale=8, theta=1.0, easy_margin=True)
    names: dict[str, Any] = {"facelab": type("facelab", (), {"MarginDial": MarginDial})}
    again = eval(dial.code(), names)
    assert again.choices() == pytest.approx(dial.choices(), abs=1e-3)
    assert repr(dial) == dial.code()


def test_the_state_of_a_dial_brings_it_back_exactly() -> None:
    dial = MarginDial(margin=0.47, theta=1.23456789)
    dial.loss = "cosface"
    assert MarginDial.from_state(dial.state()).choices() == dial.choices()


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"loss": "arcfase"}, "did you mean arcface"),
        ({"loss": "triplet"}, "the dial does not draw triplet: three images"),
        ({"loss": "adaface", "rate": 0.1}, "no rate for adaface: the statistics stand still"),
        ({"loss": "sphereface2", "threshold": 2}, "threshold must be between -1 and 1, not 2"),
        ({"margin": math.nan}, "margin must be between 0 and 1.5 .radians., not nan"),
        ({"margin": -0.1}, "not -0.1"),
        ({"margin": 28.6}, "not 28.6"),
        ({"scale": 0}, "scale must be between 1 and 64, not 0"),
        ({"margn": 0.3}, "unknown setting of arcface 'margn'; did you mean margin"),
        ({"loss": "normface", "margin": 0.3}, "unknown setting of normface 'margin'"),
        ({"theta": 4}, "theta must be between 0 and 3.142"),
        ({"between": 0}, "between must be between 0.1745"),
        ({"beyond_pi": "linaer"}, "did you mean linear"),
    ],
)
def test_a_dial_says_what_is_wrong_with_a_value(values: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        MarginDial(**values)


@pytest.mark.parametrize("margin", ["0.3", True, None])
def test_a_margin_that_is_no_number_is_a_type_error(margin: Any) -> None:
    with pytest.raises(TypeError, match="margin must be a number, not"):
        MarginDial(margin=margin)


def test_a_refused_value_leaves_the_dial_as_it_was() -> None:
    dial = MarginDial(margin=0.4)
    with pytest.raises(ValueError, match="not 9"):
        dial.margin = 9
    assert dial.margin == 0.4


def test_a_new_loss_keeps_a_value_only_where_it_means_the_same() -> None:
    dial = MarginDial(margin=0.5, scale=30)
    dial.loss = "cosface"
    assert (dial.scale, dial.margin) == (30, 0.2), "a margin in radians is none in cosine units"


def test_a_margin_starts_where_its_base_has_it() -> None:
    assert MarginDial(loss="sv_softmax").margin == 0.2
    assert MarginDial(loss="sv_softmax", base="arcface").margin == 0.3
    assert MarginDial(loss="sphereface2", kind="M").margin == 1.5
    dial = MarginDial(loss="mv_softmax", base="arcface")
    dial.loss = "elasticface"
    assert (dial.base, dial.margin) == ("arcface", 0.3), "the unit of its margin is the same"


@pytest.mark.parametrize("loss", MarginDial().losses)
def test_the_code_of_every_loss_makes_the_same_dial(loss: str) -> None:
    dial = MarginDial(loss=loss)
    names: dict[str, Any] = {"facelab": type("facelab", (), {"MarginDial": MarginDial})}
    assert eval(dial.code(), names).choices() == pytest.approx(dial.choices(), abs=1e-3)
    assert MarginDial.from_state(dial.state()).choices() == dial.choices()


def test_what_the_browser_sends_may_change_loss_and_margin_at_once() -> None:
    dial = MarginDial(margin=1.4)
    dial.set_state({"margin": 0.9, "loss": "cosface"})
    assert (dial.loss, dial.margin, dial.error) == ("cosface", 0.9, "")


def test_a_slider_of_the_loss_before_comes_too_late_and_is_no_error() -> None:
    dial = MarginDial(loss="sv_softmax", t=1.5)
    dial.loss = "cosface"
    dial.set_state({"t": 1.9, "margin": 0.2})
    assert (dial.t, dial.margin, dial.error) == (1.5, 0.2, "")


def test_a_bad_value_from_the_browser_appears_in_the_error_line() -> None:
    dial = MarginDial()
    dial.set_state({"margin": 99.0})
    assert dial.error == "margin must be between 0 and 1.5 (radians), not 99"
    dial.set_state({"margin": 0.2})
    assert dial.error == ""


# ---- states


def packed(content: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


GOOD = {"loss": "arcface", "margin": 0.7}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "not a whole state"),
        ("hello", "not a whole state"),
        ("ümlaut", "not a whole state"),
        (packed([1, 2]), "not a whole state"),
        (packed({"v": 1}), "not a whole state"),
        (packed({"v": 2, "view": "MarginDial", "state": GOOD}), "of version 2"),
        (packed({"v": 1, "view": "Sphere", "state": GOOD}), "state of a Sphere, not of a Marg"),
        (packed({"v": 1, "view": "MarginDial", "state": {"hat": 1}}), "'hat'"),
        (packed({"v": 1, "view": "MarginDial", "state": GOOD | {"scale": -1}}), "not -1"),
        (packed({"v": 1, "view": "MarginDial", "state": {"loss": "x"}}), "unknown loss"),
    ],
)
def test_a_state_that_cannot_be_used_changes_nothing(text: str, sentence: str) -> None:
    dial = MarginDial(loss="cosface", margin=0.1)
    before = dial.choices()
    with pytest.raises(ValueError, match=sentence):
        dial.restore(text)
    assert dial.choices() == before
    with pytest.raises(ValueError, match=sentence):
        MarginDial.from_state(text)


def test_a_state_cut_anywhere_is_refused() -> None:
    whole = MarginDial().state()
    for length in range(len(whole)):
        with pytest.raises(ValueError, match="not a whole state"):
            MarginDial.from_state(whole[:length])


def test_a_state_must_be_a_string() -> None:
    with pytest.raises(TypeError, match="not dict"):
        MarginDial.from_state({"margin": 1})  # type: ignore[arg-type]


# ---- the sphere


def test_points_reach_the_browser_as_unit_vectors() -> None:
    sphere = Sphere(5 * POINTS, LABELS)
    assert len(sphere._points) == 12 * 3 * 4
    expected = POINTS / np.linalg.norm(POINTS, axis=1, keepdims=True)
    np.testing.assert_allclose(drawn(sphere), expected, atol=1e-6)


def test_centers_are_the_mean_directions_unless_given() -> None:
    lengths = RNG.uniform(0.1, 9, size=(12, 1))
    unit = POINTS / np.linalg.norm(POINTS, axis=1, keepdims=True)
    middle = np.stack([unit[i == LABELS].mean(axis=0) for i in range(3)])
    middle /= np.linalg.norm(middle, axis=1, keepdims=True)
    sphere = Sphere(lengths * POINTS, LABELS)
    np.testing.assert_allclose(drawn(sphere, "_centers"), middle, atol=1e-6)
    assert "mean directions" in sphere.notes
    given = Sphere(POINTS, LABELS, centers=7 * np.eye(3))
    np.testing.assert_allclose(drawn(given, "_centers"), np.eye(3), atol=1e-6)
    assert given.notes == ""


def test_two_numbers_are_drawn_on_the_circle() -> None:
    sphere = Sphere(POINTS[:, :2], LABELS)
    assert sphere.flat
    assert (drawn(sphere)[:, 2] == 0).all()
    assert "on the circle" in sphere.notes


def test_many_numbers_are_projected_and_the_projection_is_named() -> None:
    turn, _ = np.linalg.qr(RNG.normal(size=(64, 64)))
    sphere = Sphere(POINTS @ turn[:3], LABELS)
    cosines = drawn(sphere) @ drawn(sphere).T
    unit = POINTS / np.linalg.norm(POINTS, axis=1, keepdims=True)
    np.testing.assert_allclose(cosines, unit @ unit.T, atol=1e-5)
    assert "64 numbers" in sphere.notes
    assert "100 %" in sphere.notes


def test_embeddings_without_a_direction_are_left_out_and_counted() -> None:
    spoiled = POINTS.copy()
    spoiled[2, 1], spoiled[5] = np.nan, 0
    sphere = Sphere(spoiled, LABELS)
    assert np.isnan(drawn(sphere)).all(axis=1).nonzero()[0].tolist() == [2, 5]
    assert np.isfinite(drawn(sphere, "_centers")).all()
    assert "2 embeddings have no direction" in sphere.notes


def test_one_person_and_one_image_are_enough() -> None:
    assert drawn(Sphere(POINTS[:4], LABELS[:4]), "_centers").shape == (1, 3)
    assert drawn(Sphere(POINTS[:1], [0])).shape == (1, 3)


def test_a_crowd_is_thinned_and_said_so() -> None:
    many = RNG.normal(size=(50_000, 3))
    labels = RNG.integers(0, 10, size=50_000)
    sphere = Sphere(many, labels, images=np.zeros((50_000, 8, 6), np.uint8))
    assert len(drawn(sphere)) == 5000
    assert len(sphere._labels) == 2 * 5000
    assert len(sphere._pixels) == 5000 * 8 * 6
    assert "5000 of 50000" in sphere.notes


@pytest.mark.parametrize(
    ("change", "error", "sentence"),
    [
        ({"embeddings": POINTS[0]}, ValueError, "embeddings must have shape"),
        ({"embeddings": POINTS[:, :1]}, ValueError, "D at least 2, not .12, 1."),
        ({"embeddings": POINTS[:0]}, ValueError, "embeddings must have shape"),
        ({"embeddings": "faces"}, TypeError, "table of numbers, not 'faces'"),
        ({"labels": LABELS[:5]}, ValueError, "one for each of 12 embeddings"),
        ({"labels": LABELS - 1}, ValueError, "one is -1"),
        ({"labels": LABELS / 2}, TypeError, "whole numbers"),
        ({"centers": np.eye(2, 3)}, ValueError, "labels must be 0..1, but one is 2"),
        ({"centers": np.eye(3, 4)}, ValueError, "must have 3 columns"),
        ({"names": ["a", "b"], "centers": np.eye(3)}, ValueError, "one for each of 3 centers"),
        ({"images": np.zeros((3, 4, 4))}, ValueError, "images must have shape .12, H, W"),
        ({"held_out": [True]}, ValueError, "held_out must be True or False"),
        ({"margin": math.nan}, ValueError, "margin must be between 0 and 1.5"),
        ({"person": 3}, ValueError, "to 2, not 3"),
        ({"person": 1.5}, TypeError, "whole number, not 1.5"),
    ],
)
def test_a_sphere_says_what_does_not_fit(
    change: dict[str, Any], error: type[Exception], sentence: str
) -> None:
    with pytest.raises(error, match=sentence):
        Sphere(**({"embeddings": POINTS, "labels": LABELS} | change))


def test_an_update_is_one_message_of_packed_points(monkeypatch: pytest.MonkeyPatch) -> None:
    sphere = Sphere(POINTS, LABELS)
    sent: list[set[str]] = []
    monkeypatch.setattr(Sphere, "send_state", lambda self, key=None: sent.append(set(key)))
    sphere.update(POINTS[::-1], centers=np.eye(3), step=40)
    whole = [keys for keys in sent if "_points" in keys]
    data = {"_points", "_centers", "_angles", "_neighbors"}
    assert whole == [data | {"notes", "step", "_frame"}]
    assert sphere.step == 40
    unit = POINTS[::-1] / np.linalg.norm(POINTS[::-1], axis=1, keepdims=True)
    np.testing.assert_allclose(drawn(sphere), unit, atol=1e-6)


def test_an_update_of_another_shape_is_refused_and_changes_nothing() -> None:
    sphere = Sphere(POINTS, LABELS)
    before = sphere._points
    with pytest.raises(ValueError, match="12 rows as before, not 5"):
        sphere.update(POINTS[:5])
    with pytest.raises(ValueError, match="3 columns"):
        sphere.update(POINTS[:, :2])
    with pytest.raises(ValueError, match="centers must have 3 rows, not 2"):
        sphere.update(POINTS, centers=np.eye(2, 3))
    assert sphere._points == before


def test_the_state_of_a_sphere_is_of_choices_and_data_come_again() -> None:
    sphere = Sphere(POINTS, LABELS, margin=0.7, person=1)
    sphere.yaw = -1.0
    again = Sphere.from_state(sphere.state(), POINTS, LABELS)
    assert again.choices() == sphere.choices()
    with pytest.raises(ValueError, match=r"-1 .nobody. to 0, not 1"):
        Sphere.from_state(sphere.state(), POINTS[:4], LABELS[:4])


def test_thumbnails_are_small_gray_means() -> None:
    image = np.zeros((1, 96, 60, 3), np.uint8)
    image[:, :2, :2] = 200
    small = _cloud.thumbnails(image, 1, np.array([0]))
    assert small.shape == (1, 48, 30)
    assert (small[0, 0, 0], small[0, 1, 1]) == (200, 0)


# ---- colors


def listed(path: Path, start: str) -> list[str]:
    """The colors that follow `start` in a file, as text: no part of it is imported."""
    text = path.read_text("utf-8")
    after = text[text.index(start) :]
    return re.findall(r"#[0-9A-F]{6}", re.split(r"[\])]", after, maxsplit=1)[0])


def test_people_have_the_same_ten_colors_in_figures_and_views() -> None:
    figures = listed(STATIC.parents[1] / "figures" / "palette.py", "COLORS = (")
    views = listed(STATIC / "draw.js", "light: [")
    assert len(views) == 10
    assert views == figures


def test_people_have_the_same_shapes_in_figures_and_views() -> None:
    text = (STATIC.parents[1] / "figures" / "palette.py").read_text("utf-8")
    markers = re.search(r"MARKERS.* = \((.*)\)\n", text)
    source = (STATIC / "draw.js").read_text("utf-8")
    shapes = re.findall(r"^  (\w+): (?:\[\[|starred)", source, re.M)
    assert markers is not None
    named = {"s": "square", "^": "up", "D": "diamond", "v": "down", "P": "plus", "*": "star"}
    named |= {"h": "hexagon", "X": "cross", "(4, 1, 0)": "burst", "o": "circle"}
    found = re.findall(r'"(.)"|(\(.*?\))', markers.group(1))
    assert [named[a or b] for a, b in found] == ["circle", *shapes]


# Machado, Oliveira and Fernandes 2009, table 1, severity 1.0, linear RGB
SIGHTS = {
    "normal": np.eye(3),
    "protan": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    "deutan": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
    "tritan": [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]],
}
CONES = [[0.4122, 0.5363, 0.0514], [0.2119, 0.6807, 0.1074], [0.0883, 0.2817, 0.6300]]
OKLAB = [[0.2105, 0.7936, -0.0041], [1.9780, -2.4286, 0.4506], [0.0259, 0.7828, -0.8087]]


def light_of(color: str) -> np.ndarray:
    """Linear RGB of a color like #0072B2."""
    rgb = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_two_people_look_alike(sight: str, theme: str) -> None:
    seen = [
        OKLAB @ np.cbrt(CONES @ np.clip(SIGHTS[sight] @ light_of(color), 0, 1))
        for color in listed(STATIC / "draw.js", f"{theme}: [")
    ]
    closest = min(np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2))
    assert closest >= 0.0759, "that of the closest two of Okabe and Ito"


def test_every_person_stands_out_from_dark_paper() -> None:
    def brightness(color: str) -> float:
        return float(light_of(color) @ [0.2126, 0.7152, 0.0722]) + 0.05

    for color in listed(STATIC / "draw.js", "dark: ["):
        assert brightness(color) / brightness("#14171c") >= 3


# ---- files


def test_a_view_is_one_module_without_imports() -> None:
    for entry in ("dial", "sphere"):
        source = assemble(entry)
        assert not re.search(r"^\s*(import|export (?!default \{ render \}))", source, re.M)
        assert source.count("const $view =") == 1, "what two files import is laid once"


def test_every_visible_word_stands_in_the_catalog() -> None:
    catalog = phrases()
    scripts = {file.name: file.read_text("utf-8") for file in STATIC.glob("*.js")}
    views = {key.split(".")[0] for key in catalog}
    pattern = rf'"((?:{"|".join(views)})\.\w+)"'
    asked = {key for source in scripts.values() for key in re.findall(pattern, source)}
    assert asked <= set(catalog)
    asked |= {f"{view}.title" for view in views}
    package = STATIC.parents[1]  # what training does is named where it is done
    sources = [*STATIC.parent.glob("*.py"), *(package / "lessons").glob("*.py")]
    sources += (package / "experiments" / "live").glob("*.py")
    python = " ".join(path.read_text("utf-8") for path in sources)
    silent = {key for key in set(catalog) - asked if f'"{key}"' not in python}
    everywhere = " ".join([python, *scripts.values()])
    short = {view for view in views if f"`{view}.${{" in everywhere} | {"sphere"}
    told = {key for key in silent if key.split(".")[0] in short}
    told = {key for key in told if re.search(rf'["{{ ]{key.split(".")[1]}[":]', everywhere)}
    assert silent == told, "words nobody says"
    for name, source in scripts.items():
        assert not re.search(r"""(textContent|innerHTML|title) = ["'][A-Za-z]""", source), name


def test_an_unknown_language_names_those_there_are() -> None:
    with pytest.raises(ValueError, match="unknown language 'xx'; there are: en"):
        speak("xx")
    assert spoken() == "en"


def test_a_page_holds_code_state_and_bytes(tmp_path: Path) -> None:
    sphere = Sphere(POINTS, LABELS, names=["</script>", "b", "c"])
    text = sphere.to_html(tmp_path / "sphere.html").read_text("utf-8")
    held = re.search(r'<script type="application/json" id="state">(.*?)</script>', text, re.S)
    assert held is not None
    state = json.loads(held.group(1))
    assert base64.b64decode(state["_points"]["$bytes"]) == sphere._points
    assert state["names"][0] == "</script>"
    assert not {"_esm", "_css", "layout"} & set(state)
    assert text.count("</script>") == 3, "nothing inside ends a script"
    assert "http" not in re.sub(r"data:[^\"]*", "", text), "nothing is asked of a network"
    assert library("curves") not in text
    assert "facelab.Sphere(" in text


def test_a_page_into_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"no folder .*nowhere"):
        MarginDial().to_html(tmp_path / "nowhere" / "dial.html")


def test_readers_without_a_kernel_see_a_picture_or_the_code() -> None:
    dial = MarginDial(margin=0.4)
    assert "Run this cell" in twin(dial)
    assert "margin=0.4" in twin(dial)
    dial.picture = b"\x89PNG"
    assert base64.b64encode(b"\x89PNG").decode() in twin(dial)
    dial.picture = 5
    with pytest.raises(TypeError, match="matplotlib figure or PNG bytes, not int"):
        twin(dial)
