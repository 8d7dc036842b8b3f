"""What a person is told about an answers file, and what becomes of a right one."""

import random

import pytest

from installer.answers import Afterwards, Answers, Keep, User
from installer.answers_doc import FULL, KEEP, MINIMAL
from installer.answers_file import load_answers
from installer.answers_yaml import MAX_CHARACTERS, read_document
from installer.errors import AnswersInvalid
from installer.keyed_file import decode_text
from installer.secret import Secret

HASH = "$6$atomosexample$" + "a" * 86
YESCRYPT = "$y$j9T$abcdefgh$" + "b" * 43
BASE = """\
version: 1
disk:
  path: /dev/vda
wipe: true
source:
  url: https://example.org/atomos
user:
  name: ada
  password_file: password
"""


def user_of(answers: Answers) -> User:
    assert answers.user is not None
    return answers.user


def errors_of(text: str) -> list[str]:
    with pytest.raises(AnswersInvalid) as caught:
        load_answers(text, "answers.yaml")
    return [str(error) for error in caught.value.errors]


def with_line(line: str) -> str:
    return f"{BASE}{line}\n"


def with_user(lines: str) -> str:
    return BASE.replace("  password_file: password\n", lines)


def test_full_example_is_read_whole() -> None:
    answers = load_answers(FULL, "answers.yaml")
    assert answers.disk.serial == "S4EWNX0R123456"
    assert answers.source.version == "1.2"
    assert answers.user is not None
    assert answers.user.groups == ("video", "audio")
    assert answers.user.password_hash is not None
    assert answers.user.password_hash.reveal().startswith("$6$atomosexample$")
    assert answers.afterwards is Afterwards.REBOOT


def test_minimal_example_takes_the_defaults() -> None:
    answers = load_answers(MINIMAL, "answers.yaml")
    assert answers.disk.only
    assert (answers.recovery, answers.layout, answers.keep) == (True, "plain", "nothing")
    assert (answers.hostname, answers.locale, answers.keymap, answers.timezone) == (None,) * 4


def test_the_example_that_keeps_data_needs_no_user_and_no_wipe() -> None:
    answers = load_answers(KEEP, "answers.yaml")
    assert (answers.keep, answers.user, answers.wipe) == (Keep.DATA, None, False)
    assert answers.passphrase_file == "passphrase"


def test_every_error_is_reported_in_the_order_of_the_file() -> None:
    text = """\
version: 2
disk: {path: sda, only: true}
wipe: on
wipe: true
layout: encrypted
recovry: false
user:
  name: ada
  password_hash: 1
  groups: [video, 1]
hostname: -x
"""
    assert [line.split(" ")[0] for line in errors_of(text)] == [
        f"answers.yaml:{place}:"
        for place in (
            "1:1", "1:10", "2:1", "2:14", "3:7", "4:1", "5:9", "6:1", "9:18", "10:19", "11:11",
        )
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "recovery: on",
            "'on' is text in YAML 1.2 and true in YAML 1.1, write true or \"on\"",
        ),
        (
            "software: {home_manager: off}",
            "'off' is text in YAML 1.2 and false in YAML 1.1,"
            ' write auto or deferred or now or "off"',
        ),
        (
            "software: {home_manager: false}",
            "'software.home_manager' cannot be true or false,"
            ' write auto or deferred or now or "off"',
        ),
        ("hostname: no", "'no' is text in YAML 1.2 and false in YAML 1.1, write false or \"no\""),
        ("hostname: 022", "'022' is 22 in YAML 1.2 and 18 in YAML 1.1, write 22 or \"022\""),
        (
            "timezone: 12:30:00",
            "'12:30:00' is text in YAML 1.2 and 45000 in YAML 1.1, write 45000 or \"12:30:00\"",
        ),
        (
            "hostname: 2024-01-02",
            "'2024-01-02' is text in YAML 1.2 and a date in YAML 1.1, write \"2024-01-02\"",
        ),
        ("hostname: 0o17", "'0o17' is 15 in YAML 1.2 and text in YAML 1.1, write 15 or \"0o17\""),
        ("hostname: 1_000", "'1_000' is text in YAML 1.2 and 1000 in YAML 1.1"),
        ("hostname: 1e3", "'1e3' is a number in YAML 1.2 and text in YAML 1.1, write \"1e3\""),
        ("recovery: True", "'True' is true, write true or \"True\""),
        ("hostname: 1.5", "'1.5' is a number, write \"1.5\""),
        ("hostname: 123", '123 is not text, write "123"'),
        ("hostname: true", 'true is not text, write "true"'),
        ("hostname:", "there is no value, write one, or leave the key out"),
        ("hostname: ~", "there is no value, write one, or leave the key out"),
        ("network:", "there is no value, write one, or leave the key out"),
        ('hostname: "a\\ud800b"', "half of a character is escaped, write the character itself"),
        ('"\\udc00": x', "half of a character is escaped, write the character itself"),
        ("recovery: maybe", "'recovery' cannot be the text 'maybe', write true or false"),
        ("recovery: 1", "'recovery' cannot be a number, write true or false"),
        ("hostname: [a]", "'hostname' cannot be a list, write text"),
        ("afterwards: never", "'afterwards' cannot be the text 'never', write reboot or poweroff"),
        ("kernel_arguments: quiet", "'kernel_arguments' cannot be the text 'quiet', write a list"),
        ("network: dhcp", "'network' cannot be text, write its keys below it, indented: method"),
        ("hostnam: x", "there is no key 'hostnam', did you mean 'hostname'?"),
        ("xyzzy: x", "there is no key 'xyzzy', the keys here are version, disk, wipe"),
        ("recovery: &a true", "what begins with & names a value to be used elsewhere"),
        ("recovery: !!bool true", "what begins with ! gives a value a type"),
        ("layout: striped", "'layout' cannot be the text 'striped', write plain or encrypted"),
        ("keep: all", "cannot be the text 'all', write nothing or data or data-and-var"),
        ("firmware: efi", "cannot be the text 'efi', write any or uefi or bios"),
        ("header_backup: sdb1\nkeep: data", "'sdb1' is not a device node"),
        ("passphrase: x", "there is no key 'passphrase', did you mean 'passphrase_file'?"),
        ("recovery_key: x", "there is no key 'recovery_key'"),
        ("network: {method: static}", "method 'static' has no 'address', add it, for example"),
        (
            "network: {address: 192.0.2.7/24}",
            "'address' is of no use without 'method: static', add that, or leave it out",
        ),
        (
            "network: {method: static, address: 192.0.2.700/24}",
            "'192.0.2.700/24' is not an address with the length of its prefix, write for example",
        ),
        (
            "network: {method: static, address: 192.0.2.7/24, gateway: 2001:db8::1}",
            "2001:db8::1 and the address are not of the same family, write both as IPv4, or both",
        ),
        ("network: {interface: a/b}", "'a/b' is not the name of a network interface, write"),
        ("network: {ssid: Home}", "the Wi-Fi network has no 'passphrase_file', add it, or write"),
        (
            "network: {ssid: Home, security: open, passphrase_file: x}",
            "an open Wi-Fi network has no passphrase, leave it out",
        ),
        ("network: {hidden: true}", "'hidden' is of no use without 'ssid', add that, or leave"),
        (
            f"network: {{ssid: {'ö' * 17}, security: open}}",
            f"'{'ö' * 17}' cannot be the name of a Wi-Fi network, write its name as it is shown",
        ),
        ("slot_size: 3 GB", "'3 GB' is not a size, write for example 3 GiB"),
        ("slot_size: 0.3 KiB", "'0.3 KiB' is not a size"),
        ("hostname: my_host", "'my_host' is not a host name"),
        ("hostname: a..b", "'a..b' is not a host name"),
        (f"hostname: {'a' * 64}", "is not a host name"),
        ("kernel_arguments: ['a b']", "'a b' is not one kernel argument"),
        ("kernel_arguments: ['a\"b']", "is not one kernel argument"),
        ('kernel_arguments: ["a\\nb"]', "is not one kernel argument"),
        ("locale: 'en_US; reboot'", "'en_US; reboot' is not a locale"),
        ("keymap: ../us", "'../us' is not a keyboard layout"),
        ("timezone: ../../etc/passwd", "'../../etc/passwd' is not a time zone"),
    ],
)
def test_a_wrong_line_is_told_in_words(line: str, message: str) -> None:
    (error,) = errors_of(with_line(line))
    column = error.removeprefix("answers.yaml:10:").split(":")[0]
    assert column.isdigit()
    assert message in error


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (
            "layout: encrypted",
            "10:9: layout 'encrypted' has no 'passphrase_file', add it: File whose only line is",
        ),
        ("keep: data\nlayout: encrypted", "11:9: layout 'encrypted' has no 'passphrase_file'"),
        (
            "passphrase_file: x",
            "10:1: 'passphrase_file' is for an encrypted disk, and the layout is plain, write"
            " 'layout: encrypted', or leave it out",
        ),
        (
            "layout: plain\nheader_backup: /dev/sdb1",
            "11:1: 'header_backup' is for an encrypted disk, and the layout is plain",
        ),
    ],
)
def test_keys_that_ask_for_others(lines: str, message: str) -> None:
    (error,) = errors_of(with_line(lines))
    assert error.startswith(f"answers.yaml:{message}")


def test_what_is_wrong_by_itself_is_told_once() -> None:
    errors = errors_of(with_line("keep: 1\nlayout: 2\npassphrase_file: [x]"))
    assert [error.split(" ")[1] for error in errors] == ["'keep'", "'layout'", "'passphrase_file'"]


def test_without_a_user_something_must_be_kept() -> None:
    lines = "user:\n  name: ada\n  password_file: password\n"
    (error,) = errors_of(BASE.replace(lines, ""))
    assert error == (
        "answers.yaml:1:1: 'user' is missing, add it: The first account. Left out where accounts"
        " are kept; else it is needed."
    )
    assert load_answers(BASE.replace(lines, "keep: data\n"), "a").user is None


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("version: 1", "version: 2", "version 2 is not one that this installer reads, write 1"),
        ("version: 1\n", "", "'version' is missing, add it: Version of this format: 1."),
        ("  name: ada\n", "", "answers.yaml:7:1: 'user.name' is missing"),
        ("name: ada", "name: root", "'root' cannot be the name of the user"),
        ("name: ada", "name: Ada", "'Ada' cannot be the name of the user"),
        ("name: ada", f"name: {'a' * 33}", "cannot be the name of the user"),
        ("name: ada", 'name: "ada\\n"', "cannot be the name of the user"),
        ("path: /dev/vda", "path: vda", "'vda' is not a device node"),
        ("path: /dev/vda", "id: /dev/disk/by-id/x", "write the name alone, without the folder"),
        ("path: /dev/vda", "only: false", "'disk' has none of path, id, serial, model, only"),
        ("path: /dev/vda", "{}", "'disk' has none of path, id, serial, model, only"),
        ("https://", "ftp://", "the url is not one that a release can be read from"),
        ("https://", "https://ada:pw@", "without blanks, user name or password"),
    ],
)
def test_a_wrong_value_is_told_in_words(old: str, new: str, message: str) -> None:
    (error,) = errors_of(BASE.replace(old, new))
    assert message in error


def test_two_ways_of_choosing_a_disk_are_one_too_many() -> None:
    (error,) = errors_of(BASE.replace("path: /dev/vda", "path: /dev/vda\n  only: true"))
    assert error == "answers.yaml:2:1: 'disk' has both path and only, write exactly one of them"
    load_answers(BASE.replace("path: /dev/vda", "path: /dev/vda\n  only: false"), "a")


def test_wipe_is_the_plans_to_refuse() -> None:
    assert not load_answers(BASE.replace("wipe: true", "wipe: false"), "a").wipe


@pytest.mark.parametrize("good", [HASH, YESCRYPT, "$6$rounds=5000$salt$" + "c" * 86])
def test_whole_hashes_are_taken(good: str) -> None:
    answers = load_answers(with_user(f"  password_hash: {good}\n"), "a")
    assert user_of(answers).password_hash == Secret(good)


@pytest.mark.parametrize(
    "bad", [HASH[:-1], YESCRYPT[:-1], "$1$salt$abc", f"{HASH} ", "swordfish", "x:y"]
)
def test_other_hashes_are_refused_without_repeating_them(bad: str) -> None:
    (error,) = errors_of(with_user(f"  password_hash: '{bad}'\n"))
    assert "this is not a whole yescrypt ($y$) or SHA-512 ($6$) password hash" in error
    assert bad not in error


@pytest.mark.parametrize(
    "lines",
    [
        "  password: swordfish\n",
        "  password_hash: [swordfish]\n",
        "  password_hash: {swordfish: 1}\n",
        "  password_hash: &swordfish x\n",
        "  password_hash: !swordfish x\n",
        "  password_hash: !swordfish!a x\n",
        '  password_hash: "swordfish\n',
        "  password_hash: \tswordfish\n",
        "  password_hash: swordfish: x\n",
        "  passwd: 0x5w0rdfish swordfish\n",
        "  ssh_keys: ['-----BEGIN OPENSSH PRIVATE KEY----- swordfish']\n",
    ],
)
def test_secrets_are_not_repeated(lines: str) -> None:
    text = "\n".join(errors_of(with_user(lines))).replace("'user.password_hash.swordfish'", "")
    assert text
    assert "swordfish" not in text


def test_a_user_with_both_passwords_or_none_is_refused() -> None:
    (both,) = errors_of(with_user(f"  password_file: x\n  password_hash: {HASH}\n"))
    assert both.endswith(
        "'user' has both password_hash and password_file, write exactly one of them"
    )
    (none,) = errors_of(with_user(""))
    assert none.endswith(
        "'user' has none of password_hash, password_file, write exactly one of them"
    )


@pytest.mark.parametrize(
    ("key", "right"),
    [
        ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA ada@home", True),
        ("ssh-rsa AAAAB3NzaC1yc2E=", True),
        ("sk-ssh-ed25519@openssh.com AAAAGnNr x", True),
        ('from="192.0.2.0/24",restrict ssh-ed25519 AAAAC3Nz ada@home', True),
        ("ssh-dss AAAAB3NzaC1kc3M= old", False),
        ("ssh-ed25519", False),
        ("ssh-ed25519 AAAAC3Nz\nssh-ed25519 AAAAC3Nz", False),
        ("/home/ada/.ssh/id_ed25519.pub", False),
    ],
)
def test_ssh_keys(key: str, right: bool) -> None:
    text = with_user(f"  password_file: x\n  ssh_keys:\n    - {key!r}\n").replace(
        "\\n", "\n\n      "
    )
    if right:
        assert user_of(load_answers(text, "a")).ssh_keys == (key,)
    else:
        (error,) = errors_of(text)
        assert "answers.yaml:11:7: this is not a public ssh key" in error


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "1:1: the file is empty"),
        ("# nothing\n", "1:1: the file is empty"),
        ("- a\n", "1:1: the file does not consist of keys"),
        ("word", "1:1: the file does not consist of keys"),
        (f"{BASE}---\na: b\n", "10:1: a second document begins, keep one"),
        ("a:\n\tb: c\n", "2:1: a tab stands where YAML wants blanks, indent with blanks"),
        ("a: b: c\n", "1:5: this is not YAML: mapping values are not allowed here"),
        ("a: \x00\n", "1:4: the character U+0000 cannot be in a YAML file"),
        ("[" * 10_000, "1:17: the keys are nested too deeply"),
        ("#" * (MAX_CHARACTERS + 1), f"1:1: the file has more than {MAX_CHARACTERS} characters"),
        ("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n", "2:8: what begins with * refers"),
    ],
)
def test_what_is_not_an_answers_file(text: str, message: str) -> None:
    assert any(message in error for error in errors_of(text))


def test_a_key_that_is_a_list_is_refused() -> None:
    assert any("a list or mapping stands as a key" in each for each in errors_of("? [a]\n: b\n"))


def test_bytes_that_are_not_utf8_are_placed() -> None:
    with pytest.raises(AnswersInvalid) as caught:
        decode_text("version: 1\nhostname: ä".encode("latin-1"), "answers.yaml")
    assert str(caught.value) == (
        "answers.yaml:2:11: the file is not in UTF-8, save it with that encoding"
    )
    assert decode_text(b"\xef\xbb\xbfa", "answers.yaml") == "a"


def test_rubbish_ends_in_words_and_in_nothing_else() -> None:
    """Files that were cut, doubled and scrambled: the loader answers, it does not break."""
    source = random.Random(3)
    told = 0
    for _round in range(300):
        characters = list(FULL)
        for _change in range(source.randint(1, 6)):
            place = source.randrange(len(characters))
            characters[place] = source.choice("\t\n :-[]{}#&*!|>'\"%@`0~ön,?")
        text = "".join(characters[: source.randint(1, len(characters))])
        try:
            assert isinstance(load_answers(text, "a"), Answers)
        except AnswersInvalid as error:
            told += len(error.errors)
    assert told > 300


def test_a_character_that_json_escapes_in_two_halves_is_one() -> None:
    """As `json.dumps` writes what is beyond U+FFFF: it ended in "please report it"."""
    text = BASE + 'label: "\\ud83d\\ude00"\n'
    document = read_document(text, "answers.yaml")
    assert isinstance(document.data, dict)
    assert document.data["label"] == "\U0001f600"
    assert not document.errors


def test_an_escape_that_names_no_character_is_told() -> None:
    with pytest.raises(AnswersInvalid, match="names no character"):
        read_document('hostname: "\\U00110000"\n', "answers.yaml")
