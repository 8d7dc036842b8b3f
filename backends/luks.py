"""LUKS2 containers, by cryptsetup(8). Keys go by file descriptor, in memory, never by argument."""

import contextlib
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from backends.block_device import (
    discarded,
    drop_cache,
    opened,
    require_block_device,
    size_of,
    whole,
    write_at,
    zero_marks,
)
from backends.file_errors import file_errors
from backends.luks_header import LuksHeader, read_headers
from backends.mapped_device import MappedDevices
from backends.mounts import Mounts, flush_directory
from backends.runner import Completed, Runner
from installer.errors import InstallError, ToolFailed
from installer.layout import LUKS_HEADER_SIZE
from installer.quantity import MIB, format_size
from installer.secret import Secret
from installer.text import _

SECONDS: Final = 300.0
"""luksFormat writes 16 MiB and measures argon2id for some seconds: 12 s without KVM, minutes on a
stick that is busy with something else."""
WRONG_KEY: Final = 2
NO_MEMORY: Final = 3
NO_SUCH_DEVICE: Final = 4
BUSY: Final = 5
"""Exit statuses, cryptsetup(8), "RETURN CODES"."""
NOTHING_FOUND: Final = 2
"""Exit status of ``blkid -p`` when it recognises nothing (blkid(8))."""
DERIVATION: Final = "argon2id"
BACKUP_MODE: Final = 0o600
"""A header and an old passphrase open the disk, even after that passphrase was changed."""


class Cryptsetup:
    """The tool cryptsetup. `root` is ``/`` but for tests, which lay a /sys there."""

    def __init__(self, runner: Runner, mounts: Mounts, *, root: Path = Path("/")) -> None:
        self._runner = runner
        self._mounts = mounts
        self._mapped = MappedDevices(root)

    def format(self, device: str, *, uuid: str, passphrase: Secret, memory_kib: int) -> None:
        """A new header over the whole device's start, read back in both its copies.

        The marks of whatever was there are zeroed before, so that no older header or file system
        comes back; luksFormat itself overwrites the first 16 MiB. Killed on the way, it leaves
        nothing that opens. Raises InstallError: the device is in use or too small, memory is too
        short.
        """
        require_block_device(device)
        _require_room(device)
        zero_marks(device, [whole(device)])
        argv = ["cryptsetup", "luksFormat", "--batch-mode", "--type", "luks2", "--uuid", uuid]
        argv += ["--pbkdf", DERIVATION, "--pbkdf-memory", str(memory_kib)]
        self._run([*argv, "--key-file=-", device], device, key=passphrase)
        drop_cache(device)
        primary, secondary = read_headers(device)
        if primary is None or primary != secondary or not _as_asked(primary, uuid, memory_kib):
            raise InstallError(
                _("the new LUKS header of {device} is not what was written").format(device=device),
                device=device,
                way_out=_("Try again; if it stays so, use another disk."),
            )

    def add_key(self, device: str, *, passphrase: Secret, key: Secret) -> None:
        """A further keyslot, which takes no more memory to open than the ones there are.

        Raises InstallError when `passphrase` does not open the container.
        """
        if self.opens(device, key):
            return
        argv = ["cryptsetup", "luksAddKey", "--batch-mode", "--type", "luks2"]
        argv += ["--pbkdf", DERIVATION, *_memory_words(device)]
        with _in_memory(key) as path:
            self._run([*argv, "--key-file=-", device, path], device, key=passphrase)

    def opens(self, device: str, key: Secret) -> bool:
        """Whether `key` opens the container. Raises InstallError when `device` holds none."""
        require_block_device(device)
        if not key.reveal():
            # cryptsetup takes no empty key, and says of one that there is nothing to read.
            return False
        argv = ["cryptsetup", "open", "--test-passphrase", "--readonly", "--type", "luks2"]
        argv += ["--key-file=-", device]
        ok = (0, WRONG_KEY)
        return self._run(argv, device, key=key, ok=ok).returncode == 0

    def uuid(self, device: str) -> str | None:
        """UUID of the LUKS2 header; None for LUKS1 and anything else. Writes nothing.

        The secondary header counts too: cryptsetup opens a container by it.
        """
        primary, secondary = read_headers(device)
        found = primary or secondary
        return None if found is None else found.uuid

    def open(self, device: str, *, name: str, passphrase: Secret, discards: bool) -> None:
        """Make it ``/dev/mapper/<name>``, with the header's flag for discards when `discards`.

        The flag is written after the opening (``--persistent``), so a run killed between the two
        leaves an open device without it: it is added then.
        Raises InstallError: a wrong passphrase, or the name belongs to something else.
        """
        require_block_device(device)
        flags = ["--allow-discards", "--persistent"] if discards else []
        entry = self._mapped.entry(name)
        if entry is None:
            argv = ["cryptsetup", "open", "--type", "luks2", *flags, "--key-file=-", device, name]
            self._run(argv, device, key=passphrase)
        else:
            self._require_over(entry, name, device)
            if discards and not _header(device).always_discards:
                argv = ["cryptsetup", "refresh", *flags, "--key-file=-", name]
                self._run(argv, device, key=passphrase)
        require_block_device(f"/dev/mapper/{name}")

    def destroy(self, device: str) -> bool:
        """Write over both headers and all keys of a container, then discard the whole device.

        False where that takes no discards. Raises InstallError: the device is in use, or fails.
        """
        require_block_device(device)
        with opened(device, os.O_WRONLY | os.O_EXCL) as descriptor:
            write_at(descriptor, bytes(LUKS_HEADER_SIZE), 0)
            os.fsync(descriptor)
        zero_marks(device, [whole(device)])
        drop_cache(device)
        return discarded(device)

    def close(self, name: str) -> None:
        """Take ``/dev/mapper/<name>`` away. Raises InstallError while something uses it."""
        if not self._mapped.is_there(name):
            return
        device = f"/dev/mapper/{name}"
        argv = ["cryptsetup", "close", name]
        self._run(argv, device, ok=(0, NO_SUCH_DEVICE), cleaning_up=True)

    def back_up_header(self, device: str, *, partition: str, file: str) -> None:
        """Write header and keyslots to `file` at the top of the file system on `partition`.

        An older file of this name is replaced when the new one is complete.
        """
        fstype = self._file_system(partition)
        with (
            self._mounts.device(partition, fstype, read_only=False) as top,
            file_errors(partition),
        ):
            place = top / file
            new = place.with_name(f".{place.name}.new")
            new.unlink(missing_ok=True)
            _require_room_for_copy(partition, place.parent)
            try:
                self._copy_header(device, partition, new)
                _finish(new)
                new.rename(place)
            finally:
                new.unlink(missing_ok=True)
            flush_directory(place.parent)

    def verify_header_backup(self, device: str, *, partition: str, file: str) -> None:
        """Raises InstallError unless `file` is what the device begins with, and all of it."""
        fstype = self._file_system(partition)
        drop_cache(partition)
        drop_cache(device)
        length = _header(device).length_bytes
        with opened(device, os.O_RDONLY) as descriptor:
            header = os.pread(descriptor, length, 0)
        with (
            self._mounts.device(partition, fstype, read_only=True) as top,
            file_errors(partition),
        ):
            copy = (top / file).read_bytes()
        if copy != header:
            raise InstallError(
                _("{file} on {partition} is not a copy of the header of {device}").format(
                    file=file, partition=partition, device=device
                ),
                device=partition,
                way_out=_("Use another stick for the copy."),
            )

    def _copy_header(self, device: str, partition: str, file: Path) -> None:
        argv = ["cryptsetup", "luksHeaderBackup", "--batch-mode", "--header-backup-file"]
        try:
            self._run([*argv, str(file), device], device)
        except ToolFailed as error:
            raise InstallError(
                _("the header of {device} cannot be copied to {partition}").format(
                    device=device, partition=partition
                ),
                device=partition,
                tool_words=error.tool_words,
                way_out=_room_wanted(),
            ) from error

    def _file_system(self, partition: str) -> str:
        """Its type by blkid's low-level probing, as mount(8) calls it."""
        require_block_device(partition)
        argv = ["blkid", "-p", "-o", "value", "-s", "TYPE", partition]
        ok = (0, NOTHING_FOUND)
        done = self._runner.run(argv, timeout=SECONDS, device=partition, ok=ok)
        found = done.stdout.strip()
        if not found:
            raise InstallError(
                _("{partition} has no file system for a copy of the header").format(
                    partition=partition
                ),
                device=partition,
                way_out=_("Use a stick with a FAT file system, as shops sell them."),
            )
        return found

    def _require_over(self, entry: Path, name: str, device: str) -> None:
        """Raises InstallError unless the open device is the container that is on `device` now."""
        number = Path(device).stat().st_rdev
        below = [(each / "dev").read_text().strip() for each in (entry / "slaves").iterdir()]
        container = f"CRYPT-LUKS2-{_header(device).uuid.replace('-', '')}-"
        identity = (entry / "dm/uuid").read_text().strip()
        own = below == [f"{os.major(number)}:{os.minor(number)}"]
        if not own or not identity.startswith(container):
            raise InstallError(
                _("/dev/mapper/{name} is something else than {device}").format(
                    name=name, device=device
                ),
                device=device,
                way_out=_("Close it (cryptsetup close {name}), then start again.").format(
                    name=name
                ),
            )

    def _run(
        self,
        argv: Sequence[str],
        device: str,
        *,
        key: Secret | None = None,
        ok: tuple[int, ...] = (0,),
        cleaning_up: bool = False,
    ) -> Completed:
        """cryptsetup, `key` on its standard input: no newline, none taken for an end.

        Raises InstallError in words for what a person can do something about, else ToolFailed.
        """
        done = self._runner.run(
            argv,
            stdin=None if key is None else key.reveal().encode(),
            timeout=SECONDS,
            device=device,
            ok=(*ok, WRONG_KEY, NO_MEMORY, BUSY),
            cleaning_up=cleaning_up,
        )
        if done.returncode not in ok:
            raise _refusal(done, device)
        return done


@contextlib.contextmanager
def _in_memory(key: Secret) -> Iterator[str]:
    """A path by which a tool of the same user reads `key`: memory of no file system.

    Standard input is taken by the other key. Each opening of the path starts at the first byte
    (proc(5), /proc/pid/fd; memfd_create(2)).
    """
    with os.fdopen(os.memfd_create("key"), "wb") as file:
        file.write(key.reveal().encode())
        file.flush()
        yield f"/proc/{os.getpid()}/fd/{file.fileno()}"


def _require_room(device: str) -> None:
    """luksFormat says of a device without room for data that all went well."""
    with opened(device, os.O_RDONLY) as descriptor:
        size = size_of(descriptor)
    if size <= LUKS_HEADER_SIZE:
        raise InstallError(
            _("{device} is too small to be encrypted: its header alone takes {size} MiB").format(
                device=device, size=LUKS_HEADER_SIZE // MIB
            ),
            device=device,
            way_out=_("Choose a larger disk."),
        )


def _header(device: str) -> LuksHeader:
    """The header that cryptsetup would go by. Raises InstallError when there is none."""
    primary, secondary = read_headers(device)
    found = primary or secondary
    if found is None:
        raise InstallError(
            _("{device} holds no LUKS2 container").format(device=device),
            device=device,
            way_out=_("Try again; if it stays so, use another disk."),
        )
    return found


def _require_room_for_copy(partition: str, folder: Path) -> None:
    """cryptsetup says of a full file system only that it cannot write."""
    free = shutil.disk_usage(folder).free
    if free < LUKS_HEADER_SIZE:
        raise InstallError(
            _("the file system on {device} is full: {free} is free").format(
                device=partition, free=format_size(free)
            ),
            device=partition,
            way_out=_room_wanted(),
        )


def _room_wanted() -> str:
    return _("Use a stick with {size} MiB of room that can be written to.").format(
        size=LUKS_HEADER_SIZE // MIB + 1
    )


def _as_asked(header: LuksHeader, uuid: str, memory_kib: int) -> bool:
    """Less memory is right too: cryptsetup takes no more than opens in two seconds."""
    if header.uuid != uuid.lower() or len(header.derivations) != 1:
        return False
    function, memory = header.derivations[0]
    return function == DERIVATION and 0 < memory <= memory_kib


def _memory_words(device: str) -> list[str]:
    """The option that keeps a new keyslot to the memory of the largest old one."""
    memory = max((each for _name, each in _header(device).derivations), default=0)
    return ["--pbkdf-memory", str(memory)] if memory else []


def _finish(file: Path) -> None:
    """Flush it, for root alone where the file system has modes: FAT refuses this one."""
    with contextlib.suppress(PermissionError):
        file.chmod(BACKUP_MODE)
    with file.open("rb") as copy:
        os.fsync(copy.fileno())


def _refusal(done: Completed, device: str) -> InstallError:
    """What cryptsetup's exit status means, for a person."""
    if done.returncode == WRONG_KEY:
        what = _("the passphrase does not open {device}")
        way_out = _("Type the passphrase of this disk, or its recovery key.")
    elif done.returncode == NO_MEMORY:
        what = _("there is too little memory to make or use a key for {device}")
        way_out = _("Close other programs, or use a machine with more memory.")
    else:
        what = _("{device} is in use by something else")
        way_out = _("Unmount it, or stop the RAID or volume group on it, then start again.")
    return InstallError(
        what.format(device=device),
        device=device,
        tool_words=done.stderr.strip(),
        way_out=way_out,
    )
