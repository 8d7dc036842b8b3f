"""A system image in miniature: the host's own account tools and what they load, nothing else."""

import re
import shutil
import subprocess
from pathlib import Path

TOOLS = ("useradd", "usermod", "chpasswd", "bash", "sh")
PAM_MODULES = ("pam_unix.so", "pam_permit.so", "pam_deny.so")
NSS_MODULES = ("libnss_files.so.2",)
CONTRACT = """\
contract: 1
kind: system
name: Small
version: "1.0"
architecture: x86-64
kernel: /boot/vmlinuz
initrd: /boot/initrd
command_lines:
  plain: root={slot.device}
"""
FILES = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1::/:/usr/sbin/nologin\n",
    "etc/shadow": "root::19000:0:99999:7:::\ndaemon:*:19000:0:99999:7:::\n",
    "etc/group": "root:x:0:\nsudo:x:27:\nvideo:x:44:\nshadow:x:42:\nnetdev:x:101:\n",
    "etc/gshadow": "root:*::\nsudo:*::\nvideo:*::\nshadow:*::\nnetdev:!::\n",
    "etc/subuid": "",
    "etc/subgid": "",
    "etc/nsswitch.conf": "passwd: files\ngroup: files\nshadow: files\n",
    "etc/pam.d/chpasswd": "password required pam_unix.so sha512\n",
    "etc/pam.d/other": "auth required pam_deny.so\n",
    "etc/login.defs": "UID_MIN 1000\nGID_MIN 1000\nHOME_MODE 0700\nENCRYPT_METHOD SHA512\n",
    "etc/skel/.bashrc": "# skel\n",
    "etc/hosts": "127.0.0.1\tlocalhost\n::1\tlocalhost\n",
    "etc/locale.conf": "LANG=C.UTF-8\n",
    "etc/machine-id": "",
    "usr/share/zoneinfo/Europe/Berlin": "TZif",
    "usr/share/zoneinfo/tzdata.zi": "# version 2026a\nL Europe/Berlin Old/Berlin\n",
    "usr/lib/atomos/image.yaml": CONTRACT,
    "boot/vmlinuz": "kernel",
    "boot/initrd": "initrd",
    "var/lib/atomos-test/state": "state\n",
}


def small_image(root: Path) -> Path:
    """Make the tree of such an image at `root`."""
    for folder in ("bin", "sbin", "lib", "lib64"):
        (root / "usr" / folder).mkdir(parents=True)
        (root / folder).symlink_to(f"usr/{folder}")
    for folder in ("proc", "sys", "dev", "run", "tmp", "home", "nix", "root", "etc/default"):
        (root / folder).mkdir(parents=True)
    for name, text in FILES.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (root / "etc/shadow").chmod(0o640)
    # As Debian 13 has it.
    (root / "etc/default/locale").symlink_to("../locale.conf")
    for tool in TOOLS:
        _copy_with_libraries(root, Path(shutil.which(tool) or f"/usr/sbin/{tool}"), "usr/sbin")
    (root / "usr/bin/bash").symlink_to("../sbin/bash")
    (root / "usr/bin/sh").symlink_to("../sbin/sh")
    libraries = Path("/usr/lib/x86_64-linux-gnu")
    for module in PAM_MODULES:
        place = "usr/lib/x86_64-linux-gnu/security"
        _copy_with_libraries(root, libraries / "security" / module, place)
    for module in NSS_MODULES:
        if (libraries / module).exists():
            _copy_with_libraries(root, libraries / module, "usr/lib/x86_64-linux-gnu")
    return root


def _copy_with_libraries(root: Path, program: Path, place: str) -> None:
    target = root / place / program.name
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(program, target)
    listed = subprocess.run(["ldd", str(program)], check=True, capture_output=True, text=True)
    for library in re.findall(r"(/\S+) \(0x", listed.stdout):
        copy = root / "usr" / Path(library).relative_to("/usr" if "/usr" in library else "/")
        copy.parent.mkdir(parents=True, exist_ok=True)
        if not copy.exists():
            shutil.copy(library, copy)
