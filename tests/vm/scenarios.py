"""All scenarios."""

from typing import Final

from tests.vm.accounts import accounts
from tests.vm.alpine import alpine, alpine_encrypted
from tests.vm.boot_state import boot_state
from tests.vm.desktop import desktop
from tests.vm.dirty_disk import dirty_disk
from tests.vm.fallback import fallback
from tests.vm.flatpak import flatpak
from tests.vm.home_broken import home_broken
from tests.vm.home_deferred import home_deferred
from tests.vm.home_now import home_now
from tests.vm.keep_data import keep_data
from tests.vm.keep_data_encrypted import keep_data_encrypted
from tests.vm.kept_from_recovery import kept_from_recovery
from tests.vm.luks_bios import luks_bios
from tests.vm.luks_uefi import luks_uefi
from tests.vm.nvme_4k import nvme_4k
from tests.vm.panic_and_hang import panic_and_hang
from tests.vm.plain_bios import plain_bios
from tests.vm.plain_uefi import plain_uefi
from tests.vm.power_cut import a_few_power_cuts, power_cut
from tests.vm.power_cut_write import power_cut_write
from tests.vm.prompt_off import prompt_off
from tests.vm.recovery_update import recovery_update
from tests.vm.refuse import refuse
from tests.vm.remix import remix, remix_alpine
from tests.vm.remix_foreign import remix_foreign, remix_foreign_encrypted
from tests.vm.reset_everything_luks import reset_everything_luks
from tests.vm.reset_from_slot import reset_from_slot
from tests.vm.reset_settings import reset_settings
from tests.vm.resume_download import resume_download
from tests.vm.rollback import rollback
from tests.vm.scenario import Scenario
from tests.vm.secureboot import secureboot
from tests.vm.speech import speech
from tests.vm.tiny import tiny
from tests.vm.to_ram import to_ram
from tests.vm.tui_kill import tui_kill
from tests.vm.tui_plain import tui_plain
from tests.vm.tui_serial import tui_serial
from tests.vm.tui_ssh import tui_ssh
from tests.vm.tui_tty1 import tui_tty1
from tests.vm.two_disks import two_disks
from tests.vm.two_installers import two_installers
from tests.vm.update import update, update_delta, update_encrypted
from tests.vm.update_broken import update_broken
from tests.vm.update_power_cut import update_power_cut
from tests.vm.update_stick import update_stick
from tests.vm.verity_flip import verity_flip
from tests.vm.wifi import wifi
from tests.vm.wrong_passphrase import wrong_passphrase

SCENARIOS: Final = (
    Scenario(
        "plain-uefi",
        "unattended install over HTTP under UEFI; Root A, Root B and Recovery keep their promises",
        plain_uefi,
        everyday=False,
    ),
    Scenario(
        "secureboot",
        "the same with Microsoft's keys and Secure Boot on, which all four systems confirm",
        secureboot,
        everyday=False,
    ),
    Scenario(
        "tui-serial",
        "encrypted, answered by key presses on the serial console in German; no secret leaks",
        tui_serial,
    ),
    Scenario(
        "tui-plain",
        "encrypted, line by line on a dumb terminal; left with Ctrl+C, found again, started",
        tui_plain,
        everyday=False,
    ),
    Scenario(
        "home-deferred",
        "the user's home by home-manager: it waits for the network, and lasts from slot to slot",
        home_deferred,
        everyday=False,
    ),
    Scenario(
        "flatpak",
        "applications wait for the network, come, run sandboxed, and last from slot to slot",
        flatpak,
        everyday=False,
    ),
    Scenario(
        "home-now",
        "the same at installation, from a home seed on a stick, and never a network",
        home_now,
        everyday=False,
    ),
    Scenario(
        "home-broken",
        "a changed seed, a full disk and a power cut in the middle: a login, and later the home",
        home_broken,
        everyday=False,
    ),
    Scenario(
        "tui-tty1",
        "answered on the keyboard of a BIOS machine, 80x25 in 16 colours; pictures agree with text",
        tui_tty1,
        everyday=False,
    ),
    Scenario(
        "speech",
        "one key in the menu, which beeps: the installer is read aloud line by line, and in German",
        speech,
        everyday=False,
    ),
    Scenario(
        "tui-ssh",
        "installed from another machine by the password on the screen; resized while it installs",
        tui_ssh,
        everyday=False,
    ),
    Scenario(
        "tui-kill",
        "the app is killed three times and its line cut: each time another finds the installation",
        tui_kill,
        everyday=False,
    ),
    Scenario(
        "refuse",
        "every refusal in one booted live system, with its words, and an untouched disk",
        refuse,
    ),
    Scenario(
        "luks-uefi",
        "encrypted under UEFI; one prompt, answered on a German keyboard; A, B and Recovery",
        luks_uefi,
    ),
    Scenario(
        "luks-bios",
        "encrypted on a BIOS machine with a SCSI disk; A, B and Recovery",
        luks_bios,
        everyday=False,
    ),
    Scenario(
        "plain-bios",
        "plain on a BIOS machine with a disk of 3 TiB, which then starts a UEFI machine too",
        plain_bios,
        everyday=False,
    ),
    Scenario(
        "nvme-4k",
        "plain on an NVMe disk with sectors of 4096 bytes; A, B and Recovery",
        nvme_4k,
        everyday=False,
    ),
    Scenario(
        "two-disks",
        "two disks installed one by one, then in one machine: each starts its own slots and data",
        two_disks,
        everyday=False,
    ),
    Scenario(
        "dirty-disk",
        "RAID, LVM, LUKS, swap, BTRFS and ZFS, most of it in use: named, ended, and gone",
        dirty_disk,
        everyday=False,
    ),
    Scenario(
        "tiny",
        "the smallest disk installs and starts A, B and Recovery; a MiB less is refused",
        tiny,
        everyday=False,
    ),
    Scenario(
        "keep-data",
        "a plain disk is reinstalled from a stick; people, files and keys are as before",
        keep_data,
        everyday=False,
    ),
    Scenario(
        "keep-data-encrypted",
        "an encrypted disk is reinstalled from its own Recovery by the screens; the same",
        keep_data_encrypted,
        everyday=False,
    ),
    Scenario(
        "accounts",
        "a person settles in, and a newer image comes: each has its own part of /etc, both ways",
        accounts,
        everyday=False,
    ),
    Scenario(
        "update",
        "`atomos update` writes B while A runs, B starts and is good; then A from B",
        update,
        everyday=False,
    ),
    Scenario(
        "update-encrypted",
        "the same inside LUKS and LVM, on a BIOS machine",
        update_encrypted,
        everyday=False,
    ),
    Scenario(
        "rollback",
        "an update is taken back before it ran, tried for one start, put first, and taken back",
        rollback,
        everyday=False,
    ),
    Scenario(
        "recovery-update",
        "`atomos recovery update`: cut off once, A starts; then the new Recovery starts, once",
        recovery_update,
        everyday=False,
    ),
    Scenario(
        "update-delta",
        "only what differs crosses the network, counted at the server: B from A, then A from B",
        update_delta,
        everyday=False,
    ),
    Scenario(
        "update-stick",
        "no network: a stick that is missing, that is pulled out in the middle, and that stays in",
        update_stick,
        everyday=False,
    ),
    Scenario(
        "update-power-cut",
        "the power goes at 25 moments of an update: what starts next is whole, and is updated",
        update_power_cut,
        everyday=False,
    ),
    Scenario(
        "update-broken",
        "images that panic, hang, come to no login: back in the old slot by itself, and says why",
        update_broken,
        everyday=False,
    ),
    Scenario(
        "alpine",
        "Alpine with OpenRC, plain: A, B, Recovery; accounts last; a damaged slot is passed over",
        alpine,
        everyday=False,
    ),
    Scenario(
        "alpine-encrypted",
        "the same Alpine inside LUKS and LVM: the prompt asks again, A and B start",
        alpine_encrypted,
        everyday=False,
    ),
    Scenario(
        "kept-from-recovery",
        "Alpine, encrypted, without `atomos`: Recovery updates B, takes it back, resets the system",
        kept_from_recovery,
        everyday=False,
    ),
    Scenario(
        "wrong-passphrase",
        "encrypted by the screens; the prompt asks again and waits; the recovery key opens it",
        wrong_passphrase,
        everyday=False,
    ),
    Scenario(
        "boot-state",
        "GRUB itself on 1,000 random boot states: the menu, its default and its counting hold",
        boot_state,
    ),
    Scenario(
        "fallback",
        "slot A is damaged, then B: three tries each, then the next; A installed anew comes first",
        fallback,
        everyday=False,
    ),
    Scenario(
        "verity-flip",
        "a bit of slot A is flipped: dm-verity stops three starts; B comes up and says why",
        verity_flip,
        everyday=False,
    ),
    Scenario(
        "panic-and-hang",
        "a kernel panic and a hang restart the machine by themselves and cost a try each",
        panic_and_hang,
        everyday=False,
    ),
    Scenario(
        "prompt-off",
        "switched off ten times at the passphrase prompt; Root A still starts",
        prompt_off,
        everyday=False,
    ),
    Scenario(
        "power-cut",
        "an encrypted installation loses its power at 25 points, and leads to the same disk",
        power_cut,
        everyday=False,
    ),
    Scenario(
        "few-power-cuts",
        "the same at three points",
        a_few_power_cuts,
    ),
    Scenario(
        "power-cut-write",
        "the power goes at 25 moments of writing the slots: none that mounts holds a mixture",
        power_cut_write,
        everyday=False,
    ),
    Scenario(
        "resume-download",
        "20 lost connections and two that fall silent: the installation goes on to its end",
        resume_download,
        everyday=False,
    ),
    Scenario(
        "to-ram",
        "the medium is pulled out, the installation goes through; with little memory it stays in",
        to_ram,
        everyday=False,
    ),
    Scenario(
        "remix",
        "examples/hello: made, made again to the same bytes, installed; its package is there",
        remix,
        everyday=False,
    ),
    Scenario(
        "remix-alpine",
        "examples/hello-alpine, likewise: its step and its service ran, OpenRC marks it as good",
        remix_alpine,
        everyday=False,
    ),
    Scenario(
        "remix-foreign",
        "Debian 12 with initramfs-tools; A, B and Recovery; a damaged A is passed over",
        remix_foreign,
        everyday=False,
    ),
    Scenario(
        "remix-foreign-encrypted",
        "the same inside LUKS and LVM: the prompt asks again and costs no try; A, B and Recovery",
        remix_foreign_encrypted,
        everyday=False,
    ),
    Scenario(
        "desktop",
        "examples/desktop: Plasma comes up in both slots, drawn by the processor; a file lasts",
        desktop,
        everyday=False,
    ),
    Scenario(
        "wifi",
        "WPA3 and WPA2 are joined by air, a wrong passphrase told; the installed system joins too",
        wifi,
        everyday=False,
    ),
    Scenario(
        "reset-settings",
        "/etc is reset by command, /var and /nix from the start menu; people log in as before",
        reset_settings,
        everyday=False,
    ),
    Scenario(
        "reset-everything-luks",
        "Recovery makes an encrypted disk as delivered; the power goes on the way, and it goes on",
        reset_everything_luks,
        everyday=False,
    ),
    Scenario(
        "reset-from-slot",
        "the same of the system that is on the disk, without any release, before and after a cut",
        reset_from_slot,
        everyday=False,
    ),
    Scenario(
        "two-installers",
        "a second one is refused with who and since when, and can watch the first",
        two_installers,
    ),
)
