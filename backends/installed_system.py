"""The installed system: its /var filled, its account made, its settings written, its log kept."""

import contextlib
import hashlib
import itertools
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final

from backends.accounts import Accounts
from backends.file_errors import file_errors
from backends.image_tree import MountedImage
from backends.image_var import copy_var, differences
from backends.inside import resolve_inside
from backends.installed_tree import (
    SUBVOLUMES,
    InstalledTree,
    make_overlay_folders,
    overlay_folders,
)
from backends.later_wish import Wish, flatpaks_text, home_text
from backends.mounts import Mounts
from backends.network_files import NetworkFiles
from backends.runner import Runner
from backends.settings_files import SettingsFiles
from backends.var_renewal import VarRenewal
from backends.whole_file import put_bytes
from installer.answers import User
from installer.answers_connection import Network
from installer.contract import CONTRACT_PATH
from installer.contract_file import load_contract
from installer.errors import InstallError
from installer.image_requirements import needed_lacks
from installer.machinery import Settings
from installer.text import _

RECORD: Final = PurePosixPath("log/atomos/install.jsonl")
"""In @var."""
_TOP_MODES: Final = {"@home": 0o755, "@nix": 0o755}
_VAR: Final = SUBVOLUMES["var"]


class InstalledSystemOnDisk:
    """Works on the devices of slot and data, mounted for the length of each call."""

    def __init__(self, runner: Runner, mounts: Mounts) -> None:
        self._runner = runner
        self._tree = InstalledTree(mounts)

    def fill(self, *, slot: str, data: str) -> None:
        """Copy the image's /var into @var, make the directories of the /etc overlay.

        Killed in the middle it leaves part of them; again it converges. Raises InstallError.
        """
        with self._tree.slot(slot) as image, self._tree.subvolume(data, _VAR) as var:
            copy_var(self._runner, image / "var", var, device=data)
            with file_errors(data):
                make_overlay_folders(var)
        for name, mode in _TOP_MODES.items():
            with self._tree.subvolume(data, name) as top, file_errors(data):
                top.chmod(mode)

    def verify_filled(self, *, slot: str, data: str) -> None:
        """Raises InstallError, naming the first few paths of /var that are not as in the image."""
        with (
            self._tree.slot(slot) as image,
            self._tree.subvolume(data, _VAR, read_only=True) as var,
            file_errors(data),
        ):
            wrong = list(itertools.islice(differences(image / "var", var), 3))
            wrong += [
                path.relative_to(var) for path, _mode in overlay_folders(var) if not path.is_dir()
            ]
        if wrong:
            paths = ", ".join(f"/var/{path}" for path in wrong)
            raise InstallError(
                _("{paths} on {data} is not as in the image").format(paths=paths, data=data),
                device=data,
                way_out=_("Try again; if it stays so, use another disk."),
            )

    def renew_var(self, *, slot: str, data: str) -> None:
        """Put the image's /var in the place of @var, with what is carried over of the old one.

        Raises InstallError: the image's accounts and the old ones clash, or there is no room; the
        old @var is as it was then. Killed anywhere, again converges.
        """
        with self._tree.slot(slot) as image, self._tree.top(data) as top:
            VarRenewal(self._runner, top, data).renew(image)

    def verify_renewed(self, *, slot: str, data: str, accounts: tuple[str, ...]) -> None:
        """Raises InstallError, naming what of /var is not the image's, or which account is lost."""
        with self._renewal_over(slot, data) as (renewal, image):
            renewal.verify(image, _VAR, accounts)

    def adopt_var(self, *, slot: str, data: str) -> None:
        """Keep @var, and add what it lacks of the image's. Raises InstallError.

        Nothing that is there changes. Killed anywhere, again converges.
        """
        with self._tree.slot(slot) as image, self._tree.top(data) as top:
            VarRenewal(self._runner, top, data).adopt(image)

    def verify_adopted(self, *, slot: str, data: str, accounts: tuple[str, ...]) -> None:
        """Raises InstallError, naming what is missing of the image's /var, or an account."""
        with self._renewal_over(slot, data) as (renewal, image):
            renewal.verify_adopted(image, accounts)

    @contextlib.contextmanager
    def _renewal_over(self, slot: str, data: str) -> Iterator[tuple[VarRenewal, Path]]:
        """To look at what a renewal left, beside the image. Raises InstallError unless it is all
        done: @var alone, no @var.new and no @var.old."""
        with (
            self._tree.slot(slot) as image,
            self._tree.top(data, read_only=True) as top,
            file_errors(data),
        ):
            renewal = VarRenewal(self._runner, top, data)
            renewal.verify_alone()
            yield renewal, image

    def add_user(self, *, slot: str, data: str, user: User) -> None:
        """Make the account with the image's own tools, and lock root. Raises InstallError."""
        with self._tree.whole(slot, data) as root:
            Accounts(self._runner, root, slot).add(user)

    def verify_user(self, *, slot: str, data: str, user: User) -> None:
        """Raises InstallError with what the account lacks; a password is never printed."""
        with self._tree.whole(slot, data) as root:
            Accounts(self._runner, root, slot).verify(user)

    def set_up(self, *, slot: str, data: str, settings: Settings) -> None:
        """Write host name, locale, keymap, time zone and machine-id. Raises InstallError."""
        with self._tree.whole(slot, data) as root:
            SettingsFiles(root, slot).write(settings)

    def verify_set_up(self, *, slot: str, data: str, settings: Settings) -> None:
        """Raises InstallError, naming the file that says something else."""
        with self._tree.whole(slot, data) as root:
            SettingsFiles(root, slot).verify(settings)

    def set_network(self, *, slot: str, data: str, network: Network) -> None:
        """Write the connection and the proxy. Raises InstallError."""
        with self._tree.whole(slot, data) as root:
            NetworkFiles(root, slot).write(network)

    def verify_network(self, *, slot: str, data: str, network: Network) -> None:
        """Raises InstallError, naming the file that says something else."""
        with self._tree.whole(slot, data) as root:
            NetworkFiles(root, slot).verify(network)

    def ask_for_home(self, *, slot: str, data: str, user: str, flake: str | None) -> None:
        """Leave word that `user` wants a home by home-manager. Raises InstallError."""
        with self._tree.whole(slot, data) as root, file_errors(data):
            Wish(root, slot, f"home/{user}").write(home_text(flake))

    def verify_home(self, *, slot: str, data: str, user: str, flake: str | None) -> None:
        """Raises InstallError unless that word is there."""
        with self._tree.whole(slot, data) as root, file_errors(data):
            Wish(root, slot, f"home/{user}").verify(home_text(flake))

    def ask_for_flatpaks(self, *, slot: str, data: str, apps: tuple[str, ...], url: str) -> None:
        """Leave word that these applications are to be installed. Raises InstallError."""
        with self._tree.whole(slot, data) as root, file_errors(data):
            Wish(root, slot, "flatpaks").write(flatpaks_text(apps, url))

    def verify_flatpaks(self, *, slot: str, data: str, apps: tuple[str, ...], url: str) -> None:
        """Raises InstallError unless that word is there."""
        with self._tree.whole(slot, data) as root, file_errors(data):
            Wish(root, slot, "flatpaks").verify(flatpaks_text(apps, url))

    def keep_record(self, *, data: str, events: str) -> None:
        """Write `events` to ``/var/log/atomos/install.jsonl``, for root's eyes only."""
        with self._tree.subvolume(data, _VAR) as var, file_errors(data):
            path = resolve_inside(var, RECORD, device=data)
            path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            put_bytes(path, events.encode(), mode=0o600)

    def read_record(self, *, data: str) -> str:
        """What `keep_record` left; empty when there is nothing."""
        with self._tree.subvolume(data, _VAR, read_only=True) as var, file_errors(data):
            path = resolve_inside(var, RECORD, device=data)
            return path.read_text(encoding="utf-8") if path.is_file() else ""

    def verify_contract(self, *, slot: str, text_sha256: str) -> None:
        """Raises InstallError unless the contract inside the slot has this SHA-256, and the image
        has what it needs of what that asks for."""
        with self._tree.slot(slot) as image:
            inside = MountedImage(image, slot)
            text = inside.contract_text()
            if hashlib.sha256(text).hexdigest() != text_sha256:
                raise _unlike_contract(
                    _("the contract inside the image on {slot} is not the one beside it").format(
                        slot=slot
                    ),
                    slot,
                )
            contract = load_contract(text.decode(errors="replace"), CONTRACT_PATH.name)
            lacks = needed_lacks(contract, inside)
        if lacks:
            raise _unlike_contract(
                _("the image on {slot} is not what its contract asks for: {lacks}").format(
                    slot=slot, lacks=" ".join(each.lack for each in lacks)
                ),
                slot,
            )


def _unlike_contract(what: str, slot: str) -> InstallError:
    return InstallError(
        what,
        device=slot,
        way_out=_("Tell whoever publishes the release; another one may be right."),
    )
