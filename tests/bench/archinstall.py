"""The newest archinstall in a chroot of Debian sid, to measure the start of the screens against.

archinstall 4.5 wants Python 3.14, which sid has. No Debian package has archinstall itself, nor
python3-parted for this Python: both come from PyPI, and pyparted is built against libparted.
"""

import hashlib
import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_MIRROR: Final = "http://deb.debian.org/debian"
_PACKAGES: Final = (
    "python3",
    "python3-venv",
    "ca-certificates",
    "gcc",
    "libc6-dev",
    "python3-dev",
    "pkg-config",
    "libparted-dev",
    # It opens libcrypt.so by that name, which only the package for developers has.
    "libcrypt-dev",
    # Only its screens want these (tests/compare); without ps it fails now and then.
    *("systemd", "udev", "kbd", "locales", "pciutils", "procps", "pacman-package-manager"),
    *("dosfstools", "btrfs-progs", "e2fsprogs"),
)
# Signed it has to be, but it need not be of this week: a mirror that lags will do.
_APT: Final = 'Acquire::Check-Valid-Until "false"'
_PYTHON: Final = "/opt/archinstall/bin/python"
_PROGRAM: Final = "/opt/archinstall/bin/archinstall"
_OURS: Final = "opt/atomos"
_CERTIFICATES: Final = Path("/etc/ssl/certs/ca-certificates.crt")
_INSTALL: Final = (
    ("python3", "-m", "venv", "/opt/archinstall"),
    (_PYTHON, "-m", "pip", "install", "--quiet", "archinstall"),
)
_RECIPE: Final = repr((_MIRROR, _PACKAGES, _APT, _INSTALL))


@dataclass(frozen=True, kw_only=True)
class Archinstall:
    """One that can be run."""

    root: Path

    @property
    def version(self) -> str:
        """Its own and its Python's, as they say."""
        said = [_run(self.command(*argv)) for argv in ((_PROGRAM, "--version"), (_PYTHON, "-V"))]
        return ", ".join(line.strip() for line in said)

    def command(self, *argv: str) -> tuple[str, ...]:
        """`argv` as it is run in the chroot."""
        return ("chroot", str(self.root), "env", f"PYTHONPATH=/{_OURS}", *argv)

    def help(self) -> float:
        """Seconds of ``archinstall --help``."""
        began = time.monotonic()
        _run(self.command(_PROGRAM, "--help"))
        return time.monotonic() - began

    def python(self, module: str, *arguments: str) -> tuple[str, ...]:
        """The command that runs a module of ours with its Python."""
        return self.command(_PYTHON, "-m", module, *arguments)

    def put_ours(self, repository: Path) -> None:
        """Copy our code in, as it is now."""
        there = self.root / _OURS
        shutil.rmtree(there, ignore_errors=True)
        for folder in ("installer", "screens", "backends", "tests/bench"):
            shutil.copytree(repository / folder, there / folder)
        (there / "tests" / "__init__.py").touch()


def archinstall(cache: Path) -> Archinstall:
    """The one in the cache, or a new one by the recipe there.

    Raises CalledProcessError or FileNotFoundError where it cannot be had; nothing is left then.
    """
    name = hashlib.sha256(_RECIPE.encode()).hexdigest()[:16]
    root = cache / f"archinstall-{name}"
    if not root.exists():
        making = cache / f"archinstall-{name}.{os.getpid()}"
        try:
            _make(making)
            # Somebody else may have made the same in the meantime.
            if not root.exists():
                making.rename(root)
        finally:
            shutil.rmtree(making, ignore_errors=True)
    return Archinstall(root=root)


def _make(root: Path) -> None:
    packages = f"--include={','.join(_PACKAGES)}"
    kind = ("--variant=minbase", "--format=directory", f"--aptopt={_APT}", packages)
    _run(("mmdebstrap", "--quiet", *kind, "sid", str(root), _MIRROR))
    shutil.copy("/etc/resolv.conf", root / "etc" / "resolv.conf")
    # Whoever stands between this machine and PyPI is known here, and need not be known there.
    shutil.copy(_CERTIFICATES, root / _CERTIFICATES.relative_to("/"))
    for argv in _INSTALL:
        _run(("chroot", str(root), "env", f"PIP_CERT={_CERTIFICATES}", *argv))
    _run(("chroot", str(root), _PROGRAM, "--help"))


def _run(argv: Sequence[str]) -> str:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        argv,
        env={**kept, "LANG": "C.UTF-8", "TERM": "linux"},
        check=True,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    return done.stdout
