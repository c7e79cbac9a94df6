"""`facelab doctor`: what is ok in this installation, and what to do about the rest.

Each check is a function that gives back one finding; CHECKS lists them in the order of the report.
A check that breaks is itself a finding. Only what no lesson can do without is essential.
"""

import re
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

INSTALL = "python -m pip install -c constraints.txt -e ."
LEAST_MEMORY, LEAST_DISK = 2.0, 1.0  # gigabytes that a lesson and its runs need at the most
EXTENSIONS = {"anywidget": "anywidget", "ipywidgets": "@jupyter-widgets/jupyterlab-manager"}


@dataclass(frozen=True)
class Finding:
    """What a check found.

    Attributes:
        name: what was looked at.
        ok: whether it is as it should be.
        words: what was found, or what to do.
        essential: whether nothing works without it.
    """

    name: str
    ok: bool
    words: str
    essential: bool = False

    def __str__(self) -> str:
        return f"{'ok' if self.ok else 'to do':6} {self.name:12} {self.words}"


def check_python() -> Finding:
    """Python 3.11 or newer."""
    ok, version = sys.version_info >= (3, 11), sys.version.split()[0]
    advice = "" if ok else "; facelab needs 3.11 or newer"
    return Finding("Python", ok, f"{version} in {sys.prefix}{advice}", essential=True)


def check_packages() -> Finding:
    """Everything that facelab asks for is installed."""
    asked = [line for line in metadata.requires("facelab") or [] if "extra ==" not in line]
    names = [re.split(r"[^\w.-]", line, maxsplit=1)[0] for line in asked]
    missing = [name for name in names if not _installed(name)]
    words = f"missing: {', '.join(missing)}; run {INSTALL}" if missing else f"{len(names)} of them"
    return Finding("packages", not missing, words, essential=True)


def check_torch() -> Finding:
    """torch can be imported, and where it will train."""
    import torch

    cuda = torch.version.cuda  # None for a CPU build
    if torch.cuda.is_available():
        device = f"training runs on {torch.cuda.get_device_name()} (CUDA {cuda})"
    elif torch.backends.mps.is_available():
        device = "training runs on Apple's MPS"
    else:
        build = f"built for CUDA {cuda}, but no such device is here" if cuda else "no CUDA build"
        device = f"{build}; training runs on the CPU, which is enough for every lesson"
    return Finding("torch", True, f"{torch.__version__}; {device}", essential=True)


def check_widget(package: str) -> Finding:
    """The browser half of a widget package lies where the Jupyter server looks for it."""
    from jupyter_core.paths import jupyter_path

    places = [Path(folder, EXTENSIONS[package]) for folder in jupyter_path("labextensions")]
    found = [place for place in places if (place / "package.json").is_file()]
    if found:
        words = f"{metadata.version(package)}, registered in {found[0]}"
    else:
        words = f"the Jupyter server cannot see it; stop the server, run {INSTALL}, start it again"
    return Finding(package, bool(found), words, essential=True)


def check_kernel() -> Finding:
    """Notebooks run in the Python that runs this, not in another one that lacks facelab."""
    from jupyter_client.kernelspec import KernelSpecManager

    program = KernelSpecManager().get_kernel_spec("python3").argv[0]
    ok = (
        not Path(program).is_absolute() or Path(program).resolve() == Path(sys.executable).resolve()
    )
    advice = f"notebooks would run in {program}; in this environment run "
    advice += "python -m ipykernel install --sys-prefix"
    return Finding("kernel", ok, "notebooks run in this Python" if ok else advice)


def check_webgl() -> Finding:
    """Said because people ask."""
    return Finding("WebGL", True, "not needed: the views draw on a plain canvas")


def check_data(name: str) -> Finding:
    """Whether a set of faces is on this machine; only orl has to be."""
    from facelab.commands._data import how_to_get
    from facelab.datasets import find

    place, essential = find(name), name == "orl"
    advice = f"not on this machine{'' if essential else ', not needed'}; {how_to_get(name)} gets it"
    return Finding(name, bool(place) or not essential, str(place or advice), essential)


def check_lessons() -> Finding:
    """The lessons lie where `facelab lab` looks for them."""
    from facelab.commands._lab import FIRST_LESSON, find_lessons

    try:
        return Finding("lessons", True, str(find_lessons() / FIRST_LESSON.parent))
    except FileNotFoundError as error:
        return Finding("lessons", False, str(error))


def check_memory() -> Finding:
    """Free memory."""
    import psutil  # comes with ipykernel

    free = psutil.virtual_memory().available / 1e9
    ok = free >= LEAST_MEMORY
    words = f"{free:.1f} GB free" + (
        "" if ok else f"; close something, {LEAST_MEMORY:g} GB is safe"
    )
    return Finding("memory", ok, words)


def check_disk() -> Finding:
    """Free space in the current folder, where runs are kept."""
    free = shutil.disk_usage(Path.cwd()).free / 1e9
    ok = free >= LEAST_DISK
    words = f"{free:.1f} GB free in {Path.cwd()}"
    return Finding("disk", ok, words + ("" if ok else f"; {LEAST_DISK:g} GB is safe"))


CHECKS: dict[str, Callable[[], Finding]] = {
    "Python": check_python,
    "packages": check_packages,
    "torch": check_torch,
    "anywidget": lambda: check_widget("anywidget"),
    "ipywidgets": lambda: check_widget("ipywidgets"),
    "kernel": check_kernel,
    "WebGL": check_webgl,
    "orl": lambda: check_data("orl"),
    "olivetti": lambda: check_data("olivetti"),
    "lfw": lambda: check_data("lfw"),
    "lessons": check_lessons,
    "memory": check_memory,
    "disk": check_disk,
}


def look(name: str) -> Finding:
    """Make one check; if it breaks, that is what was found."""
    try:
        return CHECKS[name]()
    except Exception as error:
        words = f"{type(error).__name__}: {' '.join(str(error).split())}; run {INSTALL}"
        return Finding(name, False, words, essential=True)


def examine() -> int:
    """Print a line for each check, and what it comes to.

    Returns:
        0 if everything essential is ok, 1 if not.
    """
    findings = []
    for name in CHECKS:
        findings.append(look(name))
        print(findings[-1], flush=True)
    broken = [f.name for f in findings if not f.ok and f.essential]
    todo = sum(not f.ok for f in findings)
    print(f"\n{todo} to do." if todo else "\nEverything is ok.", end=" " if broken else "\n")
    if broken:
        print(f"Nothing works without: {', '.join(broken)}.")
    return int(bool(broken))


def _installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True
