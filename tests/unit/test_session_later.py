"""A session that is made when it is asked for something."""

import inspect
import threading

from installer.languages import Speech
from installer.session import Session
from installer.session_later import SessionLater
from tests.ui.fake_session import BLANK, FakeSession, machine


def asked_of_a_session() -> set[str]:
    return {name for name, _ in inspect.getmembers(Session, inspect.isfunction) if name[0] != "_"}


def test_it_is_made_once_and_not_before_it_is_asked() -> None:
    made = []
    asked = threading.Barrier(8)

    def make() -> FakeSession:
        made.append(FakeSession(machine_now=machine(BLANK), is_running=True))
        return made[0]

    def ask() -> None:
        asked.wait()
        assert session.running()

    session = SessionLater(make, lambda: Speech(language="de"))
    assert session.speech() == Speech(language="de")
    assert made == []
    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    assert session.machine() == machine(BLANK)
    session.stop()
    assert made[0].stops == 1


def test_it_hands_on_everything_that_a_session_is_asked() -> None:
    assert {"machine", "plan", "stop"} <= asked_of_a_session()
    for name in asked_of_a_session():
        ours = inspect.signature(getattr(SessionLater, name)).parameters
        theirs = inspect.signature(getattr(Session, name)).parameters
        assert [(each.name, each.kind, each.default) for each in ours.values()] == [
            (each.name, each.kind, each.default) for each in theirs.values()
        ]
