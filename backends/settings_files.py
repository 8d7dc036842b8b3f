"""What the persistent /etc says of the machine: name, locale, keyboard, time zone, machine-id."""

import re
from pathlib import Path, PurePosixPath
from typing import Final

from backends.inside import resolve_inside
from backends.mounts import flush_directory
from backends.whole_file import put_bytes
from installer.errors import InstallError
from installer.keymaps import console_keymap
from installer.machinery import Settings
from installer.text import _

ZONES: Final = PurePosixPath("/usr/share/zoneinfo")
SAFE: Final = {
    "hostname": re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,62})"),
    "locale": re.compile(r"[A-Za-z0-9_.@-]+"),
    "keymap": re.compile(r"[A-Za-z0-9_-]+"),
    "timezone": re.compile(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*"),
    "machine_id": re.compile(r"[0-9a-f]{32}"),
}
"""What each value may be, so that it needs no quotes in files that shells read."""


class SettingsFiles:
    """The configuration files of the whole tree at `root`, whose image lies on `slot`.

    Files are written only when they would change, so that the overlay's upper directory holds
    nothing that the image's next version could not replace.
    """

    def __init__(self, root: Path, slot: str) -> None:
        self._root = root
        self._slot = slot

    def write(self, settings: Settings) -> None:
        """Write all of them but those that stay.

        Raises InstallError for a value that is unsafe or not in the image.
        """
        self._check(settings)
        self._put("/etc/machine-id", f"{settings.machine_id}\n", mode=0o444)
        if "hostname" not in settings.stays:
            self._put("/etc/hostname", f"{settings.hostname}\n")
            self._put("/etc/hosts", with_host(self._read("/etc/hosts"), settings.hostname))
        for path, name, value in _assignments(settings):
            text = self._read(path)
            if name == "XKBLAYOUT" and _value(text, name) != value and _value(text, "XKBVARIANT"):
                # Of the other layout: with one that this has not the console has no keyboard.
                text = with_assignment(text, "XKBVARIANT", "")
            self._put(path, with_assignment(text, name, value))
        if "timezone" not in settings.stays:
            zone = self._zone_name(settings.timezone)
            if self._zone(zone).is_file():
                self._link("/etc/localtime", ZONES / zone)
            self._put("/etc/timezone", f"{zone}\n")

    def verify(self, settings: Settings) -> None:
        """Raises InstallError, naming the first file that says something else."""
        name = settings.hostname
        wrong: list[str] = []
        if self._read("/etc/machine-id").strip() != settings.machine_id:
            wrong.append("/etc/machine-id")
        if "hostname" not in settings.stays:
            if self._read("/etc/hostname").strip() != name:
                wrong.append("/etc/hostname")
            if not names_host(self._read("/etc/hosts"), name):
                wrong.append("/etc/hosts")
        for path, key, value in _assignments(settings):
            if f"{key}={value}" not in self._read(path).splitlines():
                wrong.append(path)
        if "timezone" not in settings.stays:
            zone = self._zone(self._zone_name(settings.timezone))
            if zone.is_file() and self._inside("/etc/localtime") != zone:
                wrong.append("/etc/localtime")
        if wrong:
            raise InstallError(
                _("{path} of the installed system is not what was written there").format(
                    path=wrong[0]
                ),
                device=self._slot,
                way_out=_("Try again; if it stays so, use another disk."),
            )

    def _check(self, settings: Settings) -> None:
        for name, pattern in SAFE.items():
            value = getattr(settings, name)
            if name not in settings.stays and not pattern.fullmatch(value):
                what = _("{value!r} cannot be the {name} of a system")
                raise self._fault(what.format(value=value, name=name))
        # An image without time zones keeps UTC, and needs no file to do so.
        needed = settings.timezone != "UTC" and "timezone" not in settings.stays
        if needed and not self._zone(self._zone_name(settings.timezone)).is_file():
            what = _("the image has no time zone {zone}")
            raise self._fault(what.format(zone=settings.timezone))

    def _zone_name(self, name: str) -> str:
        """What the image calls a zone. The file of an old name may be in a package of its own
        (Debian 13: tzdata-legacy), but ``L target name`` says what it means (zic(8))."""
        if not self._zone(name).is_file():
            for line in self._read(f"{ZONES}/tzdata.zi").splitlines():
                words = line.split()
                if words[:1] == ["L"] and words[2:3] == [name]:
                    return words[1]
        return name

    def _zone(self, name: str) -> Path:
        return self._inside(str(ZONES / name))

    def _read(self, path: str) -> str:
        found = self._inside(path)
        return found.read_text(errors="replace") if found.is_file() else ""

    def _put(self, path: str, text: str, *, mode: int = 0o644) -> None:
        """Write through a link, as Debian has from /etc/default/locale to /etc/locale.conf."""
        found = self._inside(path)
        if found.is_file() and found.read_bytes() == text.encode():
            return
        found.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        put_bytes(found, text.encode(), mode=mode)

    def _link(self, path: str, target: PurePosixPath) -> None:
        """Make `path` itself a link to `target`, whatever it was."""
        link = self._root / path.lstrip("/")
        if link.is_symlink() and link.readlink() == Path(target):
            return
        new = link.with_name(f".{link.name}.new")
        new.unlink(missing_ok=True)
        new.symlink_to(target)
        new.rename(link)
        flush_directory(link.parent)

    def _inside(self, path: str) -> Path:
        return resolve_inside(self._root, PurePosixPath(path), device=self._slot)

    def _fault(self, what: str) -> InstallError:
        return InstallError(
            what, device=self._slot, way_out=_("Choose another one in the answers.")
        )


def _assignments(settings: Settings) -> tuple[tuple[str, str, str], ...]:
    """File, name and value of each line of the form ``NAME=value`` that is to be written."""
    locale = (
        ("/etc/locale.conf", "LANG", settings.locale),
        ("/etc/default/locale", "LANG", settings.locale),
    )
    keyboard = (
        ("/etc/vconsole.conf", "KEYMAP", console_keymap(settings.keymap)),
        ("/etc/default/keyboard", "XKBLAYOUT", settings.keymap),
    )
    return (
        *(() if "locale" in settings.stays else locale),
        *(() if "keymap" in settings.stays else keyboard),
    )


def _value(text: str, name: str) -> str:
    """What a line ``name=value`` of `text` assigns, without quotes; empty: none does."""
    found = re.findall(rf"^{re.escape(name)}=(.*)$", text, re.M)
    return found[-1].strip("\"' ") if found else ""


def with_assignment(text: str, name: str, value: str) -> str:
    """`text` with one line ``name=value``, in the place of the first that assigned it."""
    assigns = re.compile(rf"\s*(export\s+)?{re.escape(name)}=")
    lines: list[str] = []
    done = False
    for line in text.splitlines():
        if not assigns.match(line):
            lines.append(line)
        elif not done:
            lines.append(f"{name}={value}")
            done = True
    if not done:
        lines.append(f"{name}={value}")
    return "\n".join(lines) + "\n"


def with_host(text: str, hostname: str) -> str:
    """`text` of a hosts file with one line for 127.0.1.1, the machine's own address in Debian."""
    lines = [line for line in text.splitlines() if line.split()[:1] != ["127.0.1.1"]]
    if not any("localhost" in line.split("#")[0].split()[1:] for line in lines):
        lines.insert(0, "127.0.0.1\tlocalhost")
    short = hostname.split(".")[0]
    names = hostname if short == hostname else f"{hostname} {short}"
    return "\n".join([*lines, f"127.0.1.1\t{names}"]) + "\n"


def names_host(text: str, hostname: str) -> bool:
    """Whether a hosts file resolves `hostname`."""
    return any(hostname in line.split("#")[0].split()[1:] for line in text.splitlines())
