"""Views that are linked hold one choice: without a browser, and their script in a page of stubs."""

import json
from typing import Any

import numpy as np
import pytest
from py_mini_racer import MiniRacer

from facelab.widgets import MarginDial, Sphere, View, link
from facelab.widgets._assemble import library

LABELS = np.repeat(np.arange(3), 4)
POINTS = np.eye(3)[LABELS] + np.random.default_rng(0).normal(size=(12, 3)) * 0.1


def sphere(**values: Any) -> Sphere:
    return Sphere(POINTS, LABELS, **values)


# ---- in Python


def test_who_is_picked_in_one_view_is_picked_in_all() -> None:
    a, b, c = sphere(person=2), sphere(), sphere(person=1)
    link(a, b, c)
    assert [v.person for v in (a, b, c)] == [2, 2, 2], "the first view's value is the start"
    b.person = 0
    assert [v.person for v in (a, b, c)] == [0, 0, 0]
    c.person = -1
    assert [v.person for v in (a, b, c)] == [-1, -1, -1]


def test_a_margin_can_be_linked_and_nothing_else_moves() -> None:
    a, b = sphere(margin=0.7, person=1), MarginDial(margin=0.2)
    link(a, b, trait="margin")
    assert b.margin == 0.7
    b.margin = 0.4
    assert (a.margin, a.person) == (0.4, 1)
    assert set(a._group) == set(b._group) == {"margin"}


def test_linked_views_share_one_group_and_it_can_grow() -> None:
    a, b, c, d = sphere(), sphere(), sphere(), sphere()
    link(a, b)
    link(b, c)
    assert a._group == b._group == c._group != {}
    a.person = 2
    assert (b.person, c.person) == (2, 2), "through b"
    link(a, d, trait="margin")
    assert a._group["margin"] == d._group["margin"] != a._group["person"]


def test_strangers_are_of_another_group() -> None:
    a, b, c, d = sphere(), sphere(), sphere(), sphere()
    link(a, b)
    link(c, d)
    assert a._group != c._group
    a.person = 1
    assert c.person == -1


def messages(monkeypatch: pytest.MonkeyPatch) -> list[tuple[View, str]]:
    """Whose trait is sent to the browser."""
    sent: list[tuple[View, str]] = []
    send = Sphere.send_state

    def listen(self: Sphere, key: Any = None) -> None:
        keys = [key] if isinstance(key, str) else list(key or [])
        sent.extend((self, name) for name in keys if name == "person")
        send(self, key)

    monkeypatch.setattr(Sphere, "send_state", listen)
    return sent


def test_one_change_is_sent_once_to_each_view(monkeypatch: pytest.MonkeyPatch) -> None:
    a, b, c = sphere(), sphere(), sphere()
    link(a, b, c)
    sent = messages(monkeypatch)
    a.person = 2
    assert sorted(id(view) for view, _ in sent) == sorted(map(id, (a, b, c)))


def test_what_the_browser_picked_is_not_sent_back_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = sphere(), sphere()
    link(a, b)
    sent = messages(monkeypatch)
    a.set_state({"person": 1})
    assert b.person == 1
    assert [view for view, _ in sent if view is b] == [], "it could overtake a newer click"
    b.person = 2
    assert a.person == 2
    assert {id(view) for view, _ in sent} >= {id(a), id(b)}, "what Python sets is sent"


@pytest.mark.parametrize(
    ("views", "trait", "error", "sentence"),
    [
        (lambda: (sphere(),), "person", ValueError, "two or more views, not 1"),
        (lambda: (), "person", ValueError, "two or more views, not 0"),
        (lambda: (sphere(), "b"), "person", TypeError, "link takes views, not str"),
        (
            lambda: (sphere(), sphere()),
            "persn",
            ValueError,
            "unknown choice of Sphere 'persn'; did",
        ),
        (lambda: (sphere(), MarginDial()), "person", ValueError, "unknown choice of MarginDial"),
        (
            lambda: (sphere(), Sphere(POINTS[:8], LABELS[:8])),
            "person",
            ValueError,
            "must show the same people: Sphere shows 3, Sphere 2",
        ),
        (
            lambda: (sphere(margin=1.4), MarginDial("cosface")),
            "margin",
            ValueError,
            "margin must be between 0 and",
        ),
    ],
)
def test_what_cannot_be_linked_is_said_and_nothing_is(
    views: Any, trait: str, error: type[Exception], sentence: str
) -> None:
    made = views()
    with pytest.raises(error, match=sentence):
        link(*made, trait=trait)
    assert all(view._group == {} for view in made if isinstance(view, View))


def test_one_view_twice_is_not_two_views() -> None:
    view = sphere()
    with pytest.raises(ValueError, match="two or more views"):
        link(view, view)


# ---- in a page

PAGE = """
var heard = {};
var window = {
  addEventListener: (name, call) => (heard[name] ??= new Set()).add(call),
  removeEventListener: (name, call) => heard[name].delete(call),
  dispatchEvent(event) {
    sent += 1;
    for (const call of [...(heard[event.name] ?? [])]) call(event);
  },
};
var sent = 0;
class CustomEvent { constructor(name, { detail }) { Object.assign(this, { name, detail }); } }
function view(state) {
  const calls = {};
  const model = {
    get: (name) => state[name],
    set(name, value) {
      if (state[name] === value) return;
      state[name] = value;
      for (const call of calls[`change:${name}`] ?? []) call();
    },
  };
  const frame = { model, undo: [], sets: [] };
  frame.listen = (event, call) => (calls[event] ??= []).push(call);
  frame.set = (values) => {
    frame.sets.push(values);
    for (const name in values) model.set(name, values[name]);
  };
  frame.close = () => frame.undo.forEach((call) => call());
  $linked.linked(frame);
  return frame;
}
"""


@pytest.fixture
def page() -> MiniRacer:
    context = MiniRacer()
    context.eval(library("linked") + PAGE)
    return context


def after(page: MiniRacer, script: str) -> Any:
    """What the expression after the last line of a script gives."""
    *lines, last = script.strip().splitlines()
    page.eval("\n".join(lines))
    return json.loads(page.eval(f"JSON.stringify({last})"))


THREE = """
var a = view({ person: 1, _group: { person: "g" } });
var b = view({ person: 1, _group: { person: "g" } });
var c = view({ person: 1, _group: { person: "other" } }), d = view({ person: 1, _group: {} });
"""


def test_in_the_page_a_pick_reaches_its_group_alone(page: MiniRacer) -> None:
    script = THREE + "a.model.set('person', 4)\n[a, b, c, d].map((v) => v.model.get('person'))"
    assert after(page, script) == [4, 4, 1, 1]


def test_in_the_page_nobody_is_told_twice(page: MiniRacer) -> None:
    script = THREE + "a.model.set('person', 4)\n[a, b, c, d].map((v) => v.sets.length)"
    assert after(page, script) == [0, 1, 0, 0]
    page.eval("sent = 0; a.model.set('person', 5)")
    assert page.eval("sent") == 2, "the one who was picked in tells, the other tells back, no more"


def test_a_view_that_comes_later_asks(page: MiniRacer) -> None:
    script = (
        THREE + "a.model.set('person', 4)\nvar e = view({ person: -1, _group: { person: 'g' } })"
    )
    assert after(page, script + "\n[e, a, b, c].map((v) => v.model.get('person'))") == [4, 4, 4, 1]


def test_a_view_linked_after_it_was_drawn_follows(page: MiniRacer) -> None:
    script = THREE + "d.model.set('_group', { person: 'g' })\na.model.set('person', 3)"
    assert after(page, script + "\nd.model.get('person')") == 3


def test_a_closed_view_hears_nothing(page: MiniRacer) -> None:
    script = THREE + "b.close()\na.model.set('person', 3)"
    assert after(page, script + "\nb.model.get('person')") == 1
