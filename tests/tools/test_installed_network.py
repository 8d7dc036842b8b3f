"""The network's profile and the proxy in the persistent /etc."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from installer.answers_connection import Network, NetworkMethod
from installer.errors import InstallError
from installer.secret import Secret
from tests.tools.small_disk import Disk

PROFILE = Path("etc/NetworkManager/system-connections/atomos.nmconnection")
PROXY = "http://proxy.example.org:3128"
HOME = Network(ssid="Home", passphrase=Secret("swordfish"), proxy=PROXY)


def test_network(disk: Disk) -> None:
    for _again in range(2):
        disk.set_network(HOME)
        disk.verify_network(HOME)
    with disk.tree() as root:
        status = (root / PROFILE).stat()
        assert stat.S_IMODE(status.st_mode) == 0o600
        assert (status.st_uid, status.st_gid) == (0, 0)
        assert "psk=swordfish\n" in (root / PROFILE).read_text()
        environment = (root / "etc/environment").read_text().splitlines()
        assert environment.count(f"http_proxy={PROXY}") == 1
        assert environment.count(f"https_proxy={PROXY}") == 1
        assert (root / "etc/systemd/system.conf.d/50-atomos-proxy.conf").read_text() == (
            f'[Manager]\nDefaultEnvironment="http_proxy={PROXY}" "https_proxy={PROXY}"\n'
        )


def test_a_wired_network_without_a_proxy_leaves_no_file_but_its_profile(disk: Disk) -> None:
    network = Network(method=NetworkMethod.STATIC, address="192.0.2.7/24", gateway="192.0.2.1")
    disk.set_network(network)
    disk.verify_network(network)
    with disk.var() as var:
        upper = var / "lib/atomos/etc/upper"
        files = [path.relative_to(upper) for path in upper.rglob("*") if path.is_file()]
        assert files == [PROFILE.relative_to("etc")]


def open_to_all(root: Path) -> None:
    (root / PROFILE).chmod(0o644)


def of_another(root: Path) -> None:
    os.chown(root / PROFILE, 1000, 1000)


def gone(root: Path) -> None:
    (root / PROFILE).unlink()


def other_passphrase(root: Path) -> None:
    (root / PROFILE).write_text((root / PROFILE).read_text().replace("swordfish", "catfish1"))


def other_proxy(root: Path) -> None:
    (root / "etc/environment").write_text("http_proxy=http://else\n")


@pytest.mark.parametrize(
    ("damage", "path"),
    [
        (open_to_all, str(PROFILE)),
        (of_another, str(PROFILE)),
        (gone, str(PROFILE)),
        (other_passphrase, str(PROFILE)),
        (other_proxy, "etc/environment"),
    ],
)
def test_what_is_not_right_is_found_and_mended(
    disk: Disk, damage: Callable[[Path], None], path: str
) -> None:
    disk.set_network(HOME)
    with disk.tree() as root:
        damage(root)
    with pytest.raises(InstallError, match=path) as caught:
        disk.verify_network(HOME)
    assert "swordfish" not in str(caught.value)
    disk.set_network(HOME)
    disk.verify_network(HOME)


def test_a_folder_that_leads_out_of_the_tree_is_refused(disk: Disk) -> None:
    with disk.tree() as root:
        (root / "etc/NetworkManager").symlink_to("../../../../tmp")
    with pytest.raises(InstallError, match="leads out of it"):
        disk.set_network(HOME)
