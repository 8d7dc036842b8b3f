"""``passed-over`` on a real disk whose slot A is damaged, or is not, by the real veritysetup."""

import contextlib
import dataclasses
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from backends.file_systems import Makers
from backends.mounts import Mounts
from backends.runner import Runner
from installer.boot_state import BootState, SlotState, begins_with_the_second
from installer.contract import fill
from installer.contract_file import load_contract
from installer.grub_menu import menu
from installer.release import Verity
from installer.roothash import BLOCK, parse_roothash
from installer.slot_records import SlotRecord, with_records
from tests.tools.boot_disk import DISK_SIZE, ROOT, BootDisk, Shell, make_boot_disk, shell_in
from tests.tools.conftest import LoopMaker

PASSED_OVER = ROOT / "live/system/usr/lib/atomos/passed-over"
OPENRC_SCRIPT = ROOT / "live/openrc/etc/init.d/atomos-passed-over"
RECIPES = ROOT / "mkimage-profile"
WORN_OUT = BootState(a=SlotState(tries=0), b=SlotState(tries=2), started="b")
PASSED = "Root A was passed over: its last three starts failed. Root B runs instead.\n"
CHECKING = "The image in Root A is being checked.\n"
WHOLE = "The image in Root A is as it was installed, so the cause is another.\n"
NO_HASHES = "The image in Root A cannot be checked: there are no hashes of it.\n"
IMAGE_BYTES = 2 << 20
NO_WORD = "None of its starts came as far as to keep a word of why.\n"
AT_LOG = "What it wrote itself: atomos log --failed\n"
REMOTE = "/lib/systemd/systemd-journal-remote"
TOOLS = ("veritysetup", "nice", "ionice", "head", "sed", "tail", "tr", "journalctl")
OF_BUSYBOX = ("head", "sed", "tail", "tr")
PSTORE = "var/lib/systemd/pstore/1766/dmesg.txt"
"""Where systemd-pstore puts what the kernel left."""


@dataclass(frozen=True, kw_only=True)
class Machine:
    """A machine that runs from slot B, beside a slot A with an image and its hash tree."""

    shell: Shell
    disk: BootDisk
    verity: Verity
    lines: dict[str, str]

    @property
    def slot(self) -> str:
        return f"{self.disk.device}p2"

    def flip(self, place: int) -> None:
        with Path(self.slot).open("r+b", buffering=0) as opened:
            opened.seek(place)
            byte = opened.read(1)[0]
            opened.seek(place)
            opened.write(bytes([byte ^ 1]))

    def menu(self, a: str) -> None:
        text = menu(a=a, b=self.lines["b"], recovery=None, serial_console="ttyS0")
        with self.disk.mounts.device(self.disk.boot, "ext4", read_only=False) as top:
            (top / "grub/grub.cfg").write_text(text)

    def wrote(self, name: str, text: str, *, age: int = 0) -> Path:
        """A file that an earlier start left, so many seconds ago."""
        file = self.shell.top / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        when = time.time() - age
        os.utime(file, (when, when))
        return file

    def journal(self, number: int, slot: str, *lines: str, age: int, kernel: bool = True) -> None:
        """What journald kept of a start: whose it was, by the kernel's word or mark-good's, and
        these lines."""
        boot, now = f"{number:032x}", int((time.time() - age) * 1_000_000)
        first = f"mark-good: a start of slot {slot}"
        of = "_TRANSPORT=stdout\n_SYSTEMD_UNIT=atomos-mark-good.service\n"
        if kernel:
            first = f"Command line: quiet atomos.slot={slot}"
            of = "_TRANSPORT=kernel\nSYSLOG_IDENTIFIER=kernel\n"
        text = ""
        for index, line in enumerate((first, *lines)):
            text += (
                f"__REALTIME_TIMESTAMP={now + index}\n__MONOTONIC_TIMESTAMP={index + 1}\n"
                f"_BOOT_ID={boot}\n_MACHINE_ID={7:032x}\n{of}"
                f"PRIORITY=6\nMESSAGE={line}\n\n"
            )
        folder = self.shell.top / "var/log/journal"
        folder.mkdir(parents=True, exist_ok=True)
        argv = [REMOTE, "--output", str(folder / f"{number}.journal"), "-"]
        subprocess.run(argv, input=text, check=True, text=True, capture_output=True)

    def remembered(self, name: str) -> str:
        return (self.shell.top / "var/lib/atomos/failed-start" / name).read_text()

    def has_image(self, version: str) -> None:
        """The menu says so."""
        with self.disk.mounts.device(self.disk.boot, "ext4", read_only=False) as top:
            menu = top / "grub/grub.cfg"
            record = SlotRecord(version=version, signed_by='Somebody "else"')
            menu.write_text(with_records(menu.read_text(), {"a": record}))

    def started(self, state: BootState, slot: str = "b") -> tuple[str, str]:
        """What is said when the machine starts in this state, and what is shown at the login."""
        self.comes_up(state, slot)
        done = self.shell.run(PASSED_OVER)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout, self.shown()

    def comes_up(self, state: BootState, slot: str = "b") -> None:
        self.disk.put((state.to_block(), state.to_block()))
        self.shell.started_with(f"{self.lines[slot]} atomos.slot={slot}")

    def shown(self) -> str:
        """What is shown at the login."""
        folder = self.shell.top / "run/motd.d"
        shown = [each.read_text() for each in folder.glob("*")] if folder.exists() else []
        assert len(shown) <= 1
        return "".join(shown)


@pytest.fixture(params=["dash", "busybox"])
def machine(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    loop: LoopMaker,
    runner: Runner,
    mounts: Mounts,
) -> Iterator[Machine]:
    disk = make_boot_disk(loop(DISK_SIZE), Makers(runner, mounts), mounts)
    disk.put((None, None))
    verity = write_image(tmp_path, f"{disk.device}p2")
    with shell_in(tmp_path, request.param) as shell:
        for name in TOOLS:
            own = request.param == "busybox" and name in OF_BUSYBOX
            tool = "busybox" if own else name
            (shell.tools / name).unlink(missing_ok=True)
            (shell.tools / name).symlink_to(str(shutil.which(tool, path="/usr/sbin:/usr/bin")))
        shell.plug_in(disk)
        devices = {"a": disk.slot_uuid, "b": "0badc0de-0000-4000-8000-00000000000b"}
        shell.link(f"by-partuuid/{devices['a']}", f"{disk.device}p2")
        shell.link(f"by-partuuid/{devices['b']}", f"{disk.device}p3")
        lines = {slot: command_line(device, verity) for slot, device in devices.items()}
        made = Machine(shell=shell, disk=disk, verity=verity, lines=lines)
        made.menu(lines["a"])
        yield made


def write_image(folder: Path, slot: str) -> Verity:
    image = folder / "atomos_1_x86-64.squashfs"
    image.write_bytes(random.Random(7).randbytes(IMAGE_BYTES))
    subprocess.run([sys.executable, RECIPES / "hash_tree.py", image], check=True)
    subprocess.run(["dd", f"if={image}", f"of={slot}", "bs=1M", "status=none"], check=True)
    return parse_roothash(image.with_suffix(".roothash").read_text(), "")


def command_line(partuuid: str, verity: Verity) -> str:
    """That of the Debian image's contract."""
    text = (RECIPES / "debian/contract-system.yaml").read_text().replace("@LOCALES@", "")
    values = {
        "slot.partuuid": partuuid,
        "slot.device": f"/dev/disk/by-partuuid/{partuuid}",
        "verity.root_hash": verity.root_hash,
        "verity.hash_offset": str(verity.hash_offset_bytes),
    }
    return fill(load_contract(text, "").command_lines.plain, values)


def test_a_damaged_image_is_told_with_the_place(machine: Machine) -> None:
    machine.flip(123 * BLOCK + 7)
    said, shown = machine.started(WORN_OUT)
    why = (
        f"The image in Root A is damaged, at byte {123 * BLOCK} of {machine.shell.top}"
        f"{machine.slot}.\nTo mend it, install again; your data can be kept.\n"
    )
    assert shown == PASSED + NO_WORD + why
    assert said == PASSED + NO_WORD + CHECKING + PASSED + NO_WORD + why
    lines = "".join(f"why={each}\n" for each in (NO_WORD + why).splitlines())
    assert machine.remembered("start") == f"slot=a\nversion=\n{lines}"


@pytest.mark.parametrize("place", [0, 4096])
def test_damaged_hashes_are_told(machine: Machine, place: int) -> None:
    """The superblock of the tree, and the tree itself."""
    machine.flip(machine.verity.hash_offset_bytes + place)
    shown = machine.started(WORN_OUT)[1]
    assert shown.startswith(PASSED + NO_WORD + "The image in Root A ")
    assert "damaged, at byte " in shown or "cannot be checked: " in shown


def test_a_whole_image_is_not_blamed(machine: Machine) -> None:
    shown = machine.started(WORN_OUT)[1]
    assert shown == PASSED + NO_WORD + WHOLE


def test_an_update_that_is_cut_off_blames_nobody(machine: Machine) -> None:
    """Wherever the power goes between the two blocks, when A is closed, and when it comes first."""
    good = SlotState(good=True)
    before = BootState(a=good, b=good)
    closed = before.closed("a")
    for earlier, later in ((before, closed), (closed, closed.installed(("a",)))):
        blocks = later.to_block(), earlier.to_block()
        if begins_with_the_second(earlier, later):
            blocks = earlier.to_block(), later.to_block()
        machine.disk.put(blocks)
        machine.shell.started_with(f"{machine.lines['b']} atomos.slot=b")
        done = machine.shell.run(PASSED_OVER)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        assert machine.shown() == ""


def test_a_slot_that_is_gone_is_told(machine: Machine) -> None:
    gone = machine.lines["a"].replace(
        machine.disk.slot_uuid, "00000000-dead-4000-8000-00000000000a"
    )
    machine.menu(gone)
    shown = machine.started(WORN_OUT)[1]
    assert "The device of Root A, /dev/disk/by-partuuid/00000000-dead-" in shown
    assert shown.endswith(", is not there.\n")


def test_without_hashes_it_says_that_the_image_cannot_be_checked(machine: Machine) -> None:
    machine.menu(f"root=PARTUUID={machine.disk.slot_uuid} x=$y")
    said, shown = machine.started(WORN_OUT)
    assert said == shown == PASSED + NO_WORD + NO_HASHES


@pytest.mark.parametrize("wrong", ["full", "read-only"])
def test_where_var_takes_no_writes_it_is_told_all_the_same(machine: Machine, wrong: str) -> None:
    """That may be why the slot did not come up."""
    machine.has_image("9.0.0")
    var, failed = machine.shell.top / "var", "var/lib/atomos/failed-start"
    shutil.rmtree(var, ignore_errors=True)
    var.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", var], check=True)
    try:
        machine.wrote(f"{failed}/start", "slot=a\nversion=8.0.0\nwhy=Old.\n")
        machine.wrote(f"{failed}/log", "== old\n")
        machine.wrote(f"{failed}/versions", "8.0.0\n")
        if wrong == "read-only":
            machine.wrote(f"{failed}/seen-a", "It has no login.\n")
        machine.wrote(PSTORE, "Kernel panic - not syncing: No init found\n")
        if wrong == "full":
            with contextlib.suppress(OSError), (var / "much").open("wb", buffering=0) as much:
                while much.write(bytes(4096)):
                    pass
        else:
            subprocess.run(["mount", "-o", "remount,ro", var], check=True)
        machine.comes_up(WORN_OUT)
        shell = machine.shell
        argv = [*shell.argv, str(PASSED_OVER)]
        done = subprocess.run(
            argv, env=shell.environment, capture_output=True, text=True, check=False
        )
        why = "It has no login. " if wrong == "read-only" else ""
        why = f"Version 9.0.0 did not come up. {why}Its kernel panicked: No init found.\n"
        assert done.returncode == 0, done.stderr
        assert machine.shown() == PASSED + why + WHOLE
        assert done.stdout.endswith(machine.shown())
        # What was there is whole: neither empty nor in pieces.
        assert machine.remembered("start") == "slot=a\nversion=8.0.0\nwhy=Old.\n"
        assert machine.remembered("log") == "== old\n"
        assert sorted(each.name for each in (shell.top / failed).glob(".*")) == []
        kept = shell.top / "run/atomos/failed-log"
        assert kept.read_text() == f"== /{PSTORE}\nKernel panic - not syncing: No init found\n"
        assert kept.stat().st_mode & 0o777 == 0o600
    finally:
        subprocess.run(["umount", var], check=True)


def test_a_panic_is_told_in_the_kernel_s_words_and_its_log_is_kept(machine: Machine) -> None:
    machine.has_image("9.0.0")
    machine.wrote("var/lib/atomos/last-good", "", age=3600)
    machine.wrote(PSTORE.replace("1766", "1600"), "Kernel panic - not syncing: old\n", age=7200)
    machine.wrote(PSTORE, "<6>[ 1.0] x\n<0>[ 2.0] Kernel panic - not syncing: No init found\n")
    shown = machine.started(WORN_OUT)[1]
    why = "Its kernel panicked: No init found.\n"
    assert shown == PASSED + "Version 9.0.0 did not come up. " + why + WHOLE + AT_LOG
    assert machine.remembered("start").startswith(f"slot=a\nversion=9.0.0\nwhy={why}why=The image")
    assert machine.remembered("log").startswith(f"== /{PSTORE}\n<6>[ 1.0] x\n")
    assert "old" not in machine.remembered("log")
    assert oct((machine.shell.top / "var/lib/atomos/failed-start/log").stat().st_mode)[-3:] == "600"

    # Root B is good since, and the next start knows it still.
    machine.wrote("var/lib/atomos/last-good", "")
    machine.wrote(PSTORE, "Kernel panic - not syncing: old\n", age=60)
    assert machine.started(WORN_OUT)[1] == shown
    assert machine.remembered("log").endswith("No init found\n")
    # Another image in that slot has another reason.
    machine.has_image("9.0.1")
    told = machine.started(WORN_OUT)[1]
    assert "Version 9.0.1 did not come up. None of its" in told
    assert AT_LOG not in told
    # Each once: none of them is tried again by itself.
    assert machine.remembered("versions") == "9.0.0\n9.0.1\n"


@pytest.mark.parametrize("kernel", [True, False])
def test_what_the_journal_kept_of_the_slot_is_told(machine: Machine, kernel: bool) -> None:
    machine.wrote("var/lib/atomos/last-good", "", age=3600)
    machine.journal(1, "a", "an old start of it", age=7200)
    machine.journal(2, "b", "the good one", age=3700)
    machine.journal(3, "a", "its first", age=600)
    machine.journal(4, "a", "its last", age=400, kernel=kernel)
    machine.journal(5, "b", "this one", age=1)
    shown = machine.started(WORN_OUT)[1]
    assert shown == PASSED + "It stopped without a word, as where it hangs.\n" + WHOLE + AT_LOG
    log = machine.remembered("log")
    assert log.startswith("== journal\n")
    assert "its last" in log
    for other in ("its first", "an old start", "the good one", "this one"):
        assert other not in log


def test_the_word_that_a_start_left_itself_comes_first(machine: Machine) -> None:
    seen = machine.wrote(
        "var/lib/atomos/failed-start/seen-a", "It came to no login. Failed: x.service.\n"
    )
    machine.journal(4, "a", "x.service: Failed", age=400)
    shown = machine.started(WORN_OUT)[1]
    assert shown == PASSED + "It came to no login. Failed: x.service.\n" + WHOLE + AT_LOG
    assert not seen.exists()
    machine.wrote("var/lib/atomos/last-good", "")
    assert machine.started(WORN_OUT)[1] == shown


@pytest.mark.parametrize(
    ("state", "slot"),
    [
        # The one that comes first runs; the other one comes first, and has tries left.
        (BootState(), "a"),
        (WORN_OUT, "a"),
        (BootState(b=SlotState(tries=2), started="b"), "b"),
        (dataclasses.replace(WORN_OUT, order=("b", "a")), "b"),
    ],
)
def test_nothing_is_said_where_nothing_was_passed_over(
    machine: Machine, state: BootState, slot: str
) -> None:
    machine.flip(0)
    assert machine.started(state, slot) == ("", "")


def test_a_menu_that_cannot_be_read_is_an_error(machine: Machine) -> None:
    with machine.disk.mounts.device(machine.disk.boot, "ext4", read_only=False) as top:
        (top / "grub/grub.cfg").unlink()
    machine.comes_up(WORN_OUT)
    done = machine.shell.run(PASSED_OVER)
    assert done.returncode != 0
    assert "grub.cfg" in done.stderr


def test_openrc_does_not_wait_for_the_check(machine: Machine) -> None:
    """Here it is waited for all the same, by what holds the script's output open."""
    (machine.shell.tools / "logger").symlink_to(str(shutil.which("logger")))
    machine.flip(0)
    machine.comes_up(WORN_OUT)
    script = f"""
    ebegin() {{ echo "$*"; }}
    eend() {{ echo "ended with $1"; }}
    passed_over={PASSED_OVER}
    . {OPENRC_SCRIPT}
    start
    """
    done = machine.shell.run("-c", script)
    assert done.stdout == "Looking whether a slot was passed over\nended with 0\n"
    assert "is damaged, at byte 0 of" in machine.shown()
