"""What the upper directory of the overlay on /etc says of an installation's people and settings."""

import re
import stat
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from backends.account_rows import ACCOUNT_FILES, AccountRows
from backends.inside import resolve_inside
from backends.settings_files import SAFE
from installer.errors import InstallError
from installer.machinery import Settings
from installer.settings_choice import DEFAULTS


@dataclass(frozen=True, kw_only=True)
class UpperEtc:
    """The directory `upper`, which lies on `device`. Links that lead out of it are not followed."""

    upper: Path
    device: str

    def accounts(self) -> AccountRows:
        """The account files that are there."""
        return AccountRows({name: self._text(name) for name in ACCOUNT_FILES})

    def settings(self, *, machine_id: str) -> Settings:
        """As SettingsFiles wrote them, or as the system's own tools changed them since.

        `machine_id` counts where there is none. The others have `DEFAULTS`: only what differs from
        the image's was written there.
        """
        found = {
            "hostname": self._text("hostname").strip(),
            "locale": self._assigned("locale.conf", "LANG")
            or self._assigned("default/locale", "LANG"),
            # Of several layouts the first one is the one to type with.
            "keymap": self._assigned("default/keyboard", "XKBLAYOUT").split(",")[0],
            "timezone": self._zone() or self._text("timezone").strip(),
            "machine_id": self._text("machine-id").strip(),
        }
        safe = {name: value for name, value in found.items() if SAFE[name].fullmatch(value)}
        return Settings(
            hostname=safe.get("hostname", DEFAULTS.hostname),
            locale=safe.get("locale", DEFAULTS.locale),
            keymap=safe.get("keymap", DEFAULTS.keymap),
            timezone=safe.get("timezone", DEFAULTS.timezone),
            machine_id=safe.get("machine_id", machine_id),
        )

    def _zone(self) -> str:
        """Where /etc/localtime leads, which timedatectl sets alone (localtime(5))."""
        link = self.upper / "localtime"
        if not link.is_symlink():
            return ""
        return str(link.readlink()).partition("/zoneinfo/")[2]

    def _assigned(self, file: str, name: str) -> str:
        """The value of ``name=value`` in a file that shells read; the last one counts."""
        pattern = rf"^\s*(?:export\s+)?{re.escape(name)}=(.*)$"
        found = re.findall(pattern, self._text(file), re.MULTILINE)
        return found[-1].strip().strip("\"'") if found else ""

    def _text(self, name: str) -> str:
        """What the file holds; "" when it is not there, deleted (a whiteout), or no file."""
        try:
            path = resolve_inside(self.upper, PurePosixPath(name), device=self.device)
            if not stat.S_ISREG(path.lstat().st_mode):
                return ""
        except (InstallError, FileNotFoundError, NotADirectoryError):
            return ""
        return path.read_bytes().decode(errors="surrogateescape")
