"""LVM by lvm(8): a volume group on one device, with logical volumes in it.

Every command that changes something sees only the devices of that group (``--devices``): a group
of the same name on another disk is never touched.
"""

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from backends.block_device import require_block_device, whole, zero_marks
from backends.runner import Runner
from backends.udev import settle
from installer.errors import InstallError
from installer.layout import EXTENT
from installer.machinery import Volume
from installer.text import _

SECONDS: Final = 120.0
"""Each command reads the start of every disk; one that sleeps takes ten seconds to wake."""
NODES_SECONDS: Final = 30.0
"""How long after an activation udev may take to make the links in /dev."""
FREE_SECONDS: Final = 10.0
"""How long a device is tried again: when it appears, udev activates an old group on it anew."""
RETRY_SECONDS: Final = 0.2
_UNKNOWN: Final = "[unknown]"
"""In the place of a name; no group can be called so (lvm(8), VALID NAMES)."""
QUIET: Final = ("--yes", "--autobackup", "n")
"""No questions, and no copy of the metadata in the live system's /etc/lvm."""


@dataclass(frozen=True, kw_only=True)
class _Place:
    """A physical volume of a group; `device` is ``[unknown]`` where it is not attached."""

    device: str
    group: str
    group_uuid: str


class Lvm:
    """Volume groups. `dev` is where their nodes appear."""

    def __init__(self, runner: Runner, *, dev: Path = Path("/dev")) -> None:
        self._runner = runner
        self._dev = dev

    def make(self, device: str, *, group: str, volumes: tuple[Volume, ...]) -> None:
        """The volume group on `device` alone, its volumes active and zeroed at their starts.

        An older group on `device` is taken away first: killed anywhere, again converges. Raises
        InstallError: the device is in use, another attached device has a group of this name, the
        volumes do not fit, they are not what was asked for.
        """
        require_block_device(device)
        self._refuse_elsewhere(device, group)
        self._take_away(device)
        only = ("--devices", device)
        self._lvm("pvcreate", *only, *_QUIET_FORCE, "--zero", "y", device, about=device)
        options = (*only, *QUIET, "--physicalextentsize", f"{EXTENT}b", group, device)
        self._lvm("vgcreate", *options, about=device)
        for volume in volumes:
            size = ("--extents", "100%FREE")
            if volume.size_bytes is not None:
                size = ("--size", f"{volume.size_bytes}b")
            options = (*only, *QUIET, "--wipesignatures", "y", "--zero", "y")
            self._lvm("lvcreate", *options, "--name", volume.name, *size, group, about=device)
        self._wait_for_nodes(group, tuple(each.name for each in volumes))
        self._check(device, group, volumes)

    def activate(self, group: str) -> None:
        """Make the nodes of every volume. Raises InstallError when there is no such group."""
        devices = self._devices(group)
        if not devices:
            raise InstallError(
                _("there is no volume group {group}").format(group=group),
                way_out=_("Check that its disk is still connected, then start again."),
            )
        self._lvm("vgchange", *_only(devices), "--activate", "y", group, about=devices[0])
        self._wait_for_nodes(group, tuple(each.name for each in self.volumes(group)))

    def deactivate(self, group: str) -> None:
        """Take the nodes away. Raises InstallError while one of the volumes is in use."""
        devices = self._devices(group, cleaning_up=True)
        if devices:
            options = (*_only(devices), "--activate", "n", group)
            self._lvm("vgchange", *options, about=devices[0], cleaning_up=True)

    def volumes(self, group: str) -> tuple[Volume, ...]:
        """The volumes there are, by name; none of a group that is not there."""
        devices = self._devices(group)
        if not devices:
            return ()
        report = ("--reportformat", "json", "--units", "b", "--nosuffix")
        options = (*_only(devices), *report, "--options", "lv_name,lv_size", group)
        return volumes_in(self._lvm("lvs", *options, about=devices[0]))

    def _devices(self, group: str, *, cleaning_up: bool = False) -> tuple[str, ...]:
        """The devices that the group is on; none where there is no such group."""
        found = [each for each in self._places(cleaning_up=cleaning_up) if each.group == group]
        places = {each.group_uuid: each.device for each in found}
        if len(places) > 1:
            one, other, *_more = places.values()
            raise _two_groups(group, one, other)
        return tuple(each.device for each in found)

    def _refuse_elsewhere(self, device: str, group: str) -> None:
        """Two groups of one name: neither LVM nor the start of a machine tells them apart."""
        for place in self._places():
            node = Path(place.device)
            if place.group == group and node.exists() and not node.samefile(device):
                raise _two_groups(group, device, place.device)

    def _places(self, *, cleaning_up: bool = False) -> tuple[_Place, ...]:
        options = ("--nohints", "--reportformat", "json", "--options", "pv_name,vg_name,vg_uuid")
        return places_in(self._lvm("pvs", *options, about=None, cleaning_up=cleaning_up))

    def _take_away(self, device: str) -> None:
        """Nothing of an older group is left on `device`, and none of its volumes is active."""
        deadline = time.monotonic() + FREE_SECONDS
        while True:
            settle(self._runner)
            try:
                for place in self._places():
                    if place.group and Path(place.device).exists():
                        self._deactivate_on(device, place)
                zero_marks(device, [whole(device)])
            except InstallError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(RETRY_SECONDS)
            else:
                return

    def _deactivate_on(self, device: str, place: _Place) -> None:
        if Path(place.device).samefile(device):
            options = ("--devices", device, "--activate", "n", place.group)
            self._lvm("vgchange", *options, about=device)

    def _check(self, device: str, group: str, wanted: tuple[Volume, ...]) -> None:
        found = {each.name: each.size_bytes for each in self.volumes(group)}
        sizes = {each.name: each.size_bytes or found.get(each.name) for each in wanted}
        if found != sizes:
            raise InstallError(
                _("the volume group {group} on {device} has {found} instead of {wanted}").format(
                    group=group, device=device, found=_in_words(found), wanted=_in_words(sizes)
                ),
                device=device,
                way_out=_("Try again; if it stays so, use another disk."),
            )

    def _wait_for_nodes(self, group: str, names: tuple[str, ...]) -> None:
        settle(self._runner)
        deadline = time.monotonic() + NODES_SECONDS
        for name in names:
            node = self._dev / group / name
            while not node.is_block_device():
                if time.monotonic() > deadline:
                    raise InstallError(
                        _("{node} did not appear within {seconds:g} seconds").format(
                            node=node, seconds=NODES_SECONDS
                        ),
                        device=str(node),
                        way_out=_("Start the installation again."),
                    )
                time.sleep(RETRY_SECONDS)

    def _lvm(
        self, command: str, *arguments: str, about: str | None, cleaning_up: bool = False
    ) -> str:
        argv = ["lvm", command, *arguments]
        done = self._runner.run(argv, timeout=SECONDS, device=about, cleaning_up=cleaning_up)
        return done.stdout


_QUIET_FORCE: Final = ("--yes", "--force", "--force")


def volumes_in(report: str) -> tuple[Volume, ...]:
    """The volumes in what ``lvs --reportformat json --units b --nosuffix`` prints."""
    found = [
        Volume(name=row["lv_name"], size_bytes=int(row["lv_size"])) for row in _rows(report, "lv")
    ]
    return tuple(sorted(found, key=lambda each: each.name))


def places_in(report: str) -> tuple[_Place, ...]:
    """The physical volumes in what ``pvs --reportformat json`` prints, those of no group too."""
    return tuple(
        _Place(device=row["pv_name"], group=_group_in(row), group_uuid=row["vg_uuid"])
        for row in _rows(report, "pv")
    )


def _group_in(row: dict[str, str]) -> str:
    """Empty without one. A vgcreate that was interrupted leaves a physical volume that is marked as
    used, and nothing of its group."""
    return "" if row["vg_name"] == _UNKNOWN else row["vg_name"]


def _rows(report: str, kind: str) -> list[dict[str, str]]:
    """The rows of the one report in it. Raises InstallError for anything else (lvmreport(7))."""
    try:
        rows: list[dict[str, str]] = json.loads(report)["report"][0][kind]
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise InstallError(
            _("lvm printed a report that cannot be read"), tool_words=report[:200]
        ) from error
    return rows


def _only(devices: tuple[str, ...]) -> tuple[str, ...]:
    """No other device is seen; a missing one cannot be named."""
    return ("--devices", ",".join(each for each in devices if each.startswith("/")))


def _two_groups(group: str, one: str, other: str) -> InstallError:
    return InstallError(
        _("{one} and {other} have two volume groups of one name, {group}").format(
            one=one, other=other, group=group
        ),
        device=other,
        way_out=_("Close or detach {other}, then start again.").format(other=other),
    )


def _in_words(sizes: dict[str, int | None]) -> str:
    return ", ".join(f"{name}: {size}" for name, size in sorted(sizes.items())) or _("nothing")
