"""The Debian 13 recipe: a live ISO and a system image, in two weights, from the same steps."""

from enum import StrEnum
from pathlib import Path

from layers import Step, digest_of

HERE = Path(__file__).parent
STEPS = HERE / "steps"
INSIDE = HERE.parent / "inside.sh"
"""Steps that write through the tree's own paths source it."""
IDS = HERE / "ids"
"""The ids that accounts of system images have had from the first build on: passwd and group."""
SUITE = "trixie"
LOCALES = ("de_DE.UTF-8", "en_GB.UTF-8", "en_US.UTF-8", "es_ES.UTF-8", "fr_FR.UTF-8", "pt_BR.UTF-8")


class Kind(StrEnum):
    """What is built."""

    LIVE = "live"
    SYSTEM = "system"


class Weight(StrEnum):
    """For which machines."""

    GENERIC = "generic"
    """Real ones: all drivers, microcode, firmware."""
    VM = "vm"
    """Virtual ones: small, for tests and the demo."""


BASE = (
    *("systemd-sysv", "udev", "dbus", "libpam-systemd", "systemd-timesyncd", "kmod", "procps"),
    *("linux-image-amd64", "dracut", "zstd", "eject"),
    *("btrfs-progs", "e2fsprogs", "dosfstools", "cryptsetup", "lvm2"),
    *("network-manager", "iproute2", "iputils-ping", "ca-certificates"),
    *("kbd", "console-setup", "keyboard-configuration", "locales", "tzdata"),
    *("sudo", "less", "nano", "util-linux-extra", "bsdextrautils"),
)
FIRMWARE = (
    *("intel-microcode", "amd64-microcode", "firmware-linux-free", "firmware-misc-nonfree"),
    *("firmware-amd-graphics", "firmware-intel-graphics", "firmware-intel-misc"),
    *("firmware-iwlwifi", "firmware-realtek", "firmware-atheros", "firmware-brcm80211"),
    *("firmware-mediatek", "firmware-bnx2", "firmware-bnx2x"),
    # The sound of laptops, without which they do not speak.
    *("firmware-sof-signed", "firmware-intel-sound", "firmware-cirrus"),
)
CORE = (
    *("python3", "python3-pyudev", "python3-psutil", "python3-requests", "python3-yaml"),
    *("python3-pydantic-core", "python3-zstandard"),
)
"""What the core runs on: in the live image, and where `atomos` keeps an installed system
(docs/update.md has what that adds to an image)."""
PACKAGES = {
    # Debian 13 has what asks for a passphrase at start, and what sets up dm-verity, in a package of
    # their own.
    Kind.SYSTEM: (
        *("systemd-cryptsetup", "openssh-server", "bash-completion", "xz-utils"),
        *("wpasupplicant", "wireless-regdb"),
        *("nix-bin", "nix-setup-systemd", "flatpak", "uidmap"),
        # librsync: only what differs of a newer image is fetched (docs/delta.md). The last two are
        # for the ESP (docs/update.md).
        *(*CORE, "gpgv", "librsync2t64", "mtools", "efibootmgr"),
    ),
    Kind.LIVE: (
        *(*CORE, "fdisk", "mtools", "efibootmgr", "mdadm"),
        *("openssh-server", "gpgv", "wpasupplicant", "wireless-regdb"),
        *("brltty", "espeakup", "alsa-utils"),
        *("shim-signed", "grub-efi-amd64-signed", "grub-pc-bin", "grub-common"),
    ),
}
DRACUT_ADD = {Kind.SYSTEM: "crypt lvm dm", Kind.LIVE: ""}
# console-setup would bring the image's own keyboard back, over that of the kernel's command line.
DRACUT_OMIT = (
    "console-setup "
    "network network-manager nfs iscsi fcoe fcoe-uefi nbd cifs multipath mdraid dmraid plymouth "
    "resume biosdevname lunmask rescue squash-lib systemd-networkd connman memstrack modsign pcsc"
)


def steps(
    kind: Kind, weight: Weight, version: str, source: Path, keys: tuple[Path, ...] = ()
) -> tuple[Step, ...]:
    """All steps to the finished tree of one image; `keys` are the keyrings that it trusts."""
    shared = (
        *_with_packages(kind, weight),
        *([_step("check-ids", inputs=(IDS,))] if kind is Kind.SYSTEM else []),
        *([_step("trim")] if weight is Weight.VM else []),
        *(_before_initramfs(source) if kind is Kind.SYSTEM else ()),
        _step(
            "initramfs",
            inputs=(source / "live" / "dracut" / f"95{_module(kind)}",),
            DRACUT_MODULE=_module(kind),
            DRACUT_ADD=DRACUT_ADD[kind],
            DRACUT_OMIT=DRACUT_OMIT,
        ),
    )
    if kind is Kind.SYSTEM:
        own: tuple[Step, ...] = (
            _step("configure-system", LOCALES=" ".join(LOCALES)),
            # The screens of `atomos`; without this step and their folder it has its commands only.
            _step("vendor", inputs=(HERE / "vendor.txt",)),
            _code(source, "installer", "backends", "screens"),
            *_trusted(keys),
        )
    else:
        own = (
            _step("bios-core"),
            _step("vendor", inputs=(HERE / "vendor.txt",)),
            _step("console-font"),
            _step(
                "configure-live",
                inputs=(source / "live" / "medium", source / "live/system/usr/bin/atomos"),
            ),
            _code(source, "installer", "backends", "screens"),
            *_trusted(keys),
        )
    return (*shared, *own, _step("contract", inputs=(INSIDE,), CONTRACT=contract(kind, version)))


def first_steps() -> tuple[Step, ...]:
    """Those that all images have in common."""
    return (_base(),)


def steps_to_accounts(weight: Weight) -> tuple[Step, ...]:
    """Those after which a system image has all its accounts."""
    return _with_packages(Kind.SYSTEM, weight)


def user_mode_steps(source: Path) -> tuple[Step, ...]:
    """The tools of the live system, and a Linux that is a program (tests/user_mode)."""
    live = steps(Kind.LIVE, Weight.VM, version="", source=source)
    tools = live[: [step.name for step in live].index("vendor") + 1]
    return (*tools, _step("packages", PACKAGES="user-mode-linux"))


def access_point_steps(source: Path) -> tuple[Step, ...]:
    """The tools of the live system, and on top of them what an access point is made of."""
    live = steps(Kind.LIVE, Weight.VM, version="", source=source)
    tools = live[: [step.name for step in live].index("packages") + 1]
    return (*tools, _step("packages", PACKAGES="hostapd dnsmasq-base iw"))


def contract(kind: Kind, version: str) -> str:
    """The text of the image's contract."""
    template = (HERE / f"contract-{kind}.yaml").read_text()
    return template.replace("@VERSION@", version).replace("@LOCALES@", ", ".join(LOCALES))


def iso_inputs() -> str:
    """Digest of what shapes the ISO beside the tree in it."""
    return digest_of([STEPS / "iso.sh", HERE / "grub-live.cfg"])


def _with_packages(kind: Kind, weight: Weight) -> tuple[Step, ...]:
    packages = PACKAGES[kind] + (FIRMWARE if weight is Weight.GENERIC else ())
    return (
        _base(),
        *([_step("seed-ids", inputs=(IDS,))] if kind is Kind.SYSTEM else []),
        _step("packages", PACKAGES=" ".join(packages)),
    )


def _base() -> Step:
    return _step("base", SUITE=SUITE, PACKAGES=",".join(BASE))


def _before_initramfs(source: Path) -> tuple[Step, ...]:
    """What the initramfs of a system image takes from the tree: keymaps, and files of our own."""
    return (_step("keymaps"), _step("system-files", inputs=(source / "live" / "system",)))


def _code(source: Path, *folders: str) -> Step:
    """The code of this checkout in these folders; the screens need what `vendor` installs."""
    inputs = tuple(source / each for each in folders)
    return _step("installer", inputs=inputs, FOLDERS=" ".join(folders))


def _trusted(keys: tuple[Path, ...]) -> tuple[Step, ...]:
    """The keyrings that releases are checked by; without any nobody is trusted."""
    names = " ".join(each.name for each in keys)
    return (_step("keys", inputs=keys, NAMES=names),) if keys else ()


def _module(kind: Kind) -> str:
    return "atomos-slot" if kind is Kind.SYSTEM else "atomos-live"


def _step(name: str, inputs: tuple[Path, ...] = (), **settings: str) -> Step:
    return Step(
        name=name,
        script=STEPS / f"{name}.sh",
        inputs=inputs,
        settings=tuple(sorted(settings.items())),
    )
