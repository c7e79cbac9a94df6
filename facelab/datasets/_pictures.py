"""One picture file, whatever it turns out to be, becomes one small image or one reason why not."""

import contextlib
import stat
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

# What a camera or a web page gives. Pillow reads more, but some of it runs other programs.
FORMATS = ("AVIF", "BMP", "GIF", "JPEG", "JPEG2000", "MPO", "PNG", "PPM", "TIFF", "WEBP")
LEAST_SIDE = 8  # a smaller picture shows no face
LONGEST = 1024  # pixels: sides of a photograph in which a face is looked for
MOST_PIXELS = 2**26  # 8,192 x 8,192: decoding one takes up to 0.3 GB


class UnusableError(Exception):
    """A file that cannot be used; the message is `what: detail`."""


def read_picture(path: Path, height: int, width: int, color: bool) -> NDArray[np.uint8]:
    """The middle of a picture, in the size and proportions asked for.

    Turned as its camera says, first frame only, transparency on white, 16 bits scaled to 8.

    Args:
        path: any file, link or folder.
        height, width: in pixels.
        color: (height, width, 3) rather than (height, width).

    Raises:
        UnusableError: whatever the fault; the message says it.
    """
    return _read(path, lambda picture: _fit(picture, (width, height), "RGB" if color else "L"))


def read_photo(path: Path, color: bool) -> NDArray[np.uint8]:
    """A whole picture, upright, its longest side at most LONGEST.

    Args:
        path: any file, link or folder.
        color: (H, W, 3) rather than (H, W).

    Raises:
        UnusableError: whatever the fault; the message says it.
    """
    return _read(path, lambda picture: _whole(picture, "RGB" if color else "L"))


def _read(path: Path, finish: Callable[[Image.Image], NDArray[np.uint8]]) -> NDArray[np.uint8]:
    try:
        _check_file(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's remarks on odd but readable files
            with Image.open(path, formats=_formats()) as picture:
                return finish(picture)
    except UnusableError:
        raise
    except PermissionError:
        raise UnusableError("no permission to read it") from None
    except UnidentifiedImageError:
        raise UnusableError(_not_an_image(path)) from None
    except Image.DecompressionBombError:
        raise UnusableError(f"too large: more than {MOST_PIXELS:,} pixels") from None
    except Exception as fault:  # decoders raise whatever the damaged bytes happen to say
        raise UnusableError(f"damaged: {fault}") from None


def _check_file(path: Path) -> None:
    """Look at the kind of file before opening it: opening a pipe would wait forever."""
    try:
        status = path.stat()
    except PermissionError:
        raise
    except (OSError, RuntimeError):  # no such file, or a link that leads to itself
        raise UnusableError("a broken link") from None
    if stat.S_ISDIR(status.st_mode):
        raise UnusableError("a folder inside a person's folder")
    if not stat.S_ISREG(status.st_mode):
        raise UnusableError("not a file")
    if status.st_size == 0:
        raise UnusableError("empty")


def _formats() -> list[str]:
    """Those of FORMATS that this Pillow can open."""
    Image.init()
    return [name for name in FORMATS if name in Image.OPEN]


def _not_an_image(path: Path) -> str:
    if path.suffix.lower() in (".heic", ".heif"):
        return "not an image that can be read here: export HEIC photographs as JPEG"
    return "not an image"


def _fit(picture: Image.Image, size: tuple[int, int], mode: str) -> NDArray[np.uint8]:
    """Check the size, turn upright, convert, cut out the middle, resize."""
    upright = _upright(picture, mode, 2 * max(size))
    return np.asarray(ImageOps.fit(upright, size, Image.Resampling.BICUBIC))


def _whole(picture: Image.Image, mode: str) -> NDArray[np.uint8]:
    """Check the size, turn upright, convert, make smaller."""
    upright = _upright(picture, mode, LONGEST)
    upright.thumbnail((LONGEST, LONGEST))
    return np.array(upright)


def _upright(picture: Image.Image, mode: str, wanted: int) -> Image.Image:
    """A picture in 8 bits as its camera says; a large JPEG is decoded about as large as wanted."""
    if min(picture.size) < LEAST_SIDE:
        raise UnusableError(f"too small: {picture.height} x {picture.width} pixels")
    if picture.width * picture.height > MOST_PIXELS:
        raise UnusableError(f"too large: {picture.height} x {picture.width} pixels")
    picture.draft(mode, (wanted, wanted))
    upright = picture
    with contextlib.suppress(Exception):  # a damaged orientation leaves the picture as it lies
        upright = ImageOps.exif_transpose(picture)
    return _eight_bits(upright, mode)


def _eight_bits(picture: Image.Image, mode: str) -> Image.Image:
    """Any kind of pixels -> 8-bit gray ("L") or color ("RGB")."""
    if picture.mode.startswith(("I", "F")):
        picture = _from_wide(np.asarray(picture))
    elif picture.has_transparency_data:
        white = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(white, picture.convert("RGBA"))
    return picture.convert(mode)


def _from_wide(pixels: NDArray[np.generic]) -> Image.Image:
    """Whole numbers of 16 bits and floating-point pixels (0 to 1, or 0 to 255) -> 8 bits."""
    values = pixels.astype(np.float32)
    low, high = float(values.min()), float(values.max())
    floating = pixels.dtype.kind == "f"
    top = 65535.0 if not floating else 1.0 if high <= 1 else 255.0
    if not 0 <= low <= high <= top:
        raise UnusableError(f"pixels from {low:g} to {high:g}: more than 16 bits, or negative")
    return Image.fromarray(np.round(values * (255 / top)).astype(np.uint8))
