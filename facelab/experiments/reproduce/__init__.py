"""The central claims of the papers, re-staged in a classroom: seen, not seen, or opposite.

    facelab.reproduce("normface")             # trains, for minutes, and says what came out
    stored("normface")                        # the same, from numbers computed before

A claim is a file of this folder: what the paper says, where, what is trained on what, and the
number that decides. "Not seen" is a result too: a few dozen people are not a million.
"""

import json
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from facelab.choices import unknown
from facelab.experiments._lock import hold
from facelab.experiments._run import prepare
from facelab.experiments._wanted import read_numbers, read_options
from facelab.experiments._workers import find_jobs
from facelab.experiments.reproduce import (
    arcface,
    cosface,
    ddl,
    ddl_margin,
    ddl_teacher,
    elasticface,
    elasticface_official,
    elasticface_plus,
    marginal,
    mml,
    mml_angles,
    mml_margin,
    normface,
    sphereface,
    sphereface2,
    sphereface2_noise,
    sv_softmax,
)
from facelab.experiments.reproduce import range as range_loss
from facelab.experiments.reproduce._claim import VERDICTS, Claim
from facelab.experiments.reproduce._finding import Finding, from_json
from facelab.experiments.reproduce._fingerprint import fingerprint
from facelab.experiments.reproduce._trials import do_all, plan
from facelab.training.device import find_device

__all__ = [
    "CLAIMS",
    "STORE",
    "VERDICTS",
    "Claim",
    "Finding",
    "fingerprint",
    "read_store",
    "reproduce",
    "stored",
]

CLAIMS: dict[str, Claim] = {
    "normface": normface.CLAIM,
    "sphereface": sphereface.CLAIM,
    "cosface": cosface.CLAIM,
    "arcface": arcface.CLAIM,
    "sv_softmax": sv_softmax.CLAIM,
    "elasticface": elasticface.CLAIM,
    "elasticface_plus": elasticface_plus.CLAIM,
    "elasticface_official": elasticface_official.CLAIM,
    "sphereface2": sphereface2.CLAIM,
    "sphereface2_noise": sphereface2_noise.CLAIM,
    "mml": mml.CLAIM,
    "mml_angles": mml_angles.CLAIM,
    "mml_margin": mml_margin.CLAIM,
    "marginal": marginal.CLAIM,
    "range": range_loss.CLAIM,
    "ddl": ddl.CLAIM,
    "ddl_margin": ddl_margin.CLAIM,
    "ddl_teacher": ddl_teacher.CLAIM,
}
STORE = Path(__file__).with_name("verdicts.json")


def reproduce(
    name: str | Claim,
    out: str | Path | None = None,
    *,
    seeds: int | Sequence[int] | None = None,
    epochs: int | None = None,
    people: int | None = None,
    jobs: int | None = None,
    device: str = "auto",
    progress: bool = True,
) -> Finding:
    """Re-stage the central claim of a paper, and say whether it was seen.

    Args:
        name: a key of CLAIMS, or a Claim of one's own.
        out: folder for the runs, in a folder of the claim's name; what is finished there is read,
            what is interrupted goes on. Nothing is kept if None.
        seeds: how many runs of each way of training, or which seeds; as the claim says if None.
        epochs: passes over the images; as the claim says if None.
        people: how many people to use, for a quick look; all if None.
        jobs: how many runs at once; as many as there are processors if None, and one on a GPU.
        device: "auto", "cpu", "cuda" or "mps".
        progress: whether to show a bar.

    Returns:
        The Finding: verdict, sentence, table, pictures.

    Raises:
        TypeError, ValueError: if an argument is not allowed; nothing has been written then.
        FileExistsError: if `out` holds other runs, or is being written by another process.
        RuntimeError: if a worker was killed; the same call goes on.
    """
    claim = name if isinstance(name, Claim) else find(name)
    given = {"seeds": seeds, "epochs": epochs, "people": people}
    told: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
    asked = {key: value for key, value in told.items() if key != "seeds"}
    options = read_options(dict(claim.options) | asked | {"device": device})
    which = read_numbers(claim.seeds if seeds is None else seeds, "seeds")
    folder = None if out is None else Path(out) / claim.name
    tasks = plan(claim, which, options, folder)
    parted = prepare(tasks[0].faces, tasks[0].config)
    where = find_device(device)
    at_once = find_jobs(jobs, len(tasks), where)
    with nullcontext() if folder is None else hold(folder):
        trials = do_all(tasks, where, at_once, progress)
        finding = Finding(claim, trials, (parted[0].num_people, parted[1].num_people), told)
        if folder is not None:
            finding.to_html(folder / "finding.html")
    return finding


def find(name: str) -> Claim:
    """A claim by its name.

    Raises:
        ValueError: if there is none of that name.
    """
    if name not in CLAIMS:
        raise ValueError(unknown("claim", name, CLAIMS))
    return CLAIMS[name]


def stored(name: str) -> Finding:
    """What came of a claim when it was last re-staged, without training.

    Raises:
        ValueError: if there is no such claim, or it has not been re-staged yet.
    """
    claim, kept = find(name), read_store()
    if name not in kept:
        raise ValueError(f"{name} has not been stored yet; facelab.reproduce({name!r}) trains it")
    return from_json(claim, kept[name])


def read_store() -> dict[str, Any]:
    """All that is stored: name -> fingerprint of the claim then, and its numbers."""
    content: dict[str, Any] = json.loads(STORE.read_text(encoding="utf-8"))
    return content
