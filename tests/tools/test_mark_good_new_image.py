"""``mark-good`` where an image was never good: when the machine is started again, and when not."""

# Fixtures of another file look like names that are given twice.
# ruff: noqa: F811

import contextlib
import subprocess
import time
from collections.abc import Iterator

import pytest

from installer.boot_state import BootState, SlotState
from tests.tools.test_mark_good import (  # noqa: F401 (fixtures)
    PATIENCE,
    UP_WAIT,
    Machine,
    Start,
    machine,
    start,
)

SESSIONS = "systemctl is-active --quiet systemd-user-sessions.service"
NEW_IN_A = BootState(a=SlotState(tries=2), b=SlotState(good=True), started="a")
"""Written from B, which is known good, and started for the first time."""


def told(machine: Machine, *answers: str) -> None:
    """What was asked of systemctl beside that is answered."""
    for answer in answers:
        machine.hears()
        machine.answer(answer)


def with_little_time(machine: Machine, *, seconds: int) -> None:
    """A new image, that has to come up within so many."""
    machine.started_with(f"atomos.up_within={seconds}")
    machine.runs_systemd()
    block = NEW_IN_A.to_block()
    machine.disk.put((block, block))


def test_a_new_image_without_a_login_has_the_machine_start_again(
    machine: Machine, start: Start
) -> None:
    machine.runs_systemd()
    block = NEW_IN_A.to_block()
    machine.disk.put((block, block))
    process = start()
    told(machine, "degraded", "no", "failed")
    assert machine.hears() == "systemctl list-units --failed --no-legend --plain"
    machine.answer("login.service loaded failed failed Whatever it is")
    assert machine.hears() == "systemctl list-jobs --no-legend --plain"
    machine.answer("")
    assert machine.hears() == "systemctl reboot"
    # Now it is stopped with all others, and no try is given back for that.
    process.terminate()
    machine.answer("")
    assert process.wait(PATIENCE) == 1
    assert machine.state_is(block)
    seen = machine.shell.top / "var/lib/atomos/failed-start/seen-a"
    assert seen.read_text() == "It came to no login. Failed: login.service.\n"


def test_one_that_never_comes_up_does_so_after_a_time(machine: Machine, start: Start) -> None:
    with_little_time(machine, seconds=1)
    start()
    assert machine.hears() == UP_WAIT
    # It is never answered. Who asks next gets what was meant for whoever was killed, too.
    assert machine.hears() == SESSIONS
    machine.answer("inactive")
    assert machine.hears() == "systemctl list-units --failed --no-legend --plain"
    machine.answer("")
    assert machine.hears() == "systemctl list-jobs --no-legend --plain"
    machine.answer("57 data.mount start running")
    assert machine.hears() == "systemctl reboot"
    seen = machine.shell.top / "var/lib/atomos/failed-start/seen-a"
    assert seen.read_text() == "It came to no login. Never done: data.mount.\n"


def test_a_service_that_takes_longer_does_not_take_the_machine_from_who_uses_it(
    machine: Machine, start: Start
) -> None:
    """A backup that is part of the start, say: after a quarter of an hour it was started again."""
    with_little_time(machine, seconds=1)
    start()
    assert machine.hears() == UP_WAIT
    assert machine.hears() == SESSIONS
    machine.answer("running")
    assert machine.hears() == "systemctl is-active --quiet getty.target"
    machine.answer("running")
    assert machine.hears() == "sleep 60"


ASKING = """\
mkdir -p /run/systemd/ask-password
mount --bind "$0" /run/systemd/ask-password
exec systemd-ask-password --no-tty --timeout=0 "Please enter passphrase for disk vdb:"
"""


@contextlib.contextmanager
def asking(machine: Machine) -> Iterator[subprocess.Popen[bytes]]:
    """Somebody is asked as for the passphrase of a second disk."""
    folder = machine.shell.top / "run/systemd/ask-password"
    folder.mkdir(parents=True)
    argv = ["unshare", "--mount", "sh", "-c", ASKING, str(folder)]
    with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as asker:
        end = time.monotonic() + PATIENCE
        while not list(folder.glob("ask.*")):
            assert asker.poll() is None
            assert time.monotonic() < end
            time.sleep(0.01)
        yield asker
        asker.kill()


def test_a_start_that_waits_for_a_person_s_password_has_not_failed(
    machine: Machine, start: Start
) -> None:
    with_little_time(machine, seconds=4)
    with asking(machine) as asker:
        start()
        for _ in range(3):
            # Each time its seconds are over.
            assert machine.hears() == UP_WAIT
        assert machine.hears() == UP_WAIT
        asker.terminate()
    machine.comes_up()
    assert machine.hears() == "sleep 60"


def test_a_question_that_a_killed_process_has_left_is_none(machine: Machine, start: Start) -> None:
    with_little_time(machine, seconds=1)
    with asking(machine):
        pass
    assert list((machine.shell.top / "run/systemd/ask-password").glob("ask.*"))
    start()
    assert machine.hears() == UP_WAIT
    told(machine, "inactive")
    assert machine.hears() == "systemctl list-units --failed --no-legend --plain"


@pytest.mark.parametrize(
    ("state", "more"),
    [
        # It was good once: whoever is there can mend it; and where nothing better is there.
        (BootState(a=SlotState(tries=2, good=True), b=SlotState(good=True), started="a"), ""),
        (BootState(a=SlotState(tries=2), started="a"), ""),
        (BootState(a=SlotState(tries=2), b=SlotState(tries=0, good=True), started="a"), ""),
        (NEW_IN_A, "rescue"),
        (NEW_IN_A, "systemd.unit=emergency.target"),
    ],
)
def test_it_stays_as_it_is_where_that_leads_to_nothing_better(
    machine: Machine, start: Start, state: BootState, more: str
) -> None:
    machine.started_with(more)
    machine.runs_systemd()
    machine.disk.put((state.to_block(), state.to_block()))
    process = start()
    told(machine, "maintenance")
    assert process.wait(PATIENCE) == 1
    assert machine.state_is(state.to_block())
