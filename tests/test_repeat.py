"""A run is done again from its config, to the last bit."""

import json
import shutil
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import facelab
from facelab import cli
from facelab.experiments import _folder, _train
from facelab.training.device import threads

SMALL = {"people": 12, "epochs": 2, "embedding_dim": 8, "backbone": "live", "height": 28}
QUIET = {"progress": False, "device": "cpu"}

OWN = """
import torch
class Mine(torch.nn.Module):
    def __init__(self, num_classes, embedding_dim, scale=8.0):
        super().__init__()
        self.scale = scale
        self.weight = torch.nn.Parameter(torch.randn(num_classes, embedding_dim))
    def forward(self, x, y):
        n = torch.nn.functional.normalize
        return self.scale * n(x) @ n(self.weight).T
"""


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("repeated") / "a"
    facelab.train("elasticface", seed=3, label_noise=0.1, out=folder, **SMALL, **QUIET)
    return folder


def same(one: Path, other: Path) -> None:
    """Every number and every weight of two runs, and what they were asked for."""
    for name in ("config.json", "results.json", "weights.safetensors"):
        assert (one / name).read_bytes() == (other / name).read_bytes(), name
    ours, theirs = (_folder.read_arrays(f / "embeddings.npz") for f in (one, other))
    assert ours.keys() == theirs.keys()
    assert all(ours[key].tobytes() == theirs[key].tobytes() for key in ours)
    rows = [_folder.read_rows(f / "metrics.csv") for f in (one, other)]
    assert [r | {"seconds": 0} for r in rows[0]] == [r | {"seconds": 0} for r in rows[1]]


def test_a_run_done_again_has_every_number_and_every_weight(finished, tmp_path, capsys):
    words = ["train", "--config", str(finished / "config.json"), "--out", str(tmp_path / "b")]
    assert cli.main(words) == 0
    assert "elasticface on orl, seed 3" in capsys.readouterr().out
    same(finished, tmp_path / "b")
    other = facelab.repeat(finished, progress=False)  # the folder does too, and nothing is kept
    assert other.folder is None
    assert other.results == facelab.open_run(finished).results


def test_it_computes_with_as_many_threads_as_the_run_did(tmp_path, monkeypatch):
    seen, fit = [], _train.fit
    monkeypatch.setattr(
        _train, "fit", lambda *a, **k: seen.append(torch.get_num_threads()) or fit(*a, **k)
    )
    with threads(3):
        facelab.train("normface", out=tmp_path / "a", **SMALL, **QUIET)
    with threads(1):
        facelab.repeat(tmp_path / "a", out=tmp_path / "b", progress=False)
        assert torch.get_num_threads() == 1
    assert seen == [3, 3]
    same(tmp_path / "a", tmp_path / "b")


def test_options_behind_the_name_of_a_set_are_part_of_the_run(tmp_path):
    data = "sketch:people=12,images=3,seed=5,long_tail=0.5,degrade=noise:0.3"
    run = facelab.train("normface", data, out=tmp_path / "a", **SMALL, **QUIET)
    assert run.config["data"] == data
    facelab.repeat(tmp_path / "a", out=tmp_path / "b", progress=False)
    same(tmp_path / "a", tmp_path / "b")
    seen, held_out = facelab.open_run(tmp_path / "a").faces()
    assert len(seen) + len(held_out) < 36, "a long tail"


def test_a_run_of_a_comparison_can_be_done_again_too(tmp_path):
    options = SMALL | QUIET | {"seeds": [4], "jobs": 1, "out": tmp_path / "all"}
    facelab.compare(["softmax", "arcface"], tune=2, **options)
    folder = tmp_path / "all" / "arcface_seed4_split4"
    facelab.repeat(folder, out=tmp_path / "b", progress=False)
    same(folder, tmp_path / "b")
    assert json.loads((tmp_path / "b" / "config.json").read_text())["tuned"]["tries"] == 2


def test_a_loss_of_ones_own_is_repeated_as_long_as_its_file_is_as_it_was(tmp_path):
    mine = tmp_path / "mine.py"
    mine.write_text(OWN)
    facelab.train(f"{mine}:Mine", scale=4.0, out=tmp_path / "a", **SMALL, **QUIET)
    facelab.repeat(tmp_path / "a", out=tmp_path / "b", progress=False)
    same(tmp_path / "a", tmp_path / "b")
    mine.write_text(OWN + "\n# another thought\n")
    with pytest.raises(ValueError, match="the file of its loss has been changed since"):
        facelab.repeat(tmp_path / "a", out=tmp_path / "c")
    mine.unlink()
    with pytest.raises(FileNotFoundError, match=r"there is no file .*mine\.py"):
        facelab.repeat(tmp_path / "a", out=tmp_path / "c")
    assert not (tmp_path / "c").exists()


def test_photographs_of_ones_own_are_found_from_anywhere_and_noticed_when_changed(
    tmp_path, monkeypatch
):
    photos = tmp_path / "photos"
    for number, image in enumerate(facelab.load("orl").take_people(8).images):
        (photos / f"p{number // 10}").mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(photos / f"p{number // 10}" / f"{number}.png")
    monkeypatch.chdir(tmp_path)
    options = SMALL | {"people": None, "epochs": 1}
    facelab.train("softmax", "photos", out="a", **options, **QUIET)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    facelab.repeat(tmp_path / "a", out="b", progress=False)
    same(tmp_path / "a", Path("b"))
    next(photos.rglob("*.png")).unlink()
    with pytest.raises(ValueError, match="the faces are not those it was trained on"):
        facelab.repeat(tmp_path / "a", progress=False)


def test_a_run_that_was_given_its_faces_is_given_them_again(tmp_path):
    faces = facelab.load("orl").take_people(6)
    options = SMALL | QUIET | {"people": None}
    facelab.train("softmax", faces, out=tmp_path / "a", **options)
    with pytest.raises(ValueError, match="give them again as data"):
        facelab.repeat(tmp_path / "a")
    facelab.repeat(tmp_path / "a", faces, out=tmp_path / "b", progress=False)
    same(tmp_path / "a", tmp_path / "b")


def test_other_versions_are_said(finished, tmp_path):
    config = json.loads((finished / "config.json").read_text())
    config["versions"]["torch"] = "1.0"
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.warns(UserWarning, match=r"torch 1\.0, and here is .*the last digits may differ"):
        run = facelab.repeat(tmp_path / "config.json", progress=False)
    assert run.config["versions"]["torch"] == torch.__version__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        facelab.repeat(finished, progress=False)


CHANGES = {
    "of the future": ({"format": 99}, "format 99, but this facelab reads format 1"),
    "of no format": ({"format": None}, "format None"),
    "without a loss": ({"loss": ...}, "is no config of a run: no loss"),
    "without epochs": ({"epochs": ...}, "no epochs"),
    "settings as a list": ({"settings": [1]}, "no settings"),
    "an unknown loss": ({"loss": "arcfase"}, "did you mean arcface"),
    "an unknown setting": ({"settings": {"marign": 1}}, "did you mean margin"),
    "a setting of the past": ({"settings": {"gone": 1}}, "gone"),
    "half an epoch": ({"epochs": 0.5}, "epochs must be a whole number, not 0.5"),
    "other faces": ({"fingerprint": "abc"}, "the faces are not those it was trained on"),
    "an unknown set": ({"data": "olr"}, "did you mean orl"),
}


@pytest.mark.parametrize(("change", "sentence"), CHANGES.values(), ids=CHANGES)
def test_a_config_that_cannot_be_repeated_is_one_sentence(
    change, sentence, finished, tmp_path, capsys
):
    config = json.loads((finished / "config.json").read_text()) | change
    config = {key: value for key, value in config.items() if value is not ...}
    (tmp_path / "config.json").write_text(json.dumps(config))
    refused(capsys, sentence, tmp_path, str(tmp_path / "config.json"))


def refused(capsys, sentence: str, tmp_path: Path, *words: str) -> None:
    assert cli.main(["train", "--config", *words, "--out", str(tmp_path / "new")]) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert said.count("\n") == 1
    assert not (tmp_path / "new").exists()


def test_what_is_no_config_is_one_sentence(finished, tmp_path, capsys):
    refused(capsys, "there is no", tmp_path, str(tmp_path / "none.json"))
    cut = shutil.copy(finished / "config.json", tmp_path / "cut.json")
    cut.write_bytes(cut.read_bytes()[:100])
    refused(capsys, "is damaged", tmp_path, str(cut))
    image = tmp_path / "image.json"
    image.write_bytes(np.arange(256, dtype=np.uint8).tobytes())
    refused(capsys, "is damaged", tmp_path, str(image))
    words = (str(finished / "config.json"), "--epochs", "3")
    refused(capsys, "only --out may stand beside it, not --epochs", tmp_path, *words)
