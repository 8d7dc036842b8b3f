"""A run whose process was killed: what is closed after it, and what is told of it."""

import dataclasses
from collections.abc import Callable

from installer.answers import DiskChoice
from installer.death import Killed
from installer.errors import ExitCode, InstallError
from installer.events import Notice, RunFailed
from installer.journal import follow
from tests.unit import samples
from tests.unit.fake_world import World
from tests.unit.test_resume_session import half_made, power_cut


class Killing(BaseException):
    """SIGKILL, as far as a test can go through it and live."""


def outlived(work: Callable[[], ExitCode]) -> ExitCode | Killed:
    try:
        return work()
    except Killing:
        return Killed(signal="SIGKILL")


def kill_at(world: World, method: str, device: str) -> None:
    world.supervise = outlived
    world.machine.fails, world.machine.breaks = (method, device), Killing()


def test_its_end_names_step_device_and_way_out_and_nothing_stays_open(world: World) -> None:
    document = world.started(samples.encrypted())
    tidied: list[str] = []
    world.tidy = lambda: tidied.append("mounts")
    kill_at(world, "write_image", "/dev/atomos/a")
    assert world.execute(document) is ExitCode.FAILED
    last = list(follow(world.run))[-1]
    assert isinstance(last, RunFailed)
    assert (last.id, last.device) == ("slots", "/dev/atomos/a")
    assert last.what == "The process that installs was killed (SIGKILL)."
    assert "install again: it goes on where it ended" in last.way_out
    assert str(world.run.output) in last.way_out
    assert tidied == ["mounts", "mounts"]
    assert world.left == ["/dev/vda"]
    assert world.run.holder() is None


def test_the_next_run_goes_on(world: World) -> None:
    document = world.started(samples.encrypted())
    kill_at(world, "write_image", "/dev/atomos/a")
    world.execute(document)
    world.machine.fails = None
    held = samples.installed(samples.encrypted().layout)
    world.hardware.now = samples.machine(held)
    assert world.session().plan(samples.encrypted()).resumes is not None
    assert world.execute(world.started(samples.encrypted())) is ExitCode.DONE


def test_of_a_run_gone_on_with_the_disk_is_closed_as_it_is_called_now(
    world: World,
) -> None:
    """The journal that it goes on with has the disk's name from before the power was cut."""
    power_cut(world)
    parts = half_made().partitions
    moved = dataclasses.replace(
        half_made(),
        path="/dev/vdq",
        partitions=tuple(
            dataclasses.replace(part, path=part.path.replace("vda", "vdq")) for part in parts
        ),
    )
    world.machine.journals["/dev/vdq3"] = world.machine.journals.pop("/dev/vda3")
    world.hardware.now = samples.machine(moved)
    document = world.started(samples.encrypted(disk=DiskChoice(path="/dev/vdq")))
    world.left.clear()
    kill_at(world, "write_image", "/dev/atomos/a")
    assert world.execute(document) is ExitCode.FAILED
    assert b'"/dev/vda"' in world.run.install_journal.read_bytes()
    assert world.left == ["/dev/vdq"]


def test_what_stays_open_is_told_before_the_end(world: World) -> None:
    document = world.started()

    def busy(disk: str) -> None:
        raise InstallError(f"{disk} stays in use", tool_words="umount: busy")

    world.left = _Raising(busy)
    kill_at(world, "write_image", "/dev/vda4")
    world.execute(document)
    *_, notice, last = follow(world.run)
    assert isinstance(last, RunFailed)
    assert isinstance(notice, Notice)
    assert notice.text == "/dev/vda stays in use: umount: busy"


class _Raising(list[str]):
    def __init__(self, deed: Callable[[str], None]) -> None:
        super().__init__()
        self._deed = deed

    def append(self, disk: str) -> None:
        self._deed(disk)


def test_one_that_died_before_it_had_a_plan_closes_no_disk(world: World) -> None:
    document = world.started()
    hardware = world.hardware

    def die() -> object:
        raise Killing

    hardware.machine = die  # type: ignore[assignment, method-assign]
    world.supervise = outlived
    assert world.execute(document) is ExitCode.FAILED
    (last,) = follow(world.run)
    assert isinstance(last, RunFailed)
    assert last.id == ""
    assert world.left == []


def test_half_a_line_that_it_wrote_hides_nothing_of_its_end(world: World) -> None:
    document = world.started()

    def die_while_it_speaks(work: Callable[[], ExitCode]) -> ExitCode | Killed:
        killed = outlived(work)
        with world.run.events.open("ab") as file:
            file.write('{"v": 1, "event": "output", "line": "caf\u00e9'.encode()[:-1])
        return killed

    kill_at(world, "write_image", "/dev/vda4")
    world.supervise = die_while_it_speaks
    assert world.execute(document) is ExitCode.FAILED
    last = list(follow(world.run))[-1]
    assert isinstance(last, RunFailed)
    assert last.id == "slots"


def test_one_that_died_after_its_last_word_ended_as_it_said(world: World) -> None:
    def end_and_die(work: Callable[[], ExitCode]) -> ExitCode | Killed:
        work()
        return Killed(signal="SIGSEGV")

    document = world.started()
    world.supervise = end_and_die
    assert world.execute(document) is ExitCode.DONE
    assert not isinstance(list(follow(world.run))[-1], RunFailed)
