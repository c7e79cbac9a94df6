"""Settings are searched with the same budget for every loss, never on people who are tested."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

import facelab
from facelab import losses
from facelab.experiments import _tasks, _tune
from facelab.experiments._run import prepare
from facelab.experiments._tune import choose, draw
from facelab.experiments._wanted import read_loss
from facelab.losses import LOSSES, Slider

SMALL = {"people": 12, "epochs": 1, "embedding_dim": 8, "backbone": "live", "height": 28}
QUIET = {"progress": False, "device": "cpu", "jobs": 1}
TUNED = ["softmax", "arcface:scale=8", "triplet"]
OPTIONS = {"learning_rate": 3e-3, "seed": 0, "split": 0, "embedding_dim": 8}


def compare(wanted=TUNED, **options):
    return facelab.compare(wanted, **SMALL | QUIET | {"seeds": 2} | options)


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    return compare(tune=3, out=tmp_path_factory.mktemp("tuned") / "a")


def test_every_loss_tries_as_many_settings_on_every_split(kept):
    folders = [path.parent.name for path in kept.folder.glob("tuning/*/results.json")]
    counted = Counter(name.rpartition("_try")[0] for name in folders)
    assert len(counted) == 6
    assert set(counted.values()) == {3}
    assert {entry["tries"] for entry in kept.tuned.values()} == {3}


def test_nobody_who_is_tested_on_a_split_took_part_in_its_search(kept):
    for split in (0, 1):
        tested = set(facelab.open_run(kept.folder / f"softmax_seed{split}_split{split}").names)
        tries = list(kept.folder.glob(f"tuning/*_split{split}_try*"))
        assert len(tries) == 9
        for folder in tries:
            run = facelab.open_run(folder)
            assert not tested & set(run.names)
            assert not tested & set(run.trained_on)
            assert not set(run.names) & set(run.trained_on)


def test_the_best_try_makes_the_runs_and_their_configs_say_so(kept):
    for (loss, split), told in kept.tuned.items():
        folder = kept.folder / f"{read_loss(loss).folder}_seed{split}_split{split}"
        config = facelab.open_run(folder).config
        assert config["tuned"] == told
        aucs = [one["auc"] for one in told["tried"]]
        assert told["chosen"] == int(np.argmax(aucs))
        best = told["tried"][told["chosen"]]
        assert config["learning_rate"] == best["learning_rate"]
        assert config["settings"] == best["settings"]
        name = f"{read_loss(loss).folder}_split{split}_try{told['chosen']}"
        tried = facelab.open_run(kept.folder / "tuning" / name)
        assert tried.results["verification"]["auc"]["value"] == pytest.approx(max(aucs), abs=1e-6)
        assert tried.config["settings"] == best["settings"]


def test_the_first_try_is_what_suits_small_sets_and_what_was_set_stays(kept):
    told = kept.tuned["arcface:scale=8", 0]
    first = told["tried"][0]
    assert first["learning_rate"] == kept_rate()
    assert first["settings"]["margin"] == LOSSES["arcface"].settings["margin"].teaching
    assert {one["settings"]["scale"] for one in told["tried"]} == {8}
    assert len({one["settings"]["margin"] for one in told["tried"]}) == 3
    assert len({one["learning_rate"] for one in told["tried"]}) == 3


def kept_rate() -> float:
    return 3e-3  # of `train`


def test_table_text_and_report_show_what_was_chosen(kept):
    table = kept.table()
    best = {s: kept.tuned["arcface:scale=8", s] for s in (0, 1)}
    margins = [best[s]["tried"][best[s]["chosen"]]["settings"]["margin"] for s in (0, 1)]
    assert f"margin {'/'.join(dict.fromkeys(f'{m:g}' for m in margins))}," in table.chosen.iloc[1]
    assert table.chosen.iloc[0].startswith("learning_rate")
    for said in (repr(kept), (kept.folder / "report.html").read_text("utf-8")):
        assert "Settings searched, judged on people held out of those trained on" in said
        assert f"margin {margins[0]:g}, learning_rate" in said
        assert "Each loss tried 3 settings" in said
    plain = compare(["softmax", "normface"])
    assert "chosen" not in plain.table()
    assert "Settings searched" not in repr(plain)


def test_the_same_search_is_read_and_another_one_is_refused(kept, monkeypatch):
    done = []
    carry_out = _tasks.carry_out
    monkeypatch.setattr(_tasks, "carry_out", lambda *a, **k: done.append(a) or carry_out(*a, **k))
    again = compare(tune=3, out=kept.folder)
    assert done == []
    assert again.tuned == kept.tuned
    assert again.rows.equals(kept.rows)
    with pytest.raises(FileExistsError, match="a finished run after 3 tries of settings, not 2"):
        compare(tune=2, out=kept.folder)
    assert done == []


def test_a_search_that_was_stopped_goes_on_and_chooses_the_same(kept, tmp_path, monkeypatch):
    count, carry_out = [], _tasks.carry_out

    def stop(*arguments, **options):
        count.append(1)
        if len(count) == 8:
            raise KeyboardInterrupt
        return carry_out(*arguments, **options)

    monkeypatch.setattr(_tasks, "carry_out", stop)
    with pytest.raises(KeyboardInterrupt):
        compare(tune=3, out=tmp_path / "a")
    found = compare(tune=3, out=tmp_path / "a")
    assert len(count) == 8 + 18 + 6 - 7
    assert found.tuned == kept.tuned
    assert found.table().drop(columns="seconds").equals(kept.table().drop(columns="seconds"))


@pytest.mark.parametrize("loss", LOSSES)
def test_every_try_of_every_loss_is_allowed_and_on_its_sliders(loss):
    usual = losses.run_settings(losses.find(loss))
    sliders = {k: s for k, s in usual.items() if isinstance(s, Slider) and k != "seed"}
    tries = list(draw(read_loss(loss), OPTIONS, 20))
    assert len(tries) == 20
    assert tries[0] == (3e-3, {})
    for rate, settings in tries[1:]:
        assert 3e-3 / 2**1.5 - 1e-5 <= rate <= 3e-3 * 2**1.5 + 1e-5
        assert settings.keys() in (sliders.keys(), set())
        for name, value in settings.items():
            assert sliders[name].low <= value <= sliders[name].high
        losses.trainable(loss, 3, 8, **settings)
    drawn = [settings for _, settings in tries[1:] if settings]
    assert len(drawn) >= (18 if sliders else 0)
    for name in sliders:
        assert len({settings[name] for settings in drawn}) > 1


def test_a_loss_of_ones_own_says_its_settings_or_searches_the_rate_alone(tmp_path):
    plain = """
import torch
class Mine(torch.nn.Module):
    def __init__(self, num_classes, embedding_dim, scale=8.0):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.randn(num_classes, embedding_dim))
        self.scale = scale
    def forward(self, x, y):
        return self.scale * torch.nn.functional.normalize(x) @ self.weight.T
"""
    said = "    settings = {'scale': Slider('s', 'scale', '', 1, 64, 0.5, paper=64, teaching=8)}\n"
    head = "from facelab.losses import Slider\n"
    (tmp_path / "plain.py").write_text(plain)
    listed = plain.replace("Module):\n", "Module):\n" + said)
    (tmp_path / "listed.py").write_text(head + listed)
    bare = list(draw(read_loss(f"{tmp_path / 'plain.py'}:Mine"), OPTIONS, 4))
    told = list(draw(read_loss(f"{tmp_path / 'listed.py'}:Mine"), OPTIONS, 4))
    assert [settings for _, settings in bare] == [{}] * 4
    assert len({rate for rate, _ in bare}) == 4
    assert len({settings["scale"] for _, settings in told[1:]}) == 3


def test_the_first_of_equals_is_chosen_and_a_try_without_a_number_never():
    def row(auc: float) -> _tasks.Row:
        return _tasks.Row("a", 0, 0, {"auc": auc}, 1.0, [])

    def task(number: int) -> _tasks.Task:
        config = {"settings": {"margin": number, "seed": 5}, "learning_rate": 0.1, "split": 0}
        return _tasks.Task(number, "a", config, None)

    for aucs, best in (([0.5, 0.9, 0.9], 1), ([np.nan, 0.0, np.nan], 1), ([np.nan] * 2, 0)):
        tasks = [task(number) for number in range(len(aucs))]
        found = choose(tasks, [row(auc) for auc in aucs])["a", 0]
        assert found.number == best
        assert found.settings == {"margin": best}
        json.dumps(found.told(), allow_nan=False)


def test_too_few_people_to_part_once_more_are_refused_before_anything(tmp_path: Path):
    with pytest.raises(ValueError, match=r"at least 2 people to hold out; fraction 0.75 of 4 "):
        compare(["softmax", "normface"], tune=2, people=6, out=tmp_path / "new")
    for wrong in (1, -1, 2.5, True, "some"):
        with pytest.raises(ValueError, match="tune must be a whole number of at least 2, or 0"):
            compare(tune=wrong, out=tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_people_with_wrong_names_are_searched_with_wrong_names_too():
    wanted = [read_loss("softmax")]
    options = _tune_options() | {"label_noise": 0.5}
    ((task, seen),) = _tune.plan_tries(wanted, [(0, 0)], facelab.load("orl"), options, 2, None)[:1]
    assert seen.true_labels is None  # names are made wrong once, within the try
    assert task.config["label_noise"] == 0.5
    assert prepare(seen, task.config)[0].true_labels is not None


def _tune_options():
    from facelab.experiments._wanted import read_options

    return read_options(SMALL | {"device": "cpu"}) | {"threads": 1}
