"""One folder with everything that can be wrong with a folder: told, counted, and no crash."""

import os
import shutil
import sys
import tempfile
import warnings
import zlib
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import facelab
from facelab import cli

NOBODY = 65534  # a user without rights
LONG = "ö" * 72 + "x" * 52 + ".png"  # 200 bytes
IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0

pytestmark = pytest.mark.skipif(
    not hasattr(os, "geteuid"), reason="this system has neither links nor rights as meant here"
)


def picture(name, mode="RGB"):
    """A picture that no other name gives."""
    seed = zlib.crc32(name.encode())
    smooth = np.random.default_rng(seed).integers(0, 256, (5, 4, 3), dtype=np.uint8)
    return Image.fromarray(smooth).resize((30, 40), Image.Resampling.BICUBIC).convert(mode)


def lay_good(root):
    """People with pictures of every kind that can be used; person -> how many."""
    for person, files in {
        "Zoë": ("a.jpg", "b.png", LONG),
        "李小龍": ("a.webp", "b.bmp"),
        "x" * 200: ("a.png", "b.jpg"),
        "name with spaces": ("a.tif", "b.gif"),
        "two\nlines": ("a.png", "b.png"),
        "once": ("a.png",),
    }.items():
        (root / person).mkdir()
        for file in files:
            picture(person + file).save(root / person / file)
    zoe = root / "Zoë"
    picture("print", "CMYK").save(zoe / "cmyk.jpg")
    wide = np.linspace(0, 65535, 1200).reshape(40, 30).astype(np.uint16)
    Image.fromarray(wide).save(zoe / "sixteen.png")
    frames = [picture(f"frame {k}") for k in range(3)]
    frames[0].save(zoe / "moving.gif", save_all=True, append_images=frames[1:])
    (root / "far").symlink_to(root / ".elsewhere")  # a good link
    (root / ".elsewhere").mkdir()
    for file in ("a.png", "b.png"):
        picture(file).save(root / ".elsewhere" / file)
    people = {"Zoë": 6, "far": 2, "name with spaces": 2, "once": 1, "two\\x0alines": 2}
    return people | {"x" * 200: 2, "李小龍": 2}


def lay_faults(root):
    """What cannot be used; file -> the beginning of what is said of it."""
    zoe, bruce = root / "Zoë", root / "李小龍"
    (zoe / "empty.jpg").write_bytes(b"")
    (zoe / "notes.txt").write_text("summer 2021")
    (zoe / "words.jpg").write_text("no image either")
    whole = (zoe / "a.jpg").read_bytes()
    (zoe / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    picture("dot").resize((1, 1)).save(zoe / "dot.png")
    Image.new("L", (10_000, 10_000)).save(zoe / "huge.jpg")
    Image.new("1", (10_000, 10_000)).save(zoe / "huge.png")
    shutil.copy(zoe / "a.jpg", bruce / "copy.jpg")
    shutil.copy(bruce / "b.bmp", bruce / "twin.bmp")
    (zoe / "album").mkdir()
    (zoe / "gone.jpg").symlink_to(root / "nowhere.jpg")
    (zoe / "self.jpg").symlink_to(zoe / "self.jpg")
    (root / "loop").symlink_to(root / "loop")
    (root / "back").symlink_to(root)
    (root / "nobody").mkdir()
    picture("group").save(root / "group.jpg")
    picture("locked").save(zoe / "locked.png")
    (zoe / "locked.png").chmod(0)
    (root / "shut").mkdir(0)
    return {
        "Zoë/album": "a folder inside a person's folder",
        "Zoë/cut.jpg": "damaged: ",
        "Zoë/dot.png": "too small: 1 x 1 pixels",
        "Zoë/empty.jpg": "empty",
        "Zoë/gone.jpg": "a broken link",
        "Zoë/huge.jpg": "too large: 10000 x 10000 pixels",
        "Zoë/huge.png": "too large: 10000 x 10000 pixels",
        "Zoë/locked.png": "no permission to read it",
        "Zoë/notes.txt": "not an image",
        "Zoë/self.jpg": "a broken link",
        "Zoë/words.jpg": "not an image",
        "back": "a link that leads back",
        "group.jpg": "outside a person's folder",
        "loop": "a broken link",
        "nobody": "an empty folder",
        "shut": "no permission to read it",
        "李小龍/copy.jpg": "the same picture as another: Zoë/a.jpg",
        "李小龍/twin.bmp": "the same picture as another: 李小龍/b.bmp",
    }


COUNTED = (
    "18 files left out (3 a broken link, 2 too large, 2 no permission to read it, 2 not an image, "
    "2 the same picture as another, "
)


@pytest.fixture(scope="module")
def laid():
    """The folder, who can be used and what cannot; outside pytest's folders, which shut others."""
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        root.chmod(0o755)
        people, faults = lay_good(root), lay_faults(root)
        with pytest.warns(UserWarning, match="left out"):
            facelab.load(root)  # whatever Python imports late, it may not be able to when powerless
        yield root, people, faults
        (root / "shut").chmod(0o700)


@contextmanager
def powerless():
    """Within, this process has no more rights than anybody: root may read everything."""
    if not IS_ROOT:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def torture(laid):
    """As `laid`, without the rights of root."""
    with powerless():
        yield laid


def test_rights_are_really_missing(torture):
    root, *_ = torture
    with pytest.raises(PermissionError):
        (root / "Zoë/locked.png").read_bytes()
    with pytest.raises(PermissionError):
        list((root / "shut").iterdir())


def test_every_fault_is_listed_and_counted_and_every_good_picture_is_used(torture):
    root, people, faults = torture
    with pytest.warns(UserWarning, match="left out") as told:
        faces = facelab.load(root)
    assert faces.people() == people
    assert list(faces.skipped) == sorted(faults)
    for file, reason in faces.skipped.items():
        assert reason.startswith(faults[file])
    assert len(told) == 1
    words = str(told[0].message)
    assert COUNTED in words
    assert "; 1 person has one image only (once); .skipped lists them" in words
    assert "; 18 files left out, see .skipped" in repr(faces)


def test_strict_refuses_the_folder_with_the_same_count(torture):
    root, *_ = torture
    with pytest.raises(ValueError, match=r"18 files left out .*1 person has one image only"):
        facelab.load(root, strict=True)


def test_what_is_left_can_be_split_and_mislabeled_and_made_harder(torture):
    root, *_ = torture
    with pytest.warns(UserWarning, match="left out"):
        faces = facelab.load(root)
    train, _ = faces.split_people(0.7)
    harder = train.mislabel(0.2).degrade("blur", 0.5).long_tail()
    assert harder.num_people == train.num_people == 5


def run_data(*words):
    """`facelab data WORDS`, with warnings shown as anywhere but in tests."""
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        return cli.main(["data", *words])


def test_data_lists_who_is_used_and_what_is_left_out(torture, capsys):
    root, people, faults = torture
    assert run_data(str(root)) == 0
    said = capsys.readouterr()
    lines = said.out.splitlines()
    assert len(lines) == 1 + len(people) + len(faults)
    for person, images in people.items():
        assert f"  {images:5,}  {person}" in lines
    for file, reason in faults.items():
        assert sum(line.startswith(f"  left out: {file} ({reason}") for line in lines) == 1
    assert said.err.startswith(f"facelab data: {root}: {COUNTED}")
    assert said.err.count("\n") == 1


def test_data_strict_refuses_in_one_line(torture, capsys):
    root, *_ = torture
    assert run_data(str(root), "--strict") == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"facelab data: {root}: {COUNTED}")
    assert said.err.count("\n") == 1


def test_a_sound_folder_passes_strict(tmp_path, capsys):
    for person in ("Ana", "Béla"):
        (tmp_path / person).mkdir()
        for k in range(2):
            picture(f"{person}{k}").save(tmp_path / person / f"{k}.png")
    assert run_data(str(tmp_path), "--strict") == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("words", [["--strict"], ["orl", "--strict"]])
def test_strict_is_for_folders(words, capsys):
    assert run_data(*words) == 2
    assert "--strict is for a folder of photographs, not for" in capsys.readouterr().err


def test_a_run_trains_on_what_is_left(laid):
    root, people, _ = laid
    options = {"epochs": 1, "backbone": "live", "height": 16, "embedding_dim": 8}
    with pytest.warns(UserWarning, match="17 files left out" if IS_ROOT else "18 files left out"):
        run = facelab.train("softmax", root, progress=False, device="cpu", **options)
    assert sum(run.results["people"].values()) == len(people)


# The folder itself


@pytest.mark.parametrize("path", ["x" * 300, "~nobody-of-this-name/faces", "no\0path", "loop"])
def test_a_path_that_leads_nowhere_is_one_sentence(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("loop").symlink_to("loop")
    with pytest.raises(ValueError, match="unknown data set"):
        facelab.load(path)


def test_a_folder_that_may_not_be_read_is_one_sentence(torture, capsys):
    root, *_ = torture
    for path, words in (
        (root / "shut", "no permission to read the folder"),
        (root / "shut/inside", "no permission to look at"),
    ):
        with pytest.raises(PermissionError, match=words):
            facelab.load(path)
        assert run_data(str(path)) != 0
        said = capsys.readouterr().err
        assert words in said
        assert said.count("\n") == 1


def test_a_folder_that_can_be_listed_but_not_entered_is_told(laid):
    root, *_ = laid
    (root / "Zoë").chmod(0o444)  # names can be read, files cannot
    try:
        with powerless(), pytest.warns(UserWarning, match="left out"):
            faces = facelab.load(root)
    finally:
        (root / "Zoë").chmod(0o755)
    assert "Zoë" not in faces.names
    reasons = {reason for file, reason in faces.skipped.items() if file.startswith("Zoë/")}
    assert reasons == {"no permission to read it"}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has names that are not Unicode")
def test_names_that_are_no_unicode_are_listed_too(tmp_path, capsys):
    for person in (b"b\xf6b", b"ana"):
        os.mkdir(os.path.join(os.fsencode(tmp_path), person))
    for k, folder in enumerate(sorted(tmp_path.iterdir())):
        picture(f"{k}").save(folder / "a.png")
        (folder / os.fsdecode(b"\xff.txt")).write_text("x")
    assert run_data(str(tmp_path)) == 0
    assert "left out: b\\udcf6b/\\udcff.txt (not an image)" in capsys.readouterr().out
