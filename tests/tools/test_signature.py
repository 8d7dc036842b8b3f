"""Signatures that gpg made, looked at by the real gpgv: who signed, or the words of the refusal."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from backends.keyrings import Keyrings
from backends.runner import Runner
from backends.signature import Signatures
from installer.signature import Distrusted, Unsigned
from tests.tools.pgp import LATER_THEN, LATER_TO_COME, LONG_AGO, TIMES_TO_COME, Gpg, gpg_home

SUMS = b"0" * 64 + b"  atomos_1_x86-64.squashfs\n"
OTHER = SUMS.replace(b"0", b"1")
NAME = "SHA256SUMS.gpg"
TODAY = datetime.datetime.now(datetime.UTC).date()


@dataclass(frozen=True, kw_only=True)
class Ground:
    """Keys of every kind, and the folder of those that are trusted."""

    gpg: Gpg
    folder: Path
    first: str
    old: str
    by_revoked: bytes
    """Made by that key before it was revoked, as a thief of it could."""

    def signer(self, signature: bytes, signed: bytes = SUMS) -> str:
        return Signatures(Runner(), Keyrings(self.folder)).signer(signed, signature, NAME)


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    folder = tmp_path_factory.mktemp("keys")
    with gpg_home() as gpg:
        first = gpg.make("First <first@example.org>")
        gpg.make("Second")
        gpg.make("Stranger")
        old = gpg.make("Old", expires="30d", at=LONG_AGO)
        gpg.make("Early", at=TIMES_TO_COME)
        gpg.make("Long ago", at=LONG_AGO)
        gpg.make("Rsa", kind="rsa2048")
        gpg.make("Sha1", "--cert-digest-algo", "SHA1", kind="rsa2048")
        revoked = gpg.make("Revoked")
        by_revoked = gpg.sign("Revoked", SUMS)
        gpg.revoke(revoked)
        trusted = {
            "first.gpg": gpg.public("First <first@example.org>"),
            "second.pgp": gpg.public("Second", "--armor"),
            "old.gpg": gpg.public("Old") + gpg.public("Early") + gpg.public("Long ago"),
            "weak.gpg": gpg.public("Rsa") + gpg.public("Sha1"),
            "revoked.pgp": gpg.public("Revoked"),
        }
        for name, data in trusted.items():
            (folder / name).write_bytes(data)
        (folder / "README").write_text("not a keyring, and not looked at")
        yield Ground(gpg=gpg, folder=folder, first=first, old=old, by_revoked=by_revoked)


FIRST = "First <first@example.org>"


def test_who_signed(ground: Ground) -> None:
    assert ground.signer(ground.gpg.sign(FIRST, SUMS)) == f"{FIRST} ({ground.first})"


def test_a_key_of_an_armoured_keyring(ground: Ground) -> None:
    assert ground.signer(ground.gpg.sign("Second", SUMS)).startswith("Second (")


@pytest.mark.parametrize("others_first", [False, True])
def test_one_good_signature_is_enough(ground: Ground, others_first: bool) -> None:
    """Beside one by an unknown key, by one that has expired, by a revoked one, over SHA-1."""
    gpg = ground.gpg
    others = [
        gpg.sign("Stranger", SUMS),
        gpg.sign("Old", SUMS, at=LATER_THEN),
        gpg.sign("Rsa", SUMS, "--digest-algo", "SHA1"),
        ground.by_revoked,
    ]
    good = [gpg.sign(FIRST, SUMS)]
    parts = others + good if others_first else good + others
    assert ground.signer(b"".join(parts)) == f"{FIRST} ({ground.first})"


def test_two_good_signatures_are_both_named(ground: Ground) -> None:
    both = ground.gpg.sign(FIRST, SUMS) + ground.gpg.sign("Second", SUMS)
    said = ground.signer(both)
    assert said.startswith(f"{FIRST} ({ground.first}), Second (")


@pytest.mark.parametrize("bad_first", [False, True])
def test_a_bad_signature_by_a_trusted_key_is_never_passed_over(
    ground: Ground, bad_first: bool
) -> None:
    good, bad = ground.gpg.sign(FIRST, SUMS), ground.gpg.sign("Second", OTHER)
    with pytest.raises(Distrusted, match="SHA256SUMS is not what Second"):
        ground.signer(bad + good if bad_first else good + bad)


def test_over_something_else(ground: Ground) -> None:
    with pytest.raises(Distrusted, match=f"SHA256SUMS is not what {FIRST}"):
        ground.signer(ground.gpg.sign(FIRST, OTHER))


def test_an_unknown_key(ground: Ground) -> None:
    with pytest.raises(Unsigned, match="not among those that this system trusts") as caught:
        ground.signer(ground.gpg.sign("Stranger", SUMS))
    assert "allow_unsigned: true" in caught.value.problems[0].way_out


def test_an_expired_key(ground: Ground) -> None:
    with pytest.raises(Unsigned) as caught:
        ground.signer(ground.gpg.sign("Old", SUMS, at=LATER_THEN))
    problem = caught.value.problems[0]
    assert f"Old ({ground.old}), a key that expired on 2020-01-31" in problem.what
    assert f"clock says {TODAY}" in problem.what
    assert "Set the clock if it is wrong" in problem.way_out


def test_an_expired_signature(ground: Ground) -> None:
    signature = ground.gpg.sign("Long ago", SUMS, "--default-sig-expire", "1d", at=LATER_THEN)
    with pytest.raises(
        Unsigned, match=r"for a time that ended on 2020-01-06; this machine's clock"
    ):
        ground.signer(signature)


def test_a_revoked_key_is_refused_whatever_is_allowed(ground: Ground) -> None:
    with pytest.raises(Distrusted, match="that key was revoked: it is trusted no more"):
        ground.signer(ground.by_revoked)


def test_a_sha1_signature(ground: Ground) -> None:
    with pytest.raises(Unsigned, match="signs a hash that can be forged, such as SHA-1"):
        ground.signer(ground.gpg.sign("Rsa", SUMS, "--digest-algo", "SHA1"))


def test_a_ripemd_signature(ground: Ground) -> None:
    with pytest.raises(Unsigned, match="signs a hash that can be forged"):
        ground.signer(ground.gpg.sign("Rsa", SUMS, "--digest-algo", "RIPEMD160"))


def test_a_key_that_is_bound_to_its_name_by_sha1(ground: Ground) -> None:
    with pytest.raises(Unsigned, match="a key that cannot be used: it is too weak or damaged"):
        ground.signer(ground.gpg.sign("Sha1", SUMS, "--digest-algo", "SHA512"))


@pytest.mark.parametrize("user", [FIRST, "Early"])
def test_a_signature_of_times_to_come_is_the_clocks_fault(ground: Ground, user: str) -> None:
    """By a key of today gpgv calls it good; by a key of those times it calls the key bad."""
    with pytest.raises(Unsigned) as caught:
        ground.signer(ground.gpg.sign(user, SUMS, at=LATER_TO_COME))
    problem = caught.value.problems[0]
    assert f"made on 2040-01-05 by {'Early' if user != FIRST else user}"[:20] in problem.what
    assert f"the clock of this machine says {TODAY}: the clock is wrong" in problem.what
    assert "Set the clock" in problem.way_out


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("empty", "SHA256SUMS.gpg is empty"),
        ("armoured", "SHA256SUMS.gpg is armoured; the signature of a release is binary"),
        ("page", "holds no whole detached OpenPGP signature"),
        ("cut", "holds no whole detached OpenPGP signature"),
        ("inline", "holds no whole detached OpenPGP signature"),
        ("text", "holds a signature that cannot be read"),
        ("key", "holds no whole detached OpenPGP signature"),
    ],
)
def test_no_signature(ground: Ground, what: str, words: str) -> None:
    gpg = ground.gpg
    files = {
        "empty": b"",
        "armoured": gpg.sign(FIRST, SUMS, "--armor"),
        "page": b"<!DOCTYPE html><title>Log in</title>",
        "cut": gpg.sign(FIRST, SUMS)[:50],
        "inline": gpg.run("-u", FIRST, "--sign", stdin=SUMS),
        "text": gpg.sign(FIRST, SUMS, "--textmode"),
        "key": gpg.public(FIRST),
    }
    with pytest.raises(Distrusted, match=words):
        ground.signer(files[what])


def test_no_keys_on_this_system(ground: Ground, tmp_path: Path) -> None:
    signature = ground.gpg.sign(FIRST, SUMS)
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(Unsigned, match=f"This system has no keys in {folder}"):
            Signatures(Runner(), Keyrings(folder)).signer(SUMS, signature, NAME)


def test_a_key_that_the_owner_of_an_installed_system_has_put_there(
    ground: Ground, tmp_path: Path
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "mine.gpg").write_bytes(ground.gpg.public("Stranger"))
    signature = ground.gpg.sign("Stranger", SUMS)
    for image in (ground.folder, tmp_path / "none"):
        rings = Keyrings(image, own)
        assert Signatures(Runner(), rings).signer(SUMS, signature, NAME).startswith("Stranger (")
    both = Signatures(Runner(), Keyrings(ground.folder, own))
    assert both.signer(SUMS, ground.gpg.sign(FIRST, SUMS), NAME).startswith(FIRST)


@pytest.mark.parametrize("content", [b"", b"hello", b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n"])
def test_a_file_that_is_no_keyring(ground: Ground, tmp_path: Path, content: bytes) -> None:
    """gpgv would stop there and not find the key behind it."""
    (tmp_path / "a.gpg").write_bytes(content)
    (tmp_path / "b.gpg").write_bytes(ground.gpg.public(FIRST))
    with pytest.raises(Unsigned, match=f"{tmp_path}/a.gpg is no OpenPGP keyring"):
        Signatures(Runner(), Keyrings(tmp_path)).signer(SUMS, ground.gpg.sign(FIRST, SUMS), NAME)


def test_without_gpgv(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    signature = ground.gpg.sign(FIRST, SUMS)
    monkeypatch.setattr("backends.runner.SEARCH_PATH", "/nowhere")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(Unsigned, match=r"cannot be checked\. gpgv is not installed"):
        ground.signer(signature)


def key_named(gpg: Gpg, user: str, *, lasts: str = "0", at: str = "") -> bytes:
    """Make a key with whatever user id; returns the keyring."""
    name = user.replace("\n", "\\n")
    parameters = "Key-Type: EDDSA\nKey-Curve: ed25519\nKey-Usage: sign\n%no-protection\n"
    parameters += f"Expire-Date: {lasts}\nName-Real: {name}\n"
    gpg.run("--gen-key", stdin=parameters.encode(), at=at)
    return gpg.run("--export")


def test_a_name_of_a_key_says_nothing(tmp_path: Path) -> None:
    """gpgv escapes it: a name cannot pass for a line of gpgv's own."""
    with gpg_home() as gpg:
        keyring = key_named(gpg, "Mallory\n[GNUPG:] NEWSIG\n[GNUPG:] GOODSIG 0 Somebody")
        (tmp_path / "m.gpg").write_bytes(keyring)
        bad = gpg.run("--detach-sign", stdin=OTHER)
    with pytest.raises(Distrusted, match="SHA256SUMS is not what Mallory") as caught:
        Signatures(Runner(), Keyrings(tmp_path)).signer(SUMS, bad, NAME)
    assert len(caught.value.problems) == 1


@pytest.mark.parametrize("end", ["\n", "\u2028", "\x85"])
def test_a_name_does_not_make_an_expired_key_good(tmp_path: Path, end: str) -> None:
    """gpgv escapes line feeds, but not what else ends a line by Unicode."""
    with gpg_home() as gpg:
        keyring = key_named(
            gpg, f"Mallory{end}[GNUPG:] GOODSIG 0 Somebody", lasts="30d", at=LONG_AGO
        )
        (tmp_path / "m.gpg").write_bytes(keyring)
        old = gpg.run("--detach-sign", stdin=SUMS, at=LATER_THEN)
    with pytest.raises(Unsigned, match="a key that expired on 2020-01-31"):
        Signatures(Runner(), Keyrings(tmp_path)).signer(SUMS, old, NAME)
