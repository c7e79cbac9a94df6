"""One view alone on a page: what each demo runs, and the server that shows it.

A demo is a notebook of one cell that Voila runs for whoever opens the page, in a kernel of its own,
which ends when the page is closed. Everything is served from this machine.
"""

import json
import os
import socket
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from facelab.choices import unknown

SHARE = Path(__file__).parent / "lab"  # Jupyter finds a template and a kernel in it
HOST = "127.0.0.1"
IDLE = 60  # seconds after which a kernel that nobody looks at ends, if its page could not end it

# name -> what the kernel runs; the last line is the view
DEMOS: dict[str, str] = {
    "playground": """
import facelab

facelab.Playground(loss="arcface", margin=0.3, people=10)
""",
    "dial": """
import facelab

facelab.MarginDial(loss="arcface", margin=0.5, scale=16)
""",
    "sphere": """
import facelab

fast = {"people": 14, "height": 32, "epochs": 40, "augment": False, "progress": False}
run = facelab.train("arcface", embedding_dim=3, **fast)
faces, arrays = run.faces()[0], run.arrays  # of the ten people it was trained on
points, labels = arrays["train_embeddings"], arrays["train_labels"]
facelab.Sphere(points, labels, run.centers, faces.images, faces.names)
""",
    "centers": """
import facelab

faces = facelab.load("orl").take_people(20).long_tail(1.0, least=2)
fast = {"height": 32, "epochs": 20, "progress": False}
runs = {key: facelab.train(key, faces, **fast) for key in ("softmax", "mml")}
facelab.CenterMargins.of(runs, faces, before="softmax", after="mml")
""",
    "similarities": """
import facelab

fast = {"people": 20, "height": 32, "epochs": 15, "progress": False}
runs = {key: facelab.train(key, **fast) for key in ("softmax", "ddl")}
_, strangers = runs["ddl"].faces()
facelab.Similarities(runs, strangers, kind="blur", level=0.3)
""",
    "explorer": """
import facelab

fast = {"people": 20, "height": 32, "epochs": 15, "progress": False}
runs = {key: facelab.train(key, **fast) for key in ("softmax", "arcface")}
facelab.Explorer(runs, people="all")
""",
    "weights": """
import facelab

run = facelab.train("arcface", people=20, height=32, epochs=10, progress=False)
faces, arrays = run.faces()[0], run.arrays  # of the fifteen people it was trained on
points, labels = arrays["train_embeddings"], arrays["train_labels"]
facelab.SampleWeights(points, labels, run.centers, faces.images, faces.names, base="arcface")
""",
    "floor": """
import facelab.widgets

facelab.widgets.LossFloor(scale=16, people=10)
""",
}

WIDGETS = [
    "anywidget",
    "@jupyter-widgets/jupyterlab-manager",
    "@voila-dashboards/widgets-manager8",
]
SETTINGS: dict[str, dict[str, object]] = {
    "Voila": {
        "ip": HOST,
        "port_retries": 0,
        "log_level": "ERROR",
        "tornado_settings": {
            "disable_check_xsrf": True,  # else a page that is closed may not end its kernel
            "ws_ping_timeout": 30_000,  # no longer than the interval, else tornado complains
        },
    },
    "VoilaConfiguration": {
        "template": "facelab",
        "show_tracebacks": True,
        "extension_allowlist": WIDGETS,
    },
    "MappingKernelManager": {"cull_idle_timeout": IDLE, "cull_interval": IDLE // 4},
}


def find(name: str) -> str:
    """The code of a demo.

    Raises:
        ValueError: if there is no such demo; the nearest names are suggested.
    """
    if name not in DEMOS:
        raise ValueError(unknown("demo", name, DEMOS))
    return DEMOS[name].strip()


def notebook(name: str) -> dict[str, Any]:
    """A demo as a notebook of one cell; Voila shows its output alone."""
    cell: dict[str, Any] = {
        "cell_type": "code",
        "id": name,
        "metadata": {},
        "execution_count": None,
        "outputs": [],
        "source": find(name),
    }
    kernel = {"name": "facelab", "display_name": "facelab", "language": "python"}
    metadata = {"kernelspec": kernel, "title": f"facelab: {name}"}
    return {"cells": [cell], "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def free_port(asked: int | None) -> int:
    """A port that can be listened on: the one asked for, or any.

    Raises:
        ValueError: if it is no port, or another program has it.
    """
    if asked is not None and not 1 <= asked <= 65535:
        raise ValueError(f"a port is a number from 1 to 65535, not {asked}")
    with socket.socket() as probe:
        if os.name == "posix":  # elsewhere this would take the port from whoever has it
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, asked or 0))
        except OSError:
            raise ValueError(f"port {asked} is in use; leave --port out for a free one") from None
        return int(probe.getsockname()[1])


def serve(name: str, port: int, browser: bool) -> None:
    """Serve a demo until Ctrl-C.

    Args:
        name: a key of DEMOS.
        port: where to listen, on this machine alone.
        browser: whether to open the page.
    """
    from traitlets.config import Config
    from voila.app import Voila

    paths = [str(SHARE), os.environ.get("JUPYTER_PATH", "")]
    os.environ["JUPYTER_PATH"] = os.pathsep.join(filter(None, paths))
    with TemporaryDirectory(prefix="facelab-demo-") as folder:
        file = Path(folder, f"{name}.ipynb")
        file.write_text(json.dumps(notebook(name)), "utf-8")
        config = Config(SETTINGS)
        config.Voila.update(port=port, open_browser=browser, connection_dir_root=folder)
        Voila.launch_instance([str(file)], config=config, config_file_paths=[])
