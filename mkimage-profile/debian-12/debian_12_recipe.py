"""The Debian 12 recipe: a system image whose initramfs is made by initramfs-tools, in cached steps.

Neither release nor tools are those of the live image: what the two agree on is the contract.
"""

from pathlib import Path

import recipe
from alpine_recipe import SCRIPTS
from layers import Step

HERE = Path(__file__).parent
STEPS = HERE / "steps"
SUITE = "bookworm"
LOCALES = ("de_DE.UTF-8", "en_US.UTF-8", "pt_BR.UTF-8")
UNITS = ("atomos-hostkeys", "atomos-mark-good", "atomos-passed-over")
PACKAGES = (
    *("systemd-sysv", "udev", "dbus", "libpam-systemd", "systemd-timesyncd", "kmod", "procps"),
    *("linux-image-amd64", "initramfs-tools", "busybox", "zstd"),
    *("btrfs-progs", "e2fsprogs", "dosfstools", "cryptsetup", "cryptsetup-initramfs", "lvm2"),
    *("network-manager", "iproute2", "iputils-ping", "ca-certificates", "openssh-server"),
    *("kbd", "console-setup", "keyboard-configuration", "locales", "tzdata"),
    *("sudo", "less", "nano", "util-linux-extra", "bsdextrautils", "bash-completion"),
)


def steps(version: str, weight: recipe.Weight, source: Path) -> tuple[Step, ...]:
    """All steps to the finished tree."""
    system = source / "live" / "system"
    ours = system / "usr" / "lib"
    inputs = (
        *(ours / "atomos" / name for name in SCRIPTS),
        *(ours / "systemd" / "system" / f"{name}.service" for name in UNITS),
        *(ours / "systemd" / "system.conf.d", ours / "sysctl.d", system / "etc" / "fstab"),
        *(system / "usr" / "bin" / "atomos", source / "live" / "initramfs-tools"),
    )
    return (
        _step("base", recipe.STEPS, SUITE=SUITE, PACKAGES=",".join(PACKAGES)),
        *([_step("trim", recipe.STEPS)] if weight is recipe.Weight.VM else []),
        _step("keymaps", recipe.STEPS),
        _step("system-files", inputs=inputs, SCRIPTS=" ".join(SCRIPTS), UNITS=" ".join(UNITS)),
        _step("initramfs"),
        _step("configure", LOCALES=" ".join(LOCALES), UNITS=" ".join(UNITS)),
        _step("contract", recipe.STEPS, inputs=(recipe.INSIDE,), CONTRACT=contract(version)),
    )


def contract(version: str) -> str:
    """The text of the image's contract."""
    template = (HERE / "contract-system.yaml").read_text()
    return template.replace("@VERSION@", version).replace("@LOCALES@", ", ".join(LOCALES))


def _step(name: str, scripts: Path = STEPS, inputs: tuple[Path, ...] = (), **settings: str) -> Step:
    return Step(
        name=name,
        script=scripts / f"{name}.sh",
        inputs=inputs,
        settings=tuple(sorted(settings.items())),
    )
