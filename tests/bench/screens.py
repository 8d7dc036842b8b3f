"""``./dev bench screens``: the screens against a bare Textual app, and against archinstall."""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from installer.journal import RunDirectory
from installer.keymaps import DEFAULT_KEYMAP
from installer.run_place import speech_file
from installer.text import ENGLISH
from tests.bench.archinstall import Archinstall, archinstall
from tests.bench.figures import put_into
from tests.bench.machine import machine
from tests.bench.pty_app import ROOT, TOO_LONG, Answer, PtyApp, on_pty, python
from tests.bench.screens_figures import (
    BEGIN,
    Following,
    Key,
    SceneFigures,
    ScreenFigures,
    Start,
)
from tests.bench.screens_walk import release_on_a_server, walk_to_the_plan
from tests.bench.writer import DOCUMENT
from tests.ui.scenes import SCENES

_CHILD: Final = "tests.bench.screens_child"
_CONSOLE: Final = "linux"
_SERIAL: Final = "vt220"
_KINDS: Final = {_CONSOLE: "linux", _SERIAL: "serial"}
_BARE: Final = ("One static line",)
_FIRST_PAGE: Final = ("Shell",)
"""The last word of its last row."""
_FIRST_QUESTION: Final = ("How does this machine reach the network?", "Look again")
"""Without what it finds: that is another process, which takes its time."""
_PAINT_AGAIN: Final = b"\x0c"
_KEYS: Final = {
    "Down, Up": (b"\x1b[B", b"\x1b[A"),
    "x, Backspace": (b"x", b"\x7f"),
    "PgDn, PgUp": (b"\x1b[6~", b"\x1b[5~"),
}
"""Keys that change something and stay on the page, and those that undo it."""
_IDLE_SECONDS: Final = 3.0
_JOIN_SECONDS: Final = 2.0
_FOLLOW_SECONDS: Final = 30.0


def main(arguments: list[str]) -> None:
    """Measure and print; with ``--write`` the figures go into docs/benchmarks.md too."""
    parser = argparse.ArgumentParser(prog="./dev bench screens", description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--scene", action="append", help="only this one of tests/ui/scenes.py")
    parser.add_argument("--write", action="store_true", help="figures into docs/benchmarks.md")
    options = parser.parse_args(arguments)
    # So that the apps end too: Textual's own driver spins for ever on a line that was hung up.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    other, about = _other()
    figures = ScreenFigures(machine=machine(), runs=options.runs, archinstall=about)
    with tempfile.TemporaryDirectory(prefix="bench-screens-") as folder:
        _starts(figures, Path(folder), other)
        figures.at_the_plan = _at_the_plan(Path(folder))
        figures.console = _following(Path(folder) / "console" / "run", _CONSOLE)
        figures.serial = _following(Path(folder) / "serial" / "run", _SERIAL)
    for scene in SCENES:
        if options.scene is None or scene.name in options.scene:
            figures.scenes.append(_scene(scene.name, options.runs))
    lines = figures.lines()
    print("\n".join(lines))
    if options.write:
        put_into(DOCUMENT, lines, BEGIN)


def _other() -> tuple[Archinstall | None, str]:
    """archinstall and its version; None and the reason where it cannot be had."""
    cache = Path(os.environ.get("ATOMOS_CACHE", Path.home() / ".cache" / "atomos"))
    try:
        found = archinstall(cache)
    except (subprocess.CalledProcessError, OSError) as error:
        words = getattr(error, "stderr", None) or str(error)
        return None, f"cannot be had here: {words.strip().splitlines()[-1]}"
    return found, found.version


def _starts(figures: ScreenFigures, folder: Path, other: Archinstall | None) -> None:
    if other is not None:
        other.put_ours(ROOT)
    for number in range(figures.runs + 1):
        start = _start(folder / f"start-{number}" / "run", other)
        # The first of all is left out: it compiles what was never run, and warms the page cache.
        if number:
            figures.starts.append(start)
            _say(f"{number}/{figures.runs} bare {start.bare:.2f} s, first paint {start.paint:.2f}")


def _start(run: Path, other: Archinstall | None) -> Start:
    """Each once, in an order that is another one each time: they are compared in pairs."""
    seconds: dict[str, float] = {}
    memory: dict[str, int] = {}
    _begin_in_english(run)

    def bare() -> None:
        with on_pty(python("tests.bench.bare_app"), term=_CONSOLE) as app:
            seconds["bare"] = app.paints(*_BARE)
            seconds["bare ran"] = app.ran()
            app.comes_to_rest()
            memory["bare"] = app.most_memory()

    def ours() -> None:
        with on_pty(python(_CHILD, "real", str(run), _KINDS[_CONSOLE]), term=_CONSOLE) as app:
            seconds["paint"] = app.paints(*_FIRST_PAGE)
            seconds["ran"] = app.ran()
            seconds["question"] = app.paints(*_FIRST_QUESTION)
            app.comes_to_rest()
            memory["ours"] = app.most_memory()

    def there() -> None:
        if other is not None:
            seconds["archinstall"] = other.help()
            argv = other.python(_CHILD, "real", str(run), _KINDS[_CONSOLE])
            with on_pty(argv, term=_CONSOLE) as app:
                seconds["paint there"] = app.paints(*_FIRST_PAGE)

    for each in random.sample((bare, ours, there), 3):
        each()
    return Start(
        bare=seconds["bare"],
        paint=seconds["paint"],
        question=seconds["question"],
        bare_ran=seconds["bare ran"],
        ran=seconds["ran"],
        bare_memory=memory["bare"],
        memory=memory["ours"],
        archinstall=seconds.get("archinstall"),
        paint_there=seconds.get("paint there"),
    )


def _begin_in_english(run: Path) -> None:
    """As where the language was chosen on another console: the first question is of the network."""
    run.parent.mkdir(parents=True, exist_ok=True)
    speech_file(run).write_text(f"{ENGLISH} {DEFAULT_KEYMAP}\n")


def _at_the_plan(folder: Path) -> int:
    """The most memory that the real program had from its start to its plan."""
    run = folder / "plan" / "run"
    _begin_in_english(run)
    with release_on_a_server(folder / "release") as url:
        run.with_name("source").write_text(url)
        with on_pty(python(_CHILD, "real", str(run), _KINDS[_CONSOLE]), term=_CONSOLE) as app:
            app.paints(*_FIRST_QUESTION)
            walk_to_the_plan(app)
            return app.most_memory()


def _scene(name: str, runs: int) -> SceneFigures:
    with _at(name, _CONSOLE) as app, on_pty(python("tests.bench.bare_app"), term=_CONSOLE) as bare:
        bare.paints(*_BARE)
        bare.comes_to_rest()
        keys = tuple(filter(None, (_key(app, bare, key, runs) for key in _KEYS)))
        on_console, memory = _full_paint(app), app.most_memory()
    with _at(name, _SERIAL) as app:
        idle = app.sends_within(_IDLE_SECONDS) / _IDLE_SECONDS
        on_serial = _full_paint(app)
    words = ", ".join(
        f"{key.name} {key.ratio:.2f} ({key.ran_ratio:.2f}, {key.afterwards:.1f} ms after)"
        for key in keys
    )
    _say(f"{name}: {words or 'no key'}; {on_console} and {on_serial} bytes, idle {idle:.0f}")
    return SceneFigures(
        name=name,
        keys=keys,
        paints={_CONSOLE: on_console, _SERIAL: on_serial},
        idle=idle,
        memory=memory,
    )


@contextmanager
def _at(scene: str, term: str) -> Iterator[PtyApp]:
    """The app at a scene, at rest."""
    ready, there = os.pipe()
    argv = python(_CHILD, "scene", scene, str(there), _KINDS[term])
    try:
        with on_pty(argv, term=term, inherits=(there,)) as app:
            app.waits_for(ready)
            app.comes_to_rest()
            yield app
    finally:
        os.close(ready)
        os.close(there)


def _key(app: PtyApp, bare: PtyApp, name: str, runs: int) -> Key | None:
    """A key and the one that undoes it, so many times each, a key of the bare app before each;
    None where it has no effect here."""
    ours: list[Answer] = []
    theirs: list[Answer] = []
    # What the key before has left to paint is no answer to this one.
    app.comes_to_rest()
    bare.comes_to_rest()
    before = app.ran()
    for _ in range(runs):
        for key in _KEYS[name]:
            answered = bare.press(key)
            assert answered is not None, "the bare app answers to any key"
            answer = app.press(key)
            if answer is not None:
                theirs.append(answered)
                ours.append(answer)
        if not ours:
            return None
    app.comes_to_rest()
    return Key(name=name, ours=tuple(ours), bare=tuple(theirs), ran=app.ran() - before)


def _full_paint(app: PtyApp) -> int:
    answer = app.press(_PAINT_AGAIN)
    assert answer is not None, "Ctrl+L paints on every page"
    return answer.size_bytes


def _following(run: Path, term: str) -> Following:
    """The screen that joins an installation, from its first step on."""
    writer = subprocess.Popen(python("tests.bench.screens_run", str(run)), cwd=ROOT)
    try:
        _wait_for_a_run(run)
        with on_pty(python(_CHILD, "real", str(run), _KINDS[term]), term=term) as app:
            app.paints("Installing", "so far")
            # Joining paints the page some times over; that is not what following it costs.
            app.sends_within(_JOIN_SECONDS)
            spent = app.processor_seconds()
            size = app.sends_within(_FOLLOW_SECONDS)
            spent = app.processor_seconds() - spent
    finally:
        writer.kill()
        writer.wait()
    return Following(share=spent / _FOLLOW_SECONDS, bytes_per_second=size / _FOLLOW_SECONDS)


def _wait_for_a_run(run: Path) -> None:
    deadline = time.monotonic() + TOO_LONG
    while not RunDirectory(path=run).has_begun():
        if time.monotonic() > deadline:
            raise RuntimeError("the events of a run do not come")
        time.sleep(0.05)


def _say(words: str) -> None:
    print(f"  {words}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
