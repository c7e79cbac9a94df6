"""A folder of photographs: every fault is listed and counted, every good picture is used."""

import os
import re
import struct
import subprocess
import sys
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import facelab
from facelab.datasets import load_folder
from facelab.datasets._pictures import UnusableError, read_picture

ROOT = Path(__file__).parents[1]


def picture(height=40, width=30, seed=0):
    """A picture that no other seed gives."""
    smooth = np.random.default_rng(seed).integers(0, 256, (5, 4, 3), dtype=np.uint8)
    return Image.fromarray(smooth).resize((width, height), Image.Resampling.BICUBIC)


def lay(folder, **people):
    """person -> number of good pictures."""
    for person, count in people.items():
        (folder / person).mkdir(parents=True)
        for k in range(count):
            picture(seed=zlib.crc32(f"{person}{k}".encode())).save(folder / person / f"{k}.png")
    return folder


@pytest.fixture
def good(tmp_path):
    return lay(tmp_path / "faces", alice=3, bob=2)


def load_warned(folder, **options):
    """The set and the one warning."""
    with pytest.warns(UserWarning, match=".") as caught:
        faces = facelab.load(folder, **options)
    assert len(caught) == 1
    return faces, str(caught[0].message)


# What works


def test_each_folder_is_a_person_and_nothing_is_said_when_all_is_well(good):
    faces = facelab.load(good)
    assert faces.people() == {"alice": 3, "bob": 2}
    assert faces.images.shape == (5, 112, 92)
    assert not faces.skipped
    assert facelab.load(str(good), strict=True, color=True).images.shape == (5, 112, 92, 3)
    assert facelab.load(good, size=(20, 30)).images.shape == (5, 20, 30)


def test_source_and_license_are_the_readers_own(good):
    faces = facelab.load(good, license="mine")
    assert (faces.source, faces.license) == (f"folder {good}", "mine")


def test_nothing_is_written(good):
    before = sorted((str(p), p.stat().st_mtime_ns) for p in good.rglob("*"))
    facelab.load(good)
    assert sorted((str(p), p.stat().st_mtime_ns) for p in good.rglob("*")) == before


def test_the_middle_of_a_picture_is_kept_and_not_squeezed(good):
    wide = np.zeros((60, 200, 3), np.uint8)
    wide[:, 70:130] = 255  # a white square, 60 x 60, in the middle
    Image.fromarray(wide).save(good / "bob/wide.png")
    image = facelab.load(good, size=(60, 60)).images[-1]
    assert image.min() > 250


def test_color_is_kept_or_turned_into_luma(good):
    Image.new("RGB", (30, 40), (200, 100, 50)).save(good / "bob/z.png")
    assert facelab.load(good, color=True).images[-1, 5, 5].tolist() == [200, 100, 50]
    assert abs(int(facelab.load(good).images[-1, 5, 5]) - 124) <= 1


def test_people_with_fewer_images_can_be_left_out(good):
    lay(good, carol=1)
    faces = facelab.load(good, min_images=2)
    assert faces.people() == {"alice": 3, "bob": 2}
    with pytest.raises(ValueError, match=r"no person with 4 images or more"):
        facelab.load(good, min_images=4)


# Kinds of pictures


def save_with(image, path, **options):
    image.save(path, **options)
    return read_picture(path, 40, 30, True)


@pytest.mark.parametrize("suffix", ["png", "bmp", "gif", "jpg", "tif", "webp", "ppm", "jp2"])
def test_common_formats_give_the_same_face(suffix, tmp_path):
    image = picture()
    read = save_with(
        image, tmp_path / f"a.{suffix}", **({"quality": 95} if suffix != "jp2" else {})
    )
    assert np.abs(read.astype(int) - np.asarray(image)).mean() < 8


def test_cmyk_is_read_as_the_color_it_prints(tmp_path):
    flat = Image.new("RGB", (30, 40), (180, 90, 30)).convert("CMYK")
    for name in ("a.jpg", "a.tif"):
        read = save_with(flat, tmp_path / name)
        assert np.abs(read.mean(axis=(0, 1)) - [180, 90, 30]).max() < 4


@pytest.mark.parametrize("order", ["<u2", ">u2"])
def test_16_bit_gray_is_scaled_not_cut_off(order, tmp_path):
    levels = np.linspace(0, 65535, 40).astype(order)[:, None].repeat(30, axis=1)
    Image.fromarray(levels.astype("<u2")).save(tmp_path / "a.png")
    read = read_picture(tmp_path / "a.png", 40, 30, False)
    assert np.abs(read[:, 0] - np.linspace(0, 255, 40)).max() <= 1
    write_tiff(tmp_path / "a.tif", levels)
    read = read_picture(tmp_path / "a.tif", 40, 30, False)
    assert np.abs(read[:, 0] - np.linspace(0, 255, 40)).max() <= 1


def write_tiff(path, levels):
    """A gray TIFF of 16 bits in the byte order of the array."""
    end = "<" if levels.dtype.byteorder != ">" else ">"
    data = levels.tobytes()
    tags = [
        (256, levels.shape[1]),
        (257, levels.shape[0]),
        (258, 16),
        (259, 1),
        (262, 1),
        (273, 8),
        (277, 1),
        (278, levels.shape[0]),
        (279, len(data)),
    ]
    entries = b"".join(struct.pack(end + "HHII", tag, 4, 1, value) for tag, value in tags)
    head = (b"II" if end == "<" else b"MM") + struct.pack(end + "HI", 42, 8 + len(data))
    path.write_bytes(head + data + struct.pack(end + "H", len(tags)) + entries + b"\0" * 4)


def test_floating_point_pixels_run_from_0_to_1_or_to_255(tmp_path):
    ramp = np.linspace(0, 1, 40, dtype=np.float32)[:, None].repeat(30, axis=1)
    for top in (1, 255):
        Image.fromarray(ramp * top).save(tmp_path / "a.tif")
        read = read_picture(tmp_path / "a.tif", 40, 30, False)
        assert np.abs(read[:, 0] - ramp[:, 0] * 255).max() <= 1
    Image.fromarray(ramp - 0.5).save(tmp_path / "a.tif")
    with pytest.raises(UnusableError, match=r"pixels from -0\.5 to 0\.5"):
        read_picture(tmp_path / "a.tif", 40, 30, False)
    Image.fromarray(ramp * np.nan).save(tmp_path / "a.tif")
    with pytest.raises(UnusableError, match="pixels from nan"):
        read_picture(tmp_path / "a.tif", 40, 30, False)


def test_the_first_frame_of_an_animation_is_taken(tmp_path):
    frames = [Image.new("L", (30, 40), level) for level in (40, 120, 200)]
    for name in ("a.gif", "a.webp", "a.tif", "a.png"):
        more = {"save_all": True, "append_images": frames[1:]}
        read = save_with(frames[0], tmp_path / name, **more)
        assert abs(read.mean() - 40) < 3


def test_a_camera_held_on_its_side_is_turned_upright(tmp_path):
    sideways = np.zeros((30, 40), np.uint8)
    sideways[:, 20:] = 255  # turned by 90 degrees clockwise, the bright half is below
    exif = Image.Exif()
    exif[0x0112] = 6
    read = save_with(Image.fromarray(sideways), tmp_path / "a.jpg", exif=exif)
    assert read[:15].mean() < 20
    assert read[25:].mean() > 235


def test_a_damaged_orientation_does_not_cost_the_picture(tmp_path):
    exif = b"Exif\0\0II*\0\xff\xff\xff\xff"
    assert save_with(picture(), tmp_path / "a.jpg", exif=exif).shape == (40, 30, 3)


def test_what_is_transparent_is_white(tmp_path):
    half = Image.new("RGBA", (30, 40), (0, 0, 0, 0))
    assert save_with(half, tmp_path / "a.png").min() == 255
    palette = Image.new("RGB", (30, 40), (0, 0, 90)).quantize(4)
    assert save_with(palette, tmp_path / "b.png").mean() == 30
    assert save_with(palette, tmp_path / "b.png", transparency=0).min() == 255
    assert save_with(Image.new("LA", (30, 40), (9, 255)), tmp_path / "c.png").max() == 9


def test_black_and_white_and_palettes_are_read(tmp_path):
    assert save_with(Image.new("1", (30, 40), 1), tmp_path / "a.png").min() == 255
    spread = picture().quantize(64)
    read = save_with(spread, tmp_path / "b.png")
    assert np.array_equal(read, np.asarray(spread.convert("RGB")))


def test_a_large_photograph_is_decoded_small_and_looks_the_same(tmp_path):
    large = picture(3000, 2400)
    read = save_with(large, tmp_path / "a.jpg")
    exact = np.asarray(large.resize((30, 38), Image.Resampling.BICUBIC).resize((30, 40)))
    assert np.abs(read.astype(int) - exact).mean() < 6


# Faults


def png_header(width, height):
    """The beginning of a PNG of any size, without pixels."""

    def chunk(kind, data):
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    size = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IDAT", zlib.compress(b"\0"))


def text_bomb():
    """A PNG whose text unpacks to 2 MB, which Pillow refuses with a ValueError."""
    data = b"k\0\0" + zlib.compress(b" " * 2_000_000)
    chunk = struct.pack(">I", len(data)) + b"zTXt" + data
    chunk += struct.pack(">I", zlib.crc32(b"zTXt" + data))
    start = png_header(40, 40)
    return start[:33] + chunk + start[33:]


def whole_jpeg(tmp_path):
    picture(seed=99).save(tmp_path / "whole.jpg")
    return (tmp_path / "whole.jpg").read_bytes()


BAD_FILES = {
    "empty.jpg": (b"", "empty"),
    "notes.txt": (b"Alice, summer 2021", "not an image"),
    "text.jpg": (b"this is no image either", "not an image"),
    "iphone.heic": (b"\0\0\0 ftypheic", "export HEIC"),
    "huge.png": (png_header(10_000, 10_000), "too large: 10000 x 10000 pixels"),
    "bomb.png": (png_header(100_000, 100_000), "too large"),
    "eps.eps": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 50 50\n", "not an image"),
    "broken.png": (png_header(40, 40), "damaged"),
    "text.png": (text_bomb(), "damaged"),
}


@pytest.mark.parametrize("name", BAD_FILES)
@pytest.mark.filterwarnings("error")
def test_a_bad_file_is_listed_and_counted_and_the_others_are_used(name, good):
    content, reason = BAD_FILES[name]
    (good / "alice" / name).write_bytes(content)
    faces, told = load_warned(good)
    assert faces.people() == {"alice": 3, "bob": 2}
    assert list(faces.skipped) == [f"alice/{name}"]
    assert reason in faces.skipped[f"alice/{name}"]
    assert f"1 file left out (1 {reason.split(':')[0]}" in told or "HEIC" in reason
    assert "; 1 files left out" in repr(faces)
    with pytest.raises(ValueError, match="1 file left out"):
        facelab.load(good, strict=True)


def test_a_truncated_jpeg_is_damaged(good, tmp_path):
    whole = whole_jpeg(tmp_path)
    (good / "bob/cut.jpg").write_bytes(whole[: len(whole) * 2 // 3])
    faces, _ = load_warned(good)
    assert faces.skipped["bob/cut.jpg"].startswith("damaged")


def test_scrambled_files_never_crash_the_loader(tmp_path):
    """500 files with random bytes changed: each is an image of the right shape or a reason."""
    rng = np.random.default_rng(1)
    originals = []
    for suffix in ("jpg", "png", "gif", "tif", "webp", "bmp"):
        picture(24, 24).save(tmp_path / f"a.{suffix}")
        originals.append((tmp_path / f"a.{suffix}").read_bytes())
    outcomes = set()
    for k in range(500):
        data = bytearray(originals[k % len(originals)])
        for at in rng.integers(0, len(data), 1 + k % 20):
            data[at] = rng.integers(256)
        (tmp_path / "b").write_bytes(data)
        try:
            outcomes.add(read_picture(tmp_path / "b", 12, 10, False).shape)
        except UnusableError as fault:
            outcomes.add(str(fault).split(":")[0])
    assert (12, 10) in outcomes
    assert "damaged" in outcomes
    assert outcomes <= {(12, 10), "damaged", "not an image", "too large", "too small", "pixels"}


PEAK = """
import resource, sys, warnings, facelab
warnings.simplefilter("ignore")
facelab.load(sys.argv[1], size=(20, 20))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
faces = facelab.load(sys.argv[2], size=(20, 20))
unit = 1 if sys.platform == "darwin" else 1024
print(len(faces.skipped), (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * unit)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows lacks the module resource")
def test_real_images_of_10_000_by_10_000_cost_no_memory(good, tmp_path):
    huge = lay(tmp_path / "huge", alice=2, bob=2)
    Image.new("1", (10_000, 10_000)).save(huge / "bob/huge.png")
    Image.new("1", (10_000, 10_000)).save(huge / "bob/huge.tif", compression="group4")
    done = subprocess.run(
        [sys.executable, "-c", PEAK, good, huge],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    skipped, growth = map(int, done.stdout.split())
    assert skipped == 2
    assert growth < 20e6  # decoded, each has 100 million pixels
    _, told = load_warned(huge)
    assert "2 files left out (2 too large)" in told


def test_a_face_needs_eight_pixels_a_side(good):
    picture(1, 1).save(good / "bob/one.png")
    picture(7, 40).save(good / "bob/flat.png")
    picture(8, 8, seed=5).save(good / "bob/small.png")
    faces, told = load_warned(good)
    assert faces.skipped["bob/one.png"] == "too small: 1 x 1 pixels"
    assert set(faces.skipped) == {"bob/one.png", "bob/flat.png"}
    assert "2 files left out (2 too small)" in told


def test_a_picture_met_before_is_left_out_under_this_person_or_another(good):
    for copy in ("bob/z.png", "alice/z.bmp"):
        with Image.open(good / "alice/0.png") as image:
            image.save(good / copy)
    faces, told = load_warned(good)
    assert faces.people() == {"alice": 3, "bob": 2}
    assert faces.skipped == dict.fromkeys(
        ["alice/z.bmp", "bob/z.png"], "the same picture as another: alice/0.png"
    )
    assert "2 the same picture as another" in told


def test_people_with_one_image_are_used_counted_and_named(good):
    lay(good, carol=1, dave=1)
    faces, told = load_warned(good)
    assert faces.num_people == 4
    assert "2 people have one image only (carol, dave)" in told
    with pytest.raises(ValueError, match="one image only"):
        facelab.load(good, strict=True)


def test_names_may_be_in_any_script_and_200_characters_long(tmp_path):
    long = "ö" * 100 + "x" * 55 if sys.platform == "linux" else "x" * 200
    names = ["Zoë", "李小龍", "Ольга", "name with spaces", "<b>bold", long[:200]]
    names = [n for n in names if sys.platform != "win32" or "<" not in n]
    faces = facelab.load(lay(tmp_path / "f", **dict.fromkeys(names, 2)))
    assert sorted(faces.names) == sorted(names)
    assert "<b>bold" not in faces._repr_html_()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has names that are not Unicode")
def test_a_name_that_is_no_unicode_can_still_be_printed(good):
    os.rename(os.fsencode(good / "bob"), os.fsencode(good) + b"/b\xf6b")
    faces = facelab.load(good)
    assert faces.names == ["alice", "b\\udcf6b"]
    assert faces._repr_html_().encode()


def links_or_skip(folder):
    try:
        (folder / "try").symlink_to(folder)
    except OSError:
        pytest.skip("this account may not make symbolic links")
    (folder / "try").unlink()


def test_broken_and_looping_links_are_listed_and_good_links_are_followed(good, tmp_path):
    links_or_skip(tmp_path)
    (good / "alice/gone.jpg").symlink_to(tmp_path / "nowhere.jpg")
    (good / "alice/self.jpg").symlink_to(good / "alice/self.jpg")
    (good / "alice/up").symlink_to(good)
    (good / "lost").symlink_to(tmp_path / "nowhere")
    (good / "self").symlink_to(good / "self")
    (good / "root").symlink_to(good)
    (good / "above").symlink_to(tmp_path)
    lay(tmp_path / "elsewhere", carol=2)
    (good / "carol").symlink_to(tmp_path / "elsewhere/carol")
    faces, told = load_warned(good)
    assert faces.people() == {"alice": 3, "bob": 2, "carol": 2}
    assert faces.skipped == {
        "above": "a link that leads back",
        "alice/gone.jpg": "a broken link",
        "alice/self.jpg": "a broken link",
        "alice/up": "a folder inside a person's folder",
        "lost": "a broken link",
        "root": "a link that leads back",
        "self": "a broken link",
    }
    assert "4 a broken link" in told


def test_a_person_linked_twice_counts_once(good):
    links_or_skip(good)
    (good / "robert").symlink_to(good / "bob")
    faces, _ = load_warned(good)
    assert faces.people() == {"alice": 3, "bob": 2}
    assert set(faces.skipped) == {"robert/0.png", "robert/1.png"}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes among its files")
@pytest.mark.timeout(20)
def test_a_pipe_does_not_make_the_loader_wait(good):
    os.mkfifo(good / "alice/pipe.jpg")
    faces, _ = load_warned(good)
    assert faces.skipped == {"alice/pipe.jpg": "not a file"}


def test_files_and_folders_without_permission_are_listed(good, monkeypatch):
    lay(good, carol=2)
    real_open, real_iterdir = Image.open, Path.iterdir

    def locked_open(path, *args, **options):
        if Path(path).name == "0.png" and "alice" in str(path):
            raise PermissionError(13, "Permission denied")
        return real_open(path, *args, **options)

    def locked_iterdir(path):
        if path.name == "carol":
            raise PermissionError(13, "Permission denied")
        return real_iterdir(path)

    monkeypatch.setattr(Image, "open", locked_open)  # root may read everything, so it is staged
    monkeypatch.setattr(Path, "iterdir", locked_iterdir)
    faces, told = load_warned(good)
    assert faces.people() == {"alice": 2, "bob": 2}
    assert faces.skipped == dict.fromkeys(["alice/0.png", "carol"], "no permission to read it")
    assert "2 no permission to read it" in told


def test_nested_folders_stray_files_and_empty_people_are_listed_but_clutter_is_not(good):
    lay(good / "alice", album=1)
    (good / "nobody").mkdir()
    picture(seed=50).save(good / "group.jpg")
    for clutter in (".DS_Store", "Thumbs.db", "alice/.hidden.jpg", "alice/Thumbs.db"):
        (good / clutter).write_bytes(b"x")
    (good / ".ipynb_checkpoints").mkdir()
    faces, _ = load_warned(good)
    assert faces.skipped == {
        "alice/album": "a folder inside a person's folder",
        "group.jpg": "outside a person's folder",
        "nobody": "an empty folder",
    }


# Nothing to work with


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"is empty; it should hold a folder a person"):
        facelab.load(tmp_path)


def test_a_folder_of_non_images_is_refused_with_a_count(tmp_path):
    for k in range(3):
        (tmp_path / f"p{k}").mkdir()
        (tmp_path / f"p{k}/a.txt").write_text(str(k))
    with pytest.raises(ValueError, match=r"holds no person.*3 files left out \(3 not an image\)"):
        facelab.load(tmp_path)


def test_pictures_without_a_folder_a_person_are_refused(tmp_path):
    picture().save(tmp_path / "alice.png")
    with pytest.raises(ValueError, match=r"no person.*1 file left out \(1 outside a person's"):
        facelab.load(tmp_path)


def test_one_person_only_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"one person only \('alice'\), but two people"):
        facelab.load(lay(tmp_path / "f", alice=3))


def test_a_folder_that_is_not_there_or_a_file_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        load_folder(tmp_path / "none")
    (tmp_path / "file").write_text("x")
    with pytest.raises(NotADirectoryError, match=r"file' is a file, not a folder"):
        facelab.load(tmp_path / "file")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"size": (0, 5)}, "height must be at least 1, not 0"),
        ({"size": (5, 2.5)}, r"width must be a whole number, not 2\.5"),
        ({"size": 64}, r"size must be \(height, width\), not 64"),
        ({"min_images": 0}, "min_images must be at least 1, not 0"),
        ({"colour": True}, "unknown option of a folder 'colour'; did you mean color"),
    ],
)
def test_options_are_checked_before_anything_is_read(options, words, good):
    with pytest.raises((TypeError, ValueError), match=words):
        facelab.load(good, **options)


def test_every_refusal_is_one_sentence_on_one_line(tmp_path):
    (tmp_path / "a\nb").mkdir() if sys.platform != "win32" else (tmp_path / "ab").mkdir()
    with pytest.raises(ValueError, match="left out") as caught:
        facelab.load(tmp_path)
    assert "\n" not in str(caught.value)


def test_the_warning_stays_short_however_much_is_wrong(good):
    for k in range(300):
        (good / f"alice/{'long' * 40}{k}.jpg").write_bytes(b"x")
    lay(good, **{f"{'n' * 190}{k}": 1 for k in range(20)})
    faces, told = load_warned(good)
    assert len(faces.skipped) == 300
    assert len(told) < 400 + len(str(good))
    assert re.search(r"300 files left out \(300 not an image\)", told)


def test_warnings_of_the_decoder_do_not_reach_the_reader(good):
    Image.new("1", (9_500, 9_500)).save(good / "bob/large.png")  # Pillow would warn of a bomb
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        facelab.load(good)
    assert [w.category for w in caught] == [UserWarning]
