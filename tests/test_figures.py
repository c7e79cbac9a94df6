"""Figures take arrays and give back axes; what is drawn is what was given."""

import itertools
import subprocess
import sys

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure

from facelab import figures, geometry
from facelab.evaluation import identify, verify
from facelab.figures.palette import line, outline

matplotlib.use("Agg")  # nothing is shown

RNG = np.random.default_rng(0)
TEN = geometry.fibonacci_sphere(10)
LABELS = np.repeat(np.arange(10), 6)
ON_SPHERE = TEN[LABELS] * 3 + 0.2 * RNG.standard_normal((60, 3))


@pytest.fixture
def ax():
    return Figure().add_subplot()


def verification(spread=1.0, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((8, 6))[LABELS[:48] % 8] + spread * rng.standard_normal((48, 6))
    return verify(x, LABELS[:48] % 8, draws=60)


def drawn(ax, label):
    return next(each for each in ax.lines if str(each.get_label()).startswith(label))


def words(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


# Machado, Oliveira and Fernandes 2009, table 1, severity 1.0, linear RGB
SIGHTS = {
    "normal": np.eye(3),
    "protan": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deutan": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritan": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def seen(color, sight):
    """OKLab coordinates of a color as seen with a kind of sight."""
    rgb = np.array(to_rgb(color))
    light = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    light = np.clip(np.array(SIGHTS[sight]) @ light, 0, 1)
    cones = [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
    lab = [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
    return np.array(lab) @ np.cbrt(np.array(cones) @ light)


@pytest.mark.parametrize("sight", SIGHTS)
def test_no_two_of_the_ten_colors_are_closer_than_the_closest_of_okabe_and_ito(sight):
    def closest(colors):
        pairs = itertools.combinations([seen(c, sight) for c in colors], 2)
        return min(np.linalg.norm(a - b) for a, b in pairs)

    assert closest(figures.COLORS) >= 0.076
    assert closest(figures.COLORS) == pytest.approx(closest(figures.COLORS[:8]))


def test_each_of_a_hundred_people_has_a_look_of_their_own():
    assert len({figures.look(index) for index in range(100)}) == 100
    assert len({figures.look(index)[1] for index in range(10)}) == 10
    assert len({figures.look(index)[0] for index in range(10)}) == 10


def test_thin_lines_are_never_pale_yellow():
    paper = seen("#FFFFFF", "normal")
    for index in range(10):
        for color in (outline(index), line(index)["color"]):
            assert np.linalg.norm(seen(color, "normal") - paper) > 0.2


def test_target_curves_are_drawn_in_degrees_as_given(ax):
    theta = np.linspace(0, np.pi, 91)
    psi = geometry.target_curve("arcface", theta, margin=0.5)
    assert figures.target_curves(theta, {"ArcFace": psi, "none": np.cos(theta)}, ax) is ax
    curve = drawn(ax, "ArcFace")
    assert np.allclose(curve.get_xdata(), np.rad2deg(theta))
    assert np.allclose(curve.get_ydata(), psi)
    assert ax.get_xlabel() == "angle θ to the own center (degrees)"
    assert ax.get_ylabel() == "target ψ(θ) (cosine units)"
    assert words(ax) == ["ArcFace", "none"]


def test_the_lower_bound_is_that_of_geometry_and_its_mark_is_written_down(ax):
    figures.lower_bound((10, 100), scales=[0.5, 1, 2], mark=1, ax=ax)
    curve = drawn(ax, "C = 10:")
    assert np.allclose(curve.get_ydata(), geometry.normface_lower_bound([0.5, 1, 2], 10))
    assert words(ax) == ["C = 10: 1.38 at s = 1", "C = 100: 3.61 at s = 1"]
    assert "nats" in ax.get_ylabel()


def test_training_curves_draw_a_column_and_leave_gaps_out(ax):
    rows = [{"epoch": 1, "loss": 3.0}, {"epoch": 2, "loss": None}, {"epoch": 3, "loss": "1.5"}]
    figures.training_curves({"a run": rows}, ax=ax)
    assert drawn(ax, "a run").get_xydata().tolist() == [[1, 3], [3, 1.5]]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("epoch", "loss (nats)")
    with pytest.raises(ValueError, match="unknown column of the metrics 'los'; did you mean loss"):
        figures.training_curves(rows, "los", ax=ax)


def test_a_roc_is_drawn_in_steps_with_its_band_and_its_area(ax):
    result = verification()
    figures.roc({"one": result, "other": verification(2.0, 1)}, ax)
    curve = drawn(ax, "one")
    roc, least = result.roc(), 1 / (~result.same).sum()
    assert np.allclose(curve.get_xdata(), np.maximum(roc.far, least))
    assert np.allclose(curve.get_ydata(), roc.tar)
    assert curve.get_drawstyle() == "steps-post"
    assert words(ax)[0] == f"one: AUC {result.auc()!r}"
    assert ax.get_xscale() == "log"
    assert "share of different-person pairs" in ax.get_xlabel()
    corners = ax.collections[0].get_paths()[0].vertices
    low, high = result.band([0.1])
    near = corners[np.abs(np.log10(corners[:, 0]) + 1) < 0.05, 1]
    assert np.abs(near - low).min() < 0.03
    assert np.abs(near - high).min() < 0.03


def test_a_roc_on_a_linear_axis_begins_at_zero(ax):
    figures.roc(verification(), ax, log=False)
    assert drawn(ax, "AUC").get_xdata()[0] == 0
    assert ax.get_xscale() == "linear"


def test_similarities_of_both_kinds_each_sum_to_one(ax):
    result = verification()
    figures.similarity(result, ax, bins=17, far=0.1)
    outlines = [patch for patch in ax.patches if patch.get_label().endswith("pairs)")]
    assert [patch.get_label() for patch in outlines] == [
        f"different people ({(~result.same).sum():,} pairs)",
        f"same person ({result.same.sum():,} pairs)",
    ]
    for patch in outlines:
        assert patch.get_data().values.sum() == pytest.approx(1)
    threshold = drawn(ax, "accepted").get_xdata()[0]
    assert (result.scores[~result.same] >= threshold).mean() <= 0.1
    assert (result.scores[result.same] >= threshold).mean() == result.tar(0.1)


def test_a_cmc_shows_the_ranks_asked_for(ax):
    x = TEN[LABELS] + 0.5 * RNG.standard_normal((60, 3))
    half = np.arange(60) % 2 == 0
    found = identify(x[half], LABELS[half], x[~half], LABELS[~half], draws=40)
    figures.cmc(found, ax, ranks=5)
    curve = drawn(ax, "rank 1")
    assert curve.get_xdata().tolist() == [1, 2, 3, 4, 5]
    assert np.allclose(curve.get_ydata(), found.cmc().share[:5])
    assert "share of probes" in ax.get_ylabel()


@pytest.mark.parametrize("shape", [(7, 12, 10), (7, 12, 10, 3)])
def test_faces_stand_in_rows_and_do_not_overlap(ax, shape):
    faces = RNG.integers(0, 255, shape, dtype=np.uint8)
    names = ["Ann_Lee", "Bo"]
    figures.face_grid(faces, [0, 1, 0, 1, 0, 1, 0], names, columns=3, ax=ax)
    boxes = np.array([image.get_extent() for image in ax.images])  # left, right, bottom, top
    assert len(set(boxes[:, 0])) == len(set(boxes[:, 3])) == 3
    for a, b in itertools.combinations(boxes, 2):
        assert a[1] <= b[0] or b[1] <= a[0] or a[2] <= b[3] or b[2] <= a[3]
    assert [text.get_text() for text in ax.texts[:2]] == ["Ann Lee", "Bo"]
    for image, face in zip(ax.images, faces, strict=True):
        assert np.array_equal(image.get_array(), face)
        assert image.get_clim() == (0, 255)


@pytest.mark.parametrize(
    ("images", "labels", "words_"),
    [
        (np.zeros((0, 4, 4)), None, r"\(N, H, W\) or \(N, H, W, 3\), not \(0, 4, 4\)"),
        (np.zeros((4, 4)), None, r"not \(4, 4\)"),
        (np.zeros((2, 4, 4)), [0], "2 images need 2 labels, not 1"),
    ],
)
def test_faces_that_are_none_are_refused(ax, images, labels, words_):
    with pytest.raises(ValueError, match=words_):
        figures.face_grid(images, labels, ax=ax)


def scattered(ax, marker_size=None):
    """Offsets of all scattered points with their opacity, for one marker size or all."""
    found = []
    for each in ax.collections:
        if marker_size in (None, each.get_sizes()[0]):
            found += [(*offset, each.get_alpha()) for offset in each.get_offsets()]
    return np.array(found)


def test_every_embedding_is_on_the_ball_and_the_back_is_faded(ax):
    turn = geometry.view(0.4, 0.2)
    figures.sphere(ON_SPHERE, LABELS, turn=turn, ax=ax)
    expected = geometry.project(geometry.unit(ON_SPHERE), turn)
    for size, rows in ((26, expected[:, 2] >= 0), (14, expected[:, 2] < 0)):
        points = scattered(ax, size)
        assert 0 < len(points) == rows.sum()
        assert sorted(map(tuple, points[:, :2])) == sorted(map(tuple, expected[rows, :2]))
    assert scattered(ax, 14)[:, 2].max() < 0.3 < scattered(ax, 26)[:, 2].min()


def test_a_person_keeps_color_and_shape(ax):
    figures.sphere(ON_SPHERE, LABELS, TEN, ax=ax)
    rows = LABELS == 3
    expected = geometry.project(geometry.unit(ON_SPHERE[rows]))
    color, _ = figures.look(3)
    mine = np.concatenate(
        [
            each.get_offsets()
            for each in ax.collections
            if each.get_sizes()[0] in (14, 26) and to_hex(each.get_facecolor()[0]) == color.lower()
        ]
    )
    assert sorted(map(tuple, mine)) == sorted(map(tuple, expected[:, :2]))


def test_caps_have_their_radius_and_centers_need_no_length(ax):
    radii = np.full(10, 0.3)
    figures.sphere(ON_SPHERE, LABELS, TEN * 7, radii, ax=ax)
    middle = geometry.project(TEN)
    assert np.allclose(scattered(ax, 95)[:, :2], middle[:, :2])
    rims = [each for each in ax.lines if each.get_linewidth() == 1.4]
    assert len(rims) >= 10
    front = int(np.argmax(middle[:, 2]))
    right, up = middle[front, :2]
    rim = next(each for each in rims if each.get_color() == outline(front))
    xy = rim.get_xydata()
    full = np.column_stack([xy, np.sqrt(1 - (xy**2).sum(1))])
    assert np.allclose(geometry.angle_between(full, middle[front]), 0.3)
    ball = np.asarray(ax.images[0].get_array())
    pixel = ball[int((up + 1) / 2 * len(ball)), int((right + 1) / 2 * len(ball)), :3]
    toward = np.array(to_rgb(figures.look(front)[0]))
    assert np.ptp(toward - 1) * 0.15 < np.ptp(pixel)  # tinted, where the bare ball is gray
    assert ball[0, 0, 3] == 0


def test_boundaries_run_as_near_to_two_centers_and_are_faint_behind(ax):
    figures.sphere(ON_SPHERE, LABELS, TEN * 4, boundaries=True, ax=ax)
    lines = [each for each in ax.lines if each.get_linewidth() == 1.1]
    middle = geometry.project(TEN)
    assert len(lines) == 2 * (3 * len(TEN) - 6), "every edge has a front and a back"
    for edge in lines:
        xy = edge.get_xydata()
        side = -1 if edge.get_alpha() < 1 else 1
        depth = side * np.sqrt(np.clip(1 - (xy**2).sum(axis=1), 0, 1))
        full = np.column_stack([xy, depth])[np.isfinite(xy).all(axis=1)]
        near = np.sort(geometry.angle_between(full[:, None], middle[None]), axis=1)
        assert np.allclose(near[:, 0], near[:, 1], atol=1e-6)
    figures.sphere(ON_SPHERE, LABELS, TEN, ax=ax)
    assert len([each for each in ax.lines if each.get_linewidth() == 1.1]) == len(lines)


def test_a_legend_names_everybody_and_says_what_hollow_means(ax):
    names = [f"person {index}" for index in range(10)]
    hollow = np.arange(60) % 6 > 3
    figures.sphere(ON_SPHERE, LABELS, names=names, hollow=hollow, ax=ax)
    assert words(ax) == [*names, "hollow: held out"]
    white = sum(
        len(each.get_offsets())
        for each in ax.collections
        if (each.get_facecolor()[0, :3] == 1).all()
    )
    assert white == hollow.sum()


def test_the_plane_keeps_lengths_and_shows_the_unit_circle(ax):
    flat, rows = ON_SPHERE[:, :2], TEN[:, :2] * 9
    figures.plane(flat, LABELS, rows, ax=ax)
    assert sorted(map(tuple, scattered(ax)[:, :2])) == sorted(map(tuple, flat))
    circle = drawn(ax, "length 1").get_xydata()
    assert np.allclose(np.hypot(*circle.T), 1)
    assert [text.xy for text in ax.texts] == [tuple(row) for row in rows]
    assert ax.get_xlim()[1] > np.abs(rows).max()
    assert "no unit" in ax.get_xlabel()


@pytest.mark.parametrize(
    ("draw", "arguments", "words_"),
    [
        (figures.sphere, (np.ones((2, 2)), [0, 1]), r"must have shape \(N, 3\), not \(2, 2\)"),
        (figures.plane, (np.ones((2, 3)), [0, 1]), r"must have shape \(N, 2\), not \(2, 3\)"),
        (figures.sphere, (np.full((2, 3), np.nan), [0, 1]), "2 are not; first: row 0"),
        (figures.sphere, (np.ones((2, 3)), [0]), r"labels must have shape \(2,\), not \(1,\)"),
        (figures.sphere, (np.ones((1, 3)), [0], np.ones((4, 2))), r"shape \(C, 3\), not \(4, 2\)"),
        (figures.sphere, (np.ones((1, 3)), [0], TEN, [1.0]), r"shape \(10,\), not \(1,\)"),
        (figures.sphere, (np.ones((1, 3)), [0], None, [1.0]), "radii need centers"),
        (figures.roc, ({},), "nothing to draw"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_one_sentence(ax, draw, arguments, words_):
    with pytest.raises(ValueError, match=words_):
        draw(*arguments, ax=ax)


def test_the_explorer_shows_rates_and_thresholds_on_hovering():
    result = verification()
    figure = figures.roc_explorer({"one": result})
    low, high, curve = figure.data
    roc = result.roc()
    assert np.allclose(curve.y, roc.tar)
    assert np.allclose(np.array(curve.customdata)[:, 0], roc.far)
    assert np.array_equal(np.array(curve.customdata)[:, 1], roc.thresholds)
    assert "FAR" in curve.hovertemplate
    assert (np.array(low.y) <= np.array(high.y)).all()
    assert curve.name == f"one: AUC {result.auc()!r}"
    assert figure.layout.xaxis.type == "log"


def test_without_axes_a_new_figure_is_made():
    from matplotlib import pyplot

    before = set(pyplot.get_fignums())
    ax = figures.lower_bound()
    assert len(set(pyplot.get_fignums()) - before) == 1
    pyplot.close(ax.figure)


def test_no_label_is_cut_or_covers_another():
    from matplotlib import pyplot

    names = [f"person {index}" for index in range(10)]
    made = [
        figures.sphere(ON_SPHERE, LABELS, TEN, np.full(10, 0.3), names=names),
        figures.plane(ON_SPHERE[:, :2], LABELS, names=names),
        figures.similarity(verification()),
        figures.face_grid(np.zeros((12, 9, 8)), [0, 1] * 6, ["Ann_Lee", "A_quite_long_name_here"]),
    ]
    for ax in made:
        figure = ax.figure
        figure.canvas.draw()
        texts = [*ax.texts, ax.xaxis.label, ax.yaxis.label, *getattr(ax.get_legend(), "texts", [])]
        boxes = [text.get_window_extent() for text in texts if text.get_text()]
        page = figure.bbox
        for box in boxes:
            assert page.x0 <= box.x0 <= box.x1 <= page.x1
            assert page.y0 <= box.y0 <= box.y1 <= page.y1
        assert not any(a.overlaps(b) for a, b in itertools.combinations(boxes, 2))
        pyplot.close(figure)


def test_importing_figures_brings_matplotlib_alone():
    code = (
        "import sys, facelab.figures; heavy = ('plotly', 'torch', 'sklearn', 'matplotlib.pyplot'); "
        "print([name for name in heavy if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_every_public_name_of_figures_is_there():
    assert all(hasattr(figures, name) for name in figures.__all__)
