"""Answers saved from plain mode: at the plan, and when it is carried out."""

from collections.abc import Callable

from installer.answers_file import read_incomplete
from installer.errors import InstallError
from installer.save_place import SavePlace
from installer.stores import Stores
from screens.leave import Leave
from tests.ui.atomos_disks import stick
from tests.ui.fake_session import BLANK, FakeSession, machine
from tests.ui.fake_store import HASH, FakeLogs, FakeStore
from tests.unit.plain_terminal import (
    AGREED,
    PASSPHRASE,
    PASSWORD,
    RECOVERY_KEY,
    TO_PLAN,
    Script,
    Typed,
    talk,
)

WITH_HASH: Script = (("With a hash of the password, yes or no [yes]:", ""),)
SAVE: Script = (('Type "save" to save these answers as a file.', "save"),)
PLACES: Script = (("2. this machine's memory, gone after a restart 3. Nowhere", "1"),)


def saving_into(store: FakeStore) -> Callable[[], Stores]:
    return lambda: Stores(answers=store, log=FakeLogs())


def plugged_into(session: FakeSession) -> Callable[[], None]:
    """A stick, while a question stands there."""

    def plug() -> None:
        session.machine_now = machine(BLANK, stick("c", "KEYS"))

    return plug


def at_the_plan(store: FakeStore, *script: tuple[str, Typed]) -> tuple[str, FakeSession]:
    """What was said from there on, where a stick was plugged in meanwhile."""
    session = FakeSession()
    said, _leave = talk(
        session,
        *TO_PLAN,
        ("Disk's name:", plugged_into(session)),
        ("", "save"),
        *script,
        stores=saving_into(store),
    )
    return said.split("Save these answers as a file")[1], session


def test_the_plan_is_saved_without_secrets_and_asked_about_still() -> None:
    store = FakeStore()
    said, session = at_the_plan(
        store,
        *PLACES,
        *WITH_HASH,
        (
            "Saved as answers.yaml on /dev/sdc1. Not in the file: - The passphrase of the disk.",
            "no",
        ),
        ("! That is not vda. Nothing has been written.", "vda"),
        ("1. Restart the machine", "1"),
    )
    assert "To erase this disk and install AtomOS on it, type its name: vda" in said
    assert "WILL BE LOST" not in said, "the plan is long, and stays above"
    text = store.files["/dev/sdc1"]
    for secret in (PASSPHRASE, PASSWORD, RECOVERY_KEY):
        assert secret not in text
        assert secret not in said
    assert f"password_hash: {HASH}" in text
    assert "layout: encrypted" in text
    assert len(session.started) == 1


def test_without_a_hash_the_password_is_left_out() -> None:
    store = FakeStore()
    at_the_plan(
        store,
        ("3. Nowhere", "2"),
        (WITH_HASH[0][0], "no"),
        ("Saved as /run/atomos/saved/answers.yaml. Not in the file: - The password of ada.", ""),
    )
    assert "password_hash" not in store.files[None]
    assert "password_file: password" in store.files[None]


def test_no_file_is_written_over_by_an_enter_too_many() -> None:
    store = FakeStore(files={"/dev/sdc1": "another"})
    at_the_plan(
        store,
        *PLACES,
        *WITH_HASH,
        ("has a file answers.yaml already. Replace that file? 1. Leave it 2. Replace it", ""),
        ("3. Nowhere", "3"),
        ("type its name: vda", ""),
    )
    assert store.files == {"/dev/sdc1": "another"}
    at_the_plan(
        store,
        *PLACES,
        *WITH_HASH,
        ("2. Replace it", "2"),
        ("Saved as answers.yaml on /dev/sdc1.", ""),
    )
    assert "ada" in store.files["/dev/sdc1"]


def test_a_stick_that_is_full_is_told_and_another_place_taken() -> None:
    class Full(FakeStore):
        def save(self, place: SavePlace, text: str, *, replaces: bool) -> None:
            if place.device is not None:
                raise InstallError("/dev/sdc1 is full.", way_out="Choose another place.")
            super().save(place, text, replaces=replaces)

    store = Full()
    at_the_plan(
        store,
        *PLACES,
        *WITH_HASH,
        ("! /dev/sdc1 is full. Choose another place.", "2"),
        *WITH_HASH,
        ("Saved as /run/atomos/saved/answers.yaml.", ""),
    )
    assert list(store.files) == [None]


def test_back_leads_out_of_saving_and_look_finds_a_stick() -> None:
    store = FakeStore()
    session = FakeSession()
    talk(
        session,
        *TO_PLAN,
        *SAVE,
        ("1. this machine's memory, gone after a restart 2. Nowhere", plugged_into(session)),
        ("", "look"),
        ("3. Nowhere", "1"),
        (WITH_HASH[0][0], "back"),
        ("3. Nowhere", "?"),
        ("Of the password a hash is, unless you say no to that: whoever has it", "back"),
        ("type its name: vda", ""),
        stores=saving_into(store),
    )
    assert store.files == {}


def test_what_was_carried_out_is_saved_at_the_end_with_no_password_in_memory() -> None:
    session = FakeSession()
    store = FakeStore()
    _said, leave = talk(
        session,
        *TO_PLAN,
        *AGREED,
        ("1. Restart the machine 2. Save the answers 3. Leave to a shell", plugged_into(session)),
        ("", "2"),
        ("2. this machine's memory, gone after a restart 3. Nowhere", "1"),
        ("Saved as answers.yaml on /dev/sdc1.", "1"),
        stores=saving_into(store),
    )
    assert leave is Leave.REBOOT
    text = store.files["/dev/sdc1"]
    assert PASSWORD not in text
    assert f"password_hash: {HASH}" in text
    user = read_incomplete(text.encode(), "answers.yaml", None).user
    assert user is not None
    assert user.name == "ada"


def test_a_run_of_somebody_else_has_no_answers_to_save() -> None:
    said, _leave = talk(
        FakeSession(is_over=True),
        ("1. Restart the machine 2. Leave to a shell", "2"),
        stores=saving_into(FakeStore()),
    )
    assert "Save the answers" not in said
