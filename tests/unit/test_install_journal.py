"""The journal of an installation: what it tells, and what makes it one that nobody can go by."""

import dataclasses
import json
from typing import Any

import pytest

from installer.answers import DiskChoice, Keep, User
from installer.events import Step
from installer.identifiers import Identifiers
from installer.install_journal import (
    JournalUnreadable,
    begun_line,
    done_line,
    header_line,
    read_journal,
)
from installer.secret import Secret
from installer.unfinished import answers_sha256
from tests.unit import samples

STEPS = tuple(
    Step(id=id, sentence=f"Do {id}", writes_bytes=0) for id in ("table", "boot", "slots", "account")
)
SECRETS = (samples.SECRET, samples.PASSPHRASE, "cccc-bbbb", "$6$salt$hash", "pass-in-name")
ANSWERS = samples.encrypted(
    user=User(
        name="ada",
        full_name="Ada \u2028 Lovelace",
        password_hash=Secret("$6$salt$hash"),
        password=Secret(samples.SECRET),
        password_file="pass-in-name",
        ssh_keys=("ssh-ed25519 AAAAC3Nz ada@home",),
    ),
    recovery_key=Secret("cccc-bbbb"),
    passphrase_file="pass-in-name",
    keep=Keep.DATA,
)

REACHED: dict[str, Any] = {
    "mirrors": ("http://10.0.2.3/r", "volume:STICK"),
    "proxy": "http://proxy:3128",
    "ca": "-----BEGIN CERTIFICATE-----",
    "ca_file": "our-ca.pem",
    "allow_older": True,
}
"""What is mended in answers after an installation that failed on the network."""


def header(**changes: Any) -> str:
    fields = {
        "began": 5.5,
        "disk": samples.DISK,
        "system": "AtomOS Debian 0.1.0",
        "answers": ANSWERS,
        "identifiers": samples.IDENTIFIERS,
        "steps": STEPS,
    }
    return header_line(**{**fields, **changes})


def read(*lines: str) -> Any:
    return read_journal("".join((header(), *lines)).encode())


def test_the_header_comes_back_without_its_secrets() -> None:
    found = read().header
    assert found.began == 5.5
    assert found.identifiers == samples.IDENTIFIERS
    assert found.steps == STEPS
    assert found.disk.is_of(samples.DISK)
    assert found.answers_sha256 == answers_sha256(ANSWERS)
    assert found.answers.passphrase == found.answers.recovery_key == Secret("")
    assert found.answers.user == User(
        name="ada",
        full_name="Ada \u2028 Lovelace",
        password=Secret(""),
        ssh_keys=("ssh-ed25519 AAAAC3Nz ada@home",),
    )


def test_no_secret_is_in_it_nor_the_name_of_a_file_that_may_be_one() -> None:
    text = header() + begun_line("slots", "d", 1.0) + done_line("slots", "d", 2.0)
    assert not [secret for secret in SECRETS if secret in text]


def test_what_was_begun_and_done() -> None:
    found = read(
        begun_line("table", "t1", 1.0),
        done_line("table", "t1", 2.0),
        begun_line("boot", "b1", 3.0),
    )
    assert [(each.id, each.deed, each.at) for each in found.done] == [("table", "t1", 2.0)]
    assert found.begun == "boot"
    assert found.touched == ("table", "boot")


def test_times_are_told_and_nothing_goes_by_them() -> None:
    found = read(begun_line("table", "t1", 9e9), done_line("table", "t1", 3.0))
    assert found.done[0].at == 3.0
    assert found.begun is None


def test_what_is_done_anew_takes_away_what_came_after_it() -> None:
    told = [begun_line(id, "d", 1.0) + done_line(id, "d", 1.0) for id in ("table", "boot", "slots")]
    assert [each.id for each in read(*told).done] == ["table", "boot", "slots"]
    again = read(*told, begun_line("boot", "d", 2.0))
    assert [each.id for each in again.done] == ["table"]


def test_what_is_done_in_every_run_takes_nothing_away_and_is_no_reason_to_skip() -> None:
    told = [begun_line(id, "d", 1.0) + done_line(id, "d", 1.0) for id in ("table", "slots")]
    found = read(*told, begun_line("boot", None, 2.0), done_line("boot", None, 2.0))
    assert [each.id for each in found.done] == ["table", "slots"]
    assert found.touched == ("table", "slots", "boot")


def test_a_step_that_no_header_names_is_one_all_the_same() -> None:
    found = read(begun_line("free-disk", None, 1.0))
    assert found.begun == "free-disk"


@pytest.mark.parametrize("cut", [1, 10, 30])
def test_a_last_line_that_was_cut_short_never_happened(cut: int) -> None:
    line = done_line("table", "t1", 2.0)
    found = read(begun_line("table", "t1", 1.0), line[:-cut])
    assert found.done == ()
    assert found.begun == "table"
    assert found.text == header() + begun_line("table", "t1", 1.0)


def test_what_stands_behind_its_end_is_not_read() -> None:
    data = (header() + begun_line("table", "t1", 1.0)).encode()
    assert read_journal(data + b"\0" * 100 + b"\xff garbage\n").text.encode() == data


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "it is empty"),
        (b"\0" * 4096, "it is empty"),
        (header()[:200].encode(), "it ends within its first line"),
        (b"\xff\xfe\xfd\n" * 9, "it is not text"),
        (b"hello\n", "its first line is none of ours"),
        (b"[1, 2]\n", "its first line is none of ours"),
        (b'{"v": 1, "event": "notice"}\n', "its first line is none of ours"),
        (b'{"journal": 2}\n', "it is of version 2, and this installer reads version 1"),
        (b'{"journal": 1}\n', "its first line lacks something"),
        ((header() + "nonsense\n" + done_line("a", "b", 1.0)).encode(), "its line 2 is none"),
        ((header() + '{"paused": "a", "at": 1}\n').encode(), "its line 2 is none"),
        ((header() + '{"begun": 7, "at": 1}\n').encode(), "its line 2 is none"),
        ((header() + '{"begun": "a"}\n').encode(), "its line 2 is none"),
        ((header() + begun_line("a", None, 1.0) + "[]\n").encode(), "its line 3 is none"),
    ],
    ids=range(14),
)
def test_one_that_nobody_can_go_by_says_why(data: bytes, words: str) -> None:
    with pytest.raises(JournalUnreadable) as caught:
        read_journal(data)
    assert str(caught.value) == words


@pytest.mark.parametrize("name", ["began", "disk", "answers", "identifiers", "steps", "program"])
def test_a_header_that_lacks_something_is_none(name: str) -> None:
    fields = json.loads(header())
    del fields[name]
    with pytest.raises(JournalUnreadable, match="lacks something"):
        read_journal((json.dumps(fields) + "\n").encode())


def forge(part: str, name: str, value: object) -> bytes:
    fields = json.loads(header())
    place = fields[part] if part else fields
    assert name in place
    place[name] = value
    return (json.dumps(fields) + "\n").encode()


@pytest.mark.parametrize(
    ("part", "name", "value"),
    [
        ("identifiers", "disk_guid", "x\nlabel: dos"),
        ("identifiers", "esp_volume_id", "--help"),
        ("identifiers", "machine_id", "short"),
        ("answers", "hostname", "a b"),
        ("answers", "kernel_arguments", ["init=/bin/sh; reboot"]),
        ("answers", "source", {"url": "ftp://x", "version": None, "allow_unsigned": True}),
    ],
)
def test_what_no_installer_writes_is_not_gone_by(part: str, name: str, value: object) -> None:
    """The disk may be anybody's: identifiers go into scripts for tools, answers into the menu."""
    with pytest.raises(JournalUnreadable, match="says what no installer writes"):
        read_journal(forge(part, name, value))


def test_new_identifiers_are_of_that_form() -> None:
    assert read_journal(header(identifiers=Identifiers.draw()).encode()).header.identifiers


def test_an_error_repeats_nothing_of_the_header() -> None:
    fields = json.loads(header())
    fields["answers"]["wipe"] = "hunter2"
    with pytest.raises(JournalUnreadable) as caught:
        read_journal((json.dumps(fields) + "\n").encode())
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_disk_is_known_by_serial_number_and_size_however_it_is_called() -> None:
    identity = read().header.disk
    assert identity.is_of(dataclasses.replace(samples.DISK, path="/dev/sdq", ids=()))
    assert not identity.is_of(dataclasses.replace(samples.DISK, serial="another"))
    assert not identity.is_of(dataclasses.replace(samples.DISK, size_bytes=1))


def test_a_disk_without_a_serial_number_is_known_by_its_links() -> None:
    nameless = dataclasses.replace(samples.DISK, serial=None)
    identity = read_journal(header(disk=nameless).encode()).header.disk
    assert identity.is_of(nameless)
    assert not identity.is_of(dataclasses.replace(nameless, ids=("virtio-other",)))


def test_other_answers_have_another_sum_and_secrets_and_consent_have_none() -> None:
    base = samples.encrypted()
    same = (
        dataclasses.replace(base, passphrase=Secret("else"), reinstall=True, wipe=False),
        dataclasses.replace(base, disk=DiskChoice(serial="S"), passphrase_file="x"),
        dataclasses.replace(base, user=User(name="ada", password_hash=Secret("$6$x"))),
        *(
            dataclasses.replace(base, source=dataclasses.replace(base.source, **{name: value}))
            for name, value in REACHED.items()
        ),
    )
    assert {answers_sha256(each) for each in same} == {answers_sha256(base)}
    others = (
        dataclasses.replace(base, passphrase=None),
        dataclasses.replace(base, hostname="box"),
        dataclasses.replace(base, recovery_key=Secret("k")),
        dataclasses.replace(base, user=User(name="eve", password=Secret("x"))),
        dataclasses.replace(base, source=dataclasses.replace(base.source, url="http://10.0.2.2/s")),
    )
    assert len({answers_sha256(each) for each in (base, *others)}) == 6
