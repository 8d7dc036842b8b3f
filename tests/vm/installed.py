"""An installed system, as the person whose account it has meets it at the serial console."""

import errno
import json
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.vm.live import no_failed_units
from tests.vm.machine import Hardware, VirtualMachine
from tests.vm.scenario import Stage
from tests.vm.serial import Serial

MENU_TITLES: Final = {"a": "Root A", "b": "Root B", "r": "Recovery"}
_WINDOW: Final = 64 * 2**20
PROMPT: Final = r"passphrase for disk [^\r\n]*: \(press TAB for no echo\)"
PROMPT_WITHIN: Final = 200.0
"""Seconds from the boot menu to the question; 20 on an idle 2-core machine without KVM."""
LOGIN_WITHIN: Final = 400.0
"""Seconds from the boot menu to the login prompt; 45 on an idle 2-core machine without KVM."""


@dataclass(frozen=True, kw_only=True)
class Person:
    """Who logs in."""

    name: str
    password: str


def start(serial: Serial, key: str, passphrase: str | None = None) -> None:
    """Choose an entry of the installed system's boot menu: ``a``, ``b`` or ``r``.

    A slot of an encrypted disk then asks for its `passphrase`; Recovery is not encrypted.
    """
    serial.choose(key, MENU_TITLES[key])
    if passphrase is not None and key != "r":
        wait_for_prompt(serial)
        serial.type(f"{passphrase}\r")


def wait_for_prompt(serial: Serial) -> None:
    """Wait for the question for the disk's passphrase."""
    serial.wait_for(PROMPT, within=PROMPT_WITHIN, what="the question for the passphrase")


def log_in(serial: Serial, person: Person, hostname: str, *, within: float = LOGIN_WITHIN) -> None:
    """Log in at the prompt on the serial line, which has to come `within` seconds."""
    serial.wait_for(rf"{hostname} login: ", within=within, what="the login prompt")
    serial.type(f"{person.name}\r")
    serial.wait_for("Password: ", within=60, what="the question for the password")
    serial.type(f"{person.password}\r")
    serial.wait_for(r"\$ ", within=120, what=f"the prompt of {person.name}")
    serial.run("stty cols 500; bind 'set enable-bracketed-paste off' 2>/dev/null; PS1='$ '")


@contextmanager
def logged_in(
    stage: Stage,
    hardware: Hardware,
    person: Person,
    hostname: str,
    passphrase: str | None = None,
) -> Iterator[Serial]:
    """Root A of the second drive, started without the first, which was the medium; `person` is
    logged in, and the slot is as DESIGN §3 promises."""
    disk_alone = Hardware(
        firmware=hardware.firmware, drives=hardware.drives[1:2], variables=hardware.variables
    )
    with VirtualMachine(disk_alone, stage.folder) as machine:
        start(machine.serial, "a", passphrase)
        log_in(machine.serial, person, hostname)
        check_slot(machine.serial, "a", encrypted=passphrase is not None)
        stage.say("Root A lets the person in")
        yield machine.serial


def lets_in(
    stage: Stage, hardware: Hardware, person: Person, hostname: str, passphrase: str | None = None
) -> None:
    """See `logged_in`: nothing is asked of them beyond that."""
    with logged_in(stage, hardware, person, hostname, passphrase):
        pass


def become_root(serial: Serial, person: Person) -> None:
    """sudo to a root shell."""
    serial.type("sudo -i\r")
    serial.wait_for(r"password for [^:]*: ", within=60, what="sudo's question")
    serial.type(f"{person.password}\r")
    serial.wait_for(r"# ", within=60, what="root's prompt")
    serial.run("bind 'set enable-bracketed-paste off' 2>/dev/null; PS1='# '")


def reboot(serial: Serial) -> None:
    """Restart by the system's own means, from root's prompt."""
    serial.type("systemctl reboot\r")


def check_slot(
    serial: Serial, slot: str, *, encrypted: bool = False, sysroot: str = "/sysroot"
) -> None:
    """What DESIGN §3 promises of a system that runs from `slot` (``a`` or ``b``).

    `sysroot` is where its initramfs had the root to be.
    """
    root = serial.output_of("findmnt -no FSTYPE,OPTIONS /")
    assert root.startswith("overlay"), f"/ is {root}"
    slot_mount = serial.output_of("findmnt -no FSTYPE,SOURCE /run/atomos/slot").split()
    assert slot_mount[0] == "squashfs", f"the slot is {slot_mount}"
    mapped = serial.output_of(f"lsblk -dnro NAME {slot_mount[1]}")
    assert mapped == "root", f"the slot is {slot_mount}, {mapped}"
    kind = serial.output_of("grep -l '^CRYPT-VERITY-' /sys/class/block/dm-*/dm/uuid | wc -l")
    assert kind == "1", f"{kind} devices are on dm-verity"
    # The volume's name, or the partition's label, right below dm-verity.
    column = "NAME" if encrypted else "PARTLABEL"
    labels = serial.output_of(f"lsblk -nsro {column} {slot_mount[1]}").split()
    below = labels[1 if encrypted else 0]
    assert below == f"atomos-{slot}", f"the slot that runs is {labels}"
    for name in ("home", "var", "nix"):
        line = serial.output_of(f"findmnt -no LABEL,FSROOT,FSTYPE /{name}")
        assert line.split() == ["atomos-data", f"/@{name}", "btrfs"], f"/{name} is {line}"
    etc = serial.output_of("findmnt -no FSTYPE,OPTIONS /etc")
    assert etc.startswith("overlay"), f"/etc is {etc}"
    assert f"upperdir={sysroot}/var/lib/atomos/etc/upper" in etc, f"/etc is {etc}"
    running = serial.output_of("systemctl is-system-running --wait || true", within=300)
    no_failed_units(serial)
    assert running == "running", f"the system is {running}"


def boot_state(serial: Serial) -> dict[str, str]:
    """What the two blocks on the boot partition say, at root's prompt (docs/boot-state.md)."""
    lines = serial.output_of("/usr/lib/atomos/boot-state show").splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)


def table_of(raw: Path) -> dict[str, Any]:
    """The partition table of a raw disk image, as sfdisk reads it."""
    done = subprocess.run(["sfdisk", "-J", raw], check=True, capture_output=True, text=True)
    table: dict[str, Any] = json.loads(done.stdout)["partitiontable"]
    return table


def occurrences(raw: Path, text: str) -> list[int]:
    """Offsets of `text` in a sparse file. Holes are passed over: 15 of 16 GiB are one."""
    needle, found = text.encode(), []
    with raw.open("rb") as opened:
        for start, end in _data_ranges(opened.fileno()):
            opened.seek(start)
            tail = b""
            while chunk := opened.read(min(_WINDOW, end - opened.tell())):
                data = tail + chunk
                base = opened.tell() - len(data)
                found += [base + match.start() for match in re.finditer(re.escape(needle), data)]
                tail = data[-(len(needle) - 1) :]
    return found


def _data_ranges(descriptor: int) -> Iterator[tuple[int, int]]:
    """Start and end of everything in a file that is not a hole (lseek(2))."""
    end = 0
    size = os.fstat(descriptor).st_size
    while end < size:
        try:
            start = os.lseek(descriptor, end, os.SEEK_DATA)
        except OSError as error:
            if error.errno == errno.ENXIO:  # nothing but a hole is left
                return
            raise
        end = os.lseek(descriptor, start, os.SEEK_HOLE)
        yield start, end
