"""Subiquity, Ubuntu's installer, from its first page to its plan (``--dry-run``).

Its machine is one of its own examples. No registry has it, nor curtin, which it imports: both come
from a checkout. All else that it wants is Debian's, or of PyPI.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from tests.compare.foreign import DOWN, ENTER, Foreign
from tests.compare.room import ROOM
from tests.tools.overlay_tree import mount_overlay

CHECKOUT: Final = "ATOMOS_SUBIQUITY"
"""Variable with the folder of a checkout, with curtin's in it as its ``make curtin`` leaves it."""
PASSWORD: Final = "Snyder-Sort-Merge-51"
PASSPHRASE: Final = "abacus lantern thicket plum"
_MIRROR: Final = "http://deb.debian.org/debian"
_PYTHON: Final = (
    *("aiohttp", "apt", "attr", "bson", "debian", "distro-info", "jsonschema", "more-itertools"),
    *("oauthlib", "packaging", "passlib", "pkg-resources", "pyroute2", "pyudev", "requests"),
    *("requests-unixsocket", "systemd", "urwid", "yaml"),
)
_PACKAGES: Final = (
    *("python3", "ca-certificates", "cloud-init", "iproute2", "iso-codes", "kbd", "lsb-release"),
    *("openssh-client", "passwd", "procps", "udev", "util-linux"),
    *(f"python3-{name}" for name in _PYTHON),
)
_PROBERT: Final = "probert==0.0.18"
_ELSEWHERE: Final = {
    # Its dry run starts what it says it would do ("not running: …") by systemd, for the journal.
    "usr/local/bin/systemd-run": (
        '#!/bin/sh\nwhile [ "$1" != -- ]; do shift; done\nshift\nexec "$@"\n'
    ),
    # What it reports a crash with, on Ubuntu alone; here none is reported.
    "opt/probert/apport/__init__.py": "from unittest.mock import MagicMock as Report\n",
    "opt/probert/apport/crashdb.py": "",
    "opt/probert/apport/hookutils.py": "",
}
_RECIPE: Final = repr((_MIRROR, _PACKAGES, _PROBERT, _ELSEWHERE))
_HERE: Final = "/opt/subiquity"
_OPTIONS: Final = (
    *("--dry-run", "--output-base", "/tmp/subiquity"),
    *("--machine-config", "examples/machines/simple.json"),
    *("--source-catalog", "examples/sources/install.yaml"),
)


def main(cache: Path) -> None:
    """Walk through it and take the pictures, if there is a checkout."""
    given = os.environ.get(CHECKOUT)
    if not given:
        print(f"subiquity: left out, {CHECKOUT} names no checkout of it")
        return
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        root = folder / "root"
        mount_overlay(stack, root, lower=str(_root(cache)), memory=folder / "memory")
        _put(Path(given), root)
        path = f"{_HERE}:{_HERE}/curtin:/opt/probert"
        name = ("env", "-i", "PATH=/usr/local/bin:/usr/sbin:/usr/bin", "HOME=/root")
        inside = ("chroot", str(root), *name, "LANG=C.UTF-8", "TERM=linux", f"PYTHONPATH={path}")
        start = ("env", f"--chdir={_HERE}", "python3", "-m", "subiquity", *_OPTIONS)
        alone = ("unshare", "--mount", "--pid", "--net", "--uts", "--ipc", "--fork")
        argv = (*alone, "sh", "-c", ROOM, "room", str(root), "", *inside, *start)
        foreign = Foreign("subiquity", argv, term="linux")
        try:
            _walk(foreign)
        finally:
            foreign.close()


def _put(checkout: Path, root: Path) -> None:
    there = root / _HERE.lstrip("/")
    shutil.copytree(checkout, there, ignore=shutil.ignore_patterns(".git"))
    # Its medium has them compiled, too.
    folders = ("subiquity", "subiquitycore", "curtin/curtin")
    compiling = ("python3", "-m", "compileall", "-q", *(f"{_HERE}/{each}" for each in folders))
    subprocess.run(("chroot", str(root), *compiling), check=True, stdout=subprocess.DEVNULL)


def _root(cache: Path) -> Path:
    """A Debian with what it needs: the one in the cache, or a new one."""
    name = hashlib.sha256(_RECIPE.encode()).hexdigest()[:16]
    root = cache / f"subiquity-{name}"
    if not root.exists():
        making = cache / f"subiquity-{name}.{os.getpid()}"
        try:
            _make(making)
            making.rename(root)
        finally:
            shutil.rmtree(making, ignore_errors=True)
    return root


def _make(root: Path) -> None:
    kind = ("--variant=minbase", "--format=directory", f"--include={','.join(_PACKAGES)}")
    lagging = '--aptopt=Acquire::Check-Valid-Until "false"'
    command = ("mmdebstrap", "--quiet", *kind, lagging, "trixie", str(root), _MIRROR)
    subprocess.run(command, check=True)
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--no-deps")
    subprocess.run((*pip, "--target", str(root / "opt/probert"), _PROBERT), check=True)
    for path, text in _ELSEWHERE.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(0o755)


def _walk(foreign: Foreign) -> None:
    foreign.shows("Use UP, DOWN and ENTER", within=180.0)
    foreign.picture("language")
    foreign.press(ENTER)
    foreign.shows("Installer update available")
    foreign.press(ENTER)
    foreign.shows("Keyboard configuration")
    foreign.picture("keyboard")
    foreign.press(ENTER)
    foreign.shows("Choose the type of installation")
    foreign.press(ENTER)
    foreign.shows("Network configuration")
    foreign.picture("network")
    foreign.press(ENTER)
    foreign.shows("Proxy configuration")
    foreign.press(ENTER)
    foreign.shows("This mirror location passed tests.")
    foreign.press(ENTER)
    _disk(foreign)
    _person(foreign)


def _disk(foreign: Foreign) -> None:
    foreign.shows("Guided storage configuration")
    foreign.picture("disk")
    _go_to(foreign, "Encrypt the LVM group")
    foreign.press(" ")
    for field in ("Passphrase:", "Confirm passphrase:"):
        _fill(foreign, field, PASSPHRASE, shown="*" * len(PASSPHRASE))
    foreign.picture("passphrase")
    _go_to(foreign, "[ Done")
    foreign.press(ENTER)
    foreign.shows("FILE SYSTEM SUMMARY")
    foreign.picture("summary")
    foreign.press(ENTER)
    foreign.shows("Confirm destructive action")
    foreign.picture("confirm")


def _person(foreign: Foreign) -> None:
    foreign.press(DOWN, ENTER)
    foreign.shows("Pick a username")
    _fill(foreign, "Your name:", "Ada")
    _fill(foreign, "Your server's name:", "box")
    _fill(foreign, "Pick a username:", "ada")
    for field in ("Choose a password:", "Confirm your password:"):
        _fill(foreign, field, PASSWORD, shown="*" * len(PASSWORD))
    foreign.picture("user")
    _go_to(foreign, "[ Done")
    foreign.press(ENTER)
    foreign.shows("Ubuntu Pro")
    foreign.tell("the account is made")


def _fill(foreign: Foreign, field: str, words: str, *, shown: str = "") -> None:
    _go_to(foreign, field)
    foreign.type(words)
    foreign.shows(f"{field}  {shown or words}")


def _go_to(foreign: Foreign, words: str) -> None:
    """Press Down until the cursor is there. Raises AssertionError."""
    for _ in range(12):
        if words in foreign.row:
            return
        foreign.press(DOWN)
    raise AssertionError(f"no way to {words!r}:\n{foreign.text}")
