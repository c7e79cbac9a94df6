"""What the tests of all views ask of a view's page."""

from pathlib import Path

import pytest

from facelab.widgets import View
from tests.browser.driving import Seat

# Names of labels, values and boxes that overflow, leave the view, or lie on each other.
CROWDED = """
() => {
  const root = document.querySelector(".facelab").getBoundingClientRect();
  const seen = (node) => node.getClientRects().length > 0;
  const parts = [...document.querySelectorAll(".facelab-control *, .facelab-canvas")].filter(seen);
  const leaves = parts.filter((node) => !node.children.length || node.matches("select"));
  const name = (node) => `${node.className} ${node.textContent.slice(0, 30)}`;
  const out = leaves.filter((node) => {
    const box = node.getBoundingClientRect();
    return box.right > root.right || box.left < root.left || node.scrollWidth > box.width + 1.5;
  });
  const on = leaves.filter((a, i) => leaves.slice(i + 1).some((b) => {
    if (a.contains(b) || a.matches("option") || b.matches("option")) return false;
    const [p, q] = [a.getBoundingClientRect(), b.getBoundingClientRect()];
    const wide = Math.min(p.right, q.right) - Math.max(p.left, q.left);
    return wide > 1 && Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top) > 4;
  }));
  return [...out.map((n) => `cut: ${name(n)}`), ...on.map((n) => `covered: ${name(n)}`)];
}
"""


def at_home(seat: Seat, view: View, folder: Path) -> None:
    """Open a view's page from disk, with no network."""
    seat.page.goto(view.to_html(folder / "view.html").as_uri())
    seat.page.wait_for_selector("canvas[data-shown]")


def serious(seat: Seat) -> list[str]:
    """The serious and critical violations that axe-core finds on the page."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="no axe-core here")
    found = axe.Axe().run(seat.page).response["violations"]
    return [
        f"{rule['id']}: {node['html'][:120]} {node['failureSummary']}"
        for rule in found
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]
