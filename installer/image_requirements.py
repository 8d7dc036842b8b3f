"""What the contract asks of an image: each thing, whether it is there, how to mend it. Pure.

The installer holds the image in a slot to what is `needed` before it makes a system of it;
``./dev contract check`` tells all of it to whoever makes an image, in English as all of ./dev: only
what the installer may have to say is translated.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final, Protocol

from installer.contract import CONTRACT_PATH, Contract, ImageKind, needs_verity
from installer.errors import InstallError
from installer.release import Verity
from installer.text import _

MOUNTED_ON: Final = ("var", "home", "nix", "etc", "proc", "sys", "dev", "run", "tmp")
"""Folders of an image on which the installer, and the initramfs, mount something."""
ACCOUNT_TOOLS: Final = (
    ("useradd", "usermod", "chpasswd"),
    ("adduser", "addgroup", "deluser", "chpasswd", "passwd"),
)
"""Sets of programs, one of which an image has to have whole (`backends.accounts` uses them)."""
ACCOUNT_FILES: Final = ("etc/passwd", "etc/group", "etc/shadow")
TOOL_FOLDERS: Final = ("/usr/sbin", "/usr/bin", "/sbin", "/bin")
_OURS: Final = CONTRACT_PATH.parent
_HEAD_BYTES: Final = 4096
"""Where a kernel says what it is, and whether it is signed."""


class ImageTree(Protocol):
    """An image that can be looked into. Links are followed as the image itself would; one that
    leads out of it, or in a circle, raises InstallError."""

    def is_file(self, path: PurePosixPath) -> bool:
        """Whether there is a regular file."""
        ...

    def is_folder(self, path: PurePosixPath) -> bool:
        """Whether there is a folder, and no link to one."""
        ...

    def runs(self, path: PurePosixPath) -> bool:
        """Whether there is a program."""
        ...

    def names(self, path: PurePosixPath) -> tuple[str, ...]:
        """What is in a folder; nothing where there is none."""
        ...

    def start_of(self, path: PurePosixPath, count: int) -> bytes:
        """The first `count` bytes of a file."""
        ...


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that the contract asks of an image."""

    asked: str
    """What should be so, in a sentence."""
    lack: str = ""
    """What is not so; empty where all is well."""
    mend: str = ""
    needed: bool = True
    """Whether an image without it is no system; otherwise it is a worse one."""


def findings(contract: Contract, tree: ImageTree) -> Iterator[Finding]:
    """All that a contract which was read asks of the rest of its image."""
    yield _is_system(contract)
    for key, path in (("kernel", contract.kernel), ("initrd", contract.initrd)):
        yield _boot_file(key, path, tree)
    yield from look_without_contract(tree)
    yield from _kernel_findings(contract, tree)
    yield _encrypted(contract)
    yield from _services(contract, tree)


def look_without_contract(tree: ImageTree) -> Iterator[Finding]:
    """What is asked of every image, whatever its contract says."""
    yield _folders(tree)
    yield _accounts(tree)
    yield _marks_good(tree)
    yield _no_identity(tree)


def needed_lacks(contract: Contract, tree: ImageTree) -> tuple[Finding, ...]:
    """What keeps the image from being a system."""
    return tuple(each for each in findings(contract, tree) if each.lack and each.needed)


def verity_finding(contract: Contract, verity: Verity | None, size_bytes: int) -> Finding | None:
    """Whether a hash tree is where the contract's templates ask for one; None: they do not.

    `verity` is what the file beside the image says, `size_bytes` the image's length.
    """
    lines = contract.command_lines
    if not any(needs_verity(each) for each in (lines.plain, lines.encrypted)):
        return None
    lack = ""
    if verity is None:
        lack = "The release lacks the root of the hash tree beside the image."
    elif not tree_is_within(verity, size_bytes):
        lack = (
            "The root beside the image is of another one: its hashes would begin at byte"
            f" {verity.hash_offset_bytes}, and the image has {size_bytes}."
        )
    return Finding(
        asked="The image ends in its hash tree (dm-verity), whose root is beside it.",
        lack=lack,
        mend=(
            "`mkimage-profile/hash_tree.py IMAGE` appends the tree and writes the root; or leave"
            " the placeholders {placeholder} out of `command_lines`."
        ).format(placeholder="{verity.…}"),
    )


def tree_is_within(verity: Verity, size_bytes: int) -> bool:
    """Whether the hash tree begins before the end of an image of that length."""
    return verity.hash_offset_bytes < size_bytes


def _is_system(contract: Contract) -> Finding:
    is_system = contract.kind is ImageKind.SYSTEM
    return Finding(
        asked="It is a system, for a slot.",
        lack="" if is_system else _("Its contract says that it is a live image."),
        mend="Write `kind: system` where it is one.",
    )


def _boot_file(key: str, path: PurePosixPath, tree: ImageTree) -> Finding:
    lack = ""
    try:
        if not tree.is_file(path):
            lack = _("There is no file {path}.").format(path=path)
    except InstallError as error:
        lack = f"{error.what}."
    return Finding(
        asked=f"`{key}` is a file of the image: {path}.",
        lack=lack,
        mend=(
            "Put it there, or write into image.yaml where it is. /boot may be left out of"
            " an image by whoever packs it."
        ),
    )


def _folders(tree: ImageTree) -> Finding:
    lacking = [name for name in MOUNTED_ON if not _is_folder(tree, name)]
    listed = ", ".join(f"/{name}" for name in lacking)
    return Finding(
        asked="It has the folders on which something is mounted: {names}.".format(
            names=", ".join(f"/{name}" for name in MOUNTED_ON)
        ),
        lack=_("These are not there, or no folders: {names}.").format(names=listed)
        if lacking
        else "",
        mend="Make each of them a folder; empty is enough. A link does not do.",
    )


def _is_folder(tree: ImageTree, name: str) -> bool:
    try:
        return tree.is_folder(PurePosixPath("/", name))
    except InstallError:
        return False


def _accounts(tree: ImageTree) -> Finding:
    lacks = [[name for name in tools if not has_program(tree, name)] for tools in ACCOUNT_TOOLS]
    lacking = [] if [] in lacks else lacks[0]
    lacking += [f"/{name}" for name in ACCOUNT_FILES if not _is_file(tree, f"/{name}")]
    return Finding(
        asked="It can make the account of a person: {names}.".format(
            names=", ".join((*ACCOUNT_TOOLS[0], *(f"/{name}" for name in ACCOUNT_FILES)))
        ),
        lack=_("These are missing: {names}.").format(names=", ".join(lacking)) if lacking else "",
        mend=(
            "Install the package that has them: passwd (Debian), shadow (others). busybox with"
            f" {', '.join(ACCOUNT_TOOLS[1])} does as well."
        ),
    )


def has_program(tree: ImageTree, name: str) -> bool:
    """Whether the image has a program of that name where programs are."""
    for folder in TOOL_FOLDERS:
        try:
            if tree.runs(PurePosixPath(folder, name)):
                return True
        except InstallError:
            continue
    return False


def _is_file(tree: ImageTree, path: str | PurePosixPath) -> bool:
    try:
        return tree.is_file(PurePosixPath(path))
    except InstallError:
        return False


def _marks_good(tree: ImageTree) -> Finding:
    program = _OURS / "mark-good"
    return Finding(
        asked="It says that it has started well.",
        lack=""
        if _is_file(tree, program)
        else f"There is no {program}: after three starts the other slot would come first.",
        mend=(
            "Take over live/system, which has it, and enable atomos-mark-good.service"
            " (docs/boot-state.md)."
        ),
        needed=False,
    )


def _no_identity(tree: ImageTree) -> Finding:
    try:
        found = [
            f"/etc/ssh/{name}"
            for name in tree.names(PurePosixPath("/etc/ssh"))
            if name.startswith("ssh_host_") and name.endswith("_key")
        ]
        if _is_file(tree, "/etc/machine-id"):
            word = tree.start_of(PurePosixPath("/etc/machine-id"), 64).strip()
            found += ["/etc/machine-id"] if word not in (b"", b"uninitialized") else []
    except InstallError as error:
        found = [error.what]
    return Finding(
        asked="It has no identity, which all machines would share.",
        lack="There is one: {names}.".format(names=", ".join(found)) if found else "",
        mend="Remove the host keys, and empty /etc/machine-id, before the image is packed.",
        needed=False,
    )


def _kernel_findings(contract: Contract, tree: ImageTree) -> Iterator[Finding]:
    if not _is_file(tree, contract.kernel):
        return
    head = tree.start_of(contract.kernel, _HEAD_BYTES)
    if contract.architecture == "x86-64":
        # Documentation/arch/x86/boot.rst: the magic number of the boot protocol.
        yield Finding(
            asked="The kernel is one that GRUB starts.",
            lack="" if head[0x202:0x206] == b"HdrS" else "It is no Linux kernel for x86-64.",
            mend="`kernel` is to be the bzImage (Debian's vmlinuz), not the ELF file vmlinux.",
            needed=False,
        )
    if contract.secure_boot:
        yield Finding(
            asked="The kernel is signed, as `secure_boot: true` says.",
            lack="" if is_signed(head) else "It carries no signature.",
            mend="Take the distribution's signed kernel, or write `secure_boot: false`.",
            needed=False,
        )


def is_signed(head: bytes) -> bool:
    """Whether the PE file that begins with `head` has a certificate table ("PE Format", Microsoft,
    "Optional Header Data Directories"); by whom it is signed only the firmware can tell."""
    start = int.from_bytes(head[0x3C:0x40], "little")
    if head[start : start + 4] != b"PE\0\0" or head[start + 24 : start + 26] != b"\x0b\x02":
        return False
    entry = start + 24 + 144
    return int.from_bytes(head[entry + 4 : entry + 8], "little") > 0


def _encrypted(contract: Contract) -> Finding:
    return Finding(
        asked="It starts from an encrypted disk too.",
        lack=""
        if contract.command_lines.encrypted
        else "`command_lines.encrypted` is not there, so encryption is refused.",
        mend="Put cryptsetup and LVM into its initramfs, and write the template.",
        needed=False,
    )


def _services(contract: Contract, tree: ImageTree) -> Iterator[Finding]:
    wanted = (
        (contract.home_manager, "home_manager", "nix", _OURS / "home"),
        (contract.flatpak, "flatpak", "flatpak", _OURS / "flatpaks"),
    )
    for is_promised, key, program, service in wanted:
        if not is_promised:
            continue
        lacking = [] if has_program(tree, program) else [program]
        lacking += [] if _is_file(tree, service) else [str(service)]
        yield Finding(
            asked=f"It keeps what `{key}: true` promises.",
            lack=f"These are missing: {', '.join(lacking)}." if lacking else "",
            mend=f"Add them (docs/home.md), or write `{key}: false`.",
            needed=False,
        )
