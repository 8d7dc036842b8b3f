"""No process that makes an account is given a secret where others can read it."""

import os
import re
import subprocess
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from backends.file_systems import Makers
from backends.installed_system import InstalledSystemOnDisk
from backends.installed_tree import InstalledTree
from backends.mounts import Mounts
from backends.runner import Runner
from installer.answers import User
from installer.quantity import MIB
from installer.secret import Secret
from tests.tools.conftest import LoopMaker
from tests.tools.packed import squashfs
from tests.tools.small_image import TOOLS, small_image

PASSWORD = "geheim: und lang"
HASH = "$6$saltsalt$" + "x" * 86
UUID = str(uuid.uuid4())
SUBVOLUMES = ("@home", "@var", "@nix", "@snapshots")
SEEN = "/var/seen"
WRAPPER = f"""\
#!/bin/sh
# Writes down what the tool is started with, by the shell's own means: the image has no cat.
{{ echo "tool $0 $*"; export -p; }} >> {SEEN}
exec "$0.real" "$@"
"""
ACCOUNT_TOOLS = tuple(tool for tool in TOOLS if tool not in ("sh", "bash"))
USERS = (
    pytest.param(User(name="ada", password=Secret(PASSWORD)), id="password"),
    pytest.param(User(name="ada", password_hash=Secret(HASH), groups=("video",)), id="hash"),
)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Arguments and environment of every process that is started, in words."""
    seen: list[str] = []
    real = subprocess.Popen

    class Recorded(real):  # type: ignore[misc, valid-type]  # what it is, is known later
        def __init__(self, argv: Sequence[str], **options: Any) -> None:
            seen.append(f"{argv} {options.get('env') or os.environ}")
            super().__init__(argv, **options)

    monkeypatch.setattr(subprocess, "Popen", Recorded)
    return seen


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """A small image whose account tools write down what they are started with."""
    root = small_image(tmp_path / "image")
    for tool in ACCOUNT_TOOLS:
        program = root / "usr/sbin" / tool
        program.rename(program.with_name(f"{tool}.real"))
        program.write_text(WRAPPER)
        program.chmod(0o755)
    return squashfs(root, tmp_path / "image.squashfs")


@pytest.mark.parametrize("user", USERS)
def test_neither_password_nor_hash_is_in_arguments_or_environment(
    user: User,
    image: Path,
    loop: LoopMaker,
    runner: Runner,
    mounts: Mounts,
    started: list[str],
) -> None:
    slot, data = loop(file=image), loop(128 * MIB)
    Makers(runner, mounts).make_btrfs(data, label="atomos-data", uuid=UUID, subvolumes=SUBVOLUMES)
    system = InstalledSystemOnDisk(runner, mounts)
    system.fill(slot=slot, data=data)
    system.add_user(slot=slot, data=data, user=user)
    system.verify_user(slot=slot, data=data, user=user)

    with InstalledTree(mounts).whole(slot, data) as root:
        inside = (root / SEEN.lstrip("/")).read_text()
        shadow = (root / "etc/shadow").read_text()
    stored = re.search(r"^ada:(\$6\$[^:]+):", shadow, re.M)
    assert stored is not None, "the account has the password"
    outside = "\n".join(started)
    tools = re.findall(r"^tool /usr/sbin/(\w+)", inside, re.M)
    assert {"useradd", "chpasswd"} <= set(tools), "the image's own tools were seen"
    assert "'chroot'" in outside
    assert "export PATH=" in inside
    for secret in (PASSWORD, HASH, stored[1]):
        assert secret not in outside
        assert secret not in inside
