"""The measuring code of ``./dev bench screens``: what it says of apps whose cost is known."""

import sys
import time
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.bench import pty_app
from tests.bench.figures import put_into
from tests.bench.pty_app import Answer, PtyApp, on_pty
from tests.bench.screens_figures import BEGIN, Following, Key, SceneFigures, ScreenFigures, Start

APP = """
import os, sys, time, tty
tty.setraw(0)
time.sleep(0.3)
os.write(1, b"painted")
while key := os.read(0, 1):
    if key == b"s":
        os.write(1, b"one ")
        time.sleep(0.06)
        os.write(1, b"two")
    elif key == b"b":
        deadline = time.process_time() + 0.2
        while time.process_time() < deadline:
            pass
        os.write(1, b".")
    elif key == b"w":
        os.write(1, b".")
        deadline = time.process_time() + 0.05
        while time.process_time() < deadline:
            pass
    elif key == b"m":
        kept = b"x" * (30 << 20)
        os.write(1, b".")
    elif key == b"t":
        for _ in range(10):
            time.sleep(0.02)
            os.write(1, b"0123456789")
"""


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """For apps that answer in any case, be it late: this process may have half of a core."""
    monkeypatch.setattr(pty_app, "QUIET", 1.0)
    monkeypatch.setattr(pty_app, "DEAF", 10.0)


def app_on_pty(code: str = APP) -> AbstractContextManager[PtyApp]:
    return on_pty((sys.executable, "-c", code), term="linux")


def test_a_paint_is_timed_from_before_the_process_is_there() -> None:
    began = time.monotonic()
    with app_on_pty() as app:
        seconds = app.paints("painted")
        assert 0.3 <= seconds <= time.monotonic() - began


def test_an_app_that_ends_without_painting_is_an_error() -> None:
    with app_on_pty("print('other words')") as app, pytest.raises(RuntimeError, match="other"):
        app.paints("painted")


@pytest.mark.usefixtures("patient")
def test_a_key_is_answered_when_its_last_byte_is_there() -> None:
    with app_on_pty() as app:
        app.paints("painted")
        answer = app.press(b"s")
        assert answer is not None
        assert answer.size_bytes == len(b"one two")
        assert answer.seconds >= 0.06


def test_a_key_without_effect_has_no_answer() -> None:
    with app_on_pty() as app:
        app.paints("painted")
        assert app.press(b"?") is None


@pytest.mark.usefixtures("patient")
def test_of_a_key_counts_what_runs_until_it_is_answered() -> None:
    with app_on_pty() as app:
        app.paints("painted")
        busy, idle = app.press(b"w"), app.press(b"s")
        assert busy is not None
        assert idle is not None
        assert busy.ran >= 0.02
        assert idle.ran < busy.ran


@pytest.mark.usefixtures("patient")
def test_bytes_that_come_by_themselves_are_counted() -> None:
    with app_on_pty() as app:
        app.paints("painted")
        assert app.sends_within(0.2) == 0
        app.press(b"t")
        assert app.sent.endswith(b"painted" + 10 * b"0123456789")


@pytest.mark.usefixtures("patient")
def test_processor_time_and_memory_are_those_of_the_app() -> None:
    with app_on_pty() as app:
        app.paints("painted")
        seconds, ran, memory = app.processor_seconds(), app.ran(), app.most_memory()
        app.press(b"b")
        # 0.2 s by the process's own clock. The kernel's is of ticks: whoever runs at one gets it
        # whole, so that beside others it was 0.07. What a host takes away counts in neither: 0.08.
        assert 0.02 <= app.processor_seconds() - seconds <= 0.4
        assert 0.05 <= app.ran() - ran <= 0.4
        app.press(b"m")
        assert app.most_memory() - memory >= 29 << 20


def answers(*milliseconds: float, ran: float = 1.0) -> tuple[Answer, ...]:
    return tuple(
        Answer(seconds=each / 1000, size_bytes=100, ran=ran / 1000) for each in milliseconds
    )


def scene(name: str, *keys: Key, idle: float = 0.0, paint: int = 3000) -> SceneFigures:
    paints = {"linux": paint, "vt220": 2000}
    return SceneFigures(name=name, keys=keys, paints=paints, idle=idle, memory=50 << 20)


def figures() -> ScreenFigures:
    found = ScreenFigures(machine="a machine", runs=3, archinstall="archinstall 4.5")
    for paint, archinstall in ((1.2, 2.0), (1.1, 4.0), (9.0, 9.0)):
        found.starts.append(
            Start(
                bare=1.0,
                paint=paint,
                question=2.0,
                bare_ran=0.4,
                ran=0.5,
                bare_memory=40 << 20,
                memory=44 << 20,
                archinstall=archinstall,
            )
        )
    slow = Key(name="x", ours=answers(9, 30, 1, ran=2.5), bare=answers(6, 5, 6), ran=0.03)
    fast = Key(name="Down, Up", ours=answers(6), bare=answers(6), ran=0.001)
    found.scenes = [scene("quick", fast, paint=4321), scene("slow", fast, slow, idle=7.4)]
    found.console = Following(share=0.0213, bytes_per_second=900)
    found.serial = Following(share=0.01, bytes_per_second=240.4)
    return found


@pytest.mark.parametrize(
    "line",
    [
        "first paint / bare: 1.20",
        "first question / bare: 2.00",
        "start / archinstall: 0.60",
        "key / bare: 1.50",
        "key / bare, processor time: 2.50 (slow, x)",
        "when a key is answered, ms of processor time: 7.5 (slow)",
        "first paint / bare, processor time: 1.25",
        "idle bytes/s: 7",
        "full paint bytes: 4321",
        "memory over bare MiB: 10.0",
        "installing, percent of a core: 2.1",
        "installing, bytes/s on serial: 240",
        "| slow | x | 9.0 | 1.50 | 2.50 | 100 | 3000 | 2000 | 7 | 10.0 |",
    ],
)
def test_medians_of_pairs_and_the_worst_of_all_scenes_are_told(line: str) -> None:
    assert line in figures().lines()


def test_where_there_is_no_archinstall_it_is_said() -> None:
    found = ScreenFigures(machine="", runs=1, archinstall="cannot be had here: no network")
    found.starts = [
        Start(bare=1.0, paint=1.0, question=1.0, bare_ran=1, ran=1, bare_memory=0, memory=0)
    ]
    found.scenes = figures().scenes
    assert "start / archinstall: not measured" in found.lines()
    assert "archinstall: cannot be had here: no network" in found.lines()


def test_figures_go_where_they_belong_in_the_document(tmp_path: Path) -> None:
    document = tmp_path / "benchmarks.md"
    writers = "<!-- figures: ./dev bench writer --write -->\nkept\n<!-- end of figures -->\n"
    document.write_text(f"{writers}\n{BEGIN}\nold\n<!-- end of figures -->\nrest\n")
    put_into(document, figures().lines(), BEGIN)
    text = document.read_text()
    assert text.startswith(writers)
    assert text.endswith("<!-- end of figures -->\nrest\n")
    assert "old" not in text
    assert "```\nmachine: a machine\n" in text
    with pytest.raises(ValueError, match="no line"):
        put_into(document, figures().lines(), "<!-- elsewhere -->")
