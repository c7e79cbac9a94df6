"""The thread that trains: what it is told, what it tells, when it rests, how it ends."""

import gc
import math
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import facelab
from facelab.datasets import FaceSet
from facelab.experiments import Bench, Choices, LiveTraining, Report
from facelab.experiments.live import clock, worker

FULL = 1e9
SMALL = Choices(people=3, images=2)
PATIENT = 60.0  # seconds: how long a slow machine may take to do what takes milliseconds


@pytest.fixture(scope="module")
def faces() -> FaceSet:
    return Bench(facelab.load("orl").take_people(6), Choices()).faces


class Ear:
    """Somebody who listens to a training, and may draw what is told."""

    def __init__(self, faces: FaceSet, choices: Choices = SMALL, draws: bool = True) -> None:
        self.reports: list[Report] = []
        self.draws, self.listens = draws, True
        self.training = LiveTraining(faces, choices, say=self._hear)
        self.tell = self.training.tell

    def _hear(self, report: Report) -> bool:
        self.reports.append(report)
        if self.draws:
            self.training.tell(drawn=report.number)
        return self.listens

    def wait(self, until: Callable[[], Any]) -> None:
        """Wait until something was told and something holds."""
        deadline = time.monotonic() + PATIENT
        while not (self.reports and until()):
            if time.monotonic() > deadline:
                raise AssertionError([(r.number, r.state, r.look.step) for r in self.reports[-5:]])
            time.sleep(0.003)

    def ask(self, **message: Any) -> Report:
        """Tell something, and wait for the next report."""
        count = len(self.reports)
        self.tell(**message)
        self.wait(lambda: len(self.reports) > count)
        return self.reports[count]

    @property
    def last(self) -> Report:
        return self.reports[-1]

    @property
    def done(self) -> int:
        """Steps done, drawn or not."""
        bench = self.training._bench
        return -1 if bench is None else bench.done

    def still(self, seconds: float = 0.25) -> bool:
        """Whether no step is done for a while."""
        before = self.done
        time.sleep(seconds)
        return self.done == before


@pytest.fixture
def listen(faces: FaceSet) -> Iterator[Callable[..., Ear]]:
    """Makes an Ear whose thread ends with the test."""
    made: list[Ear] = []

    def make(*args: Any, **options: Any) -> Ear:
        made.append(Ear(faces, *args, **options))
        return made[-1]

    yield make
    for ear in made:
        ear.training.stop()


def workers() -> int:
    return sum(thread.name == "facelab training" for thread in threading.enumerate())


def test_nothing_runs_before_the_first_message(listen: Callable[..., Ear]) -> None:
    ear = listen()
    assert not ear.training.alive
    assert workers() == 0
    assert len(ear.training.names) == 6
    report = ear.ask(hello=True)
    assert (report.state, report.look.step, report.number) == ("paused", 0, 1)
    assert ear.training.alive


def test_play_pause_step_and_reset(listen: Callable[..., Ear]) -> None:
    ear = listen()
    assert ear.ask(play=True).state == "playing"
    ear.wait(lambda: ear.last.look.step >= 3)
    assert ear.ask(play=False).state in ("playing", "paused")
    ear.wait(lambda: ear.last.state == "paused")
    assert ear.still()
    before = ear.last.look.step
    assert ear.ask(step=True).look.step == before + 1
    assert ear.last.state == "paused"
    report = ear.ask(reset=True)
    assert (report.look.step, report.state) == (0, "paused")
    assert math.isnan(report.look.numbers["loss"])
    ear.tell(play=True)
    ear.wait(lambda: ear.last.look.step >= 2)
    ear.tell(reset=True)
    ear.wait(lambda: ear.last.look.step < 2)
    assert ear.last.state == "playing", "who resets while it plays goes on"


def test_a_step_while_it_plays_pauses_it(listen: Callable[..., Ear]) -> None:
    ear = listen()
    ear.tell(play=True)
    ear.wait(lambda: ear.last.look.step >= 2)
    ear.tell(step=True)
    ear.wait(lambda: ear.last.state == "paused")
    assert ear.still()


@pytest.mark.parametrize("speed", [20.0, 50.0])
def test_steps_come_at_the_speed_asked_for(listen: Callable[..., Ear], speed: float) -> None:
    ear = listen()
    ear.tell(speed=speed)
    ear.tell(play=True)
    ear.wait(lambda: ear.done >= 5)
    rates: list[float] = []
    while len(rates) < 8 and (not rates or max(rates) < 0.8 * speed):  # others may use the machine
        start, first = time.monotonic(), ear.done
        ear.wait(lambda: ear.done >= first + speed / 2)  # noqa: B023
        rates.append((ear.done - first) / (time.monotonic() - start))
    assert 0.8 * speed <= max(rates) <= 1.2 * speed
    assert 0 < ear.last.rate <= 1.2 * speed


def test_full_speed_has_no_pauses_and_a_new_speed_acts_at_once(listen: Callable[..., Ear]) -> None:
    ear = listen()
    ear.tell(speed=0.2)
    ear.tell(play=True)
    ear.wait(lambda: ear.done == 1)
    assert ear.still(0.5), "five seconds to the next step"
    ear.tell(speed=FULL)
    start = time.thread_time()
    ear.wait(lambda: ear.done > 40)
    assert time.thread_time() - start < 5
    ear.tell(play=False)
    ear.wait(lambda: ear.last.state == "paused")
    assert ear.last.rate == 0


def test_a_clock_that_is_late_does_not_catch_up(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(clock.time, "monotonic", lambda: now[0])
    ticking = clock.Clock()
    ticking.set(10.0)
    for done in range(1, 6):
        assert ticking.wait() == pytest.approx(0)
        ticking.stepped(done)
        assert ticking.wait() == pytest.approx(0.1)
        now[0] += 0.1
    assert ticking.rate() == pytest.approx(10)
    now[0] += 3  # somebody else had the machine
    late = 0
    while ticking.wait() <= 0:
        ticking.stepped(6 + late)
        late += 1
    assert late <= 3, "of thirty"


def test_at_most_two_pictures_are_undrawn_at_a_time(listen: Callable[..., Ear]) -> None:
    ear = listen(draws=False)
    ear.tell(speed=FULL)
    ear.tell(play=True)
    ear.wait(lambda: ear.done > 30)
    assert len(ear.reports) == worker.ON_THEIR_WAY == 2
    ear.tell(drawn=1)
    ear.wait(lambda: len(ear.reports) == 3)
    step = ear.done
    ear.wait(lambda: ear.done > step + 30)
    assert len(ear.reports) == 3
    ear.tell(drawn=1)  # once more: an old answer frees nothing
    ear.wait(lambda: ear.done > step + 60)
    assert len(ear.reports) == 3
    ear.tell(drawn=3)
    ear.wait(lambda: len(ear.reports) == 5)
    ear.tell(drawn=5)
    ear.tell(drawn=4)  # a second display is slower
    ear.wait(lambda: len(ear.reports) == 7)


def test_pictures_are_no_more_than_can_be_seen(listen: Callable[..., Ear]) -> None:
    ear = listen()
    ear.tell(speed=FULL)
    ear.tell(play=True)
    ear.wait(lambda: len(ear.reports) > 3)
    start, first = time.monotonic(), len(ear.reports)
    time.sleep(0.7)
    shown = len(ear.reports) - first
    assert 1 <= shown <= (time.monotonic() - start) * worker.PICTURES + 2
    assert ear.done > len(ear.reports), "more steps than pictures"


def test_those_that_play_at_once_share_the_pictures(listen: Callable[..., Ear]) -> None:
    ears = [listen() for _ in range(3)]
    for ear in ears:
        ear.tell(speed=FULL)
        ear.tell(play=True)
    for ear in ears:
        ear.wait(lambda ear=ear: len(ear.reports) > 3)
    start, first = time.monotonic(), [len(ear.reports) for ear in ears]
    time.sleep(1.2)
    shown = [len(ear.reports) - count for ear, count in zip(ears, first, strict=True)]
    assert min(shown) >= 1, shown
    assert max(shown) <= (time.monotonic() - start) * worker.PICTURES / 3 + 2, shown
    ears[0].tell(play=False)
    ears[0].wait(lambda: ears[0].training not in worker._PLAYING)
    assert {ear.training for ear in ears[1:]} <= worker._PLAYING
    ears[1].training.stop()
    assert ears[1].training not in worker._PLAYING


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "PATIENCE", 0.3)


def asleep(ear: Ear) -> bool:
    return ear.training._state == "alone"


@pytest.mark.usefixtures("impatient")
def test_where_nobody_draws_the_thread_rests_and_costs_nothing(listen: Callable[..., Ear]) -> None:
    ear = listen(draws=False)
    ear.tell(speed=FULL)
    ear.tell(play=True)
    ear.wait(lambda: asleep(ear))
    start = time.process_time()
    assert ear.still(0.5)
    assert time.process_time() - start < 0.1
    assert ear.training.alive


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("message", ["drawn", "hello", "play"])
def test_who_comes_back_finds_it_training(listen: Callable[..., Ear], message: str) -> None:
    ear = listen(draws=False)
    ear.tell(play=True)
    ear.wait(lambda: asleep(ear))
    step, count = ear.done, len(ear.reports)
    ear.tell(**{message: ear.last.number if message == "drawn" else True})
    ear.wait(lambda: ear.done > step)
    ear.wait(lambda: len(ear.reports) > count)
    assert (ear.reports[count].cast is not None) == (message == "hello")


@pytest.mark.usefixtures("impatient")
def test_paused_is_paused_for_who_comes_back_too(listen: Callable[..., Ear]) -> None:
    ear = listen(draws=False)
    ear.tell(play=True)
    ear.wait(lambda: asleep(ear))
    ear.tell(play=False)
    ear.wait(lambda: ear.last.state == "paused")
    for message in ({"drawn": ear.last.number}, {"hello": True}, {"choices": SMALL}):
        ear.tell(**message)
    assert ear.still()
    assert ear.last.state == "paused"


def test_an_empty_house_has_two_seconds_of_patience() -> None:
    assert worker.PATIENCE == 2


def test_everything_shown_fits_together(listen: Callable[..., Ear]) -> None:
    ear = listen()
    ear.tell(speed=FULL)
    ear.tell(play=True)
    for people in (5, 2, 6, 3):
        for loss in ("triplet", "cosface", "center"):
            seen = ear.last.look.step if ear.reports else 0
            ear.tell(choices=replace(SMALL, people=people, loss=loss))
            ear.wait(lambda now=seen: ear.last.look.step > now)
    ear.tell(play=False)
    ear.wait(lambda: ear.last.state == "paused")
    cast, casts = ear.reports[0].cast, 0
    for number, report in enumerate(ear.reports, 1):
        assert report.number == number
        casts += report.cast is not None
        cast = report.cast or cast
        assert cast is not None
        assert len(report.look.points) == len(cast.labels) == len(cast.images)
        assert len(report.look.centers) == report.choices.people == cast.labels.max() + 1
        assert report.problem == ""
    assert casts <= 5, "images are told when they are others than before"
    assert [r.look.step for r in ear.reports] == sorted(r.look.step for r in ear.reports)


def test_a_change_while_it_rests_is_shown_at_once(listen: Callable[..., Ear]) -> None:
    ear = listen()
    ear.ask(hello=True)
    report = ear.ask(choices=replace(SMALL, people=6))
    assert (report.state, report.look.step, len(report.look.centers)) == ("paused", 0, 6)


def test_a_hello_brings_the_images_again(listen: Callable[..., Ear]) -> None:
    ear = listen()
    assert ear.ask(hello=True).cast is not None
    assert ear.ask(step=True).cast is None
    assert ear.ask(hello=True).cast is not None
    assert ear.ask(choices=replace(SMALL, learning_rate=1e-3)).cast is None
    assert ear.ask(choices=replace(SMALL, hardness=0.5)).cast is not None


# ---- calm


def looks(steps: list[int], angles: list[float], gaps: list[float] | None = None) -> Iterator[Any]:
    for step, angle, gap in zip(steps, angles, gaps or [1.0] * len(steps), strict=True):
        yield SimpleNamespace(step=step, numbers={"angle": angle, "gap": gap})


def calm(*rows: list[Any]) -> list[bool]:
    watching = clock.Calm()
    return [watching.watch(look) for look in looks(*rows)]


def test_calm_is_two_hundred_steps_in_which_nothing_moves() -> None:
    steps = list(range(0, 400, 8))
    assert calm(steps, [0.2] * 50).index(True) == 200 // 8
    rises = [0.2 + math.radians(0.31) * (step >= 96) for step in steps]
    found = calm(steps, rises)
    assert steps[found.index(True)] == 96 + 200, "200 steps after the rise"
    assert not any(calm(steps, [0.2 - 1e-4 * step for step in steps]))
    assert not any(calm(steps, [0.2] * 50, [1 + 1e-4 * step for step in steps]))
    assert any(calm(steps, [0.2 + math.radians(0.1) * (step % 16 == 0) for step in steps]))
    assert not any(calm([0, 199], [0.2, 0.2]))


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calm after twenty steps, whatever moves."""
    monkeypatch.setattr(clock, "CALM_STEPS", 20)
    monkeypatch.setattr(clock, "CALM_ANGLE", 10.0)
    monkeypatch.setattr(clock, "CALM_GAP", 10.0)


@pytest.mark.usefixtures("hasty")
def test_a_calm_training_rests_by_itself_and_a_change_wakes_it(listen: Callable[..., Ear]) -> None:
    ear = listen()
    ear.tell(speed=FULL)
    ear.tell(play=True)
    ear.wait(lambda: ear.last.state == "calm")
    assert ear.last.look.step >= 20
    assert ear.still()
    step = ear.done
    ear.tell(choices=replace(SMALL, settings={"margin": 0.5}))
    ear.wait(lambda: ear.done >= step + 15)
    ear.wait(lambda: ear.last.state == "calm")
    ear.tell(play=True)
    ear.wait(lambda: ear.done >= step + 40)


def test_a_real_training_comes_to_rest_when_people_are_apart(listen: Callable[..., Ear]) -> None:
    ear = listen(Choices(people=6, dim=2))
    ear.tell(speed=FULL)
    ear.tell(play=True)
    ear.wait(lambda: ear.last.state == "calm")
    assert ear.last.look.step >= 200
    assert ear.last.look.numbers["trained"] == 1
    assert ear.last.look.numbers["angle"] < math.radians(3)


# ---- the end, and what goes wrong


def test_stop_ends_the_thread_and_frees_network_and_images(listen: Callable[..., Ear]) -> None:
    ear = listen()
    bench = weakref.ref(ear.training._bench)
    ear.tell(play=True)
    ear.wait(lambda: ear.last.look.step >= 2)
    start = time.monotonic()
    ear.training.stop()
    assert time.monotonic() - start < 1
    assert not ear.training.alive
    gc.collect()
    assert bench() is None
    count = len(ear.reports)
    ear.tell(play=True)
    ear.training.stop()
    assert not ear.training.alive
    assert len(ear.reports) == count
    assert ear.training.names == []
    assert list(ear.training.rehearse(SMALL)) == []


def test_it_can_be_stopped_by_who_is_listening(faces: FaceSet) -> None:
    stopped: list[bool] = []

    def hear(report: Report) -> None:
        training.stop()
        stopped.append(True)

    training = LiveTraining(faces, SMALL, say=hear)
    training.tell(hello=True)
    deadline = time.monotonic() + PATIENT
    while training.alive and time.monotonic() < deadline:
        time.sleep(0.01)
    assert stopped == [True]
    assert not training.alive


def test_it_ends_when_nobody_listens_any_more(listen: Callable[..., Ear]) -> None:
    ear = listen()
    ear.ask(play=True)
    ear.listens = False
    ear.wait(lambda: not ear.training.alive)
    assert workers() == 0


@pytest.mark.parametrize("problem", [RuntimeError("boom"), KeyError("boom"), ZeroDivisionError()])
def test_what_goes_wrong_in_a_step_is_said_and_the_thread_goes_on(
    listen: Callable[..., Ear], monkeypatch: pytest.MonkeyPatch, problem: Exception
) -> None:
    ear = listen()

    def fail(bench: Bench) -> None:
        raise problem

    with monkeypatch.context() as patch:
        patch.setattr(Bench, "step", fail)
        ear.tell(play=True)
        ear.wait(lambda: ear.last.state == "failed")
        assert ear.last.problem == (str(problem) or "ZeroDivisionError")
        assert ear.training.alive
        assert ear.still()
    ear.tell(play=True)
    ear.wait(lambda: ear.done >= 2)
    ear.wait(lambda: ear.last.problem == "")


def test_a_batch_that_the_loss_refuses_is_said_each_time(listen: Callable[..., Ear]) -> None:
    ear = listen()
    ear.ask(choices=replace(SMALL, loss="triplet", images=1))
    for _ in range(2):
        ear.tell(play=True)
        ear.wait(lambda: ear.last.state == "failed")
        assert "triplet loss needs two images of one person" in ear.last.problem
        assert ear.ask(hello=True).state == "paused"
    ear.ask(choices=SMALL)
    assert ear.ask(step=True).look.step == 1
    assert ear.last.problem == ""


def test_a_loss_that_is_no_number_stops_the_training_and_reset_helps(
    listen: Callable[..., Ear],
) -> None:
    ear = listen()
    ear.ask(hello=True)
    bench = ear.training._bench
    assert bench is not None
    bench.loss.weight.data[0] = math.nan
    ear.tell(play=True)
    ear.wait(lambda: ear.last.state == "failed")
    assert ear.last.problem.startswith("the loss became nan at step ")
    assert ear.still()
    report = ear.ask(reset=True)
    assert (report.state, report.problem, report.look.step) == ("paused", "", 0)
    assert math.isfinite(ear.ask(step=True).look.numbers["loss"])


def test_bad_choices_and_faces_are_told_who_makes_it() -> None:
    with pytest.raises(ValueError, match="people must be between"):
        LiveTraining("orl", Choices(people=0), say=print)
    with pytest.raises(ValueError, match="nowhere"):
        LiveTraining("nowhere", SMALL, say=print)


def test_many_can_tell_at_once_and_one_thread_does_it(listen: Callable[..., Ear]) -> None:
    ear = listen()
    together = threading.Barrier(8)

    def press() -> None:
        together.wait()
        for _ in range(10):
            ear.tell(step=True)
            ear.tell(drawn=0)

    hands = [threading.Thread(target=press) for _ in range(8)]
    for hand in hands:
        hand.start()
    together_seen = workers()
    for hand in hands:
        hand.join()
    ear.wait(lambda: ear.last.look.step >= 80)
    assert together_seen <= 1
    assert workers() == 1
    assert ear.still()
    assert ear.done == 80
    assert [r.look.step for r in ear.reports] == list(range(1, 81))


def test_several_trainings_at_once_are_as_good_as_one(faces: FaceSet) -> None:
    """They share torch's random stream: their networks must not."""
    alone = Bench(faces, SMALL)
    alone.step()
    expected = alone.look().points
    ears = [Ear(faces) for _ in range(4)]
    for _ in range(5):
        for ear in ears:
            ear.tell(reset=True)
    for ear in ears:
        ear.tell(step=True)
    for ear in ears:
        ear.wait(lambda ear=ear: ear.reports and ear.last.look.step == 1)
        ear.training.stop()
    for ear in ears:  # sums of one torch thread and of several differ in the last digits
        np.testing.assert_allclose(ear.last.look.points, expected, atol=1e-4)


def test_a_rehearsal_is_another_network_here_and_now(listen: Callable[..., Ear]) -> None:
    ear = listen()
    before = ear.done
    reports = list(ear.training.rehearse(replace(SMALL, people=4), steps=5))
    assert [r.look.step for r in reports] == [0, 1, 2, 3, 4]
    assert [r.cast is not None for r in reports] == [True] + 4 * [False]
    assert {len(r.look.centers) for r in reports} == {4}
    assert ear.done == before
    assert ear.reports == []
