"""Plain mode shows what a release directory has on offer, or says why there is nothing."""

from collections.abc import Callable
from dataclasses import replace

from installer.answers import Source
from installer.errors import Refused
from installer.release_offer import VersionOffer
from installer.signature import unsigned
from tests.ui.fake_session import OFFER, SIGNER, SOURCE, FakeSession
from tests.unit.plain_terminal import ADA, BLANK_DISK, ENCRYPTED, RELEASE, WITH_KEY, talk

ADDRESS = RELEASE[:2]
GONE = Refused.because("example.org does not answer.", "Check the network.")


def test_signer_sizes_and_an_older_version() -> None:
    session = FakeSession(offers=[replace(OFFER, signed_by=SIGNER)])
    said, _ = talk(
        session,
        *ADDRESS,
        ("1. 0.1.0 690 MiB the newest 2. 0.0.9 688 MiB Number [1]:", "2"),
        *BLANK_DISK,
        *ENCRYPTED,
        *WITH_KEY,
        *ADA,
        ("Disk's name:", "back"),
    )
    assert f"Step 2 of 9: Version Which version shall be installed? Looking {_looking()}" in said
    assert f"{SOURCE} Signed by {SIGNER} 1. 0.1.0" in said
    assert session.planned[0].source == Source(url=SOURCE, allow_unsigned=True, version="0.0.9")


def _looking() -> str:
    return "at what is on offer there. This may take a minute ..."


def test_what_was_chosen_is_the_default_when_one_comes_back() -> None:
    talk(
        FakeSession(),
        *ADDRESS,
        ("! UNSIGNED: nobody who is trusted vouches for it.", "2"),
        ("Number of the disk [1]:", "back"),
        ("Number [2]:", "again"),
        ("Which version shall be installed? http://10.0.2.2:8000/release", "look"),
        ("Number [2]:", "back"),
        ("Release [", ""),
    )


def test_a_refusal_leads_back_to_the_address_or_looks_again() -> None:
    session = FakeSession(offers=[GONE, Refused((unsigned(SOURCE),)), OFFER])
    said, _ = talk(
        session,
        ("Release [", ""),
        ("UNSIGNED, yes or no [no]:", ""),
        ("! example.org does not answer. Check the network. 1. Change the address 2. Look", "2"),
        (f"! The release at {SOURCE} is unsigned", ""),
        ("Release [", ""),
        ("UNSIGNED, yes or no [no]:", "yes"),
        ("Number [1]:", "?"),
        ('"back" leads back to the address.', ""),
        ("Number of the disk [1]:", "1"),
    )
    assert [each.allow_unsigned for each in session.asked_for] == [False, False, True]
    assert "F5" not in said


def test_a_version_without_its_image_has_no_number() -> None:
    gone = VersionOffer(version="0.2.0", size_bytes=None)
    session = FakeSession(offers=[replace(OFFER, versions=(gone, *OFFER.versions), older=4)])
    talk(
        session,
        *ADDRESS,
        ("- 0.2.0 its image is not there 1. 0.1.0 690 MiB the newest 2. 0.0.9 688 MiB 4 older", ""),
        ("Number of the disk", "1"),
    )


def test_a_slow_server_can_be_given_up() -> None:
    session = FakeSession()
    session.may_offer.clear()
    now = iter(range(0, 100_000, 10))
    clock: Callable[[], float] = lambda: next(now)  # noqa: E731
    talk(
        session,
        *ADDRESS,
        ("Still at it, for", "back"),
        ("Release [http://10.0.2.2:8000/release]:", ""),
        clock=clock,
    )
    session.may_offer.set()
