"""Paths inside an image, files written whole, account files and configuration lines."""

from pathlib import Path, PurePosixPath

import pytest

from backends.account_files import AccountFiles
from backends.addresses import file_name, printable
from backends.file_errors import file_errors
from backends.inside import resolve_inside
from backends.settings_files import SAFE, names_host, with_assignment, with_host
from backends.whole_file import copy_whole, put_bytes
from installer import answers_rules
from installer.answers_rules import Rule
from installer.errors import InstallError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "root"
    (made / "boot").mkdir(parents=True)
    (made / "boot/vmlinuz-6").write_text("kernel")
    return made


def resolved(root: Path, path: str) -> Path:
    return resolve_inside(root, PurePosixPath(path), device="/dev/vda4")


def test_links_are_followed_as_the_image_would(root: Path) -> None:
    (root / "boot/vmlinuz").symlink_to("/boot/./vmlinuz-6")
    (root / "vmlinuz").symlink_to("boot/../boot/vmlinuz")
    assert resolved(root, "/vmlinuz") == root / "boot/vmlinuz-6"
    assert resolved(root, "/boot/new") == root / "boot/new"


@pytest.mark.parametrize("target", ["..", "../../etc", "boot/../../x", "/../etc/shadow"])
def test_a_link_out_of_the_image_is_refused(root: Path, target: str) -> None:
    (root / "out").symlink_to(target)
    with pytest.raises(InstallError, match="/out of the image on /dev/vda4 is a link that leads"):
        resolved(root, "/out")


def test_links_in_a_circle(root: Path) -> None:
    (root / "one").symlink_to("two")
    (root / "two").symlink_to("one")
    with pytest.raises(InstallError, match="in a circle"):
        resolved(root, "/one")


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    file = tmp_path / "hostname"
    (tmp_path / ".hostname.new").write_text("of a killed run, and longer than what comes")
    for text in ("one\n", "two\n"):
        put_bytes(file, text.encode(), mode=0o640, owner=own(tmp_path))
        assert file.read_text() == text
    assert file.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [file]


def own(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_uid, found.st_gid


def test_a_copy_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("old")
    with (
        pytest.raises(InstallError, match="/dev/vda3 cannot be read or written") as caught,
        file_errors("/dev/vda3"),
    ):
        copy_whole(tmp_path / "missing", target, mode=0o644)
    assert "missing: No such file" in caught.value.tool_words
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_account_files(root: Path) -> None:
    etc = root / "etc"
    etc.mkdir()
    (etc / "passwd").write_text("root:x:0:0::/root:/bin/sh\nada:x:1000:1001:Ada,,,:/home/ada:/x\n")
    (etc / "group").write_text("sudo:x:27:ada,bob\nempty:x:28:\n")
    (etc / "shadow").write_text("root:*:1::::::\nada:$y$j:1::::::\nbob:!$y$j:1::::::\nopen::1:\n")
    files = AccountFiles(root=root, device="/dev/vda4")
    ada = files.account("ada")
    assert ada is not None
    assert (ada.uid, ada.gid, ada.full_name, ada.home.name) == (1000, 1001, "Ada", "ada")
    assert files.account("ad") is None
    assert files.groups() == {"sudo": ("ada", "bob"), "empty": ()}
    names = ("root", "ada", "bob", "open", "nobody")
    assert [files.has_password(name) for name in names] == [False, True, False, False, False]
    assert [files.is_locked(name) for name in names] == [True, False, True, False, False]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "LANG=de\n"),
        ("LANG=C\n", "LANG=de\n"),
        ("# LANG=C\nLC_ALL=C\n", "# LANG=C\nLC_ALL=C\nLANG=de\n"),
        ("export LANG=C\nA=1\nLANG=D", "LANG=de\nA=1\n"),
    ],
)
def test_one_assignment(before: str, after: str) -> None:
    assert with_assignment(before, "LANG", "de") == after
    assert with_assignment(after, "LANG", "de") == after


def test_hosts() -> None:
    text = with_host("127.0.0.1 localhost\n127.0.1.1 older\n::1 ip6-localhost\n", "ada.example.org")
    assert text == ("127.0.0.1 localhost\n::1 ip6-localhost\n127.0.1.1\tada.example.org ada\n")
    assert with_host(text, "ada.example.org") == text
    assert with_host("", "ada") == "127.0.0.1\tlocalhost\n127.0.1.1\tada\n"
    assert names_host(text, "ada")
    assert not names_host("127.0.0.1 x # ada\n", "ada")


def test_credentials_of_an_address_are_not_printed() -> None:
    url = "https://ada:geheim@example.org:8443/atomos/a%20b.iso?token=geheim#geheim"
    assert printable(url) == "https://example.org:8443/atomos/a%20b.iso"
    assert file_name(url) == "a b.iso"


@pytest.mark.parametrize(
    ("rule", "name"),
    [
        (answers_rules.HOST_NAME, "hostname"),
        (answers_rules.LOCALE, "locale"),
        (answers_rules.KEYMAP, "keymap"),
        (answers_rules.TIMEZONE, "timezone"),
    ],
)
def test_no_answer_is_refused_only_after_the_disk_was_wiped(rule: Rule, name: str) -> None:
    texts = [f"a{chr(each)}b" for each in range(0x20, 0x17F)]
    allowed = [text for text in texts if rule.allows(text)]
    assert len(allowed) > 60
    assert [text for text in allowed if not SAFE[name].fullmatch(text)] == []
