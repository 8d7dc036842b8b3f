"""Whom a plan trusts, and what it says of that; keys of the answers that are about the release."""

import dataclasses
import ssl
from pathlib import Path

import pytest

from backends.gpgv_status import parse_status
from installer.answers import Answers, Source
from installer.answers_file import load_answers, read_answers
from installer.describe import describe_plan
from installer.draft import Draft
from installer.errors import AnswersInvalid, Refused
from installer.hardware import Contents, Disk, Partition
from installer.installed_version import version_in, with_version
from installer.operations.boot import WriteMenu
from installer.planning import make_plan
from installer.quantity import GIB, MIB
from installer.question import QuestionId
from installer.release_place import ReleasePlace, release_place
from installer.session import Plan
from installer.signature import Verdict
from installer.traces import Trace
from tests.unit import samples
from tests.unit.samples import DISK, answers, machine, release
from tests.unit.test_answers_file import BASE, HASH, errors_of

WHO = "Releases <releases@example.org> (29910AFAB68754E7D9F1490829F0AB0CDB6215E5)"
CA = ssl.get_default_verify_paths().cafile or "/etc/ssl/certs/ca-certificates.crt"
PEM = Path(CA).read_text().split("-----END CERTIFICATE-----")[0] + "-----END CERTIFICATE-----\n"


def with_source(line: str) -> str:
    return BASE.replace("  url: https://example.org/atomos\n", f"  {line}\n").replace(
        "password_file: password", f"password_hash: {HASH}"
    )


def source_of(lines: str) -> Source:
    return load_answers(with_source(lines), "answers.yaml").source


def said(wanted: Answers, traces: tuple[Trace, ...], version: str) -> str:
    try:
        made = make_plan(
            wanted,
            machine(),
            release(version=version, signed_by=WHO),
            samples.IDENTIFIERS,
            unattended=True,
            traces=traces,
        )
    except Refused as refusal:
        return " ".join(map(str, refusal.problems))
    return made.system


def holding(label: str) -> Disk:
    part = Partition(
        path="/dev/vda1",
        number=1,
        start_bytes=MIB,
        size_bytes=GIB,
        contents=Contents(kind="ext4", label=label),
    )
    return dataclasses.replace(DISK, partitions=(part,))


def menu_of(plan: Plan) -> str:
    return next(each.menu for each in plan.operations if isinstance(each, WriteMenu))


def test_a_plan_says_who_signed() -> None:
    plan = samples.plan(of=release(signed_by=WHO))
    assert plan.signed_by == WHO
    assert f"Signed by {WHO}." in " ".join(describe_plan(plan).split())
    assert "UNSIGNED" not in describe_plan(plan)


def test_a_plan_says_in_capitals_that_nobody_did_and_why() -> None:
    plan = samples.plan(of=release(doubts=("SHA256SUMS.gpg is by the key ABC, which is not.",)))
    assert plan.notices[0] == (
        "UNSIGNED: nobody has vouched for the release at http://10.0.2.2/r. SHA256SUMS.gpg is by"
        " the key ABC, which is not."
    )
    assert "Signed by" not in describe_plan(plan)


ON_DISK = (Trace(disk="/dev/vda", place="/dev/vda3", version="1.10"),)


@pytest.mark.parametrize(
    ("version", "refused"), [("1.9", True), ("1.10~rc1", True), ("1.10", False), ("1.11", False)]
)
def test_an_older_version_than_the_one_on_the_disk_is_refused(version: str, refused: bool) -> None:
    words = f"The release has version {version}, and QEMU HARDDISK (/dev/vda) has 1.10, which is"
    text = said(answers(), ON_DISK, version)
    assert (words in text) is refused
    assert ("allow_older: true" in text) is refused


def test_an_older_version_may_be_asked_for_and_other_disks_do_not_count() -> None:
    asked = answers(source=Source(url="http://10.0.2.2/r", allow_older=True))
    assert "which is newer" not in said(asked, ON_DISK, "1.9")
    other = (dataclasses.replace(ON_DISK[0], disk="/dev/vdb"),)
    assert "which is newer" not in said(answers(), other, "1.9")


def test_the_menu_on_the_boot_partition_says_the_version() -> None:
    menu = menu_of(samples.plan(of=release(version="1.10~rc1")))
    assert version_in(menu) == "1.10~rc1"
    assert version_in("# AtomOS: written by the installer.\n") is None
    assert version_in(with_version("", "1.0 and more")) is None


@pytest.mark.parametrize(
    "disk", [holding("MY DATA"), dataclasses.replace(DISK, labels_above=("OTHER", "MY DATA"))]
)
def test_a_release_on_the_disk_itself_is_refused(disk: Disk) -> None:
    """On a partition; on what is open upon one."""
    wanted = answers(source=Source(url="http://10.0.2.2/r", mirrors=("volume:MY%20DATA/r",)))
    with pytest.raises(Refused) as caught:
        samples.plan(wanted=wanted, at=machine(disk), of=release(signed_by=WHO))
    (problem,) = caught.value.problems
    assert problem.what.startswith("The release is on the volume MY DATA, which is on QEMU")


@pytest.mark.parametrize("url", ["file:///mnt/my%20data/r", "file:///mnt/my%20data"])
def test_a_release_in_a_folder_that_the_disk_is_mounted_at_is_refused(url: str) -> None:
    disk = dataclasses.replace(DISK, places=("/", "/mnt/my data"))
    at = machine(disk)
    of = release(signed_by=WHO)
    for source in (Source(url=url), Source(url="http://10.0.2.2/r", mirrors=(url,))):
        with pytest.raises(Refused) as caught:
            samples.plan(wanted=answers(source=source), at=at, of=of)
        (problem,) = caught.value.problems
        folder = url.removeprefix("file://").replace("%20", " ")
        assert problem.what == (
            f"The release is in {folder}, which is on QEMU HARDDISK (/dev/vda) itself."
        )
        assert problem.question is QuestionId.DISK
    for elsewhere in ("file:///mnt/my%20data2/r", "file:///r"):
        wanted = answers(source=Source(url=elsewhere))
        assert samples.plan(wanted=wanted, at=at, of=of).operations


@pytest.mark.parametrize(
    ("url", "label", "path"),
    [
        ("medium:", None, "."),
        ("medium:/atomos", None, "/atomos"),
        ("volume:STICK", "STICK", "."),
        ("volume:My%20Stick/a/b%20c", "My Stick", "a/b c"),
    ],
)
def test_places(url: str, label: str | None, path: str) -> None:
    place = release_place(url)
    assert isinstance(place, ReleasePlace)
    assert (place.label, str(place.path)) == (label, path)
    assert source_of(f"url: '{url}'").url == url


@pytest.mark.parametrize(
    "url",
    [
        "volume:",
        "volume:/x",
        "volume:A B",
        "medium:x",
        "https://me:secret@example.org/x",
        "https://example.org/x?token=secret",
        "https://example.org?secret",
        "https://example.org/x#secret",
        "file:///x?secret",
        "file:x",
        "file://x/y",
        "ftp://x",
    ],
)
def test_what_is_no_place(url: str) -> None:
    (error,) = errors_of(with_source(f'url: "{url}"'))
    assert "the url is not one that a release can be read from" in error
    assert "secret" not in error


def test_mirrors_proxy_and_certificates_are_read(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text(PEM)
    lines = "url: https://a/x\n  mirrors: ['https://b/x', 'volume:C']\n  proxy: http://p:3128"
    text = with_source(f"{lines}\n  ca_file: ca.pem")
    source = read_answers(text.encode(), "answers.yaml", tmp_path).source
    assert source.mirrors == ("https://b/x", "volume:C")
    assert source.proxy == "http://p:3128"
    assert source.ca == PEM


def test_certificates_may_stand_in_the_answers() -> None:
    inline = "\n".join(f"    {line}" for line in PEM.splitlines())
    assert source_of(f"url: https://a/x\n  ca: |\n{inline}").ca == PEM


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("proxy: http://me:secret@p:3128", "the proxy is not an address of one"),
        ("proxy: p:3128", "the proxy is not an address of one"),
        ("mirrors: ['ftp://b/x']", "the url is not one that a release can be read from"),
        ("ca: hello", "this is no certificate in PEM"),
        ("ca: '-----BEGIN CERTIFICATE-----AAAA-----END CERTIFICATE-----'", "no certificate in PEM"),
        ("ca: x\n  ca_file: y", "'source' has both 'ca' and 'ca_file'"),
    ],
)
def test_wrong_keys_are_told(lines: str, words: str) -> None:
    errors = errors_of(with_source(f"url: https://a/x\n  {lines}"))
    assert words in " | ".join(errors)
    assert "secret" not in " ".join(errors)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "the file of certificates cannot be read: No such file or directory"),
        (b"hello", "this is no certificate in PEM, or more than 64 KiB of them"),
        (PEM.encode() * 60, "this is no certificate in PEM, or more than 64 KiB of them"),
        (
            PEM.encode() + b"-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----\n",
            "this is no certificate in PEM",
        ),
    ],
)
def test_wrong_files_of_certificates_are_told(
    tmp_path: Path, content: bytes | None, words: str
) -> None:
    if content is not None:
        (tmp_path / "ca.pem").write_bytes(content)
    text = with_source("url: https://a/x\n  ca_file: ca.pem")
    with pytest.raises(AnswersInvalid, match=words):
        read_answers(text.encode(), "answers.yaml", tmp_path)


def test_what_no_screen_asks_of_the_network_is_kept_when_it_is_started_over() -> None:
    before = Source(
        url="https://a/x", version="1.2", mirrors=("https://b/x",), proxy="http://p:1", ca=PEM
    )
    draft = Draft(
        given=answers(source=before),
        source_url="https://a/x",
        version="1.2",
        version_of="https://a/x",
        disk_path="/dev/vda",
    )
    assert draft.answers().source == before
    other = dataclasses.replace(draft, source_url="https://c/x").answers().source
    assert other == Source(url="https://c/x", proxy="http://p:1", ca=PEM)


@pytest.mark.parametrize(
    ("lines", "verdict"),
    [
        ("KEY_CONSIDERED F 0\n[GNUPG:] ERRSIG K 22 8 00 2209334400 6 F", Verdict.KEY_UNUSABLE),
        (
            "KEY_CONSIDERED F 1\n[GNUPG:] ERRSIG K 22 8 00 2209334400 9 F\n[GNUPG:] NO_PUBKEY K",
            Verdict.KEY_UNUSABLE,
        ),
        ("ERRSIG K 22 8 00 2209334400 9 F\n[GNUPG:] NO_PUBKEY K", Verdict.KEY_UNKNOWN),
    ],
)
def test_gpgv_2_2_and_2_4_say_differently_that_a_key_cannot_be_used(
    lines: str, verdict: Verdict
) -> None:
    (signature,) = parse_status(f"[GNUPG:] NEWSIG\n[GNUPG:] {lines}\n")
    assert (signature.verdict, signature.key) == (verdict, "F")


@pytest.mark.parametrize("end", ["\r", "\v", "\f", "\x1c", "\x85", "\u2028", "\u2029"])
def test_a_user_id_has_no_lines(end: str) -> None:
    """gpgv escapes a line feed in it and hands on the rest as it is."""
    forged = f"BADSIG 12 Mallory{end}[GNUPG:] NEWSIG{end}[GNUPG:] GOODSIG 0 Somebody"
    (signature,) = parse_status(f"[GNUPG:] NEWSIG\n[GNUPG:] {forged}\n")
    assert signature.verdict is Verdict.BAD


def test_what_gpgv_says_in_a_way_that_is_not_known_is_no_good_signature() -> None:
    text = "[GNUPG:] NEWSIG\n[GNUPG:] NEWS_TO_COME\n[GNUPG:] NEWSIG\n[GNUPG:] GOODSIG 12 x\n"
    assert [each.verdict for each in parse_status(text)] == [Verdict.UNREADABLE] * 2
    assert parse_status("gpgv: GOODSIG\n[GNUPG:] GOODSIG 12 before any NEWSIG\n") == ()
