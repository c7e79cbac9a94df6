"""Where downloaded sets lie, and what is written on the passport of each."""

import os
from dataclasses import dataclass
from pathlib import Path

Folder = str | os.PathLike[str] | None

ROOT = Path(__file__).parents[2]  # the repository, when facelab runs from a checkout


@dataclass(frozen=True)
class Passport:
    """What is known of a set before it is loaded.

    Args:
        title: its name.
        contents: people, images, size in pixels.
        source: whom to credit.
        license: what may be done with it.
        get: how it comes onto this machine.
    """

    title: str
    contents: str
    source: str
    license: str
    get: str


def find_home(data_home: Folder = None) -> Path:
    """The folder in which sets are looked for and into which they are downloaded.

    The first of: `data_home`, where given; the environment variable FACELAB_DATA; `data/` of the
    checkout that facelab runs from; scikit-learn's own (SCIKIT_LEARN_DATA, or
    `~/scikit_learn_data`). It need not exist, and is not made here.
    """
    if data_home is not None:
        return Path(data_home).expanduser()
    if os.environ.get("FACELAB_DATA"):
        return Path(os.environ["FACELAB_DATA"]).expanduser()
    if (ROOT / "pyproject.toml").is_file() and (ROOT / "data").is_dir():
        return ROOT / "data"
    return Path(os.environ.get("SCIKIT_LEARN_DATA", "~/scikit_learn_data")).expanduser()
