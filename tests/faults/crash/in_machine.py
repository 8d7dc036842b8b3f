"""The recording of an encrypted disk, under another kernel and without pytest:
``python3 -m tests.faults.crash.in_machine``.

Leaves the image before, the log, and what has to be known to read them in a folder.
"""

import argparse
import json
import os
import re
from pathlib import Path
from typing import Final

from backends.mounts import Mounts
from backends.runner import Runner
from installer.__main__ import NEEDED_TOOLS
from installer.errors import ExitCode
from installer.identifiers import Identifiers
from installer.journal import follow
from installer.layout import VOLUME_GROUP, VOLUMES, Role, partition_path
from tests.faults.bench import Bench, Supplies
from tests.faults.crash.ground_log_writes import LogWritesGrounds
from tests.faults.crash.sparse import copy_sparse
from tests.faults.crash.whole import sha256
from tests.faults.ground_mapper import run
from tests.faults.layouts import LAYOUTS, PASSPHRASE
from tests.faults.opened_disk import LUKS, Opened, container, running_encrypted
from tests.faults.rig import Rig
from tests.faults.watchers import Bystander
from tests.tools.installed_disk import release_at

_MENU: Final = "grub/grub.cfg"


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python3 -m tests.faults.crash.in_machine")
    parser.add_argument("--layout", choices=list(map(str, LAYOUTS)), required=True)
    parser.add_argument("--release", type=Path, required=True, help="what is there first")
    parser.add_argument("--newer", type=Path, required=True, help="what comes then")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    layout = next(each for each in LAYOUTS if str(each) == arguments.layout)
    grounds = LogWritesGrounds(arguments.folder)
    old, new = (_supplies(each) for each in (arguments.release, arguments.newer))
    rig = Rig(
        folder=arguments.folder,
        grounds=grounds,
        supplies=new if layout.is_over else old,
        older=old,
        has_stick=False,
        say=say,
    )
    arguments.out.mkdir()
    with rig.bench(layout) as bench:
        there = _There(bench, grounds, arguments.folder / "atomos")
        say("installing")
        with grounds.section("installation"):
            ended = bench.start(Bystander())
        assert ended.status == ExitCode.DONE, ended.words()
        say("installed")
        if layout.is_over:
            with container(there.disk):
                facts = _where(there.disk)
            menus = there.menus()
        else:
            facts, menus = there.keep(arguments.newer)
    facts["menus"] = [sha256(each.encode()) for each in menus]
    say("recorded")
    (arguments.out / "facts.json").write_text(json.dumps(facts))
    copy_sparse(grounds.base, arguments.out / "base.raw")
    copy_sparse(grounds.log, arguments.out / "log")
    say("told")


def say(text: object) -> None:
    """A line for the person who waits."""
    print(text, flush=True)


def _supplies(release: Path) -> Supplies:
    return Supplies(
        release=release.as_uri(),
        loaders=Path("/"),
        identifiers=Identifiers.draw(),
        needed=NEEDED_TOOLS,
        patience=500.0,
    )


class _There:
    """The disk of a bench, and what keeps the system on it."""

    def __init__(self, bench: Bench, grounds: LogWritesGrounds, folder: Path) -> None:
        self.disk = Opened(path=bench.disk)
        self._boot = self.disk.node(Role.BOOT)
        self._grounds = grounds
        self._folder = folder
        self._mounts = Mounts(Runner(), folder.with_name("slot"))

    def menus(self) -> tuple[str, ...]:
        """The menu that is there."""
        with self._mounts.device(self._boot, "ext4", read_only=True) as top:
            return ((top / _MENU).read_text(),)

    def keep(self, newer: Path) -> tuple[dict[str, object], tuple[str, ...]]:
        """An update, what takes it back, and a start of the other slot. What has to be known to
        read the container, and the menus before and after."""
        self._folder.mkdir()
        before = self.menus()
        with running_encrypted(self.disk, self._folder, self._mounts) as there:
            facts = _where(self.disk)
            with self._grounds.section("update"):
                code = there.carry_out(release_at(newer))
                assert code is ExitCode.DONE, list(follow(there.run))[-1]
            say("updated")
            with self._grounds.section("rollback"):
                there.upkeep().roll_back()
            with self._grounds.section("boot-next"):
                there.upkeep().start_once("b")
        return facts, (*before, *self.menus())


def _where(disk: Opened) -> dict[str, object]:
    """Key of the container, and where everything lies, in sectors of 512 bytes."""
    table = run("dmsetup", "table", "--showkeys", VOLUME_GROUP).split()
    _start, sectors, _crypt, cipher, key, _iv, _device, payload, *more = table
    sizes = re.findall(r"sector_size:(\d+)", " ".join(more))
    volumes = {}
    for role, name in VOLUMES.items():
        line = run("dmsetup", "table", f"{VOLUME_GROUP}-{name}").split()
        volumes[role.value] = (int(line[4]), int(line[1]))
    partition = Path("/sys/class/block", f"{Path(disk.path).name}p{LUKS}")
    return {
        "cipher": cipher,
        "key": _key(key, disk),
        "partition": int((partition / "start").read_text()),
        "payload": int(payload),
        "sectors": int(sectors),
        "sector_size": int(sizes[0]) if sizes else 512,
        "volumes": volumes,
    }


def _key(word: str, disk: Opened) -> str:
    """In hexadecimal: the kernel may have it in its keyring, where dmsetup(8) does not show it."""
    if not word.startswith(":"):
        return word
    place = Path("/run/volume-key")
    argv = ["cryptsetup", "luksDump", "--dump-volume-key", "--volume-key-file", str(place)]
    argv += ["--key-file=-", "--batch-mode", partition_path(disk.path, LUKS)]
    place.unlink(missing_ok=True)
    Runner().run(argv, stdin=PASSPHRASE.reveal(), timeout=60)
    return place.read_bytes().hex()


if __name__ == "__main__":
    os.umask(0o077)
    main()
