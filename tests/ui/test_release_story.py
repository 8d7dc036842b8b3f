"""What a release directory has on offer: chosen, refused, slow, or gone."""

import threading
from dataclasses import replace

from installer.answers import Answers, Source
from installer.errors import InstallError, Refused
from installer.release_offer import ReleaseOffer, VersionOffer
from installer.signature import unsigned
from tests.ui.fake_session import OFFER, SIGNER, SOURCE, FakeSession
from tests.ui.reading import (
    SIZE,
    app_for,
    at_rest,
    fill_passphrase,
    fill_recovery_key,
    fill_user,
    past_release,
    past_time_zone,
    row_of,
    shows,
    to_disk,
    to_release,
    until,
)


async def test_versions_sizes_and_signer_are_told_and_enter_takes_the_newest() -> None:
    session = FakeSession(offers=[replace(OFFER, signed_by=SIGNER)])
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await to_release(pilot)
        page = await shows(pilot, "> 0.1.0")
        assert "Step 2 of 9: Version" in page
        assert SOURCE in page
        assert f"Signed by {SIGNER}" in " ".join(page.split())
        assert "UNSIGNED" not in page
        assert row_of(app, "690 MiB").split()[1:] == ["0.1.0", "690", "MiB", "the", "newest"]
        assert row_of(app, "0.0.9").split() == ["0.0.9", "688", "MiB"]
        await pilot.press("enter")
        await shows(pilot, "> /dev/nvme0n1")
    assert session.asked_for == [Source(url=SOURCE, allow_unsigned=True)]


async def test_an_older_version_is_named_in_the_answers_and_stays_chosen() -> None:
    session = FakeSession()
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await to_release(pilot)
        await shows(pilot, "> 0.1.0")
        await pilot.press("down", "enter")
        await shows(pilot, "> /dev/nvme0n1")
        await pilot.press("escape")
        await shows(pilot, "> 0.0.9")
        await pilot.press("enter")
        await shows(pilot, "> /dev/nvme0n1")
        await pilot.press("down", "enter")
        await shows(pilot, "> Passphrase")
        await fill_passphrase(pilot)
        await pilot.press("enter")
        await shows(pilot, "none: no stick is plugged in")
        await fill_recovery_key(pilot)
        await pilot.press("enter")
        await fill_user(pilot)
        await pilot.press("enter")
        await past_time_zone(pilot)
        await shows(pilot, "type its name: vda")
    assert session.planned[0].source == Source(url=SOURCE, allow_unsigned=True, version="0.0.9")


async def test_another_address_has_other_versions() -> None:
    """A version that was chosen of one directory is none of another."""
    session = FakeSession()
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await to_release(pilot)
        await shows(pilot, "> 0.1.0")
        await pilot.press("down", "enter")
        await shows(pilot, "> /dev/nvme0n1")
        await pilot.press("f4")
        await shows(pilot, "> Version")
        await pilot.press("up", "enter")
        await shows(pilot, "> [ Continue ]")
        await pilot.press("up", "up", "ctrl+u", *"file:///r", "down", "down", "enter")
        await past_release(pilot)
        await shows(pilot, "> /dev/nvme0n1")
    assert session.asked_for[-1] == Source(url="file:///r", allow_unsigned=True)


async def test_nobody_vouches_for_it_is_said_in_words_and_why() -> None:
    doubt = "SHA256SUMS.gpg is by a key that nobody knows."
    session = FakeSession(offers=[replace(OFFER, doubts=(doubt,), older=7)])
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await to_release(pilot)
        page = await shows(pilot, "> 0.1.0")
        assert "! UNSIGNED: nobody who is trusted vouches for it." in page
        assert doubt in page
        assert "7 older ones too" in page


async def test_an_unsigned_one_is_refused_and_leads_back_to_the_box() -> None:
    session = FakeSession(offers=[Refused((unsigned(SOURCE),)), OFFER])
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await shows(pilot, "> [ Continue ]")
        await pilot.press("enter")
        page = await shows(pilot, "> [ Change the address ]")
        assert f"! The release at {SOURCE} is unsigned" in " ".join(page.split())
        await pilot.press("enter")
        await shows(pilot, "[ ] Take this release even if it is UNSIGNED")
        await to_release(pilot)
        await past_release(pilot)
        await shows(pilot, "> /dev/nvme0n1")
    assert [each.allow_unsigned for each in session.asked_for] == [False, True]


async def test_a_server_that_is_back_is_found_by_looking_again() -> None:
    gone = Refused.because("example.org does not answer.", "Check the network.")
    tool = InstallError("gpgv is missing", tool_words="no such file", way_out="Install it.")
    session = FakeSession(offers=[gone, tool, gone, OFFER])
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await to_release(pilot)
        await shows(pilot, "! example.org does not answer.")
        await pilot.press("down")
        await shows(pilot, "> [ Look again ]")
        await pilot.press("enter")
        page = await shows(pilot, "! gpgv is missing. no such file")
        assert "Install it." in page
        await pilot.press("f5")
        await shows(pilot, "! example.org does not answer.")
        await pilot.press("f5")
        await shows(pilot, "> 0.1.0")


async def test_a_slow_server_has_words_and_can_be_given_up() -> None:
    session = FakeSession()
    session.may_offer.clear()
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await to_release(pilot)
        await shows(pilot, "Looking at what is on offer there.")
        await pilot.press("enter", "down", "f1")
        await shows(pilot, "> [ Close ]")
        await pilot.press("escape", "escape")
        await shows(pilot, "[x] Take this release even if it is UNSIGNED")
        # What comes of it now is told to nobody.
        session.may_offer.set()
        await until(pilot, lambda: session.asked_for, "the late answer")
        await shows(pilot, "> [ Continue ]")


async def test_of_two_looks_the_last_one_counts() -> None:
    first = threading.Event()

    class TwoAnswers(FakeSession):
        """Its first answer comes last."""

        def offer(self, answers: Answers) -> ReleaseOffer:
            self.asked_for.append(answers.source)
            if len(self.asked_for) == 1:
                first.wait()
                raise Refused.because("Gone.", "Look.")
            return OFFER

    app = app_for(session := TwoAnswers())
    async with app.run_test(size=SIZE) as pilot:
        await to_release(pilot)
        await until(pilot, lambda: session.asked_for, "the first look")
        await pilot.press("f5")
        await shows(pilot, "> 0.1.0")
        first.set()
        assert "Gone" not in await at_rest(pilot)


async def test_a_version_without_its_image_cannot_be_chosen() -> None:
    gone = VersionOffer(version="0.2.0", size_bytes=None)
    session = FakeSession(offers=[replace(OFFER, versions=(gone, *OFFER.versions))])
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await to_release(pilot)
        await shows(pilot, "> 0.1.0")
        assert row_of(app, "0.2.0").split() == ["0.2.0", "its", "image", "is", "not", "there"]
        assert "the newest" in row_of(app, "690 MiB")
        await pilot.press("up")
        await shows(pilot, "> 0.0.9")


async def test_on_the_way_to_another_disk_it_is_not_asked_again() -> None:
    session = FakeSession()
    app = app_for(session)
    async with app.run_test(size=SIZE) as pilot:
        await to_disk(pilot)
        await pilot.press("f4")
        await shows(pilot, "> Version")
        await pilot.press("up", "enter")
        await shows(pilot, "> [ Continue ]")
        await pilot.press("enter")
        await shows(pilot, "> /dev/nvme0n1")
    assert len(session.asked_for) == 1
