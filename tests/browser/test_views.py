"""Every view, alive: as a page from disk without a network, and in JupyterLab."""

from pathlib import Path

import pytest

import facelab
from tests.browser.driving import Lab, Seat

pytestmark = pytest.mark.browser


def test_a_dial_from_disk_follows_every_slider_without_a_network(
    seat: Seat, tmp_path: Path
) -> None:
    page = facelab.MarginDial(margin=0.4).to_html(tmp_path / "dial.html")
    seat.page.goto(page.as_uri())
    seat.page.wait_for_selector("canvas[data-shown]")
    assert len(seat.sliders()) == 4
    for slider in seat.sliders():
        seat.sweep(slider)
    assert seat.problems == []


def test_the_dial_follows_every_slider_in_jupyterlab(lab: Lab) -> None:
    lab.open(["import facelab\ndial = facelab.MarginDial(margin=0.4)\ndial"])
    lab.run_all(views=1)
    assert len(lab.sliders()) == 4
    for slider in lab.sliders():
        lab.sweep(slider)
    assert lab.problems == []
