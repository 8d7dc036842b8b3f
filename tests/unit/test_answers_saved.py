"""Answers saved, read again, and planned: the same plan, whatever was answered.

ATOMOS_ANSWERS_SEEDS=N tries more of them.
"""

import os
import random
import string
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from installer.answers import Answers, DiskChoice, Keep, LayoutKind
from installer.answers_connection import Network, NetworkMethod, WifiSecurity
from installer.answers_file import read_answers, read_incomplete
from installer.answers_saved import named_disk, saved_answers, without_secrets
from installer.draft import Draft
from installer.errors import AnswersInvalid, Refused
from installer.flow import FLOW, after, lacking, problems
from installer.hardware import Disk, Machine
from installer.prefilled import prefilled
from installer.question import QuestionId
from installer.secret import Secret
from installer.session import Plan
from tests.unit import samples

SEEDS: Final = range(int(os.environ.get("ATOMOS_ANSWERS_SEEDS", "200")))
HASH: Final = Secret("$6$atomosexample$" + "a" * 86)
WIFI: Final = "violin kettle"
TEXT: Final = string.ascii_letters + string.digits + " .-_'\"#&*!|>%@`{}[]?~+äöüß¥漢🙂"
KEY: Final = "cccccccc-bbbbbbbb-dddddddd-eeeeeeee"


def odd_text(chance: random.Random, most: int, without: str = "") -> str:
    """Text that YAML may take for something else."""
    words = ["no", "null", "022", "12:30:00", "1e5", "true", "~", "- a", "a: b", "a #b", "'", "="]
    if chance.random() < 0.4:
        text = chance.choice(words)
    else:
        text = "".join(chance.choice(TEXT) for _ in range(chance.randint(1, most)))
    return "".join(letter for letter in text if letter not in without).strip()


def odd_disk(chance: random.Random) -> Disk:
    """The sample's disk, blank or with an AtomOS on it, as some firmware names it."""
    disk = samples.DISK
    if chance.random() < 0.5:
        disk = samples.installed(chance.choice(list(LayoutKind)))
    return replace(
        disk,
        ids=chance.choice([(), ("virtio-atomos-target",), ("wwn-0x5", "ata-#1: a"), ("bad id",)]),
        serial=chance.choice([None, "", "123456", "S: #1", "0x1F", "on", "ü 漢"]),
    )


def odd_network(chance: random.Random) -> Network:
    """One of the ways to reach a network."""
    network = Network(proxy=chance.choice([None, "http://proxy.example.org:3128"]))
    if chance.random() < 0.5:
        security = chance.choice(list(WifiSecurity))
        network = replace(
            network,
            ssid=odd_text(chance, 8) or "e5",
            hidden=chance.random() < 0.5,
            security=security,
            passphrase=None if security is WifiSecurity.OPEN else Secret(WIFI),
        )
    if chance.random() < 0.5:
        network = replace(
            network,
            method=NetworkMethod.STATIC,
            interface=chance.choice([None, "eth0", "on"]),
            address=chance.choice(["192.0.2.7/24", "2001:db8::7/64"]),
            dns=chance.choice([(), ("192.0.2.53",)]),
        )
        if network.address == "2001:db8::7/64":
            network = replace(network, gateway="2001:db8::1", dns=())
    return network


def odd_draft(chance: random.Random, machine: Machine, disk: Disk) -> Draft:
    """What somebody may have answered at the screens, without a problem."""
    password, passphrase = Secret(f"p{odd_text(chance, 9)}"), Secret("violin kettle moss")
    wants_key = chance.random() < 0.5
    draft = Draft(
        source_url=chance.choice(
            ["https://example.org/a", "medium:/r", "volume:A%20B/r", "file:///r/on"]
        ),
        allow_unsigned=True,
        version=chance.choice(["", "1.0"]),
        home_manager=chance.random() < 0.5,
        home_later=chance.random() < 0.5,
        home_flake=chance.choice(["", "github:ada/home", "git+ssh://git@example.org/home"]),
        flatpaks=chance.choice(["", "org.example.One", "org.example.One, org.example.Two"]),
        timezone=chance.choice(["", "UTC", "Europe/Berlin", "America/Argentina/Salta"]),
        recovery=chance.random() < 0.5,
        encrypt=chance.random() < 0.5,
        passphrase=passphrase,
        passphrase_again=passphrase,
        wants_recovery_key=wants_key,
        recovery_key=Secret(KEY if wants_key else ""),
        recovery_key_written=True,
        recovery_key_typed=Secret("cccccccc"),
        network=odd_network(chance),
        full_name=odd_text(chance, 12, without=":,=\\"),
        user_name=chance.choice(["ada", "no", "null", "y", "_x-1", "e5"]),
        host_name=chance.choice(["atomos", "on", "1e5", "0x1f", "12-30"]),
        password=password,
        password_again=password,
    ).on(disk, machine)
    draft = replace(draft, version_of=draft.source_url)
    keep = chance.choice(list(Keep)) if draft.reinstall else draft.keep
    draft = replace(draft, keep=keep, disk_passphrase=passphrase)
    asked = [each.id for each in FLOW if each.is_asked(draft)]
    assert [each for each in asked if problems(each, draft)] == []
    return draft


def planned(answers: Answers, machine: Machine, *, unattended: bool) -> Plan | Refused:
    """The plan, or why there is none."""
    encrypted = any(part.label == "atomos-luks" for part in machine.disks[1].partitions)
    found = None
    if answers.keep is not Keep.NOTHING:
        found = samples.installation(
            luks_uuid="6" * 8 if encrypted else None,
            data="/dev/atomos/data" if encrypted else samples.installation().data,
        )
    try:
        release = samples.release(contract=samples.contract(home_manager=True, flatpak=True))
        return samples.plan(
            wanted=answers, at=machine, of=release, unattended=unattended, found=found
        )
    except Refused as refusal:
        return refusal


def in_short(plan: Plan | Refused) -> object:
    """What has to be equal."""
    return plan.digest if isinstance(plan, Plan) else plan.problems


@pytest.mark.parametrize("seed", SEEDS)
def test_the_saved_file_makes_the_plan_that_was_shown(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    disk = odd_disk(chance)
    machine = samples.machine(disk)
    draft = odd_draft(chance, machine, disk)
    answers = draft.answers()
    hashes = chance.random() < 0.5
    kept = without_secrets(answers, HASH if hashes else None)
    saved = saved_answers(kept, disk, machine)
    file = tmp_path / "answers.yaml"
    file.write_text(saved.text, encoding="utf-8")
    for secret in (answers.passphrase, answers.recovery_key, answers.network.passphrase):
        assert secret is None or secret.reveal() not in saved.text

    shown = planned(replace(answers, recovery_key=None), machine, unattended=False)
    # The screens ask again for what was left out, and for nothing else.
    again = prefilled(read_incomplete(file.read_bytes(), str(file), tmp_path), machine)
    assert again.words == ""
    missing = _asked_of(again.draft)
    assert missing == _left_out(draft, hashes=hashes)
    typed = _with_secrets_of(draft, again.draft)
    assert in_short(planned(typed.answers(), machine, unattended=False)) == in_short(
        planned(answers, machine, unattended=False)
    )
    # With the files that its comments speak of, nobody need be asked.
    (tmp_path / "password").write_text(f"{draft.password.reveal()}\n", encoding="utf-8")
    (tmp_path / "passphrase").write_text("violin kettle moss\n", encoding="utf-8")
    (tmp_path / "wifi-passphrase").write_text(f"{WIFI}\n", encoding="utf-8")
    read = read_answers(file.read_bytes(), str(file), tmp_path)
    assert in_short(planned(read, machine, unattended=True)) == in_short(shown)


def test_most_of_these_can_be_installed() -> None:
    """Two refusals are equal, too: they show less than two plans."""
    plans = 0
    for seed in SEEDS:
        chance = random.Random(seed)
        disk = odd_disk(chance)
        machine = samples.machine(disk)
        answers = odd_draft(chance, machine, disk).answers()
        plans += isinstance(planned(answers, machine, unattended=False), Plan)
    assert plans > len(SEEDS) * 0.8


def _asked_of(draft: Draft) -> list[QuestionId]:
    """The questions that the flow comes to, each answered as nobody would. Before them the network
    is looked at, whatever a file says."""
    asked: list[QuestionId] = []
    id = after(QuestionId.NETWORK, draft)
    while id is not QuestionId.SUMMARY and id is not None:
        asked.append(id)
        id = after(id, draft)
    return asked


def _left_out(draft: Draft, *, hashes: bool) -> list[QuestionId]:
    asked = []
    if draft.opens_luks:
        asked.append(QuestionId.UNLOCK)
    if draft.new_luks:
        asked += [QuestionId.PASSPHRASE, QuestionId.RECOVERY_KEY]
    if draft.new_user and not hashes:
        asked.append(QuestionId.USER)
    return asked


def _with_secrets_of(draft: Draft, asked: Draft) -> Draft:
    """`asked` once all that is secret was typed again."""
    names = [
        "passphrase", "passphrase_again", "disk_passphrase", "wants_recovery_key", "recovery_key",
        "recovery_key_written", "recovery_key_typed", "recovery_key_group", "password",
        "password_again", "network",
    ]  # fmt: skip
    typed = replace(asked, **{name: getattr(draft, name) for name in names})
    assert lacking(typed) is None
    return typed


def test_the_file_says_what_is_left_out_and_how_to_give_it() -> None:
    answers = replace(samples.encrypted(), recovery_key=Secret(KEY))
    saved = saved_answers(answers, samples.DISK, samples.machine())
    flat = " ".join(line.removeprefix("#").strip() for line in saved.text.splitlines())
    assert len(saved.left_out) == 3
    for each in saved.left_out:
        assert each in flat
    for secret in (samples.SECRET, samples.PASSPHRASE, KEY):
        assert secret not in saved.text
    assert "passphrase_file: passphrase" in saved.text
    assert "  id: virtio-atomos-target" in saved.text, "device nodes change places"


def test_a_hash_is_in_it_and_then_nothing_is_left_out() -> None:
    saved = saved_answers(without_secrets(samples.answers(), HASH), samples.DISK, samples.machine())
    assert saved.left_out == ()
    assert f"password_hash: {HASH.reveal()}" in saved.text
    user = read_answers(saved.text.encode(), "f", None).user
    assert user is not None
    assert user.password_hash == HASH


def test_two_disks_with_one_serial_number_are_named_by_their_nodes() -> None:
    twin = replace(samples.DISK, path="/dev/vdb")
    machine = samples.machine(samples.DISK, twin)
    assert named_disk(twin, machine) == DiskChoice(path="/dev/vdb")


def test_what_is_wrong_in_an_incomplete_file_is_still_told_with_its_place() -> None:
    text = "version: 1\nwipe: maybe\nuser:\n  nmae: ada\nsource:\n  url: ftp://x\n"
    with pytest.raises(AnswersInvalid) as caught:
        read_incomplete(text.encode(), "answers.yaml", None)
    told = [(each.line, each.column) for each in caught.value.errors]
    assert told == [(2, 7), (4, 3), (6, 8)]


def test_what_is_missing_in_an_incomplete_file_is_asked() -> None:
    answers = read_incomplete(b"layout: encrypted\nlocale: de_DE.UTF-8\n", "f", None)
    draft = prefilled(answers, samples.machine()).draft
    assert draft.answers().locale == "de_DE.UTF-8"
    assert after(QuestionId.NETWORK, draft) is QuestionId.WELCOME
    named = replace(draft, source_url="https://example.org/a")
    assert _asked_of(named) == [
        QuestionId.RELEASE, QuestionId.DISK, QuestionId.PASSPHRASE, QuestionId.RECOVERY_KEY,
        QuestionId.USER,
    ]  # fmt: skip


def test_erasing_an_atomos_is_asked_where_the_file_does_not_say_it() -> None:
    machine = samples.machine(samples.installed())
    whole = saved_answers(
        without_secrets(samples.answers(), HASH), samples.DISK, samples.machine()
    ).text
    draft = prefilled(read_incomplete(whole.encode(), "f", None), machine).draft
    assert _asked_of(draft) == [QuestionId.KEEP]
    assert draft.keep is Keep.DATA, "that with which nobody loses a file"
    said = whole.replace("wipe: true", "wipe: true\nreinstall: true")
    draft = prefilled(read_incomplete(said.encode(), "f", None), machine).draft
    assert _asked_of(draft) == []
    assert draft.answers().keep is Keep.NOTHING


def test_a_file_that_keeps_data_never_erases_a_disk_without_an_atomos() -> None:
    text = saved_answers(samples.keeping(), samples.DISK, samples.machine()).text
    found = prefilled(read_incomplete(text.encode(), "f", None), samples.machine())
    assert "holds no AtomOS" in found.words
    assert _asked_of(found.draft)[0] is QuestionId.DISK


def test_a_disk_that_is_not_there_is_asked_for_and_why() -> None:
    text = "disk:\n  serial: GONE\n"
    found = prefilled(read_incomplete(text.encode(), "f", None), samples.machine())
    assert "There is no disk with the serial number GONE" in found.words
    assert found.draft.disk_path == ""


def test_another_disk_chosen_asks_again_what_is_kept() -> None:
    machine = samples.machine(samples.installed(), replace(samples.installed(), path="/dev/vdb"))
    text = "disk:\n  path: /dev/vda\nreinstall: true\nkeep: data\nsource:\n  url: medium:/r\n"
    draft = prefilled(read_incomplete(text.encode(), "f", None), machine).draft
    assert _asked_of(draft) == []
    assert after(QuestionId.DISK, draft.on(machine.disks[2], machine)) is QuestionId.KEEP


def test_no_secret_of_a_file_outlives_the_installation(tmp_path: Path) -> None:
    (tmp_path / "passphrase").write_text("violin kettle moss\n", encoding="utf-8")
    saved = saved_answers(samples.encrypted(), samples.DISK, samples.machine())
    read = read_incomplete(saved.text.encode(), "f", tmp_path)
    draft = prefilled(read, samples.machine()).draft
    assert draft.answers().passphrase == Secret("violin kettle moss")
    done = draft.without_secrets()
    assert done.given is not None
    assert [done.passphrase, done.disk_passphrase, done.given.passphrase] == [
        Secret(""), Secret(""), None,
    ]  # fmt: skip


def test_a_file_that_keeps_data_may_name_another_user_and_host() -> None:
    machine = samples.machine(samples.installed())
    kept = replace(samples.keeping(), hostname="new-name", user=samples.answers().user)
    saved = saved_answers(without_secrets(kept, HASH), machine.disks[1], machine)
    read = read_answers(saved.text.encode(), "f", None)
    draft = prefilled(read_incomplete(saved.text.encode(), "f", None), machine).draft
    assert _asked_of(draft) == []
    assert in_short(planned(draft.answers(), machine, unattended=False)) == in_short(
        planned(read, machine, unattended=True)
    )
