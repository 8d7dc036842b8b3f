"""Packages made by apk's own tools, in a signed repository: the installer's by its APKBUILD, and
small ones with the names and the programs of those that it depends on."""

import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.tools.alpine_tree import AlpineTree

BUILT: Final = "/root/built"
"""What abuild would call srcdir and pkgdir."""
REPOSITORY: Final = "/repository"
_FOLDER: Final = f"{REPOSITORY}/x86_64"
SITE: Final = "usr/lib/python3.14/site-packages"
TOOLS: Final = {
    "blkid": ("sbin/blkid",),
    "btrfs-progs": ("sbin/mkfs.btrfs", "sbin/btrfs"),
    "ca-certificates": ("etc/ssl/certs/ca-certificates.crt",),
    "coreutils": ("bin/cp", "bin/sync", "usr/sbin/chroot"),
    "cryptsetup": ("sbin/cryptsetup",),
    "device-mapper": ("sbin/dmsetup",),
    "dosfstools": ("sbin/mkfs.vfat",),
    "e2fsprogs": ("sbin/mkfs.ext4",),
    "efibootmgr": ("usr/sbin/efibootmgr",),
    "gpgv": ("usr/bin/gpgv",),
    "grub": ("usr/bin/grub-mkimage",),
    "grub-bios": ("usr/lib/grub/i386-pc/boot.img",),
    "kbd": ("usr/bin/loadkeys",),
    "losetup": ("sbin/losetup",),
    "lsblk": ("bin/lsblk",),
    "lvm2": ("sbin/lvm",),
    "mdadm": ("sbin/mdadm",),
    "mount": ("bin/mount",),
    "mtools": ("usr/bin/mcopy", "usr/bin/mmd", "usr/bin/mdir"),
    "partx": ("usr/bin/partx",),
    "python3": ("usr/bin/python3",),
    "sfdisk": ("sbin/sfdisk",),
    "tzdata": ("usr/share/zoneinfo/tzdata.zi",),
    "umount": ("bin/umount",),
    "util-linux-misc": ("sbin/blockdev", "sbin/swapoff", "usr/bin/unshare"),
    "wipefs": ("usr/sbin/wipefs",),
    # Of the live system.
    "alpine-base": (),
    "dbus": ("etc/init.d/dbus",),
    "mkinitfs": ("sbin/mkinitfs",),
    "networkmanager": ("etc/init.d/networkmanager",),
    "networkmanager-cli": ("usr/bin/nmcli",),
    "networkmanager-wifi": ("usr/lib/NetworkManager/wifi",),
    "openrc": ("sbin/openrc",),
    "openssh-keygen": ("usr/bin/ssh-keygen",),
    "openssh-server": ("usr/sbin/sshd",),
}
"""Of Alpine's main and community: what the installer wants of each, where Alpine has it."""
MODULES: Final = {
    "psutil": "py3-psutil",
    "pydantic-core": "py3-pydantic-core",
    "pyudev": "py3-udev",
    "pyyaml": "py3-yaml",
    "requests": "py3-requests",
    "rich": "py3-rich",
    "textual": "py3-textual",
    "zstandard": "py3-zstandard",
    "zxcvbn": "py3-zxcvbn",
}
"""Python packages by their names on PyPI, as Alpine calls them."""


@dataclass(frozen=True, kw_only=True)
class Package:
    """One that apk is to make, of a folder in the tree."""

    name: str
    version: str
    depends: tuple[str, ...]
    files: str


def new_key(folder: Path, name: str) -> tuple[Path, Path]:
    """A secret and a public key, as abuild-keygen makes them."""
    secret, public = folder / f"{name}.rsa", folder / f"{name}.rsa.pub"
    argv = ["openssl", "genrsa", "-out", str(secret), "2048"]
    subprocess.run(argv, check=True, capture_output=True)
    argv = ["openssl", "rsa", "-in", str(secret), "-pubout", "-out", str(public)]
    subprocess.run(argv, check=True, capture_output=True)
    return secret, public


def unpack(tree: AlpineTree, aport: Path) -> None:
    """Sources and APKBUILD where `by_apkbuild` looks for them, and what its build() does with
    programs that this Alpine has not."""
    source = tree.top / BUILT.lstrip("/") / "src"
    source.mkdir(parents=True)
    with tarfile.open(next(aport.glob("*.tar.gz"))) as archive:
        archive.extractall(source, filter="tar")
    tree.put(f"{BUILT}/APKBUILD", (aport / "APKBUILD").read_text())


def by_apkbuild(tree: AlpineTree, script: str) -> str:
    """What a script prints, in busybox' shell, with the APKBUILD read as abuild reads it."""
    text = (
        f'set -eu; srcdir={BUILT}/src; pkgdir={BUILT}/pkg; mkdir -p "$pkgdir"\n'
        f'. {BUILT}/APKBUILD; builddir="$srcdir/$pkgname-$pkgver"; cd "$builddir"\n{script}'
    )
    return tree.output_of("sh", "-c", text)


def installer_packages(tree: AlpineTree) -> tuple[Package, ...]:
    """That of the APKBUILD and its subpackages, their files laid out by its own functions."""
    name, version, depends, subpackages = by_apkbuild(
        tree, "package; for i in pkgname pkgver depends subpackages; do eval echo \\$$i; done"
    ).splitlines()
    found = [
        Package(name=name, version=version, depends=tuple(depends.split()), files=f"{BUILT}/pkg")
    ]
    for each in subpackages.split():
        sub, function, _arch = each.split(":")
        folder = f"{BUILT}/{sub}"
        own = by_apkbuild(tree, f"subpkgdir={folder}; {function} >&2; echo $depends")
        found.append(Package(name=sub, version=version, depends=tuple(own.split()), files=folder))
    return tuple(found)


def small_packages(tree: AlpineTree) -> tuple[Package, ...]:
    """One for each name that this Alpine has not installed itself."""
    installed = tree.output_of("apk", "info").split()
    files = dict(TOOLS) | {name: (f"{SITE}/{module}.py",) for module, name in MODULES.items()}
    made = []
    for name, paths in files.items():
        if name in installed:
            continue
        (tree.top / "root/small" / name).mkdir(parents=True)
        for path in paths:
            tree.put(f"/root/small/{name}/{path}", f"#!/bin/sh\necho {name}\n", mode=0o755)
        made.append(Package(name=name, version="1", depends=(), files=f"/root/small/{name}"))
    return tuple(made)


def publish(tree: AlpineTree, packages: tuple[Package, ...], secret: Path) -> None:
    """Make and sign them, as a repository that apk in the tree takes from."""
    for each in packages:
        make(tree, each, secret)
    index(tree, secret, packages)
    tree.put("etc/apk/repositories", f"v3 {REPOSITORY}\n")


def make(tree: AlpineTree, package: Package, secret: Path) -> None:
    """One package in the repository's folder."""
    tree.put("/root/key.rsa", secret.read_text(), mode=0o600)
    tree.output_of("mkdir", "-p", _FOLDER)
    argv = ["apk", "mkpkg", "--files", package.files, "--sign-key", "/root/key.rsa"]
    for key, value in (
        ("name", package.name),
        ("version", f"{package.version}-r0"),
        ("arch", "x86_64"),
        ("description", package.name),
        ("license", "none"),
        ("depends", " ".join(package.depends)),
    ):
        if value:
            argv += ["--info", f"{key}:{value}"]
    tree.output_of(*argv, "--output", _file(package))


def index(tree: AlpineTree, secret: Path, packages: tuple[Package, ...]) -> None:
    """Have the repository hold these and no others."""
    tree.put("/root/key.rsa", secret.read_text(), mode=0o600)
    argv = ["apk", "mkndx", "--sign-key", "/root/key.rsa", "--output", f"{_FOLDER}/Packages.adb"]
    tree.output_of(*argv, *(_file(each) for each in packages))


def _file(package: Package) -> str:
    return f"{_FOLDER}/{package.name}-{package.version}-r0.apk"
