"""What the summary says of the new system: also what is not set up there."""

import pytest

from installer.answers_connection import Network, NetworkMethod
from installer.draft import Draft
from installer.summary_words import told
from tests.ui.fake_session import BLANK, UNSIGNED, plan_for

NONE = "No network is set up"


def said(**answered: object) -> str:
    draft = Draft(user_name="ada", host_name="engine", **answered)  # type: ignore[arg-type]
    passages = told(plan_for(BLANK, UNSIGNED), draft, was_to_go_on=False)
    return "\n".join(each.text for each in passages)


@pytest.mark.parametrize(
    ("network", "words"),
    [
        (Network(), NONE),
        (Network(proxy="http://proxy:3128"), NONE),
        (Network(ssid="Work\x1b[2Jshop"), "Wi-Fi Work?[2Jshop is joined at each start"),
        (
            Network(method=NetworkMethod.STATIC, address="192.0.2.7/24"),
            "Network address 192.0.2.7/24",
        ),
        (Network(interface="eth1"), "Network over eth1"),
    ],
    ids=["none", "a proxy", "wifi", "address", "interface"],
)
def test_the_network_of_the_new_system_is_told_and_that_there_is_none(
    network: Network, words: str
) -> None:
    told_of_it = said(network=network)
    assert words in told_of_it
    assert (NONE in told_of_it) == (words == NONE)


def test_no_home_manager_is_told_and_only_that() -> None:
    assert "No home-manager" in said(home_manager=False)
    assert "No home-manager" not in said(home_manager=True)


def test_no_recovery_key_is_told() -> None:
    assert "no recovery key" in said(wants_recovery_key=False)
