"""Changes of a written disk, each with the line of its fingerprint that tells of it."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

from backends.bios_core import CODE_BYTES
from backends.mounts import Mounts
from installer.layout import Role
from installer.quantity import KIB, MIB
from tests.tools.written_disk import SIZES, Attached

ETC = "@var/lib/atomos/etc/upper"
Change = Callable[[Attached, Mounts], None]


def flip(device: str, offset: int) -> None:
    with Path(device).open("r+b") as file:
        file.seek(offset)
        byte = file.read(1)
        file.seek(offset)
        file.write(bytes([byte[0] ^ 1]))
        file.flush()
        os.fsync(file.fileno())


def in_data(name: str, do: Callable[[Path], object]) -> Change:
    """A change of a file of the data partition."""

    def change(disk: Attached, mounts: Mounts) -> None:
        with mounts.device(disk.node(Role.DATA), "btrfs", read_only=False, subvolume="/") as top:
            do(top / name)

    return change


def in_boot(name: str, do: Callable[[Path], object]) -> Change:
    """A change of a file of the boot partition."""

    def change(disk: Attached, mounts: Mounts) -> None:
        with mounts.device(disk.node(Role.BOOT), "ext4", read_only=False) as top:
            do(top / name)

    return change


def on_device(role: Role, offset: int) -> Change:
    """One bit of a partition."""
    return lambda disk, _mounts: flip(disk.node(role), offset)


def on_disk(offset: int) -> Change:
    """One bit of the disk, from its end where `offset` is negative."""

    def change(disk: Attached, _mounts: Mounts) -> None:
        size = int(subprocess.check_output(["blockdev", "--getsize64", disk.path]))
        flip(disk.path, offset % size)

    return change


def by_tool(*argv: str) -> Change:
    """A change by a tool; DISK and ESP in its arguments are the nodes."""

    def change(disk: Attached, _mounts: Mounts) -> None:
        nodes = {"DISK": disk.path, "ESP": disk.node(Role.ESP)}
        words = [nodes.get(word, word) for word in argv]
        subprocess.run(words, check=True, capture_output=True, stdin=subprocess.DEVNULL)

    return change


def edited(old: str, new: str) -> Callable[[Path], object]:
    def edit(file: Path) -> None:
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))

    return edit


def byte_changed(file: Path) -> None:
    data = file.read_bytes()
    file.write_bytes(bytes([data[0] ^ 1]) + data[1:])


def replaced_by_folder(folder: Path) -> None:
    folder.rmdir()
    folder.mkdir()


def replaced_by_link(link: Path) -> None:
    link.unlink()
    link.symlink_to("x")


def other_time(file: Path) -> None:
    os.utime(file, (1, 1))


def other_salt(file: Path) -> None:
    fields = file.read_text().split(":")
    place = next(number for number, field in enumerate(fields) if field.startswith("$6$"))
    fields[place] = "$6$another$hash"
    file.write_text(":".join(fields))


Round = tuple[tuple[Change, str], ...]
"""Changes that do not get into each other's way, each with the line that it brings or takes."""
OUTSIDE: Round = (
    (by_tool("sfdisk", "--part-attrs", "DISK", "4", "GUID:60"), "+table 4 label=atomos-a"),
    (on_disk(-33 * 512 + 130), "+table copies: the second is damaged"),
    (on_disk(CODE_BYTES - 1), "+disk boot code: sha256="),
    (on_disk(CODE_BYTES), "+disk protective table: sha256="),
    (on_device(Role.BIOS, 30 * KIB), "+bios core: sha256="),
    (on_device(Role.BIOS, MIB - 1), "+bios behind the core: sha256="),
    (on_device(Role.SLOT_A, 17 * MIB + 3), "+slot a: 17"),
    (on_device(Role.SLOT_B, SIZES[Role.SLOT_B] - 1), "+slot b rest of the last MiB: sha256="),
    (on_device(Role.RECOVERY, 2 * MIB), "+recovery: 3"),
    (on_device(Role.RECOVERY, SIZES[Role.RECOVERY] - 1), "+recovery rest of the last MiB: sha256="),
)
IN_FILES: Round = (
    (
        by_tool("mcopy", "-o", "-i", "ESP", __file__, "::/EFI/debian/grub.cfg"),
        "+esp /EFI/debian/grub.cfg sha256=",
    ),
    (by_tool("mcopy", "-i", "ESP", __file__, "::/more.efi"), "+esp /more.efi sha256="),
    (by_tool("mmd", "-i", "ESP", "::/EFI/more"), "+esp /EFI/more/ folder"),
    (in_boot("b/vmlinuz", byte_changed), "+boot /b/vmlinuz file 0644 0:0 sha256="),
    (in_boot("b/initrd", lambda file: file.chmod(0o644)), "+boot /b/initrd file 0644 0:0"),
    (in_boot("a/initrd", lambda file: os.chown(file, 0, 4)), "+boot /a/initrd file 0600 0:4"),
    (in_boot("grub/grub.cfg", edited("root", "Root")), "+boot /grub/grub.cfg file"),
    (in_boot("grub/i386-pc/core.img", byte_changed), "+boot /grub/i386-pc/core.img file"),
    (
        in_boot("grub/state2", edited("atomos_b_tries=3", "atomos_b_tries=2")),
        "+boot /grub/state2 | 07 atomos_b_tries=2",
    ),
    (in_boot("atomos", lambda folder: folder.mkdir(0o700)), "+boot /atomos folder 0700 0:0"),
    (
        in_data("@var/lib/atomos-test/large", byte_changed),
        "+data /@var/lib/atomos-test/large file 0644 0:0 sha256=",
    ),
    (
        in_data("@var/lib/atomos-test/state", lambda file: os.setxattr(file, "user.colour", b"b")),
        "+data /@var/lib/atomos-test/state xattr user.colour=b'b'",
    ),
    (in_data("@var/cache/atomos-test/007", Path.unlink), "-data /@var/cache/atomos-test/007 file"),
    (
        in_data("@home/ada", lambda folder: folder.chmod(0o755)),
        "+data /@home/ada folder 0755 1000:1000",
    ),
    (
        in_data("@home/ada/.bashrc", lambda file: os.chown(file, 0, 0)),
        "+data /@home/ada/.bashrc file 0644 0:0",
    ),
    (
        in_data("@home/link", lambda link: link.symlink_to("elsewhere")),
        "+data /@home/link link 0777 0:0 -> elsewhere",
    ),
    (
        in_data("@snapshots", replaced_by_folder),
        "+data /@snapshots folder 0755 0:0",
    ),
    (
        in_data("@var/cache/atomos-test/008", lambda file: os.link(file, file.with_name("more"))),
        "+data /@var/cache/atomos-test/more file 0644 0:0 links=2",
    ),
    (in_data(f"{ETC}/shadow", edited("ada:$6$", "ada:!$6$")), "+SHADOW | 03 ada:!set($6$):day:"),
    (in_data(f"{ETC}/shadow", edited("root:!", "root:")), "+SHADOW | 01 root::day:"),
    (
        in_data(f"{ETC}/machine-id", lambda file: file.write_text("uninitialized\n")),
        f"+data /{ETC}/machine-id | 01 uninitialized",
    ),
    (in_data("@var/log/atomos/install.jsonl", Path.unlink), "-data /@var/log/atomos/install.jsonl"),
)
MORE: Round = (
    (on_device(Role.SLOT_A, 0), "+slot a: no SquashFS, first MiB: sha256="),
    (in_data(f"{ETC}/shadow", edited("ada:$6$", "ada:$y$")), "+SHADOW | 03 ada:set($y$):day:"),
    (
        in_data("@var/lib/atomos-test/link", replaced_by_link),
        "+data /@var/lib/atomos-test/link link 0777 0:42 -> x",
    ),
    (by_tool("sfdisk", "--part-label", "DISK", "6", "other"), "+table 6 label=other"),
)
ALIKE: tuple[Change, ...] = (
    in_data("@var/log/atomos/install.jsonl", byte_changed),
    in_data("@home/ada/.bashrc", other_time),
    in_data(f"{ETC}/shadow", other_salt),
    in_data(f"{ETC}/machine-id", lambda file: file.write_text("a" * 32 + "\n")),
)
