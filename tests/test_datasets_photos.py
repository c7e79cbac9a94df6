"""Faces are found, turned upright and cut out; what is not found is listed."""

import sys

import numpy as np
import pytest
from PIL import Image

import facelab
from facelab.datasets import photos
from facelab.datasets.photos import EYES, align

cv2 = pytest.importorskip("cv2", reason="photographs need the extra photos", exc_type=ImportError)
SMOOTH = Image.Resampling.BICUBIC


@pytest.fixture(scope="module")
def faces():
    return facelab.load("sketch", people=4, images=2, pose=0, blur=0, resolution=0, noise=0).images


def scene(face, turned=0.0, wide=184, at=(140, 90)):
    """A face in a larger photograph, turned by degrees against the clock."""
    picture = Image.new("L", (480, 400), 120)
    picture.paste(Image.fromarray(face).resize((wide, wide * 112 // 92), SMOOTH), at)
    return np.asarray(picture.rotate(turned, SMOOTH, fillcolor=120))


def slope(found):
    """The angle of the line between the eyes, degrees against the clock."""
    across, down = found.eyes[1] - found.eyes[0]
    return -np.degrees(np.arctan2(down, across))


def test_a_face_anywhere_and_of_any_size_is_cut_out_the_same(faces):
    wanted = align(scene(faces[0])).image.astype(float)
    for where in (
        {"at": (20, 30)},
        {"wide": 120, "at": (300, 200)},
        {"wide": 260, "at": (200, 40)},
    ):
        found = align(scene(faces[0], **where)).image.astype(float)
        assert np.corrcoef(found.ravel(), wanted.ravel())[0, 1] > 0.9
    other = align(scene(faces[6])).image.astype(float)
    assert np.corrcoef(other.ravel(), wanted.ravel())[0, 1] < 0.85


@pytest.mark.parametrize("turned", [-35, -15, 15, 35])
def test_a_tilted_face_is_turned_upright(faces, turned):
    found = align(scene(faces[0], turned))
    assert found.by == "eyes"
    assert slope(found) == pytest.approx(turned, abs=8)
    again = align(np.pad(np.kron(found.image, np.ones((2, 2), np.uint8)), 80, mode="edge"))
    assert abs(slope(again)) < 6


def test_eyes_come_to_lie_where_they_are_wanted(faces):
    for image in faces:
        found = align(scene(image), (224, 184))
        again = align(np.pad(found.image, 100, mode="edge")).eyes - 100
        assert np.abs(again / (184, 224) - EYES).max() < 0.06


def test_the_move_brings_the_eyes_to_their_goals_exactly():
    eyes, goals = np.array([[30.0, 80.0], [90.0, 50.0]]), np.array([[10.0, 20.0], [40.0, 20.0]])
    moved = photos._similarity(eyes, goals)
    assert np.column_stack([eyes, [1, 1]]) @ moved.T == pytest.approx(goals)
    assert moved[:, :2] @ moved[:, :2].T == pytest.approx(np.eye(2) * (900 / 4500))


def test_a_photograph_made_smaller_first_is_cut_out_at_the_same_place(faces):
    small = scene(faces[0])
    large = np.asarray(Image.fromarray(small).resize((1920, 1600), SMOOTH))
    eyes = align(small).eyes
    assert align(large).eyes / 4 == pytest.approx(eyes, abs=4)
    goals = EYES * (92, 112)
    cut = []
    for photo, times in ((small, 1), (large, 4)):
        less, moved = photos._halved(photo, photos._similarity(eyes * times, goals))
        assert less.shape[0] < photo.shape[0] or times == 1
        cut.append(cv2.warpAffine(less, moved, (92, 112)).astype(float))
    assert np.abs(cut[0] - cut[1]).mean() < 3


def test_color_stays_color_and_gray_stays_gray(faces):
    gray = scene(faces[0])
    color = np.stack([gray, gray // 2, gray // 4], axis=2)
    assert align(gray).image.shape == (112, 92)
    image = align(color, (60, 50)).image
    assert image.shape == (60, 50, 3)
    assert image[..., 0].mean() > 1.8 * image[..., 1].mean() > 3 * image[..., 2].mean()


def test_without_eyes_the_face_is_cut_out_by_its_rectangle(faces, monkeypatch):
    by_eyes = align(scene(faces[0]))
    monkeypatch.setattr(photos, "_eyes", lambda gray, face: None)
    found = align(scene(faces[0]))
    assert found.by == "face"
    assert found.eyes == pytest.approx(by_eyes.eyes, abs=15)


def test_eyes_that_are_too_steep_or_too_close_are_no_pair(monkeypatch):
    for second, pair in (((100, 60), True), ((100, 95), False), ((60, 60), False)):
        places = iter([np.array([50.0, 60.0]), np.array(second, float)])
        monkeypatch.setattr(photos, "_eye", lambda *_, places=places: next(places))
        assert (photos._eyes(np.zeros((9, 9), np.uint8), (0, 0, 130)) is not None) is pair


def test_of_two_faces_the_larger_one_is_cut_out(faces):
    both = scene(faces[0], wide=92, at=(40, 90)).copy()
    both[40:320, 200:470] = scene(faces[6], wide=184)[60:340, 110:380]
    alone = align(scene(faces[6], wide=184, at=(230, 70)))
    assert align(both).eyes == pytest.approx(alone.eyes, abs=6)
    assert align(both[:, ::-1]).eyes[:, 0] == pytest.approx(480 - alone.eyes[::-1, 0], abs=9)


def test_where_there_is_no_face_none_is_found():
    assert align(np.full((200, 200), 128, np.uint8)) is None
    assert align(np.zeros((5, 300, 3), np.uint8)) is None


def test_what_is_no_photograph_is_refused_with_a_sentence():
    with pytest.raises(TypeError, match="must be a uint8 array, not list"):
        align([[0]])
    with pytest.raises(ValueError, match=r"must be \(H, W\) or \(H, W, 3\), not \(9, 9, 4\)"):
        align(np.zeros((9, 9, 4), np.uint8))


def test_a_folder_is_aligned_and_lists_where_no_face_was_found(tmp_path, faces):
    for number, image in enumerate(faces):
        (tmp_path / f"person {number // 2}").mkdir(exist_ok=True)
        place = tmp_path / f"person {number // 2}" / f"{number}.png"
        Image.fromarray(scene(image, 10 * (-1) ** number)).save(place)
    Image.new("RGB", (300, 300), "gray").save(tmp_path / "person 0" / "wall.png")
    with pytest.warns(UserWarning, match=r"1 file left out \(1 no face found\)"):
        found = facelab.load(tmp_path, align=True, license="mine")
    assert found.skipped == {"person 0/wall.png": "no face found"}
    assert found.images.shape == (8, 112, 92)
    assert (found.images == align(scene(faces[0], 10)).image).all(axis=(1, 2)).sum() == 1


@pytest.mark.parametrize("there", ["nothing", "no cascades"])
def test_without_opencv_one_sentence_says_what_to_install(there, monkeypatch, tmp_path):
    (tmp_path / "someone").mkdir()
    if there == "nothing":
        monkeypatch.setitem(sys.modules, "cv2", None)
    else:
        monkeypatch.setattr(cv2.data, "haarcascades", str(tmp_path))
    with pytest.raises(ModuleNotFoundError, match=r'pip install "facelab\[photos\]"'):
        facelab.load(tmp_path, align=True)


def photographs(shared, count):
    """Photographs drawn from LFW; nearly all show one face, its eyes about at EYES_THERE."""
    files = sorted((shared / "lfw_home" / "lfw_funneled").glob("*/*.jpg"))
    if not files:
        pytest.skip("there are no photographs of LFW in the folder with the large files")
    drawn = np.random.default_rng(0).choice(len(files), count, replace=False)
    return [np.asarray(Image.open(files[place])) for place in drawn]


EYES_THERE = np.array([[103.5, 113.0], [145.5, 112.0]])


@pytest.mark.parametrize(
    ("count", "least", "by_eyes"),
    [(40, 0.95, 0.85), pytest.param(500, 0.98, 0.87, marks=pytest.mark.slow)],
)
def test_nearly_all_real_photographs_are_found_at_the_right_place(shared, count, least, by_eyes):
    found = [one for one in map(align, photographs(shared, count)) if one is not None]
    assert len(found) >= least * count
    assert sum(one.by == "eyes" for one in found) >= by_eyes * count
    off = np.array([np.linalg.norm(one.eyes - EYES_THERE, axis=1).max() for one in found])
    assert np.median(off) < 5
    assert (off > 12).mean() <= 0.05
