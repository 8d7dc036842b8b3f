"""The scenario ``refuse``: everything that is refused before the first write, in its words."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from installer.release import SUMS_NAME
from installer.signature import SIGNATURE_NAME
from tests.vm import booted_live, live
from tests.vm.machine import VirtualMachine
from tests.vm.release_server import serving
from tests.vm.scenario import Stage
from tests.vm.serial import Serial

# crypt(5) SHA-512 of a throw-away word; only its form matters here.
HASH: Final = (
    "$6$atomos$"
    "v7MqQHd0yVzGq7oGNpWqhJ9bGzVd3sVtI0Yl4nM1uP8kQ2xR5wC6eT7aB9fD0gH3jK5lZ1xV7bN4mS8qW2eY6u"
)
ANSWERS: Final = """\
version: 1
disk: {disk}
{lines}
source:
  url: {url}
  allow_unsigned: {unsigned}
user: {{name: ada, password_hash: "{hash}"}}
"""
HOLD: Final = (
    "python3 -c \"import os, signal; os.open('/dev/vdc', os.O_RDONLY | os.O_EXCL);"
    " open('/run/held', 'w').close(); signal.pause()\""
)
"""Holds the disk as a program does that no plan can end."""
AS_NOBODY: Final = "setpriv --reuid=nobody --regid=nogroup --clear-groups "


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Answers that are refused, and the words that must be said of them, all of them."""

    name: str
    disk: str = "{serial: disk}"
    lines: str = "wipe: true"
    url: str
    unsigned: bool = False
    command: str = "atomos-install check"
    prepare: str = "true"
    undo: str = "true"
    words: tuple[str, ...]


def refusals(url: str) -> tuple[Refusal, ...]:
    """All of them, for a release server at `url`."""
    release = f"{url}/release"
    return (
        Refusal(
            name="all-at-once",
            lines="slot_size: 64 MiB\nlocale: xx_XX.UTF-8",
            url=release,
            command=f"{AS_NOBODY} atomos-install run",
            prepare="mv /usr/sbin/sfdisk /usr/sbin/sfdisk.away; "
            "printf 'label: gpt\\nname=atomos-data\\n' | sfdisk.away -q /dev/vdc; udevadm settle",
            undo="mv /usr/sbin/sfdisk.away /usr/sbin/sfdisk; wipefs -qa /dev/vdc; udevadm settle",
            words=(
                "Installing needs the rights of root.",
                "These tools are missing: sfdisk.",
                "carries the labels of another AtomOS: atomos-data.",
                "The answers do not say that the disk may be erased.",
                "has no locale xx_XX.UTF-8.",
                "The image is too big for its slot by",
                "asks for at least 1 GiB: 960 MiB more.",
            ),
        ),
        Refusal(
            name="small-and-held",
            disk="{serial: other}",
            lines="wipe: true\nfirmware: bios",
            url=release,
            prepare=f"{HOLD} & echo $! >/run/holder; while ! [ -e /run/held ]; do sleep 0.1; done",
            undo="kill $(cat /run/holder); rm /run/held",
            words=(
                "The answers ask for a machine that was started by",
                "is too small by 9219 MiB",
                "(/dev/vdc) is held by a program that cannot be named.",
            ),
        ),
        Refusal(
            name="medium-and-unreachable",
            disk="{path: /dev/vda}",
            url="http://10.0.2.2:1/release",
            words=("cannot be used: the live system", "10.0.2.2:1 refuses the connection"),
        ),
        Refusal(
            name="unknown-disk-and-404",
            disk="{serial: nowhere}",
            url=f"{url}/nothing",
            words=(
                "There is no disk with the serial number nowhere.",
                "/nothing is not a release: it has no",
            ),
        ),
        Refusal(
            name="unsigned",
            url=f"{url}/unsigned",
            words=("/unsigned is unsigned: nobody vouches for it.", "allow_unsigned: true"),
        ),
        Refusal(
            name="changed-after-it-was-signed",
            url=f"{url}/changed",
            unsigned=True,
            words=("SHA256SUMS is not what AtomOS TEST key, never trust",),
        ),
        Refusal(
            name="shorter-than-said",
            url=f"{url}/short/release",
            words=("SHA256SUMS",),
        ),
    )


def refuse(stage: Stage) -> None:
    """Every refusal in one booted live system; afterwards the disk is what it was before."""
    served = stage.folder / "served"
    served.mkdir()
    (served / "release").symlink_to(stage.release)
    _lay_out(served, stage.release)
    hardware = booted_live.bring_back(stage)
    before = stage.folder / "before.qcow2"
    shutil.copyfile(stage.folder / "disk.qcow2", before)
    with serving(served) as url, VirtualMachine(hardware, stage.folder) as machine:
        serial = machine.serial
        live.wake(serial)
        live.leave_to_shell(serial)
        for refusal in refusals(url):
            _check(serial, served, url, refusal)
            stage.say(f"{refusal.name}: refused, with all its words")
        _check_wrong_answers(serial, served, url)
        stage.say("wrong answers: each with its place, exit status 2")
        serial.type("systemctl poweroff\r")
        machine.wait_until_off(within=120)
    same = subprocess.run(
        ["qemu-img", "compare", before, stage.folder / "disk.qcow2"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert same.returncode == 0, f"the disk was changed: {same.stdout}{same.stderr}"
    stage.say("the disk is byte for byte what it was")


def _lay_out(served: Path, release: Path) -> None:
    """The same release unsigned, and with sums that were changed after they were signed."""
    for name in ("unsigned", "changed"):
        (served / name).mkdir()
        for file in release.iterdir():
            (served / name / file.name).symlink_to(file)
    (served / "unsigned" / SIGNATURE_NAME).unlink()
    sums = served / "changed" / SUMS_NAME
    text = sums.read_text()
    sums.unlink()
    sums.write_text(("1" if text[0] == "0" else "0") + text[1:])


def _check(serial: Serial, served: Path, url: str, refusal: Refusal) -> None:
    text = ANSWERS.format(
        disk=refusal.disk,
        lines=refusal.lines,
        url=refusal.url,
        unsigned="true" if refusal.unsigned else "false",
        hash=HASH,
    )
    (served / f"{refusal.name}.yaml").write_text(text)
    serial.output_of(f"({refusal.prepare}) >/dev/null 2>&1")
    status, said = serial.run(
        f"{refusal.command} --answers {url}/{refusal.name}.yaml 2>&1", within=120
    )
    serial.output_of(f"({refusal.undo}) >/dev/null 2>&1")
    one_line = " ".join(said.split())
    missing = [words for words in refusal.words if words not in one_line]
    assert not missing, f"{refusal.name} did not say {missing}; it said:\n{said}"
    assert status == 3, f"{refusal.name} ended with status {status}"
    assert "Traceback" not in said


def _check_wrong_answers(serial: Serial, served: Path, url: str) -> None:
    (served / "wrong.yaml").write_text("version: 1\ndisk: {path: 022}\nwipe: on\nwipe: true\n")
    status, said = serial.run(f"atomos-install check --answers {url}/wrong.yaml 2>&1", within=60)
    assert status == 2, f"wrong answers ended with status {status}:\n{said}"
    for place in ("wrong.yaml:2:14: ", "wrong.yaml:3:7: ", "wrong.yaml:4:1: "):
        assert place in said, f"nothing is said of {place}:\n{said}"
