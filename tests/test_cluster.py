"""Runs on a Dask cluster end with the numbers of this machine, whoever dies on the way."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

import facelab
from facelab import cli
from facelab.experiments import _cluster, _tasks

SMALL = {"people": 12, "epochs": 2, "embedding_dim": 8, "backbone": "live", "height": 28}
QUIET = {"progress": False, "device": "cpu"}
LOSSES = ["softmax", "cosface:margin=0.1", "triplet"]

distributed = pytest.importorskip("distributed")
pytestmark = [
    pytest.mark.xdist_group("dask"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # of Dask's own sockets
    pytest.mark.filterwarnings("ignore::DeprecationWarning:distributed"),
]


def results(folder: Path) -> dict[str, bytes]:
    return {p.parent.name: p.read_bytes() for p in sorted(folder.glob("*/results.json"))}


@pytest.fixture(scope="module")
def client():
    """Workers that are threads of this process, as they are on a machine with many."""
    options = {"processes": False, "n_workers": 1, "threads_per_worker": 3}
    with distributed.Client(dashboard_address="127.0.0.1:0", **options) as client:
        yield client


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    options = SMALL | QUIET | {"seeds": 2, "jobs": 1}
    return facelab.compare(LOSSES, out=tmp_path_factory.mktemp("here") / "a", tune=2, **options)


def same(one: facelab.Comparison, other: facelab.Comparison) -> None:
    assert one.table().drop(columns="seconds").equals(other.table().drop(columns="seconds"))
    assert one.folder is not None
    assert other.folder is not None
    assert results(one.folder) == results(other.folder)
    assert len(results(one.folder)) == 6
    for path in one.folder.rglob("weights.safetensors"):
        assert path.read_bytes() == (other.folder / path.relative_to(one.folder)).read_bytes()
    assert not list(other.folder.rglob(".*"))


def test_the_numbers_and_weights_of_a_cluster_are_those_of_this_machine(here, client, tmp_path):
    options = SMALL | QUIET | {"seeds": 2, "tune": 2}
    same(here, facelab.compare(LOSSES, out=tmp_path / "b", client=client, **options))
    assert client.status == "running"  # it is the caller's to close
    run = facelab.open_run(tmp_path / "b" / "triplet_seed1_split1")
    assert run.config == facelab.open_run(here.folder / "triplet_seed1_split1").config


def test_a_worker_does_one_run_at_a_time_with_one_thread(client, monkeypatch):
    running, most, threads = [], [], []
    carry_out = _tasks.carry_out

    def watch(*arguments, **options):
        running.append(1)
        most.append(len(running))
        time.sleep(0.05)
        run = carry_out(*arguments, **options)
        running.pop()
        return run

    def fit(*arguments, **options):
        threads.append(torch.get_num_threads())
        return FIT(*arguments, **options)

    monkeypatch.setattr(_tasks, "carry_out", watch)
    monkeypatch.setattr("facelab.experiments._train.fit", fit)
    options = SMALL | QUIET | {"seeds": 2, "epochs": 1}
    facelab.compare(["softmax", "normface"], client=client, **options)
    assert most == [1] * 4
    assert threads == [1] * 4


FIT = facelab.experiments._train.fit


def test_what_is_finished_is_not_sent_again(here, client, monkeypatch):
    sent = []
    monkeypatch.setattr(
        _cluster, "send", lambda do, tasks, client: sent.extend(tasks) or (_ for _ in ())
    )
    options = SMALL | QUIET | {"seeds": 2, "tune": 2, "out": here.folder}
    facelab.compare(LOSSES, client=client, **options)
    assert sent == []


def test_large_faces_are_sent_once_and_can_be_made_again(client):
    large = facelab.load("orl").take_people(4)
    found = list(_cluster.send(measure, [(number, large) for number in range(5)], client))
    assert sorted(number for number, _, _ in found) == list(range(5))
    assert {images for _, images, _ in found} == {40}
    assert len({place for _, _, place in found}) == 1


def measure(number, faces):
    return number, len(faces), id(faces)


def test_what_goes_wrong_on_a_worker_is_said_here(client, monkeypatch):
    monkeypatch.setattr("facelab.losses.arcface.ArcFace.gather", lambda self, x: x.mean() / 0 * 0)
    options = SMALL | QUIET | {"seeds": 1}
    found = facelab.compare(["softmax", "arcface"], client=client, **options)
    assert "arcface, seed 0, has no numbers: the loss became nan" in repr(found)
    monkeypatch.setattr(_tasks, "versions", lambda: {"torch": "1.0"})
    with pytest.raises(ValueError, match=r"a worker has \{'torch': '1.0'\}, but here it is"):
        facelab.compare(["softmax", "normface"], client=client, **options)


def test_without_dask_or_a_cluster_it_is_one_sentence(monkeypatch, capsys, tmp_path):
    words = ["compare", "softmax", "arcface", "--people", "12", "--out", str(tmp_path / "new")]
    monkeypatch.setattr(_cluster, "WAIT", 0.5)
    for address in ("tcp://127.0.0.1:1", "nowhere", "http://127.0.0.1:1"):
        assert cli.main([*words, "--dask", address]) == 2
        said = capsys.readouterr().err
        assert f"no Dask scheduler answers at '{address}'" in said
        assert said.count("\n") == 1
    with pytest.raises(TypeError, match="client must be a Dask client, an address or 'local'"):
        facelab.compare(["softmax", "arcface"], client=5, **SMALL, **QUIET)
    monkeypatch.setitem(sys.modules, "dask.distributed", None)
    assert cli.main([*words, "--dask", "local"]) == 2
    assert "needs Dask, which is not installed; python -m pip install" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


KILLED = """
import facelab
if __name__ == "__main__":
    facelab.compare({losses!r}, out={out!r}, jobs=2, client="local", progress=False, **{options!r})
"""


def workers(parent: int) -> list[int]:
    """Processes of the workers that a process has started."""
    psutil = pytest.importorskip("psutil")
    started = psutil.Process(parent).children()
    return [p.pid for p in started if any("spawn_main" in word for word in p.cmdline())]


@pytest.mark.slow
@pytest.mark.timeout(900)  # each worker loads torch anew, which takes long on a busy machine
@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is of POSIX")
def test_workers_killed_on_the_way_cost_only_their_runs(tmp_path):
    options = SMALL | {"epochs": 20, "device": "cpu", "seeds": 2}
    out = tmp_path / "there"
    script = tmp_path / "script.py"
    script.write_text(KILLED.format(losses=LOSSES, out=str(out), options=options))
    process = subprocess.Popen([sys.executable, str(script)])
    killed = 0
    for wanted in (1, 3):  # finished runs before the next worker is killed
        while process.poll() is None and len(results(out)) < wanted:
            time.sleep(0.02)
        found = workers(process.pid)
        if process.poll() is None and found:
            os.kill(found[-1], signal.SIGKILL)
            killed += 1
    assert process.wait() == 0
    assert killed == 2
    facelab.compare(LOSSES, out=tmp_path / "here", jobs=1, progress=False, **options)
    assert len(results(out)) == 6
    assert results(out) == results(tmp_path / "here")
