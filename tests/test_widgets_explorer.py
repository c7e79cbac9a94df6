"""The embedding explorer without a browser: what it is given, what it sends, what it refuses."""

import gzip
import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from py_mini_racer import MiniRacer

from facelab.experiments._mapper import MAPPER
from facelab.widgets import Explorer
from facelab.widgets._assemble import library
from facelab.widgets._sources import measured
from tests.fake_umap import SOURCE, planted

RNG = np.random.default_rng(0)
LABELS = np.repeat(np.arange(4), 5)
TABLE = 3 * np.eye(4, 8)[LABELS] + RNG.normal(size=(20, 8))
IMAGES = RNG.integers(0, 255, size=(20, 20, 16)).astype(np.uint8)


def run(held: list[str], trained: list[str], folder: Path | None = None, loss: str = "x") -> Any:
    """What the explorer needs of a Run: three images a person, white where its name says."""
    arrays: dict[str, Any] = {}
    faces = []
    for kind, names in (("", held), ("train_", trained)):
        labels = np.repeat(np.arange(len(names)), 3)
        arrays |= {f"{kind}names": np.array(names), f"{kind}labels": labels}
        arrays[f"{kind}embeddings"] = RNG.normal(size=(len(labels), 6)).astype(np.float32)
        images = np.zeros((len(labels), 30, 26), np.uint8)
        for i, label in enumerate(labels):
            images[i, ord(names[label]) - ord("a"), i % 3] = 255
        faces.append(SimpleNamespace(images=images))
    pair = (faces[1], faces[0])
    return SimpleNamespace(arrays=arrays, config={"loss": loss}, folder=folder, faces=lambda: pair)


def column(view: Explorer, name: str, kind: str, which: int = 0) -> np.ndarray:
    return np.frombuffer(view._data[which][name], kind)


def places(view: Explorer, name: str) -> np.ndarray:
    return np.frombuffer(view._places[name], "<f4").reshape(20, -1)


# ---- numbers


def test_hardness_is_the_angle_to_the_own_mean_and_the_nearest_other_is_named() -> None:
    table = np.array([[2.0, 0], [0, 2], [-1, 0], [-3, 0]])
    found = measured(table, np.array([0, 0, 7, 7], np.uint16))
    np.testing.assert_allclose(found[:, 0], [2, 2, 1, 3])
    np.testing.assert_allclose(found[:, 1], [math.pi / 4, math.pi / 4, 0, 0], atol=1e-7)
    np.testing.assert_allclose(found[:, 2], [math.pi, math.pi / 2, *[3 * math.pi / 4] * 2])
    assert found[:, 3].tolist() == [7, 7, 0, 0]


def test_one_person_has_nobody_near_and_the_numbers_of_many_are_the_same_in_parts() -> None:
    alone = measured(TABLE[:5], LABELS[:5].astype(np.uint16))
    assert np.isnan(alone[:, 2]).all()
    assert (alone[:, 3] == -1).all()
    many = np.tile(TABLE, (60, 1))  # more than are compared at a time
    whole = measured(many, np.tile(LABELS, 60).astype(np.uint16))
    np.testing.assert_allclose(whole[-20:], measured(TABLE, LABELS.astype(np.uint16)), atol=1e-7)


# ---- what it is given


def test_arrays_are_one_map_with_pca_ready() -> None:
    view = Explorer(TABLE, LABELS, IMAGES, ["a", "b", "c", "d"])
    assert list(view._places) == ["0 pca"]
    assert places(view, "0 pca").shape == (20, 2)
    assert column(view, "labels", "<u2").tolist() == LABELS.tolist()
    assert column(view, "ids", "<u4").tolist() == list(range(20))
    assert len(view._pixels) == IMAGES.size
    assert (view.left, view.right, view.people) == ("", "", "all")
    assert view.code().startswith("facelab.Explorer(embeddings, labels, kind='pca', color='person'")


def test_two_tables_of_the_same_images_stand_side_by_side() -> None:
    view = Explorer({"A": TABLE, "B": TABLE[:, ::-1]}, LABELS)
    assert (view.left, view.right) == ("A", "B")
    assert view._data[0]["ids"] == view._data[1]["ids"]
    assert Explorer({"A": TABLE, "B": TABLE}, LABELS, left="B").right == ""


def test_a_run_shows_people_it_has_never_seen_first() -> None:
    view = Explorer(run(["e", "f"], ["a", "b", "c"], loss="arcface"))
    assert view.names == ["e", "f", "a", "b", "c"]
    assert (view.left, view.people) == ("arcface", "held-out")
    assert column(view, "held", "u1").tolist() == [1] * 6 + [0] * 9
    assert view.code().startswith("facelab.Explorer(runs, ")


def test_people_and_faces_are_the_same_in_runs_that_were_split_otherwise() -> None:
    view = Explorer({"1": run(["e"], ["a", "b"]), "2": run(["a"], ["b", "e"])})
    names = view.names
    assert sorted(names) == ["a", "b", "e"]
    for which, order in enumerate(["eab", "abe"]):
        shown = [names[i] for i in column(view, "labels", "<u2", which)[::3]]
        assert "".join(shown) == order
    faces = np.frombuffer(view._pixels, np.uint8).reshape(-1, 30, 26)
    assert len(faces) == 9, "each face is sent once"
    for which, order in enumerate(["eab", "abe"]):
        at = faces[column(view, "ids", "<u4", which)].reshape(9, -1).argmax(axis=1) // 26
        assert at[::3].tolist() == [ord(name) - ord("a") for name in order]


def test_a_run_that_cannot_load_its_faces_says_so_and_shows_the_rest() -> None:
    def refuse() -> Any:
        raise ValueError("only a name can be reloaded")

    bare = run(["e", "f"], ["a", "b"])
    bare.faces = refuse
    view = Explorer({"mine": bare})
    assert view.notes == "mine: faces are not shown: only a name can be reloaded."
    assert view._pixels == b""
    assert column(view, "ids", "<u4").tolist() == list(range(12))


def test_embeddings_without_a_direction_are_left_out_and_counted() -> None:
    spoiled = TABLE.copy()
    spoiled[2, 1], spoiled[5] = np.nan, 0
    view = Explorer(spoiled, LABELS)
    assert np.isnan(places(view, "0 pca")).any(axis=1).nonzero()[0].tolist() == [2, 5]
    assert np.isnan(column(view, "numbers", "<f4").reshape(20, 4)[[2, 5], 1]).all()
    assert view.notes == "2 embeddings have no direction (NaN or 0) and are left out."


def test_a_crowd_is_thinned_and_said_so() -> None:
    many = RNG.normal(size=(50_000, 4))
    view = Explorer(many, RNG.integers(0, 9, size=50_000), np.zeros((50_000, 8, 6), np.uint8))
    assert len(column(view, "labels", "<u2")) == 2000
    assert len(view._places["0 pca"]) == 2000 * 2 * 4
    assert view.notes == "2000 of 50000 embeddings are drawn."


@pytest.mark.parametrize("width", [2, 3, 64])
def test_embeddings_of_any_width_are_laid_out(width: int) -> None:
    view = Explorer(RNG.normal(size=(20, width)), LABELS)
    assert np.isfinite(places(view, "0 pca")).all()


def test_one_image_and_none_with_a_direction_are_maps_too() -> None:
    assert Explorer(TABLE[:1], [0]).names == ["person 0"]
    nobody = Explorer(np.zeros((3, 4)), [0, 1, 1])
    assert nobody.notes.startswith("3 embeddings have no direction")
    assert nobody._data[0]["spread"] == 0


# ---- in the browser, without one


@pytest.fixture(scope="module")
def js() -> MiniRacer:
    context = MiniRacer()
    context.eval(library("follow") + library("globe"))
    return context


@pytest.mark.parametrize("point", RNG.normal(size=(5, 3)).round(3).tolist())
def test_a_point_that_is_stepped_to_can_be_turned_to_the_front(
    js: MiniRacer, point: list[float]
) -> None:
    unit = (np.array(point) / np.linalg.norm(point)).tolist()
    turn = f"const {{ yaw, pitch }} = $follow.facing({unit});"
    seen = js.eval(
        f"(() => {{ {turn} return JSON.stringify([...$globe.rotate({unit}, yaw, pitch)]); }})()"
    )
    np.testing.assert_allclose(json.loads(seen), [0, 0, 1], atol=1e-6)


@pytest.mark.parametrize(
    ("at", "along", "by", "found"),
    [
        (-1, 1, 0, 3),
        (3, 1, 0, 5),
        (5, 1, 0, 2),
        (4, 1, 0, 3),
        (3, -1, 0, 4),
        (5, 0, 1, 2),
        (4, 0, 1, 3),
        (4, 0, -1, 3),
        (3, 0, -1, 2),
        (9, 1, 0, 3),
    ],
)
def test_steps_go_from_image_to_image_and_from_person_to_person(
    js: MiniRacer, at: int, along: int, by: int, found: int
) -> None:
    points = json.dumps([{"index": i} for i in (2, 3, 4, 5)])
    labels = [9, 9, 8, 1, 8, 1]
    assert js.eval(f"$follow.stepped({points}, {labels}, {at}, {along}, {by})") == found


def test_without_images_there_is_no_step(js: MiniRacer) -> None:
    assert js.eval("$follow.stepped([], [], -1, 1, 0)") == -1


# ---- what it refuses


@pytest.mark.parametrize(
    ("change", "error", "sentence"),
    [
        ({"runs": {}}, ValueError, "the dict is empty"),
        ({"labels": None}, TypeError, "embeddings need labels"),
        ({"labels": LABELS[:3]}, ValueError, "one for each of 20 embeddings"),
        ({"runs": TABLE[0]}, ValueError, "embeddings must have shape"),
        ({"images": IMAGES[:3]}, ValueError, "images must have shape .20, H, W"),
        ({"names": ["a"]}, ValueError, "labels must be 0..0, but one is 1"),
        ({"kind": "tsne"}, ValueError, "unknown kind 'tsne'; there are: pca, umap, umap sphere"),
        ({"color": "norms"}, ValueError, "did you mean norm"),
        ({"people": "held-out"}, ValueError, "unknown people 'held-out'; there are: all"),
        ({"left": "B"}, ValueError, "unknown left 'B'"),
        ({"right": "B"}, ValueError, "unknown right 'B'"),
        ({"person": 4}, ValueError, "to 3, not 4"),
        ({"person": True}, TypeError, "whole number, not True"),
        ({"pitch": 2}, ValueError, "pitch must be between -1.571 and 1.571 .radians., not 2"),
    ],
)
def test_an_explorer_says_what_does_not_fit(
    change: dict[str, Any], error: type[Exception], sentence: str
) -> None:
    with pytest.raises(error, match=sentence):
        Explorer(**({"runs": TABLE, "labels": LABELS} | change))


def test_runs_bring_their_own_labels() -> None:
    with pytest.raises(TypeError, match="labels come with the runs"):
        Explorer(run(["e"], ["a"]), LABELS)


def test_state_and_code_bring_the_choices_back() -> None:
    data = ({"A": TABLE, "B": TABLE}, LABELS)
    view = Explorer(*data, kind="umap sphere", color="hardness", person=2, right="", yaw=-1.5)
    assert Explorer.from_state(view.state(), *data).choices() == view.choices()
    assert "left='A', right='', color='hardness', people='all', person=2" in view.code()
    with pytest.raises(ValueError, match="this state holds 'left', which the view lacks"):
        Explorer.from_state(view.state(), TABLE, LABELS)


# ---- what the browser asks for


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """What is sent to the browser."""
    sent: list[Any] = []

    def keep(self: Explorer, content: Any, buffers: Any = None) -> None:
        sent.append((content, buffers))

    monkeypatch.setattr(Explorer, "send", keep)
    yield sent
    MAPPER.end()


def ask(view: Explorer, what: str) -> None:
    view._handle_custom_msg({"ask": what}, [])
    if what == "compute":
        view._computed._thread.join(30)
        assert not view._computed._thread.is_alive()


def test_plotly_is_sent_when_it_is_asked_for_small_enough_for_the_server(asked: list[Any]) -> None:
    ask(Explorer(TABLE, LABELS), "library")
    ((content, (data,)),) = asked
    assert content == {"library": True}
    assert len(data) < 2e6, "JupyterLab lets 3 MB in 3 seconds through"
    assert b"plotly.js v" in gzip.decompress(data)[:200]


def test_umap_is_computed_when_asked_for_the_runs_that_are_shown(
    asked: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted(tmp_path, monkeypatch, SOURCE, pause=0.02)
    view = Explorer({"A": TABLE, "B": 2 * TABLE, "C": TABLE[:, ::-1]}, LABELS, kind="umap")
    assert set(view._places) == {"0 pca", "1 pca", "2 pca"}
    ask(view, "compute")
    made = {content["made"]: data for content, data in asked if "made" in content}
    assert list(made) == ["0 umap", "1 umap"]
    assert asked[-1][0] == {"ended": True}
    parts = [content["progress"] for content, _ in asked if "progress" in content]
    assert parts == sorted(parts)
    assert parts[-1] == 1
    assert 0.4 < parts[len(parts) // 2] < 0.6, "both runs count"
    assert view.get_state()["_places"]["1 umap"] == made["1 umap"][0], "also for views opened later"
    asked.clear()
    ask(view, "compute")
    assert asked == [({"ended": True}, None)], "nothing is computed twice"


def test_a_run_that_has_kept_its_layout_shows_it_at_once(
    asked: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted(tmp_path, monkeypatch, SOURCE)
    kept = run(["e", "f"], ["a", "b"], tmp_path)
    Explorer(kept).compute("umap")
    assert set(Explorer(kept)._places) == {"0 pca", "0 umap"}
    assert (tmp_path / "layouts.npz").is_file()


def test_a_layout_can_be_stopped(
    asked: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted(tmp_path, monkeypatch, SOURCE, pause=5)
    view = Explorer(TABLE, LABELS, kind="umap")
    view._handle_custom_msg({"ask": "compute"}, [])
    view._handle_custom_msg({"ask": "stop"}, [])
    view._computed._thread.join(4)
    assert not view._computed._thread.is_alive()
    assert asked[-1][0] == {"ended": True}
    assert MAPPER._process is None
    assert set(view._places) == {"0 pca"}


def test_a_missing_umap_is_said_and_pca_goes_on(
    asked: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted(tmp_path, monkeypatch, "raise ImportError('No module named numba')")
    view = Explorer(TABLE, LABELS, kind="umap")
    ask(view, "compute")
    said = [content["failed"] for content, _ in asked if "failed" in content]
    assert len(said) == 1
    assert "No module named numba" in said[0]
    assert "0 pca" in view._places
    with pytest.raises(RuntimeError, match="No module named numba"):
        view.compute()


# ---- pages


def test_a_page_holds_plotly_and_the_layouts_and_a_notebook_does_not(
    asked: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted(tmp_path, monkeypatch, SOURCE)
    view = Explorer(TABLE, LABELS, kind="umap")
    view.compute()
    text = view.to_html(tmp_path / "page.html").read_text("utf-8")
    held = re.search(r'<script type="application/json" id="state">(.*?)</script>', text, re.S)
    assert held is not None
    state = json.loads(held.group(1))
    assert set(state["_places"]) == {"0 pca", "0 umap"}
    assert len(text) < 2.5e6
    assert len(state["_library"]["$bytes"]) > 1e6
    assert "_library" not in view.get_state()
