"""A newer image that is brought and not started: downloaded, then made the next one, on a real
disk."""

import dataclasses
from pathlib import Path

import pytest

from backends.update_notes import UpdateNotes
from installer.answers import Source
from installer.boot_state import BootState, SlotState
from installer.errors import ExitCode
from installer.events import RunFailed
from installer.journal import follow
from installer.layout import Role
from installer.upkeep.notes import LastLook, Result
from installer.upkeep.scheduled import Scheduled
from installer.upkeep.session import Upkeep
from installer.upkeep.status import describe
from installer.upkeep.wish import Wish
from tests.tools.installed_disk import InstalledDisk, release_at
from tests.tools.test_upkeep import (  # noqa: F401 (fixtures)
    GOOD,
    NEWER,
    check_updated,
    identifiers,
    installed,
    new,
    old,
    pytestmark,
    written,
)


class Plugged:
    """A machine at a socket, with a cable."""

    def is_metered(self) -> bool:
        return False

    def battery_percent(self) -> int | None:
        return None


def scheduled(installed: InstalledDisk, release: Path, policy: str) -> tuple[ExitCode, Upkeep]:  # noqa: F811
    """The timer comes, with that policy."""
    (installed.folder / "update.yaml").write_text(f"policy: {policy}\n")
    notes = UpdateNotes(
        policies=(installed.folder / "update.yaml",),
        state=installed.folder / "lib/last",
        motd=installed.folder / "motd.d/atomos-update",
        failed=installed.folder / "lib/failed-start",
    )
    upkeep = dataclasses.replace(installed.upkeep(), notes=notes)

    def carry_out(wish: Wish) -> ExitCode:
        upkeep.plan(wish)
        return installed.carry_out(wish)

    code = Scheduled(
        upkeep=upkeep,
        notes=notes,
        surroundings=Plugged(),
        source=lambda: Source(url=release.as_uri(), allow_unsigned=True),
        write=carry_out,
        wait=lambda _seconds: None,
        now=lambda: "2026-11-29T12:00:00+00:00",
        log=lambda error: pytest.fail(error.what),
    ).run()
    return code, upkeep


def test_downloaded_nothing_starts_it_until_somebody_says_so(
    installed: InstalledDisk,  # noqa: F811
    new: Path,  # noqa: F811
    tmp_path: Path,
) -> None:
    before = installed.what_runs()
    code, upkeep = scheduled(installed, new, "download")
    assert code is ExitCode.DONE
    assert installed.state() == BootState(a=GOOD, b=SlotState(tries=0))
    assert installed.state().choice(has_recovery=True) == "a"
    assert installed.what_runs() == before
    assert "    downloaded; `atomos update` has it start next\n" in describe(upkeep.look())
    motd = installed.folder / "motd.d/atomos-update"
    assert motd.read_text().startswith(f"AtomOS Debian {NEWER} is in Root B; `atomos update`")
    # The second time it is there, and no byte of the slot is written.
    written_before = _sectors_written(installed)
    code, _upkeep = scheduled(installed, new, "download")
    assert code is ExitCode.DONE
    assert installed.carry_out(release_at(new)) is ExitCode.DONE
    assert _sectors_written(installed) == written_before
    check_updated(installed, new)
    assert installed.what_runs() == before


def test_what_was_downloaded_and_is_spoilt_since_is_written_anew(
    installed: InstalledDisk,  # noqa: F811
    new: Path,  # noqa: F811
) -> None:
    assert scheduled(installed, new, "download")[0] is ExitCode.DONE
    with Path(installed.disk.node(Role.SLOT_B)).open("r+b", buffering=0) as slot:
        slot.seek(5 << 20)
        slot.write(b"spoilt")
    assert scheduled(installed, new, "install")[0] is ExitCode.DONE
    check_updated(installed, new)


def test_what_was_downloaded_is_started_where_the_release_is_out_of_reach(
    installed: InstalledDisk,  # noqa: F811
    new: Path,  # noqa: F811
) -> None:
    before = installed.what_runs()
    _code, upkeep = scheduled(installed, new, "download")
    away = Source(url="http://127.0.0.1:9/r", allow_unsigned=True)
    wish = upkeep.at_hand(Wish(source=away))
    assert wish.kept
    with Path(installed.disk.node(Role.SLOT_B)).open("r+b", buffering=0) as slot:
        slot.seek(5 << 20)
        right = slot.read(6)
        slot.seek(5 << 20)
        slot.write(b"spoilt")
    assert installed.carry_out(wish) is ExitCode.FAILED
    last = list(follow(installed.run))[-1]
    assert isinstance(last, RunFailed)
    assert last.id == "slot"
    assert "is not the one any more that was downloaded" in last.what
    assert installed.state() == BootState(a=GOOD, b=SlotState(tries=0))
    with Path(installed.disk.node(Role.SLOT_B)).open("r+b", buffering=0) as slot:
        slot.seek(5 << 20)
        slot.write(right)
    written_before = _sectors_written(installed)
    assert installed.carry_out(wish) is ExitCode.DONE
    assert _sectors_written(installed) == written_before
    check_updated(installed, new)
    assert installed.what_runs() == before


def test_check_writes_nothing_to_the_disk(
    installed: InstalledDisk,  # noqa: F811
    new: Path,  # noqa: F811
) -> None:
    before = {role: installed.bytes_of(role) for role in (Role.SLOT_A, Role.SLOT_B, Role.BOOT)}
    code, upkeep = scheduled(installed, new, "check")
    assert code is ExitCode.DONE
    assert before == {role: installed.bytes_of(role) for role in before}
    look = upkeep.look().notes
    assert look is not None
    assert look.look == LastLook(at="2026-11-29T12:00:00+00:00", result=Result.NEWER, version=NEWER)


def _sectors_written(installed: InstalledDisk) -> int:  # noqa: F811
    """Of the slot, since the device is there (Documentation/block/stat.rst, the seventh field)."""
    name = Path(installed.disk.node(Role.SLOT_B)).name
    return int(Path(f"/sys/class/block/{name}/stat").read_text().split()[6])
