"""`services` of a remix, by the systemd of a base: what it has not is told."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.tools.remix_bench import SCRIPTS

UNITS = {
    "ssh.service": "[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n",
    "cups.socket": "[Socket]\nListenStream=631\n[Install]\nWantedBy=sockets.target\n",
    "cups.service": "[Service]\nExecStart=/bin/true\n[Install]\nAlso=cups.socket\n",
    "tty@.service": "[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=getty.target\n",
    "static.service": "[Service]\nExecStart=/bin/true\n",
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    units = tmp_path / "usr/lib/systemd/system"
    units.mkdir(parents=True)
    for name, text in UNITS.items():
        (units / name).write_text(text)
    systemctl = tmp_path / "usr/bin/systemctl"
    systemctl.parent.mkdir()
    systemctl.touch(0o755)
    (tmp_path / "etc/init.d").mkdir(parents=True)
    (tmp_path / "etc/init.d/old").touch(0o755)
    return tmp_path


def switched(tree: Path, **wish: str) -> subprocess.CompletedProcess[str]:
    settings = {"ENABLE": "", "DISABLE": "", "MASK": "", **wish}
    return subprocess.run(
        ["sh", str(SCRIPTS / "remix/steps/services.sh")],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "ROOT": str(tree), "LC_ALL": "C.UTF-8", **settings},
    )


def test_what_starts_and_what_does_not(tree: Path) -> None:
    wants = tree / "etc/systemd/system"
    done = switched(tree, ENABLE="ssh cups.service tty@tty9.service")
    assert done.returncode == 0, done.stderr
    assert (wants / "multi-user.target.wants/ssh.service").is_symlink()
    assert (wants / "sockets.target.wants/cups.socket").is_symlink()
    assert (wants / "getty.target.wants/tty@tty9.service").is_symlink()
    done = switched(tree, DISABLE="ssh.service", MASK="cups.socket static.service old.service")
    assert done.returncode == 0, done.stderr
    assert not (wants / "multi-user.target.wants/ssh.service").is_symlink()
    for name in ("cups.socket", "static.service", "old.service"):
        assert (wants / name).readlink() == Path("/dev/null")


@pytest.mark.parametrize("key", ["DISABLE", "MASK"])
def test_a_slip_of_the_pen_does_not_leave_a_service_on(tree: Path, key: str) -> None:
    done = switched(tree, **{key: "sshd.service"})
    assert done.returncode == 1
    assert "the base has no service sshd.service" in done.stderr


def test_one_that_cannot_be_enabled_is_not_passed_over(tree: Path) -> None:
    done = switched(tree, ENABLE="static.service")
    assert done.returncode == 1
    assert "static.service has no [Install] section, so it cannot be enabled" in done.stderr
