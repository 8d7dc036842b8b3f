"""How the machine is connected, kept for the screens of other consoles."""

import stat
from pathlib import Path

from installer.answers_connection import Network
from installer.network_kept import keep_network, kept_network
from installer.secret import Secret

HOME = Network(ssid="Home", passphrase=Secret("swordfish"), dns=("192.0.2.53",))


def test_what_was_chosen_is_found_again_and_is_for_root_alone(tmp_path: Path) -> None:
    file = tmp_path / "atomos" / "network"
    assert kept_network(file) is None
    for network in (HOME, Network()):
        keep_network(file, network)
        assert kept_network(file) == network
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [each.name for each in file.parent.iterdir()] == ["network"]


def test_what_cannot_be_read_was_not_chosen(tmp_path: Path) -> None:
    file = tmp_path / "network"
    for text in ("", "{", '{"ssid": 5}', '{"unknown": true}'):
        file.write_text(text)
        assert kept_network(file) is None
