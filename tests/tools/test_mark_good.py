"""``mark-good`` on a real boot partition, with stand-ins for the init system's answers only."""

import contextlib
import os
import select
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from backends.file_systems import Makers
from backends.mounts import Mounts, mount_points_below
from backends.runner import Runner
from installer.boot_state import BootState, SlotState
from tests.tools.boot_disk import DISK_SIZE, ROOT, BootDisk, Shell, make_boot_disk, shell_in
from tests.tools.conftest import LoopMaker

MARK_GOOD = ROOT / "live/system/usr/lib/atomos/mark-good"
OPENRC_SCRIPT = ROOT / "live/openrc/etc/init.d/atomos-mark-good"
BEGUN = BootState(a=SlotState(tries=2), started="a").to_block()
GOOD = BootState(a=SlotState(good=True)).to_block()
REFUNDED = BootState().to_block()
STAND_IN = """\
#!/bin/sh
echo "$(basename "$0") $*" >{asked}
read -r answer <{answers}
echo "$answer"
{end}
"""
"""Says what it was asked, and gives the answer that it gets."""
UP_WAIT = "systemctl is-system-running --wait"
LOGIN_FAILED = "systemctl is-failed --quiet systemd-user-sessions.service"
LOGIN_THERE = "systemctl is-active --quiet default.target multi-user.target"
PATIENCE = 60.0

Process = subprocess.Popen[str]


@dataclass(frozen=True, kw_only=True)
class Machine:
    """A machine whose init system and clock are in the hands of the test."""

    shell: Shell
    disk: BootDisk
    asked: int
    answers: int

    def runs_systemd(self) -> None:
        (self.shell.top / "run/systemd/system").mkdir(parents=True)

    def started_with(self, more: str) -> None:
        self.shell.started_from(self.disk, more=f"atomos.slot=a {more}")

    def hears(self) -> str:
        """The next thing that mark-good waits for."""
        line = b""
        while not line.endswith(b"\n"):
            assert select.select([self.asked], [], [], PATIENCE)[0], "nothing was waited for"
            line += os.read(self.asked, 1)
        return line.decode().strip()

    def answer(self, text: str = "") -> None:
        """End what mark-good waits for."""
        os.write(self.answers, f"{text}\n".encode())

    def comes_up(self, state: str = "running") -> None:
        """To its login."""
        self.answer(state)
        assert self.hears() == LOGIN_FAILED
        self.answer("no")
        assert self.hears() == LOGIN_THERE
        self.answer("running")

    def state_is(self, block: bytes) -> bool:
        return self.disk.blocks() == (block, block)

    def nothing_is_mounted(self) -> bool:
        return mount_points_below(self.shell.top) == []


@pytest.fixture(params=["dash", "busybox"])
def machine(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    loop: LoopMaker,
    runner: Runner,
    mounts: Mounts,
) -> Iterator[Machine]:
    """Started from slot A by a menu that took a try."""
    disk = make_boot_disk(loop(DISK_SIZE), Makers(runner, mounts), mounts)
    disk.put((BEGUN, BEGUN))
    with shell_in(tmp_path, request.param) as shell:
        yield from wired(shell, disk, tmp_path)


def wired(shell: Shell, disk: BootDisk, tmp_path: Path) -> Iterator[Machine]:
    """With stand-ins that talk to the test."""
    fifos = {"asked": tmp_path / "asked", "answers": tmp_path / "answers"}
    for fifo in fifos.values():
        os.mkfifo(fifo)
    # systemctl(1): its exit status says whether the system is running and not degraded.
    for name, end in (("systemctl", '[ "$answer" = running ]'), ("sleep", "exit 0")):
        # Where it is a link to this machine's own tool, that would be written over.
        (shell.tools / name).unlink(missing_ok=True)
        (shell.tools / name).write_text(STAND_IN.format(**fifos, end=end))
        (shell.tools / name).chmod(0o755)
    for name in ("basename", "setsid", "sh"):
        (shell.tools / name).symlink_to(f"/usr/bin/{name}")
    shell.started_from(disk)
    # Open for both, a FIFO keeps nobody waiting until there is somebody at its other end.
    asked, answers = (os.open(fifo, os.O_RDWR) for fifo in fifos.values())
    yield Machine(shell=shell, disk=disk, asked=asked, answers=answers)
    os.close(asked)
    os.close(answers)


@pytest.fixture
def start(machine: Machine) -> Iterator[Callable[[], Process]]:
    """Start mark-good in a session of its own, as a service is."""
    started: list[Process] = []

    def begin() -> Process:
        argv = [*machine.shell.argv, str(MARK_GOOD)]
        process = subprocess.Popen(
            argv,
            env=machine.shell.environment,
            start_new_session=True,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


Start = Callable[[], Process]


@pytest.mark.parametrize("state", ["running", "degraded"])
def test_a_start_is_good_when_it_came_up_and_stayed_up(
    machine: Machine, start: Start, state: str
) -> None:
    machine.runs_systemd()
    process = start()
    assert machine.hears() == UP_WAIT
    assert machine.state_is(BEGUN)
    machine.comes_up(state)
    assert machine.hears() == "sleep 60"
    assert machine.state_is(BEGUN)
    machine.answer()
    assert process.wait(PATIENCE) == 0
    assert machine.state_is(GOOD)


def test_with_openrc_it_has_come_up_when_no_runlevel_is_being_started(
    machine: Machine, start: Start
) -> None:
    starting = machine.shell.top / "run/openrc/rc.starting"
    starting.mkdir(parents=True)
    process = start()
    for _ in range(3):
        assert machine.hears() == "sleep 1"
        machine.answer()
    assert machine.hears() == "sleep 1"
    starting.rmdir()
    machine.answer()
    assert machine.hears() == "sleep 60"
    assert machine.state_is(BEGUN)
    machine.answer()
    assert process.wait(PATIENCE) == 0
    assert machine.state_is(GOOD)


@pytest.mark.parametrize(
    ("more", "seconds"),
    [
        ("atomos.good_after=5", "5"),
        ("atomos.good_after=3600 quiet", "3600"),
        ("atomos.good_after=", "60"),
        ("atomos.good_after=soon", "60"),
        ("atomos.good_after=-1 noatomos.good_after=7", "60"),
    ],
)
def test_the_command_line_says_how_long_it_has_to_stay_up(
    machine: Machine, start: Start, more: str, seconds: str
) -> None:
    machine.started_with(more)
    machine.runs_systemd()
    start()
    assert machine.hears() == UP_WAIT
    machine.comes_up()
    assert machine.hears() == f"sleep {seconds}"


def test_a_shutdown_while_it_comes_up_gives_the_try_back(machine: Machine, start: Start) -> None:
    machine.runs_systemd()
    process = start()
    assert machine.hears() == UP_WAIT
    process.terminate()
    assert process.wait(PATIENCE) == 0
    assert machine.state_is(REFUNDED)


def test_a_shutdown_soon_after_it_came_up_gives_the_try_back(
    machine: Machine, start: Start
) -> None:
    machine.runs_systemd()
    process = start()
    machine.hears()
    machine.comes_up()
    assert machine.hears() == "sleep 60"
    process.terminate()
    assert process.wait(PATIENCE) == 0
    assert machine.state_is(REFUNDED)
    assert machine.nothing_is_mounted()


def test_a_shutdown_with_nothing_to_write_on_is_no_failure(machine: Machine, start: Start) -> None:
    subprocess.run(["e2label", machine.disk.boot, "another"], check=True)
    machine.runs_systemd()
    process = start()
    assert machine.hears() == UP_WAIT
    process.terminate()
    assert process.wait(PATIENCE) == 0


@pytest.mark.parametrize(("more", "is_recorded"), [("", True), ("atomos.etc=volatile", False)])
def test_with_the_first_good_start_it_is_known_what_the_images_etc_was(
    machine: Machine, start: Start, more: str, is_recorded: bool
) -> None:
    machine.started_with(f"{more} roothash=cafe")
    machine.runs_systemd()
    lower = machine.shell.top / "run/atomos/slot/etc"
    lower.mkdir(parents=True)
    (lower / "motd").write_text("the image's\n")
    state = machine.shell.top / "var/lib/atomos/etc"
    (state / "upper").mkdir(parents=True)
    process = start()
    machine.hears()
    machine.comes_up()
    machine.hears()
    assert not (state / "base").exists()
    machine.answer()
    assert process.wait(PATIENCE) == 0
    assert (state / "base").exists() == is_recorded
    if is_recorded:
        assert (state / "base/etc/motd").read_text() == "the image's\n"
        assert (state / "base/image").read_text() == "cafe\n"


@pytest.mark.parametrize("state", ["maintenance", "stopping", "offline", ""])
def test_a_start_that_did_not_come_up_is_not_good(
    machine: Machine, start: Start, state: str
) -> None:
    machine.runs_systemd()
    process = start()
    machine.hears()
    machine.answer(state)
    _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert said.startswith("mark-good: the system did not come up, it is ")
    assert machine.state_is(BEGUN)


def test_what_cannot_be_marked_is_a_failure(machine: Machine, start: Start) -> None:
    subprocess.run(["e2label", machine.disk.boot, "another"], check=True)
    machine.runs_systemd()
    process = start()
    machine.hears()
    machine.comes_up()
    machine.hears()
    machine.answer()
    _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert said.startswith("boot-state: no boot partition")
    told = (machine.shell.top / "run/motd.d/atomos-mark-good").read_text()
    assert told.startswith("This start came up, and could not be marked as good")


def openrc(machine: Machine, action: str, pidfile: Path) -> subprocess.CompletedProcess[str]:
    """Run a function of the OpenRC script as openrc-run does."""
    script = f"""
    ebegin() {{ echo "$*"; }}
    eend() {{ return "$1"; }}
    sleep() {{ /bin/sleep 0.2; }}
    pidfile={pidfile} mark_good={MARK_GOOD}
    . {OPENRC_SCRIPT}
    {action}
    """
    return machine.shell.run("-c", script)


def test_openrc_starts_it_and_stops_it(machine: Machine, tmp_path: Path) -> None:
    pidfile = tmp_path / "pid"
    assert openrc(machine, "start", pidfile).returncode == 0
    assert machine.hears() == "sleep 60"
    assert openrc(machine, "stop", pidfile).returncode == 0
    assert not pidfile.exists()
    assert machine.state_is(REFUNDED)


def test_openrc_stops_nobody_else(machine: Machine, tmp_path: Path) -> None:
    """mark-good ends when it is done, and its number may go to another process."""
    pidfile = tmp_path / "pid"
    with subprocess.Popen(["sleep", "600"]) as other:
        pidfile.write_text(f"{other.pid}\n")
        assert openrc(machine, "stop", pidfile).returncode == 0
        assert other.poll() is None
        other.kill()
    assert openrc(machine, "stop", pidfile).returncode == 0
