"""Where embeddings are laid out: PCA, UMAP in a process of its own, and what is kept."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

import facelab
from facelab import figures
from facelab.experiments import _layouts, kept_layout, layout
from facelab.experiments._mapper import MAPPER, Mapper
from tests.fake_umap import SOURCE, planted

RNG = np.random.default_rng(0)
TABLE = RNG.normal(size=(30, 8)) + 2 * np.eye(8)[RNG.integers(0, 8, size=30)]
UNIT = TABLE / np.linalg.norm(TABLE, axis=1, keepdims=True)


@pytest.fixture(autouse=True)
def stopped() -> Iterator[None]:
    """No process is left behind."""
    yield
    MAPPER.end()


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    planted(tmp_path, monkeypatch, SOURCE)


def distances(places: np.ndarray) -> np.ndarray:
    return np.linalg.norm(places[:, None] - places[None], axis=2)


# ---- PCA


def test_pca_keeps_every_distance_where_two_directions_are_enough() -> None:
    turn, _ = np.linalg.qr(RNG.normal(size=(64, 64)))
    angles = RNG.uniform(0, 2 * np.pi, size=40)
    circle = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    places = layout(3 * circle @ turn[:2], "pca")
    np.testing.assert_allclose(distances(places), distances(circle), atol=1e-9)


def test_pca_is_about_the_mean_of_the_directions_and_lengths_do_not_count() -> None:
    places = layout(TABLE)
    np.testing.assert_allclose(places.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(layout(TABLE * RNG.uniform(0.1, 9, size=(30, 1))), places)
    values = np.linalg.eigvalsh(np.cov(UNIT.T))[::-1][:2]
    np.testing.assert_allclose(places.var(axis=0, ddof=1), values)


def test_a_direction_of_pca_points_to_where_its_largest_entry_is_positive() -> None:
    for table in (UNIT, UNIT[::-1], -UNIT):
        centered = table - table.mean(axis=0)
        across = np.linalg.lstsq(centered, layout(table), rcond=None)[0]
        assert (across.max(axis=0) > -across.min(axis=0)).all()


@pytest.mark.parametrize("count", [1, 2])
def test_pca_places_even_one_embedding(count: int) -> None:
    places = layout(TABLE[:count])
    assert places.shape == (count, 2)
    assert np.isfinite(places).all()


def test_embeddings_without_a_direction_have_no_place_and_move_nobody() -> None:
    spoiled = np.vstack([TABLE, np.zeros(8), np.full(8, np.nan), np.full(8, np.inf)])
    places = layout(spoiled)
    assert np.isnan(places[30:]).all()
    np.testing.assert_allclose(places[:30], layout(TABLE))


# ---- UMAP


@pytest.mark.usefixtures("fake")
def test_umap_gives_places_in_the_plane_and_on_the_sphere() -> None:
    np.testing.assert_allclose(layout(TABLE, "umap", progress=False), 10 * UNIT[:, :2], atol=1e-5)
    ball = layout(TABLE[:, :3], "umap sphere", progress=False)
    unit = TABLE[:, :3] / np.linalg.norm(TABLE[:, :3], axis=1, keepdims=True)
    np.testing.assert_allclose(ball, unit, atol=1e-5)


@pytest.mark.usefixtures("fake")
def test_umap_leaves_out_what_has_no_direction() -> None:
    spoiled = TABLE.copy()
    spoiled[4] = np.nan
    places = layout(spoiled, "umap", progress=False)
    assert np.isnan(places[4]).all()
    assert np.isfinite(np.delete(places, 4, axis=0)).all()


@pytest.mark.usefixtures("fake")
def test_progress_is_told_and_never_goes_back() -> None:
    parts: list[float] = []
    layout(TABLE, "umap", progress=parts.append)
    assert parts[0] == 0
    assert parts[-1] == 1
    assert parts == sorted(parts)
    assert len(set(parts)) > 3


def test_umap_does_not_load_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    planted(tmp_path, monkeypatch, SOURCE)
    layout(TABLE, "umap", progress=False)
    assert "umap" not in sys.modules


def test_what_progress_raises_ends_the_fit_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted(tmp_path, monkeypatch, SOURCE, pause=5)

    def impatient(part: float) -> None:
        raise KeyboardInterrupt

    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        layout(TABLE, "umap", progress=impatient)
    assert time.monotonic() - start < 5
    assert MAPPER._process is None, "it does not go on unseen"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("raise ImportError('no numba here')", "ImportError: no numba here"),
        ("class UMAP:\n    def __init__(self, **_): raise TypeError('odd')", "TypeError: odd"),
        ("import os; os._exit(3)", "its process ended"),
    ],
)
def test_a_broken_umap_is_a_sentence_and_breaks_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, reason: str
) -> None:
    planted(tmp_path, monkeypatch, source)
    with pytest.raises(RuntimeError, match=rf"UMAP could not be used .{reason}.; PCA still can"):
        layout(TABLE, "umap", progress=False)
    assert layout(TABLE).shape == (30, 2)
    planted(tmp_path, monkeypatch, SOURCE)
    assert layout(TABLE, "umap", progress=False).shape == (30, 2)


def test_the_process_ends_when_nobody_needs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted(tmp_path, monkeypatch, SOURCE, pause=5)
    mapper = Mapper()
    np.save(tmp_path / "table.npy", TABLE)
    mapper._ask({"table": str(tmp_path / "table.npy"), "places": "none", "settings": {}})
    process = mapper._process
    assert process is not None
    while mapper._answers.empty():  # until it is in the middle of a fit
        time.sleep(0.01)
    mapper._close()
    assert process.wait(10) == 0, "a kernel that is gone closes the pipe"


# ---- what is kept


@pytest.mark.usefixtures("fake")
def test_a_layout_is_computed_once_and_found_again(tmp_path: Path) -> None:
    assert kept_layout(TABLE, "umap", folder=tmp_path) is None
    first = layout(TABLE, "umap", folder=tmp_path, progress=False)
    asked: list[float] = []
    again = layout(TABLE, "umap", folder=tmp_path, progress=asked.append)
    assert asked == []
    np.testing.assert_allclose(again, first, atol=1e-5)
    found = kept_layout(TABLE, "umap", folder=tmp_path)
    assert found is not None
    np.testing.assert_array_equal(found, again)


@pytest.mark.usefixtures("fake")
@pytest.mark.parametrize(
    "other",
    [{"seed": 1}, {"neighbors": 5}, {"kind": "umap sphere"}, {"what": TABLE + 1e-4}],
    ids=["seed", "neighbors", "kind", "embeddings"],
)
def test_another_seed_or_table_is_another_layout(tmp_path: Path, other: dict[str, Any]) -> None:
    asked: dict[str, Any] = {"what": TABLE, "kind": "umap", "folder": tmp_path}
    layout(**asked, progress=False)
    assert kept_layout(**asked | other) is None
    layout(**asked | other, progress=False)
    assert kept_layout(**asked) is not None, "both are kept"
    assert kept_layout(**asked | other) is not None


@pytest.mark.usefixtures("fake")
def test_a_damaged_file_is_begun_again(tmp_path: Path) -> None:
    (tmp_path / _layouts.FILE).write_bytes(b"PK half a file")
    assert kept_layout(TABLE, "umap", folder=tmp_path) is None
    layout(TABLE, "umap", folder=tmp_path, progress=False)
    assert kept_layout(TABLE, "umap", folder=tmp_path) is not None


@pytest.mark.usefixtures("fake")
def test_a_layout_is_given_even_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    places = layout(TABLE, "umap", folder=tmp_path / "file", progress=False)
    assert np.isfinite(places).all()


@pytest.mark.usefixtures("fake")
def test_a_run_keeps_its_layouts_in_its_folder(tmp_path: Path) -> None:
    run = facelab.train(people=8, fraction=0.5, epochs=1, out=tmp_path / "run", progress=False)
    places = layout(run, "umap", progress=False)
    assert len(places) == len(run.embeddings) + len(run.arrays["train_embeddings"])
    again = facelab.open_run(tmp_path / "run")
    found = kept_layout(again, "umap")
    assert found is not None
    np.testing.assert_allclose(found, places, atol=1e-5)
    held_out = run.embeddings / np.linalg.norm(run.embeddings, axis=1, keepdims=True)
    np.testing.assert_allclose(places[: len(held_out)], 10 * held_out[:, :2], atol=1e-4)


# ---- on paper


def test_a_map_on_paper_shows_everybody_who_has_a_place_in_their_look() -> None:
    places = layout(TABLE)
    places[3] = np.nan
    labels = np.repeat(np.arange(3), 10)
    ax = figures.layout(places, labels, names=["a", "b", "c"], title="PCA", ax=Figure().subplots())
    drawn = {figures.look(i)[0]: labels[np.isfinite(places[:, 0])] == i for i in range(3)}
    for points in ax.collections:
        rows = drawn[to_hex(points.get_facecolor()[0]).upper()]
        shown = places[np.isfinite(places[:, 0])][rows]
        np.testing.assert_allclose(points.get_offsets(), shown)
    assert len(ax.collections) == 3
    legend = ax.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["a", "b", "c"]
    assert ax.get_title() == "PCA"


@pytest.mark.parametrize("width", [2, 3])
def test_a_map_on_paper_can_be_colored_by_a_number(width: int) -> None:
    places = UNIT[:, :width]
    values = np.arange(30.0)
    labels = np.zeros(30, int)
    ax = figures.layout(places, labels, values, caption="length", ax=Figure().subplots())
    shades = [points.get_array() for points in ax.collections if points.get_array() is not None]
    assert sorted(np.concatenate(shades).tolist()) == values.tolist()
    assert ax.figure.axes[1].get_ylabel() == "length"


def test_a_map_on_paper_says_what_does_not_fit() -> None:
    with pytest.raises(ValueError, match=r"places must have shape .N, 2. or .N, 3., not .30, 8."):
        figures.layout(TABLE, np.zeros(30, int))
    with pytest.raises(ValueError, match=r"values must have shape .30,., not .2,."):
        figures.layout(TABLE[:, :2], np.zeros(30, int), np.zeros(2))


# ---- what does not fit


@pytest.mark.parametrize(
    ("change", "error", "sentence"),
    [
        ({"kind": "umpa"}, ValueError, "unknown layout 'umpa'; did you mean umap"),
        ({"what": TABLE[0]}, ValueError, "embeddings must have shape .N, D."),
        ({"what": "faces"}, TypeError, "table of numbers, not 'faces'"),
        ({"what": TABLE[:4]}, ValueError, "UMAP needs at least 5 embeddings, not 4"),
        ({"seed": -1}, ValueError, "seed must be a whole number from 0 on, not -1"),
        ({"neighbors": 1}, ValueError, "neighbors must be a whole number from 2 on, not 1"),
        ({"neighbors": 2.5}, ValueError, "not 2.5"),
    ],
)
def test_a_layout_says_what_does_not_fit(
    change: dict[str, Any], error: type[Exception], sentence: str
) -> None:
    with pytest.raises(error, match=sentence):
        layout(**({"what": TABLE, "kind": "umap", "progress": False} | change))


@pytest.mark.slow
def test_the_real_umap_keeps_people_together(tmp_path: Path) -> None:
    centers = RNG.normal(size=(6, 16))
    labels = np.repeat(np.arange(6), 12)
    table = centers[labels] + 0.3 * RNG.normal(size=(72, 16))
    for kind in ("umap", "umap sphere"):
        places = layout(table, kind, neighbors=10, progress=False)
        apart = distances(places) + 1e9 * np.eye(72)
        assert (labels[apart.argmin(axis=1)] == labels).mean() > 0.95, kind
        np.testing.assert_array_equal(layout(table, kind, neighbors=10, progress=False), places)
    np.testing.assert_allclose(np.linalg.norm(places, axis=1), 1)
