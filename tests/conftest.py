"""What tests in more than one file need."""

import os
from pathlib import Path

import pytest

REPO = Path(__file__).parents[1]


@pytest.fixture
def shared() -> Path:
    """The folder with the large files that are not in the repository; skips where it is not."""
    folder = Path(os.environ.get("FACELAB_SHARED", REPO.parent / "shared"))
    if not folder.is_dir():
        pytest.skip(f"there is no {folder}; set FACELAB_SHARED to the folder with the large files")
    return folder
