"""A run: from settings to a folder, and back."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import facelab
from facelab import losses
from facelab.experiments import _checkpoint, _folder, _train

SMALL = {"people": 16, "epochs": 3, "embedding_dim": 8, "backbone": "live", "height": 28}
QUIET = {"progress": False, "device": "cpu"}


def train(**options):
    return facelab.train(**{**SMALL, **QUIET, **options})


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "a"
    train(out=folder)
    return folder


def test_the_same_seed_ends_with_identical_results(finished, tmp_path):
    train(out=tmp_path / "b")
    for name in ("results.json", "config.json"):
        assert (finished / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    ours, theirs = (_folder.read_arrays(f / "embeddings.npz") for f in (finished, tmp_path / "b"))
    assert all(np.array_equal(ours[name], theirs[name]) for name in ours)


def test_another_seed_ends_elsewhere(finished):
    assert train(seed=1).results != json.loads((finished / "results.json").read_text())


def test_an_opened_run_is_the_run_that_was_written(finished):
    run, opened = train(), facelab.open_run(finished)
    assert opened.results == run.results
    assert opened.config == run.config
    assert np.array_equal(opened.embeddings, run.embeddings)
    assert np.array_equal(opened.centers, run.centers)
    assert opened.names == run.names
    assert [row["loss"] for row in opened.metrics] == [row["loss"] for row in run.metrics]
    seen, held_out = opened.faces()
    assert seen.names == [str(name) for name in opened.arrays["train_names"]]
    assert np.allclose(facelab.training.embed(opened.backbone, held_out.images), run.embeddings)


def test_held_out_people_were_never_trained_on(finished):
    arrays = facelab.open_run(finished).arrays
    assert not set(arrays["names"]) & set(arrays["train_names"])
    assert len(set(arrays["names"])) + len(set(arrays["train_names"])) == SMALL["people"]


def test_a_finished_folder_holds_what_is_promised_and_nothing_else(finished):
    assert sorted(p.name for p in finished.iterdir()) == sorted(_folder.FILES)
    rows = (finished / "metrics.csv").read_text().splitlines()
    assert rows[0] == "epoch,loss,accuracy,angle,seconds"
    assert len(rows) == 1 + SMALL["epochs"]
    results = json.loads((finished / "results.json").read_text())
    auc = results["verification"]["auc"]
    assert auc["low"] <= auc["value"] <= auc["high"]


def test_two_people_held_out_are_too_few_for_an_interval_and_the_run_says_so(tmp_path):
    run = train(people=8, epochs=1, out=tmp_path / "a")
    assert run.results["people"]["held_out"] == 2
    assert run.results["verification"]["auc"]["low"] is None
    assert "(no interval)" in repr(run)
    assert "2 people are too few" in repr(run.verification.auc())


def test_every_loss_starts_from_the_same_weights_and_sees_the_same_people():
    arc, norm = train(epochs=1), train(loss="normface", epochs=1)
    assert arc.names == norm.names
    assert arc.results["people"] == norm.results["people"]


def test_settings_of_the_loss_reach_it_and_are_kept():
    run = train(margin=0.1, scale=8, epochs=1)
    assert (run.loss.margin, run.loss.scale) == (0.1, 8.0)
    assert run.config["settings"]["margin"] == 0.1
    assert run.config["settings"]["beyond_pi"] == "linear"


@pytest.mark.parametrize("loss", list(facelab.losses.LOSSES))
def test_every_loss_trains_by_its_name_alone_and_opens_again(loss, tmp_path):
    run = train(loss=loss, epochs=1, out=tmp_path / "a")
    opened = facelab.open_run(tmp_path / "a")
    assert opened.results == run.results
    assert 0 <= run.results["training"]["accuracy"] <= 1
    assert run.config["settings"].keys() == losses.run_settings(losses.find(loss)).keys()
    again = {**run.config["settings"]}
    again.pop("seed", None)
    assert train(loss=loss, epochs=1, **again).results == run.results


def test_a_loss_beside_a_classifier_is_weighed_in_the_run():
    light, heavy = (train(loss="center", epochs=1, beside=w) for w in (0.0, 0.1))
    assert repr(heavy.loss).startswith("Softmax(")
    assert "+ 0.1 * Center(" in repr(heavy.loss)
    assert light.results != heavy.results
    with pytest.raises(ValueError, match=r"beside must be at least 0 .* not -1"):
        train(loss="center", beside=-1)


def test_a_run_takes_faces_as_they_are_and_says_that_it_cannot_load_them_again():
    faces = facelab.load("orl").take_people(6).per_person(4)
    run = facelab.train(data=faces, epochs=1, backbone="live", height=28, **QUIET)
    assert run.results["images"] == {"train": 16, "held_out": 8}
    with pytest.raises(ValueError, match="given its faces as a FaceSet"):
        run.faces()


@pytest.mark.parametrize("backbone", ["live", "resnet_small"])  # without dropout, and with
def test_an_interrupted_run_goes_on_and_ends_with_the_same_numbers(backbone, tmp_path, monkeypatch):
    write, whole = _checkpoint.write, train(backbone=backbone)

    def interrupt(path, backbone, loss, optimizer, rows):
        write(path, backbone, loss, optimizer, rows)
        if len(rows) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(_checkpoint, "write", interrupt)
    with pytest.raises(KeyboardInterrupt):
        train(backbone=backbone, out=tmp_path / "a")
    assert not (tmp_path / "a" / "results.json").exists()
    with pytest.raises(FileNotFoundError, match="no finished run"):
        facelab.open_run(tmp_path / "a")
    with pytest.raises(FileExistsError, match="interrupted run with epochs = 3, not 4"):
        train(backbone=backbone, out=tmp_path / "a", epochs=4)
    monkeypatch.undo()
    epochs = []
    monkeypatch.setattr(_train, "summarize", lambda *a: epochs.append(1) or SUMMARIZE(*a))
    train(backbone=backbone, out=tmp_path / "a")
    assert len(epochs) == 1
    went_on = facelab.open_run(tmp_path / "a")
    assert went_on.results == whole.results
    assert np.array_equal(went_on.embeddings, whole.embeddings)


SUMMARIZE = _train.summarize


def kill_after_an_epoch(call: str, checkpoint: Path) -> bool:
    """Start a run, kill it at its next checkpoint; give back whether it was still running."""
    before = checkpoint.stat().st_mtime_ns if checkpoint.exists() else 0
    process = subprocess.Popen([sys.executable, "-c", call])
    deadline = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
        if checkpoint.exists() and checkpoint.stat().st_mtime_ns > before:
            break
    running = process.poll() is None
    process.kill()
    process.wait()
    return running


@pytest.mark.slow
def test_bfloat16_ends_where_float32_does_within_the_noise_of_seeds():
    known = {"people": 40, "backbone": "resnet_tiny", "embedding_dim": 64, "epochs": 15, "split": 0}
    auc = {
        precision: [
            float(train(**known, seed=seed, precision=precision).verification.auc())
            for seed in range(6)
        ]
        for precision in ("float32", "bfloat16")
    }
    assert auc["bfloat16"] != auc["float32"]
    assert min(auc["float32"]) > 0.9
    gap = np.mean(auc["bfloat16"]) - np.mean(auc["float32"])
    assert abs(gap) < np.std(auc["float32"], ddof=1), auc


@pytest.mark.slow
def test_a_run_that_was_killed_goes_on_and_ends_with_the_same_numbers(tmp_path):
    call = "import facelab; facelab.train(people=16, epochs=30, out={!r}, progress=False)"
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    subprocess.run([sys.executable, "-c", call.format(str(whole))], check=True)
    for _ in range(3):
        assert kill_after_an_epoch(call.format(str(killed)), killed / _folder.CHECKPOINT)
        assert not (killed / "results.json").exists()
    subprocess.run([sys.executable, "-c", call.format(str(killed))], check=True)
    assert (killed / "results.json").read_bytes() == (whole / "results.json").read_bytes()


@pytest.mark.parametrize(
    ("options", "error", "sentence"),
    [
        ({"loss": "arcfase"}, ValueError, "unknown loss 'arcfase'; did you mean arcface"),
        ({"data": "orll"}, (ValueError, FileNotFoundError), "did you mean orl"),
        ({"margin": -0.1}, ValueError, "margin must be at least 0 .* not -0.1"),
        ({"margin": float("nan")}, ValueError, "not nan"),
        ({"scale": 0}, ValueError, "scale must be above 0 and finite, not 0"),
        ({"people": 41}, ValueError, "41"),
        ({"people": 3}, ValueError, "at least 4 people, 2 of them to hold out, not 3"),
        ({"epochs": 0}, ValueError, "epochs must be at least 1"),
        ({"epochs": 2.5}, (ValueError, TypeError), "2.5"),
        ({"learning_rate": -1.0}, ValueError, "learning_rate must be above 0, not -1"),
        ({"backbone": "resnet"}, ValueError, "unknown backbone 'resnet'"),
        ({"device": "gpu"}, ValueError, "unknown device 'gpu'"),
        ({"precision": "half"}, ValueError, "unknown precision 'half'"),
        ({"start": "evenly"}, ValueError, "unknown start 'evenly'; did you mean even"),
        ({"height": 0}, ValueError, "height must be at least 16, not 0"),
        ({"seed": -1}, ValueError, "seed must be at least 0, not -1"),
        ({"embedding_dim": 0}, ValueError, "embedding_dim must be at least 1, not 0"),
        ({"fraction": 1.5}, ValueError, "1.5"),
    ],
)
def test_what_is_not_allowed_is_one_sentence_and_nothing_is_written(
    options, error, sentence, tmp_path
):
    with pytest.raises(error, match=sentence) as caught:
        train(**options, out=tmp_path / "new")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "new").exists()


def test_a_folder_that_holds_something_is_not_written_to(finished, tmp_path):
    before = {p.name: p.read_bytes() for p in finished.iterdir()}
    with pytest.raises(FileExistsError, match="already holds a finished run"):
        train(out=finished)
    assert {p.name: p.read_bytes() for p in finished.iterdir()} == before
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(FileExistsError, match="holds other files"):
        train(out=tmp_path)
    with pytest.raises(FileExistsError, match="is a file; a run needs a folder"):
        train(out=tmp_path / "thesis.tex")
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_loss_that_becomes_nan_stops_the_run_with_a_sentence(monkeypatch):
    monkeypatch.setattr("facelab.losses.arcface.ArcFace.gather", lambda self, x: x.mean() / 0 * 0)
    with pytest.raises(FloatingPointError, match="the loss became nan in epoch 1; try a lower"):
        train()


def copy(finished: Path, to: Path) -> Path:
    to.mkdir()
    for path in finished.iterdir():
        (to / path.name).write_bytes(path.read_bytes())
    return to


@pytest.mark.parametrize("name", _folder.FILES)
@pytest.mark.parametrize("left", [0.0, 0.6])
def test_a_run_cut_off_anywhere_is_one_sentence(finished, tmp_path, name, left):
    path = copy(finished, tmp_path / "cut") / name
    content = path.read_bytes()
    path.write_bytes(content[: int(left * len(content))])
    with pytest.raises(ValueError, match="damaged"):
        facelab.open_run(tmp_path / "cut")


def test_a_run_from_the_future_or_from_elsewhere_is_one_sentence(finished, tmp_path):
    folder = copy(finished, tmp_path / "future")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"format": 99}))
    with pytest.raises(ValueError, match="format 99, but this facelab reads format 1"):
        facelab.open_run(folder)
    (folder / "config.json").write_text("[1]")
    with pytest.raises(ValueError, match="must hold a JSON object, not list"):
        facelab.open_run(folder)
    with pytest.raises(FileNotFoundError, match="holds no run: there is no config"):
        facelab.open_run(tmp_path)


def test_nothing_in_a_run_is_unpickled(finished, tmp_path):
    folder = copy(finished, tmp_path / "evil")
    np.savez(folder / "embeddings.npz", embeddings=np.array([{"a": 1}], dtype=object))
    with pytest.raises(ValueError, match="damaged"):
        facelab.open_run(folder)


def test_a_write_that_fails_leaves_the_old_file_whole(tmp_path, monkeypatch):
    path = tmp_path / "a.json"
    _folder.write_json(path, {"a": 1})

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        _folder.write_json(path, {"a": 2})
    assert _folder.read_json(path) == {"a": 1}
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]


@pytest.mark.slow
def test_arcface_tells_people_apart_that_it_has_never_seen():
    runs = [facelab.train(seed=seed, progress=False) for seed in range(3)]
    assert all(run.results["people"] == {"train": 30, "held_out": 10} for run in runs)
    assert np.mean([run.verification.auc() for run in runs]) >= 0.95
