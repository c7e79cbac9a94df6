"""Whatever happens while a run is written, what is there is the old state or the new one."""

import ast
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch

import facelab
from facelab import cli
from facelab.experiments import _folder, _lock
from facelab.experiments._lock import hold

SMALL = {"people": 12, "epochs": 2, "embedding_dim": 8, "backbone": "live", "height": 28}
QUIET = {"progress": False, "device": "cpu"}
LOSSES = ["softmax", "cosface:margin=0.1", "triplet"]
REPO = Path(__file__).parents[1]
posix = pytest.mark.skipif(sys.platform == "win32", reason="signals and limits of POSIX")


def train(**options):
    return facelab.train("normface", **SMALL | QUIET | options)


def compare(**options):
    return facelab.compare(LOSSES, **SMALL | QUIET | {"jobs": 1, "seeds": 1} | options)


def results(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("results.json")}


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("safe") / "run"
    train(out=folder)
    return folder


def run(code: str, **options) -> subprocess.Popen[str]:
    """A Python of its own, whose words can be read."""
    return subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=REPO,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        **options,
    )


HOLDER = """
import sys, time
sys.path.insert(0, {place!r})
import importlib.util
from pathlib import Path
spec = importlib.util.spec_from_file_location("lock", {file!r})
lock = importlib.util.module_from_spec(spec)
spec.loader.exec_module(lock)
with lock.hold(Path({folder!r})):
    print("held", flush=True)
    time.sleep(60)
"""


def held_elsewhere(folder: Path) -> subprocess.Popen[str]:
    """Another process that holds a folder."""
    process = run(HOLDER.format(place=str(REPO), file=_lock.__file__, folder=str(folder)))
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def end(process: subprocess.Popen[str], sign: int = signal.SIGKILL) -> None:
    process.send_signal(sign)
    process.communicate()


@posix
def test_a_folder_that_another_process_writes_is_refused_and_taken_over_when_it_is_dead(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(_lock, "PATIENCE", 0.1)
    out = tmp_path / "a"
    process = held_elsewhere(out)
    sentence = f"is being written by process {process.pid} on "
    with pytest.raises(FileExistsError, match=sentence):
        compare(out=out)
    with pytest.raises(FileExistsError, match=sentence):
        train(out=out)
    words = ["train", "--people", "12", "--epochs", "1", "--out", str(out)]
    assert cli.main(words) == 2
    said = capsys.readouterr().err
    assert "wait until it is done, or choose another folder" in said
    assert said.count("\n") == 1
    assert [p.name for p in out.iterdir()] == [_lock.NAME]
    end(process)
    assert [p.name for p in out.iterdir()] == [_lock.NAME]  # the dead left it
    train(out=out)
    assert sorted(p.name for p in out.iterdir()) == sorted(_folder.FILES)


def test_a_lock_is_one_threads_alone_and_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(_lock, "PATIENCE", 0.0)
    with hold(tmp_path / "a"):
        with pytest.raises(FileExistsError, match=f"process {os.getpid()} "), hold(tmp_path / "a"):
            pass
        with hold(tmp_path / "b"):
            pass
        with pytest.raises(FileExistsError), hold(tmp_path / "a"):
            pass
    with hold(tmp_path / "a"):
        pass
    assert not list(tmp_path.rglob(_lock.NAME))


def test_a_lock_waits_for_one_that_is_about_to_end(tmp_path, monkeypatch):
    monkeypatch.setattr(_lock, "PATIENCE", 30.0)
    code = HOLDER.replace("sleep(60)", "sleep(0.3)")
    place = {"place": str(REPO), "file": _lock.__file__, "folder": str(tmp_path)}
    process = run(code.format(**place))
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    with hold(tmp_path):
        assert process.wait(timeout=10) == 0
    process.communicate()


def test_where_the_disk_knows_no_locks_nobody_is_kept_out(tmp_path, monkeypatch):
    def no_locks(file):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(_lock, "_take", no_locks)
    with hold(tmp_path), hold(tmp_path):
        pass


class Stopped:
    """Lets so many writes through, and stops the next one."""

    def __init__(self, after: int, what: BaseException) -> None:
        self.left, self.what = after, what

    def __call__(self, file: int) -> None:
        self.left -= 1
        if self.left < 0:
            raise self.what


CONFIG, *REST = _folder.FILES
ORDER = (CONFIG, *[_folder.CHECKPOINT] * SMALL["epochs"], *REST)  # of the writes of a run
WRITES = len(ORDER)
STOPS = {"disk full": OSError(28, "No space left on device"), "Ctrl-C": KeyboardInterrupt()}


@pytest.mark.parametrize("what", STOPS.values(), ids=STOPS)
@pytest.mark.parametrize("after", range(WRITES))
def test_a_run_stopped_at_any_write_leaves_what_was_there_and_goes_on(
    after, what, finished, tmp_path, monkeypatch
):
    out = tmp_path / "a"
    monkeypatch.setattr(os, "fsync", Stopped(after, what))
    with pytest.raises((OSError, KeyboardInterrupt)) as caught:
        train(out=out)
    if isinstance(what, OSError):
        assert "No space left on device; the rest of" in str(caught.value)
        assert "\n" not in str(caught.value)
    monkeypatch.undo()
    assert {path.name for path in out.iterdir()} == set(ORDER[:after])
    for path in out.iterdir():  # each file is whole
        if path.suffix == ".json":
            _folder.read_json(path)
        elif path.suffix == ".safetensors":
            _folder.read_weights(path)
    assert not (out / "results.json").exists()
    train(out=out)
    assert results(out) == results(finished)
    assert sorted(p.name for p in out.iterdir()) == sorted(_folder.FILES)


def test_every_write_was_stopped_once(finished, tmp_path, monkeypatch):
    counted = Stopped(1000, KeyboardInterrupt())
    monkeypatch.setattr(os, "fsync", counted)
    train(out=tmp_path / "a")
    assert 1000 - counted.left == WRITES


@pytest.mark.parametrize("name", [".config.json.part", _lock.NAME])
def test_the_scrap_of_a_killed_run_is_no_reason_to_refuse_its_folder(name, finished, tmp_path):
    (tmp_path / name).write_text("half")
    train(out=tmp_path)
    assert results(tmp_path) == results(finished)
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(_folder.FILES)


FULL = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))
from facelab import cli
sys.exit(cli.main({words!r}))
"""


@posix
@pytest.mark.slow
def test_where_the_system_takes_no_more_it_is_one_sentence_and_with_room_it_goes_on(tmp_path):
    options = "--people 12 --epochs 1 --embedding-dim 8 --device cpu"
    words = ["train", *options.split()]
    out = tmp_path / "full"
    process = run(FULL.format(size=50_000, words=[*words, "--out", str(out)]))
    _, said = process.communicate(timeout=120)
    assert process.returncode == 1
    last = said.splitlines()[-1]
    assert "File too large" in last
    assert last.startswith(f"facelab train: {out}")
    assert last.endswith("with more room the same call goes on")
    assert "Traceback" not in said
    assert results(out) == {}
    assert not list(out.rglob(".*"))
    assert cli.main([*words, "--out", str(out)]) == 0
    assert cli.main([*words, "--out", str(tmp_path / "whole")]) == 0
    assert results(out) == results(tmp_path / "whole")


@pytest.fixture(scope="module")
def compared(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("safe") / "compared"
    compare(out=folder)
    return folder


CUTS = {"results.json": 0.5, "metrics.csv": 0.0, "config.json": 0.5}


@pytest.mark.parametrize(("name", "left"), CUTS.items(), ids=CUTS)
def test_a_finished_run_that_was_cut_off_is_one_sentence_of_a_comparison(
    name, left, compared, tmp_path
):
    out = shutil.copytree(compared, tmp_path / "a")
    path = out / "triplet_seed0_split0" / name
    path.write_bytes(path.read_bytes()[: int(left * path.stat().st_size)])
    with pytest.raises(ValueError, match=f"{name} is damaged") as caught:
        compare(out=out)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"backbone.0.2.weight": torch.zeros(16)}, r"0\.2\.weight is \(16,\), where .* nothing"),
        ({"loss.weight": torch.zeros(3, 4)}, r"loss\.weight is \(3, 4\), where .* \("),
        ({"loss.weight": None}, r"loss\.weight is nothing, where it must be \("),
    ],
    ids=["more", "another shape", "less"],
)
def test_weights_of_another_network_are_one_sentence(change, said, finished, tmp_path):
    out = shutil.copytree(finished, tmp_path / "a")
    tensors, note = _folder.read_weights(out / "weights.safetensors")
    tensors = {name: t for name, t in (tensors | change).items() if t is not None}
    _folder.write_weights(out / "weights.safetensors", tensors, note)
    with pytest.raises(ValueError, match=rf"weights of another network .*{said}") as caught:
        facelab.open_run(out)
    assert "\n" not in str(caught.value)


def test_a_foreign_or_future_run_is_one_sentence_of_a_comparison(compared, tmp_path):
    out = shutil.copytree(compared, tmp_path / "a")
    place = out / "triplet_seed0_split0"
    config = json.loads((place / "config.json").read_text())
    (place / "config.json").write_text(json.dumps(config | {"format": 99}))
    with pytest.raises(FileExistsError, match="finished run with format = 99, not 1"):
        compare(out=out)
    (place / "config.json").unlink()
    with pytest.raises(ValueError, match="holds a finished run without config"):
        compare(out=out)
    (place / "config.json").write_text(json.dumps(config))
    (place / "results.json").write_text('{"verification": {}}')
    with pytest.raises(ValueError, match="is damaged: numbers are missing"):
        compare(out=out)


def interrupted(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run after its first epoch; its checkpoint."""
    monkeypatch.setattr(os, "fsync", Stopped(2, KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        train(out=folder)
    monkeypatch.undo()
    assert (folder / _folder.CHECKPOINT).exists()
    return folder / _folder.CHECKPOINT


@pytest.mark.parametrize("left", [0.0, 0.6, 0.999])
def test_a_checkpoint_that_was_cut_off_is_one_sentence(left, tmp_path, monkeypatch):
    path = interrupted(tmp_path / "a", monkeypatch)
    path.write_bytes(path.read_bytes()[: int(left * path.stat().st_size)])
    with pytest.raises(ValueError, match="is damaged") as caught:
        train(out=tmp_path / "a")
    assert "\n" not in str(caught.value)


def test_a_checkpoint_of_another_run_is_one_sentence(finished, tmp_path, monkeypatch):
    path = interrupted(tmp_path / "a", monkeypatch)
    path.write_bytes((finished / "weights.safetensors").read_bytes())
    with pytest.raises(ValueError, match="is no checkpoint of this run; delete it") as caught:
        train(out=tmp_path / "a")
    assert "\n" not in str(caught.value)
    path.unlink()
    train(out=tmp_path / "a")
    assert results(tmp_path / "a") == results(finished)


def test_nothing_in_facelab_unpickles():
    unsafe = {"pickle", "cloudpickle", "dill", "shelve", "marshal"}
    for path in (REPO / "facelab").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = {alias.name for alias in node.names} | {getattr(node, "module", "")}
                assert not unsafe & names, path
            if isinstance(node, ast.keyword) and node.arg == "allow_pickle":
                assert ast.unparse(node.value) == "False", path
            if isinstance(node, ast.Call):
                assert ast.unparse(node.func) not in ("torch.load", "torch.save"), path


CTRL_C = """
import sys
from facelab import cli
if __name__ == "__main__":
    sys.exit(cli.main({words!r}))
"""


@posix
@pytest.mark.slow
@pytest.mark.parametrize("more", ["--jobs 1", "--jobs 2", "--jobs 2 --dask local"])
def test_ctrl_c_ends_a_comparison_with_one_sentence_and_it_goes_on(more, tmp_path):
    options = f"--people 12 --embedding-dim 8 --device cpu --seeds 4 --epochs 12 {more}"
    out = tmp_path / "a"
    words = ["compare", "softmax", "normface", *options.split(), "--out", str(out)]
    script = tmp_path / "script.py"
    script.write_text(CTRL_C.format(words=words))
    process = subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(REPO)},
    )
    while process.poll() is None and not results(out):
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all of them
    said, wrong = process.communicate(timeout=120)
    assert process.returncode == 130
    assert said == ""
    lines = [line for line in wrong.replace("\r", "\n").splitlines() if line.strip()]
    apart = [line for line in lines if not line.startswith("runs:")]
    assert apart == ["facelab compare: stopped; the same command goes on where it was"]
    done = results(out)
    assert 0 < len(done) < 8
    assert cli.main(words) == 0
    assert done.items() <= results(out).items()
    assert len(results(out)) == 8


FORK = """
import os, pathlib, random, signal, sys, time
import facelab
from facelab.experiments import compare
rng, kills = random.Random({seed}), 0
def written():
    try:
        return max(p.stat().st_mtime_ns for p in pathlib.Path({out!r}).rglob("*.safetensors"))
    except (OSError, ValueError):  # replaced just now; nothing there yet
        return 0
while kills < 10:
    before, patience = written(), time.monotonic() + 20
    child = os.fork()
    if child == 0:
        facelab.compare({losses!r}, out={out!r}, jobs=1, progress=False, **{options!r})
        os._exit(0)
    # Every other one dies some time after its first checkpoint, the rest at any moment.
    while kills % 2 and written() <= before and time.monotonic() < patience:
        time.sleep(0.005)
    time.sleep(rng.uniform(0.0, {longest}))
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    kills += os.WIFSIGNALED(status)
    if not os.WIFSIGNALED(status):
        break
print(kills)
"""


@posix
@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
def test_killed_at_ten_random_moments_its_table_is_that_of_one_never_killed(seed, tmp_path):
    options = SMALL | {"epochs": 30, "device": "cpu", "seeds": 3, "tune": 2}
    killed = tmp_path / "killed"
    start = time.monotonic()
    whole = facelab.compare(LOSSES, out=tmp_path / "whole", jobs=1, progress=False, **options)
    longest = (time.monotonic() - start) / 9  # ten moments: five ninths of the whole, on average
    code = FORK.format(seed=seed, losses=LOSSES, out=str(killed), options=options, longest=longest)
    process = run(code)
    said, wrong = process.communicate(timeout=250)
    assert process.returncode == 0, wrong
    assert said == "10\n"
    assert list(killed.rglob("*.safetensors")), "a run had begun: a checkpoint, or weights"
    assert len(results(killed)) < len(results(tmp_path / "whole"))
    again = facelab.compare(LOSSES, out=killed, jobs=1, progress=False, **options)
    assert again.table().drop(columns="seconds").equals(whole.table().drop(columns="seconds"))
    assert results(killed) == results(tmp_path / "whole")
    assert np.isfinite(again.table()["mean"]).all()
    assert not list(killed.rglob(".*"))
