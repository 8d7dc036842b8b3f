"""An installation did not get through, and its log goes onto a stick for whoever is asked."""

from installer.errors import InstallError
from tests.ui.atomos_disks import stick
from tests.ui.fake_session import BLANK, FakeSession, failed_run, machine
from tests.ui.fake_store import FakeLogs
from tests.ui.reading import SIZE, app_for, shows

NAME = "atomos-install-20260301-120000.tar.gz"


def failed() -> FakeSession:
    return FakeSession(
        run=failed_run(), is_running=True, machine_now=machine(BLANK, stick("c", "KEYS"))
    )


async def test_the_log_goes_onto_a_stick_and_the_failure_is_told_still() -> None:
    session, logs = failed(), FakeLogs()
    app = app_for(session, logs=logs)
    async with app.run_test(size=SIZE) as pilot:
        await shows(pilot, "> [ Try again ]")
        await pilot.press("down", "enter")
        page = await shows(pilot, "> /dev/sdc1")
        assert "atomos-install-*.tar.gz" in page
        assert "/dev/vda" not in page, "the disk is no place for it"
        await pilot.press("enter")
        await shows(pilot, f"Saved as {NAME} on /dev/sdc1.")
        await pilot.press("down", "enter")
        await shows(pilot, f"Saved as /run/atomos/saved/{NAME}.")
        await pilot.press("escape")
        await shows(pilot, "> [ Save the log ]")
    assert logs.written == ["/dev/sdc1", None]
    assert session.started == []


async def test_a_stick_that_cannot_be_written_is_told_and_another_place_taken() -> None:
    logs = FakeLogs(error=InstallError("/dev/sdc1 is full.", way_out="Choose another place."))
    app = app_for(failed(), logs=logs)
    async with app.run_test(size=SIZE) as pilot:
        await shows(pilot, "> [ Try again ]")
        await pilot.press("down", "enter")
        await shows(pilot, "> /dev/sdc1")
        await pilot.press("enter")
        await shows(pilot, "! /dev/sdc1 is full. Choose another place.")
        logs.error = None
        await pilot.press("down", "enter")
        await shows(pilot, "Saved as /run/atomos/saved")
