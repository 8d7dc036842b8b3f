"""How the machine reaches the network, by key presses."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from textual.pilot import Pilot

from installer.answers_connection import Network, NetworkMethod, WifiSecurity
from installer.errors import InstallError
from installer.secret import Secret
from screens.network import NetworkPage
from screens.wizard import AtomosApp
from tests.ui.fake_session import WIRED, FakeSession
from tests.ui.network_samples import (
    AROUND,
    NOTHING,
    ON_WIFI,
    PLUGGED,
    SILENT,
    TWELVE,
    UNPLUGGED,
    no_address,
    wrong_passphrase,
)
from tests.ui.reading import SIZE, app_for, at_rest, shows, text_of, to_plan, type_in, until

PAGE = "How does this machine reach the network?"
PASSPHRASE = "violin kettle"
Story = Callable[[Pilot[None]], Awaitable[None]]


def tell(session: FakeSession, story: Story) -> None:
    """With the network not chosen yet."""
    session.network = None

    async def run() -> None:
        app = app_for(session)
        async with app.run_test(size=SIZE) as pilot:
            await shows(pilot, PAGE)
            await story(pilot)
        session.may_connect.set()

    asyncio.run(run())


def around() -> FakeSession:
    return FakeSession(network_states=[AROUND])


async def to_row(pilot: Pilot[None], name: str) -> None:
    """From Continue down to a network."""
    app = pilot.app
    assert isinstance(app, AtomosApp)
    await shows(pilot, "%  ")
    page = app.screen
    assert isinstance(page, NetworkPage)
    # The second look, which listens anew, takes all rows away for a moment.
    await until(pilot, lambda: page._listened, "to have listened")
    await at_rest(pilot)
    for _ in range(20):
        focused = [row for row in text_of(app).splitlines() if row.lstrip().startswith("> ")]
        if name in focused[0]:
            return
        await pilot.press("down")
    raise AssertionError(text_of(app))


async def join(pilot: Pilot[None], name: str, passphrase: str) -> None:
    await to_row(pilot, name)
    await pilot.press("enter")
    await shows(pilot, "> Wi-Fi passphrase")
    await type_in(pilot, passphrase)
    await pilot.press("down", "down", "enter")


def test_a_cable_needs_no_more_than_enter() -> None:
    session = FakeSession()

    async def story(pilot: Pilot[None]) -> None:
        shown = await shows(pilot, "Wired (enp0s3): connected, 10.0.2.15")
        assert "there is nothing to do" in shown
        assert "> [ Continue ]" in shown
        assert "Wi-Fi" not in shown
        await pilot.press("enter")
        await shows(pilot, "Install AtomOS on this machine")
        await pilot.press("escape")
        await shows(pilot, PAGE)

    tell(session, story)
    assert session.network == Network(), "it is chosen, for the next screens too"
    assert session.connected == []


def test_enter_goes_on_before_anything_was_found() -> None:
    async def story(pilot: Pilot[None]) -> None:
        await pilot.press("enter")
        await shows(pilot, "Install AtomOS on this machine")

    tell(FakeSession(network_states=[UNPLUGGED]), story)


def test_no_network_at_all_is_said_and_stops_nobody() -> None:
    async def story(pilot: Pilot[None]) -> None:
        await shows(pilot, "no network device")
        shown = await shows(pilot, "No network is connected. AtomOS can still be installed")
        assert "> [ Continue ]" in shown
        await pilot.press("enter")
        await shows(pilot, "Install AtomOS on this machine")

    tell(FakeSession(network_states=[NOTHING]), story)


def test_without_networkmanager_it_is_said_and_stops_nobody() -> None:
    session = FakeSession(no_networks=InstallError("NetworkManager is not running."))

    async def story(pilot: Pilot[None]) -> None:
        await shows(pilot, "! NetworkManager is not running.")
        await shows(pilot, "they stay as they are")
        await pilot.press("enter")
        await shows(pilot, "Install AtomOS on this machine")

    tell(session, story)


def test_a_cable_that_is_plugged_in_is_noticed() -> None:
    session = FakeSession(network_states=[UNPLUGGED, WIRED])

    async def story(pilot: Pilot[None]) -> None:
        await shows(pilot, "Wired (enp0s3): no cable")
        await pilot.press("f5")
        await shows(pilot, "Wired (enp0s3): connected, 10.0.2.15")

    tell(session, story)


def test_wifi_is_listened_for_without_being_asked() -> None:
    session = FakeSession(network_states=[SILENT, AROUND])

    async def story(pilot: Pilot[None]) -> None:
        shown = await shows(pilot, "Workshop")
        assert "#####  91 %  Workshop  (WPA2)" in shown
        assert "(open: nothing is encrypted)" in shown
        await until(pilot, lambda: session.rescans == 1, "one look that listens")

    tell(session, story)


def test_a_wrong_passphrase_is_told_where_it_is_typed_and_the_right_one_connects() -> None:
    session = around()
    session.no_network = [wrong_passphrase(), None]

    async def story(pilot: Pilot[None]) -> None:
        await join(pilot, "Workshop", "violin cattle")
        await shows(pilot, "! The passphrase is wrong. Type it again.")
        await shows(pilot, "> Wi-Fi passphrase [ ")  # nobody mends what they do not see
        await type_in(pilot, PASSPHRASE)
        await pilot.press("down", "down", "enter")
        shown = await shows(pilot, "Connected to Workshop.")
        assert "> [ Continue ]" in shown
        assert PASSPHRASE not in shown
        await pilot.press("enter")
        await shows(pilot, "Install AtomOS on this machine")

    tell(session, story)
    home = Network(ssid="Workshop", passphrase=Secret(PASSPHRASE))
    assert session.network == home
    assert session.connected == [replace(home, passphrase=Secret("violin cattle")), home]


def test_what_is_no_passphrase_is_not_tried() -> None:
    session = around()

    async def story(pilot: Pilot[None]) -> None:
        await join(pilot, "Workshop", "short")
        await shows(pilot, "! A Wi-Fi passphrase has 8 to 63 characters.")

    tell(session, story)
    assert session.connected == []


def test_an_open_network_asks_for_nothing_and_one_of_another_kind_cannot_be_chosen() -> None:
    session = around()

    async def story(pilot: Pilot[None]) -> None:
        await to_row(pilot, "Cafe Kaese [free]")
        await pilot.press("down")
        shown = await shows(pilot, "> ###..  63 %")
        assert "University  (WEP or 802.1X: not joined here)" in shown, "it is passed over"
        await pilot.press("up", "enter")
        shown = await shows(pilot, "> [ Connect ]")
        assert "Wi-Fi passphrase" not in shown
        await pilot.press("enter")
        await shows(pilot, "Connected to Cafe Kaese [free].")

    tell(session, story)
    assert session.connected == [Network(ssid="Cafe Kaese [free]", security=WifiSecurity.OPEN)]


def test_a_network_that_does_not_tell_its_name() -> None:
    session = around()

    async def story(pilot: Pilot[None]) -> None:
        await shows(pilot, "Workshop")
        await pilot.press("up", "up", "enter")
        await shows(pilot, "> Name")
        await type_in(pilot, "Cellar")
        await pilot.press("down", "down", "enter", "down", "down")
        await shows(pilot, "(x) WPA3")
        await shows(pilot, "> Wi-Fi passphrase")
        await type_in(pilot, PASSPHRASE)
        await pilot.press("down", "down", "enter")
        await shows(pilot, "Connected to Cellar.")

    tell(session, story)
    assert session.connected == [
        Network(
            ssid="Cellar",
            hidden=True,
            security=WifiSecurity.WPA3,
            passphrase=Secret(PASSPHRASE),
        )
    ]


def test_while_it_connects_the_keys_work_and_esc_does_not_wait() -> None:
    session = around()
    session.may_connect.clear()

    async def story(pilot: Pilot[None]) -> None:
        await join(pilot, "Workshop", PASSPHRASE)
        await shows(pilot, "Connecting to Workshop ...")
        await pilot.press("enter", "f1")
        await shows(pilot, "> [ Close ]")
        await pilot.press("escape")
        await shows(pilot, "Connecting to Workshop ...")
        await pilot.press("escape")
        await shows(pilot, PAGE)
        await pilot.press("escape")

    tell(session, story)
    assert len(session.connected) == 1, "a second Enter tries nothing a second time"


@pytest.mark.parametrize(("key", "above"), [("f1", "> [ Close ]"), ("ctrl+q", "> [ Stay here ]")])
def test_what_is_open_when_it_is_connected_does_not_keep_it_from_going_on(
    key: str, above: str
) -> None:
    """That was closed, and the page below said "Connecting ..." for ever."""
    session = around()
    session.may_connect.clear()

    async def story(pilot: Pilot[None]) -> None:
        await join(pilot, "Workshop", PASSPHRASE)
        await shows(pilot, "Connecting to Workshop ...")
        await pilot.press(key)
        await shows(pilot, above)
        session.may_connect.set()
        await shows(pilot, "Connected to Workshop.")
        assert isinstance(pilot.app.screen, NetworkPage)

    tell(session, story)


def test_a_passphrase_that_is_wrong_is_told_where_there_is_no_line_for_it() -> None:
    """Of a network that was joined before: a walk by chance ended the app there."""
    session = FakeSession(network_states=[PLUGGED])
    session.no_network = [wrong_passphrase()]

    async def story(pilot: Pilot[None]) -> None:
        await shows(pilot, "Wired (enp0s3): not connected")
        await pilot.press("down", "enter")
        await shows(pilot, "> Address")
        await type_in(pilot, "192.0.2.7/24")
        await pilot.press(*["down"] * 5, "enter")
        await shows(pilot, "! The passphrase is wrong. Type it again.")

    tell(session, story)


def test_a_fixed_address_and_a_proxy() -> None:
    session = FakeSession(network_states=[PLUGGED])
    session.no_network = [no_address(), None]

    async def story(pilot: Pilot[None]) -> None:
        await shows(pilot, "Wired (enp0s3): not connected")
        await pilot.press("down", "enter")
        shown = await shows(pilot, "> Address")
        assert "[enp0s3 " in shown, "what an address is for"
        await type_in(pilot, "192.0.2.7")
        await pilot.press("down", "down", "down", "down")
        await type_in(pilot, "proxy:3128")
        await pilot.press("down", "enter")
        await shows(pilot, "! 192.0.2.7 is not an address with the length of its")
        await shows(pilot, "! The proxy is not an address of one")
        await type_in(pilot, "/24")
        await pilot.press("down")
        await type_in(pilot, "192.0.2.1")
        await pilot.press("down")
        await type_in(pilot, "192.0.2.53, 192.0.2.54")
        await pilot.press("down", "down", "home")
        await type_in(pilot, "http://")
        await pilot.press("down", "enter")
        await shows(pilot, "! The network gives no address (DHCP). Try it again.")
        await pilot.press("enter")
        await shows(pilot, "The network is set.")
        shown = await shows(pilot, "Fixed address: 192.0.2.7/24")
        assert "Proxy: http://proxy:3128" in shown
        await pilot.press("enter")
        await shows(pilot, "Install AtomOS on this machine")

    tell(session, story)
    assert session.network == Network(
        method=NetworkMethod.STATIC,
        interface="enp0s3",
        address="192.0.2.7/24",
        gateway="192.0.2.1",
        dns=("192.0.2.53", "192.0.2.54"),
        proxy="http://proxy:3128",
    )


def test_a_proxy_alone_is_nothing_for_networkmanager() -> None:
    session = FakeSession()

    async def story(pilot: Pilot[None]) -> None:
        await shows(pilot, "connected, 10.0.2.15")
        await pilot.press("down", "enter")
        await shows(pilot, "> Address")
        await pilot.press("down", "down", "down", "down")
        await type_in(pilot, "http://proxy:3128")
        await pilot.press("down", "enter")
        await shows(pilot, "Proxy: http://proxy:3128")
        await pilot.press("enter")
        await shows(pilot, "Install AtomOS on this machine")

    tell(session, story)
    assert session.network == Network(proxy="http://proxy:3128")
    assert session.connected == []


def test_rows_stay_in_their_places_while_signals_change() -> None:
    weaker = tuple(replace(each, signal=100 - each.signal) for each in reversed(TWELVE))
    session = FakeSession(
        network_states=[AROUND, AROUND, replace(AROUND, wifi=weaker, devices=(ON_WIFI,))]
    )

    async def story(pilot: Pilot[None]) -> None:
        await to_row(pilot, "Attic")
        await until(pilot, lambda: session.rescans == 1, "to have listened")
        page = pilot.app.screen
        page._look_again()  # type: ignore[attr-defined]
        await shows(pilot, "> #....  16 %  Attic")
        shown = await shows(pilot, "connected, 192.168.178.44")
        assert shown.index("Workshop") < shown.index("Attic")

    tell(session, story)


def test_whoever_has_chosen_is_not_asked_again_and_finds_it_on_the_way_back() -> None:
    session = FakeSession(network=Network(ssid="Workshop", passphrase=Secret(PASSPHRASE)))

    async def run() -> None:
        app = app_for(session)
        async with app.run_test(size=SIZE) as pilot:
            await shows(pilot, "Install AtomOS on this machine")
            await pilot.press("escape")
            await shows(pilot, PAGE)

    asyncio.run(run())


def test_the_network_reaches_the_plan() -> None:
    home = Network(ssid="Workshop", passphrase=Secret(PASSPHRASE))
    session = FakeSession(network=home)

    async def run() -> None:
        app = app_for(session)
        async with app.run_test(size=SIZE) as pilot:
            await to_plan(pilot)
            await shows(pilot, "type its name: vda")

    asyncio.run(run())
    assert session.planned[0].network == home
