"""Accounts of the installed system, made with the image's own tools."""

import os
from pathlib import Path, PurePosixPath
from typing import Final

from backends.account_files import FIRST_USER_ID, Account, AccountFiles
from backends.account_tools import AccountTools, Busybox, ShadowUtils, Wanted
from backends.inside import resolve_inside
from backends.missing_files import copy_missing
from backends.runner import Runner
from backends.whole_file import put_bytes
from installer.answers import User
from installer.errors import InstallError, ToolFailed
from installer.image_requirements import TOOL_FOLDERS
from installer.text import _

SECONDS: Final = 120.0
"""useradd takes a second; yescrypt under an emulated processor took ten."""
SUDO_GROUPS: Final = ("sudo", "wheel")
"""Whoever is in it may become root: Debian's, everybody else's."""
DESKTOP_GROUPS: Final = (
    *("audio", "bluetooth", "cdrom", "lpadmin", "netdev", "plugdev", "scanner"),
    *("users", "video"),
)
"""Devices and services of the machine that one sits at, as distributions give them to their first
account; nobody becomes root by one of them. Of an image without one, it is left out."""
SHELLS: Final = ("/bin/bash", "/bin/sh")
_LOCKED: Final = ("passwd", "shadow", "group", "gshadow", "subuid", "subgid")
"""Files in /etc that shadow-utils lock by ``NAME.lock``, a link to ``NAME.PID`` that goes at once
(lib/commonio.c). The crash points found one that the power had left."""


class Accounts:
    """Accounts of the whole tree at `root`, whose image lies on the device `slot`."""

    def __init__(self, runner: Runner, root: Path, slot: str) -> None:
        self._runner = runner
        self._root = root
        self._slot = slot
        self._files = AccountFiles(root=root, device=slot)

    def add(self, user: User) -> None:
        """Make the account, or bring one that an earlier try made to the same state; lock root.

        Raises InstallError: the image lacks a tool or a group, or has an account of that name.
        """
        self._remove_stale_locks()
        groups = self._groups_for(user)
        found = self._files.account(user.name)
        if found is not None and found.uid < FIRST_USER_ID:
            raise self._fault(
                _("the image has an account {name} of its own").format(name=user.name),
                _("Choose another login name."),
            )
        shell = next((each for each in SHELLS if self._has(each)), SHELLS[-1])
        tools = self._tools()
        wanted = Wanted(name=user.name, full_name=user.full_name, shell=shell, groups=groups)
        if found is None:
            tools.add(wanted)
        else:
            tools.change(found, wanted)
        account = self._account(user.name)
        self._complete_home(account)
        self._set_password(tools, user)
        self._write_keys(account, user.ssh_keys)
        if not self._files.is_locked("root"):
            tools.lock("root")

    def verify(self, user: User) -> None:
        """Raises InstallError with the first thing that is not as `user` wants it."""
        account = self._account(user.name)
        members = self._files.groups()
        lacking = [
            each for each in self._groups_for(user) if user.name not in members.get(each, ())
        ]
        home = self._inside(account.home)
        keys = home / ".ssh" / "authorized_keys"
        faults = (
            (account.full_name != user.full_name, _("has another full name")),
            (bool(lacking), _("is not in the group {group}").format(group=", ".join(lacking))),
            (not self._files.has_password(user.name), _("has no password")),
            (
                user.password_hash is not None
                and not self._files.has_hash(user.name, user.password_hash),
                _("has another password"),
            ),
            (not _owned(home, account), _("has no home directory of its own")),
            (
                bool(user.ssh_keys) and not (_owned(keys, account) and _holds(keys, user.ssh_keys)),
                _("does not have its SSH keys"),
            ),
        )
        for wrong, what in faults:
            if wrong:
                raise self._fault(_("the account {name} {what}").format(name=user.name, what=what))
        if not self._files.is_locked("root"):
            raise self._fault(_("the account root is not locked"))

    def _groups_for(self, user: User) -> tuple[str, ...]:
        """Those of a desktop's first account that the image has, and the user's own.

        Raises InstallError for one of the user's own that is not there.
        """
        known = self._files.groups()
        missing = [each for each in user.groups if each not in known]
        if missing:
            raise self._fault(
                _("the image has no group {group}").format(group=", ".join(missing)),
                _("Leave it out of the user's groups."),
            )
        own = (each for each in (*SUDO_GROUPS, *DESKTOP_GROUPS) if each in known)
        return tuple(dict.fromkeys((*own, *user.groups)))

    def _account(self, name: str) -> Account:
        account = self._files.account(name)
        if account is None:
            raise self._fault(_("there is no account {name}").format(name=name))
        return account

    def _complete_home(self, account: Account) -> None:
        """Give the home what it lacks of /etc/skel, all of it owned by the account.

        useradd writes passwd before it makes the home: killed between, it leaves an account
        without one, and usermod makes none.
        """
        home = self._inside(account.home)
        if not home.exists():
            home.mkdir(mode=0o700)
        skeleton = self._inside(PurePosixPath("/etc/skel"))
        if skeleton.is_dir():
            copy_missing(self._runner, skeleton, home, device=self._slot, seconds=SECONDS)
        for folder, directories, files in os.walk(home):
            for name in (".", *directories, *files):
                os.lchown(Path(folder) / name, account.uid, account.gid)

    def _set_password(self, tools: AccountTools, user: User) -> None:
        """By chpasswd's standard input, which nobody else can read."""
        secret = user.password if user.password_hash is None else user.password_hash
        if secret is None:
            raise self._fault(_("the account {name} has no password").format(name=user.name))
        if "\n" in secret.reveal():
            raise self._fault(_("the password of {name} has two lines").format(name=user.name))
        line = f"{user.name}:{secret.reveal()}\n"
        tools.set_password(line, hashed=user.password_hash is not None)

    def _write_keys(self, account: Account, keys: tuple[str, ...]) -> None:
        if not keys:
            return
        folder = self._inside(account.home) / ".ssh"
        folder.mkdir(mode=0o700, exist_ok=True)
        folder.chmod(0o700)
        owner = (account.uid, account.gid)
        os.lchown(folder, *owner)
        put_bytes(folder / "authorized_keys", _key_file(keys), mode=0o600, owner=owner)

    def _remove_stale_locks(self) -> None:
        """Remove locks of a killed run: their process ids may belong to somebody else by now."""
        etc = self._root / "etc"
        for name in _LOCKED:
            for file in etc.glob(f"{name}.*"):
                if file.suffix == ".lock" or file.suffix[1:].isdigit():
                    file.unlink()

    def _chroot(self, tool: str, *arguments: str, stdin: str | None = None) -> None:
        """Run the image's own `tool`. Raises ToolFailed in its name, not in chroot's."""
        if not self._has_tool(tool):
            raise self._fault(_("the image lacks the program {tool}").format(tool=tool))
        argv = ["chroot", str(self._root), tool, *arguments]
        try:
            self._runner.run(argv, stdin=stdin, timeout=SECONDS, device=self._slot)
        except ToolFailed as error:
            words = error.tool_words
            raise ToolFailed((tool, *arguments), error.status, words, device=self._slot) from error

    def _tools(self) -> AccountTools:
        """shadow-utils where the image has it; its absence is told by the name of useradd."""
        is_busybox = self._has_tool("adduser") and not self._has_tool("useradd")
        return (Busybox if is_busybox else ShadowUtils)(self._chroot)

    def _has_tool(self, tool: str) -> bool:
        return any(self._has(f"{folder}/{tool}") for folder in TOOL_FOLDERS)

    def _has(self, path: str) -> bool:
        return self._inside(PurePosixPath(path)).is_file()

    def _inside(self, path: PurePosixPath) -> Path:
        return resolve_inside(self._root, path, device=self._slot)

    def _fault(self, what: str, way_out: str = "") -> InstallError:
        return InstallError(
            what,
            device=self._slot,
            way_out=way_out or _("Start the installation again, or use another image."),
        )


def _key_file(keys: tuple[str, ...]) -> bytes:
    return "".join(f"{key.strip()}\n" for key in keys).encode()


def _owned(path: Path, account: Account) -> bool:
    try:
        found = path.lstat()
    except FileNotFoundError:
        return False
    return (found.st_uid, found.st_gid) == (account.uid, account.gid)


def _holds(path: Path, keys: tuple[str, ...]) -> bool:
    return path.read_bytes() == _key_file(keys)
