"""Losses compared: only the loss differs, nothing depends on how it was computed."""

import json
import re
import shutil
import subprocess
import sys
import time
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
import torch

import facelab
from facelab import training
from facelab.evaluation import mean_over_runs
from facelab.experiments import _checkpoint, _report, _tasks, _train
from facelab.experiments._wanted import read_loss, read_numbers
from facelab.experiments._workers import find_jobs
from facelab.figures import forest

SMALL = {"people": 12, "epochs": 2, "embedding_dim": 8, "backbone": "live", "height": 28}
QUIET = {"progress": False, "device": "cpu"}
LOSSES = ["softmax", "cosface:margin=0.1", "triplet"]


def compare(losses=LOSSES, **options):
    return facelab.compare(losses, **{"jobs": 1} | SMALL | QUIET | options)


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    return compare(out=tmp_path_factory.mktemp("compared") / "a")


def results(folder: Path) -> dict[str, bytes]:
    return {p.parent.name: p.read_bytes() for p in sorted(folder.glob("*/results.json"))}


def test_every_loss_starts_from_the_same_network_and_is_shown_the_same_images(monkeypatch):
    starts, shown = [], []
    fit, deal = _train.fit, training.batches

    def watch(backbone, loss, *arguments, **options):
        starts.append(torch.cat([p.detach().flatten() for p in backbone.parameters()]))
        shown.append([])
        yield from fit(backbone, loss, *arguments, **options)

    def watch_rows(*arguments):
        for rows in deal(*arguments):
            shown[-1].append(rows.tolist())
            yield rows

    monkeypatch.setattr(_train, "fit", watch)
    monkeypatch.setattr(training, "batches", watch_rows)
    found = compare(seeds=2)
    for seed in (0, 3):
        softmax, cosface, triplet = shown[seed : seed + 3]
        assert softmax == cosface
        assert softmax != triplet
        half = len(softmax) // 2  # of an epoch
        assert sorted(chain(*softmax[:half])) == sorted(chain(*triplet[:half]))
        assert torch.equal(starts[seed], starts[seed + 1])
        assert torch.equal(starts[seed], starts[seed + 2])
    assert not torch.equal(starts[0], starts[3])
    assert shown[0] != shown[3]
    assert [note.split(":")[0] for note in found.notes] == ["triplet"]


def test_a_run_of_a_comparison_is_the_run_that_train_gives(kept):
    run = facelab.open_run(kept.folder / "softmax_seed1_split1")
    with _compare_threads():
        alone = facelab.train("softmax", seed=1, **SMALL, **QUIET)
    assert run.results == alone.results
    assert kept.values("softmax")[1] == alone.results["verification"]["auc"]["value"]


def _compare_threads():
    from facelab.training.device import threads

    return threads(1)


def test_the_numbers_do_not_depend_on_how_many_run_at_once(kept, tmp_path):
    before = torch.get_num_threads()
    other = compare(jobs=2, out=tmp_path / "b")
    assert len(results(kept.folder)) == 9
    assert results(kept.folder) == results(tmp_path / "b")
    assert other.table().drop(columns="seconds").equals(kept.table().drop(columns="seconds"))
    assert torch.get_num_threads() == before


def test_what_is_finished_is_read_and_more_seeds_only_add_runs(kept, tmp_path, monkeypatch):
    done = []
    carry_out = _tasks.carry_out
    monkeypatch.setattr(_tasks, "carry_out", lambda *a, **k: done.append(a) or carry_out(*a, **k))
    again = compare(out=kept.folder)
    assert done == []
    assert again.rows.equals(kept.rows)
    assert repr(again) == repr(kept)
    more = shutil.copytree(kept.folder, tmp_path / "more")
    compare(["softmax", "triplet"], seeds=[0, 7], out=more)
    assert [task[0]["seed"] for task in done] == [7, 7]


def test_a_comparison_stopped_in_the_middle_goes_on_where_it_was(kept, tmp_path, monkeypatch):
    write, epochs = _checkpoint.write, []

    def stop(*arguments):
        write(*arguments)
        epochs.append(1)
        if len(epochs) == 9:  # the fifth run, after one of two epochs
            raise KeyboardInterrupt

    monkeypatch.setattr(_checkpoint, "write", stop)
    with pytest.raises(KeyboardInterrupt):
        compare(out=tmp_path / "a")
    assert len(results(tmp_path / "a")) == 4
    found = compare(out=tmp_path / "a")
    assert len(epochs) == 18
    assert results(tmp_path / "a") == results(kept.folder)
    assert found.table().drop(columns="seconds").equals(kept.table().drop(columns="seconds"))


KILLED = """
import facelab
if __name__ == "__main__":
    facelab.compare({losses!r}, out={out!r}, jobs={jobs}, progress=False, **{options!r})
"""


@pytest.mark.slow
@pytest.mark.parametrize("jobs", [1, 2])
def test_killed_again_and_again_it_ends_with_the_same_numbers(jobs, tmp_path):
    options = SMALL | {"epochs": 8, "device": "cpu"}
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    script = tmp_path / "script.py"
    words = {"losses": LOSSES, "jobs": jobs, "options": options}
    script.write_text(KILLED.format(out=str(killed), **words))
    rng, kills = np.random.default_rng(jobs), 0
    while kills < 5:
        process = subprocess.Popen([sys.executable, str(script)])
        there = len(list(killed.glob("*/config.json")))
        while process.poll() is None and len(list(killed.glob("*/config.json"))) == there:
            time.sleep(0.01)
        time.sleep(float(rng.uniform(0, 0.5)))
        if process.poll() is not None:
            break
        process.kill()
        process.wait()
        kills += 1
    assert kills >= 2
    subprocess.run([sys.executable, str(script)], check=True)
    facelab.compare(LOSSES, out=whole, jobs=1, progress=False, **options)
    assert len(results(whole)) == 9
    assert results(killed) == results(whole)
    assert not list(killed.rglob("checkpoint*"))


def test_the_table_pairs_runs_by_seed_and_split(kept):
    table = kept.table("eer")
    ours, theirs = kept.values("triplet", "eer"), kept.values("softmax", "eer")
    by_hand = mean_over_runs(ours - theirs, [0, 1, 2], ratio=3 / 9)
    line = table.loc["triplet"]
    assert line.difference == pytest.approx(float(by_hand.estimate))
    assert line.difference_low == pytest.approx(max(by_hand.estimate.low, -1))
    assert line.p == pytest.approx(by_hand.p)
    assert line["mean"] == pytest.approx(ours.mean())
    assert np.isnan(table.loc["softmax", "difference"])
    assert np.isnan(table.loc["softmax", "p_holm"])
    smaller = min(table.p.dropna())
    assert min(table.p_holm.dropna()) == pytest.approx(min(1, 2 * smaller))
    assert table.low.min() >= 0
    assert table.high.max() <= 1
    rows = kept.rows
    names = ["loss", "seed", "split", "auc", "eer", "tar@1e-2", "accuracy", "seconds"]
    assert list(rows.columns) == names
    assert len(rows) == 9


def test_the_baseline_turns_the_difference_around(kept, tmp_path):
    other = compare(baseline="triplet", out=shutil.copytree(kept.folder, tmp_path / "other"))
    there, back = kept.difference("triplet"), other.difference("softmax")
    assert float(there.estimate) == -float(back.estimate)
    assert (there.estimate.low, there.p) == (-back.estimate.high, back.p)
    assert kept.difference("softmax").p != kept.difference("softmax").p  # NaN: against itself


def test_seeds_and_splits_make_a_grid_whose_runs_with_one_split_are_averaged():
    found = compare(["softmax", "normface"], seeds=2, splits=[4, 9])
    assert found.pairs == [(0, 4), (1, 4), (0, 9), (1, 9)]
    ours = found.values("normface") - found.values("softmax")
    means = ours.reshape(2, 2).mean(1)
    by_hand = mean_over_runs(means, [0, 1], ratio=3 / 9)
    assert found.difference("normface").p == pytest.approx(by_hand.p)
    one = compare(["softmax", "normface"], seeds=2, splits=1)
    assert "All runs share one split" in repr(one)


def test_in_words_every_number_has_its_interval(kept):
    said = repr(kept)
    for loss in LOSSES:
        line = next(row for row in said.splitlines() if row.startswith(f"  {loss} "))
        assert re.search(r"\d\.\d{3} \(\d\.\d{3} to \d\.\d{3}\)", line)
    assert len(re.findall(r"[+-]\d\.\d{3} \([+-]\d\.\d{3} to [+-]\d\.\d{3}\)", said)) == 4
    assert "triplet: same images in each epoch, but dealt into batches" in said
    single = repr(compare(["softmax", "normface"], seeds=1))
    assert "(no interval)" in single
    assert "one run has no interval" in single


def test_the_report_is_one_page_that_asks_nobody_for_anything(kept, tmp_path):
    text = (kept.folder / "report.html").read_text(encoding="utf-8")
    bare = re.sub(r"""xmlns(:\w+)?=["'][^"']*["']""", "", text)
    assert "://" not in bare
    assert "<script" not in text
    assert text.count("<svg role=") == 5
    assert all(name in text for name in [*LOSSES, "Settings and versions", torch.__version__])
    assert text.count("<h2>") == 7
    assert kept.to_html(tmp_path / "b.html").read_text(encoding="utf-8") == text
    assert "<table>" in kept._repr_html_()


def test_a_name_cannot_write_into_the_page(tmp_path):
    folder = tmp_path / "<b>faces"
    for number, image in enumerate(facelab.load("orl").take_people(6).images[:60]):
        place = folder / f"p{number // 10}"
        place.mkdir(parents=True, exist_ok=True)
        from PIL import Image

        Image.fromarray(image).save(place / f"{number}.png")
    options = {"people": None, "epochs": 1, "out": tmp_path / "out", "data": folder, "seeds": 1}
    text = (compare(["softmax", "normface"], **options).folder / "report.html").read_text("utf-8")
    assert "<b>" not in text
    assert "&lt;b&gt;faces" in text


def test_a_loss_that_fails_has_no_numbers_and_the_others_keep_theirs(monkeypatch):
    monkeypatch.setattr("facelab.losses.arcface.ArcFace.gather", lambda self, x: x.mean() / 0 * 0)
    found = compare(["softmax", "arcface", "normface"], seeds=2)
    table = found.table()
    assert np.isnan(table.loc["arcface", "mean"])
    assert np.isfinite(table.loc["normface", ["mean", "difference", "p_holm"]].astype(float)).all()
    assert "arcface, seed 0, has no numbers: the loss became nan in epoch 1" in repr(found)
    found._repr_html_()
    assert [line.get_label() for line in found.curves().lines] == ["softmax", "normface"]


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


@pytest.fixture
def mine(tmp_path) -> Path:
    file = tmp_path / "mine.py"
    file.write_text(OWN)
    return file


def test_a_loss_from_a_file_is_compared_like_any_other(mine, tmp_path, monkeypatch):
    wanted = [f"{mine}:Mine", f"{mine}:Mine:scale=16", "normface:scale=8"]
    found = compare(wanted, out=tmp_path / "out", seeds=2)
    assert found.losses == ["mine.py:Mine", "mine.py:Mine:scale=16", "normface:scale=8"]
    same = found.difference("normface:scale=8").estimate
    assert abs(same) < 0.1  # the same formula; its centers begin elsewhere
    folder = next((tmp_path / "out").glob("mine.py-Mine-scale*seed0*"))
    run = facelab.open_run(folder)
    assert run.loss.own.scale == 16
    assert run.centers.shape == (9, 8)
    assert run.config["loss"] == f"{mine}:Mine"
    mine.write_text(OWN + "\n# another thought\n")
    with pytest.raises(FileExistsError, match="holds a finished run with loss_sha256"):
        compare(wanted, out=tmp_path / "out", seeds=2)
    mine.unlink()
    with pytest.raises(FileNotFoundError, match=r"needs its loss Mine, but .*mine.py is not there"):
        facelab.open_run(folder)


def test_a_class_is_found_in_its_file_and_one_without_a_file_is_refused(mine):
    from facelab.losses._check import load

    cls = load(f"{mine}:Mine")
    assert read_loss(cls).loss == f"{mine}:Mine"
    assert read_loss(facelab.losses.ArcFace).loss == "arcface"
    space: dict[str, type] = {}
    exec(OWN, space)
    with pytest.raises(ValueError, match="Mine is in no file"):
        read_loss(space["Mine"])


def test_what_a_loss_is_told_is_read_as_numbers_words_and_yes_or_no():
    wanted = read_loss("elasticface:margin=0.25, base=cos,plus=yes")
    assert wanted.settings == {"margin": 0.25, "base": "cos", "plus": True}
    assert read_loss("mml:beside=3e-4").settings == {"beside": 3e-4}
    assert read_numbers(3, "seeds") == [0, 1, 2]
    assert read_numbers([5, 1], "seeds") == [5, 1]
    assert find_jobs(8, 3, torch.device("cpu")) == 3
    assert find_jobs(None, 9, torch.device("cuda")) == 1


BAD = {
    "one loss": (["softmax"], {}, "at least 2 losses, not 1"),
    "a word": ("softmax", {}, "losses must be a list"),
    "unknown loss": (["softmax", "arcfase"], {}, "did you mean arcface"),
    "twice": (["softmax", "arcface", "softmax"], {}, "softmax is named twice"),
    "unknown setting": (["softmax", "arcface:marign=1"], {}, "did you mean margin"),
    "no number": (["softmax", "arcface:margin=much"], {}, "margin must be a number, not 'much'"),
    "half a setting": (["softmax", "arcface:margin=0.1,scale"], {}, "written as arcface:margin"),
    "no file": (["softmax", "none.py:Loss"], {}, "there is no file 'none.py'"),
    "unknown baseline": (["softmax", "arcface"], {"baseline": "normface"}, "unknown baseline"),
    "no seeds": (["softmax", "arcface"], {"seeds": 0}, "seeds must be at least 1, not 0"),
    "a seed twice": (["softmax", "arcface"], {"seeds": [1, 1]}, "different numbers"),
    "half a seed": (["softmax", "arcface"], {"seeds": [0.5]}, "whole numbers"),
    "no list": (["softmax", "arcface"], {"splits": "3"}, "splits must be a number or a list"),
    "no jobs": (["softmax", "arcface"], {"jobs": 0}, "jobs must be a whole number"),
    "unknown option": (["softmax", "arcface"], {"epoch": 3}, "did you mean epochs"),
    "bad option": (["softmax", "arcface"], {"epochs": 0}, "epochs must be at least 1"),
    "unknown set": (["softmax", "arcface"], {"data": "olr"}, "did you mean orl"),
    "unknown network": (["softmax", "arcface"], {"backbone": "big"}, "unknown backbone 'big'"),
}


@pytest.mark.parametrize(("losses", "options", "sentence"), BAD.values(), ids=BAD)
def test_what_is_not_allowed_is_one_sentence_and_nothing_is_written(
    losses, options, sentence, tmp_path
):
    with pytest.raises((ValueError, TypeError, FileNotFoundError)) as caught:
        compare(losses, **options, out=tmp_path / "new")
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "new").exists()


def test_a_folder_that_holds_something_else_is_left_alone(kept, tmp_path):
    with pytest.raises(FileExistsError, match="a finished run with epochs = 2, not 1"):
        compare(epochs=1, out=kept.folder)
    with pytest.raises(FileExistsError, match="holds a single run"):
        compare(out=kept.folder / "softmax_seed0_split0")
    (tmp_path / "file").touch()
    with pytest.raises(FileExistsError, match="is a file"):
        compare(out=tmp_path / "file")


def test_a_forest_shows_each_difference_on_its_interval_and_fills_what_leaves_out_0():
    ax = forest(["a", "b", "c"], [0.1, 0.0, 0.2], [0.05, -0.1, np.nan], [0.15, 0.1, np.nan])
    segments = ax.collections[0].get_segments()
    assert [s[:, 0].tolist() for s in segments[:2]] == [[0.05, 0.15], [-0.1, 0.1]]
    apart, crossing = (line for line in ax.lines if line.get_marker() == "s")
    assert apart.get_xdata().tolist() == [0.1]
    assert crossing.get_xdata().tolist() == [0.0, 0.2]
    assert crossing.get_markerfacecolor() == "white"
    assert [text.get_text() for text in ax.get_yticklabels()] == ["a", "b", "c"]
    assert ax.get_ylim()[0] > ax.get_ylim()[1]  # the first on top
    with pytest.raises(ValueError, match="for each name"):
        forest(["a"], [0.1, 0.2], [0, 0], [1, 1])


def test_settings_in_the_report_can_be_read_back(kept):
    shared = json.loads(_report.settings(kept))
    assert list(shared["losses"]) == LOSSES
    assert shared["losses"]["cosface:margin=0.1"]["margin"] == 0.1
    assert shared["losses"]["softmax"] == kept.settings["softmax"]
    assert shared["epochs"] == 2
    assert "seed" not in shared
