"""A remix of Alpine: what of remix.yaml is done by its own tools, OpenRC and apk."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tools.remix_bench import ROOT, SCRIPTS, in_image, names_in, remix
from tests.tools.small_image import small_image

EXAMPLE = ROOT / "examples" / "hello-alpine"
IMAGE = "atomos_1.0_x86-64.squashfs"


def changed(tmp_path: Path, old: str, new: str) -> Path:
    """The example with other words in its remix.yaml."""
    folder = tmp_path / "changed"
    shutil.copytree(EXAMPLE, folder)
    text = (folder / "remix.yaml").read_text()
    assert old in text
    (folder / "remix.yaml").write_text(text.replace(old, new))
    return folder


def runlevels(image: Path) -> set[str]:
    """As ``default/crond``: what OpenRC starts, and when."""
    return names_in(image, "etc/runlevels")


def mode_in(image: Path, path: str) -> str:
    """As ``-rwxr-xr-x``."""
    argv = ["unsquashfs", "-lls", "-no-progress", str(image), path]
    listed = subprocess.run(argv, check=True, capture_output=True, text=True).stdout
    return next(row.split()[0] for row in listed.splitlines() if row.endswith(f"/{path}"))


def test_the_example(tmp_path: Path) -> None:
    release = tmp_path / "release"
    done = remix(EXAMPLE, release)
    assert done.returncode == 0, done.stderr
    image = release / IMAGE
    assert in_image(image, "etc/motd") == (EXAMPLE / "files/etc/motd").read_text()
    assert in_image(image, "usr/local/bin/hello").startswith("#!/bin/sh\n")
    assert [each for each in runlevels(image) if each.endswith("/ntpd")] == ["default/ntpd"]
    assert "name: Hello Alpine\n" in in_image(image, "usr/lib/atomos/image.yaml")
    argv = [sys.executable, str(SCRIPTS / "check_contract.py"), "check", str(image)]
    checked = subprocess.run(argv, check=False, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout

    first = hashlib.sha256(image.read_bytes()).digest()
    again = remix(EXAMPLE, tmp_path / "again", "--anew")
    assert again.returncode == 0, again.stderr
    assert hashlib.sha256((tmp_path / "again" / IMAGE).read_bytes()).digest() == first


def test_services_that_do_not_start(tmp_path: Path) -> None:
    wish = "{enable: [ntpd], disable: [acpid, ntpd], mask: [syslog]}"
    folder = changed(tmp_path, "{enable: [ntpd]}", wish)
    done = remix(folder, tmp_path / "release")
    assert done.returncode == 0, done.stderr
    found = runlevels(tmp_path / "release" / IMAGE)
    assert "default/crond" in found
    assert not [each for each in found if each.endswith(("/acpid", "/ntpd", "/syslog"))]
    # crond uses it: without a runlevel it was started all the same.
    assert "x" not in mode_in(tmp_path / "release" / IMAGE, "etc/init.d/syslog")
    assert "x" in mode_in(tmp_path / "release" / IMAGE, "etc/init.d/acpid")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("[ntpd]", "[no-such-thing]", "* rc-update: service `no-such-thing' does not exist"),
        ("[ntpd]", "[crond], mask: [no-such-thing]", "the base has no service no-such-thing"),
        ("services:", "locales: [de_DE.UTF-8]\nservices:", "the base has no localedef, so no"),
        (
            "services:",
            "packages: [no-such-thing]\nservices:",
            "    ERROR: unable to select packages:\n      no-such-thing (no such package):\n",
        ),
    ],
)
def test_what_there_is_not_is_told_in_the_words_of_alpine(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    done = remix(changed(tmp_path, old, new), tmp_path / "release")
    assert done.returncode == 4, done.stderr
    told = done.stderr[done.stderr.index("The step ") :]
    assert words in told
    assert "--shell " in told
    assert not (tmp_path / "release").exists()


def test_accounts_of_packages_have_no_day(tmp_path: Path) -> None:
    """busybox' adduser wrote today's down: the same remix had other bytes tomorrow."""
    tree = small_image(tmp_path / "root")
    apk = tree / "usr/sbin/apk"
    apk.write_text("#!/bin/sh\necho 'mine:!:20000:0:99999:7:::' >>/etc/shadow\n")
    apk.chmod(0o755)
    before = (tree / "etc/shadow").read_text()
    done = subprocess.run(
        ["sh", str(SCRIPTS / "remix/steps/packages.sh")],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "ROOT": str(tree), "PACKAGES": "mine", "LOCALES": ""},
    )
    assert done.returncode == 0, done.stderr
    assert (tree / "etc/shadow").read_text() == f"{before}mine:!::0:99999:7:::\n"
    assert (tree / "etc/shadow").stat().st_mode & 0o777 == 0o640
