"""What each page is called and what its help says: on the screens, and in plain mode.

Both have other ways to the same things (F5, or the word "look"): `Ways` fills these in.
"""

import dataclasses
from dataclasses import dataclass
from typing import Final

from installer.text import N_, _


@dataclass(frozen=True, kw_only=True)
class Ways:
    """How a person gets at what a help speaks of; every field is translated already."""

    look: str
    back: str
    log: str
    stop: str
    tick: str
    """As in "unless you tick the box"."""
    untick: str
    """The same, of a box that is ticked."""
    leave_it: str
    """A sentence after "Leave it as it is"."""
    show: str
    """As `tick`, for what is typed secretly."""
    greyed: str
    """What cannot be chosen."""
    red: str
    """The beginning of a sentence that ends with "will be lost for good"."""
    find: str
    """How one finds one of many, as a sentence."""
    more: str
    """How one reads on, as a sentence with a blank after it; empty where all is there at once."""

    def fill(self, words: str) -> str:
        """`words`, translated, with these in them."""
        return _(words).format(**dataclasses.asdict(self))


@dataclass(frozen=True, kw_only=True)
class PageWords:
    """Both marked with `N_`, and translated where they are shown."""

    heading: str
    help: str
    """With the fields of `Ways` in braces."""


LANGUAGE: Final = PageWords(
    heading=N_("Language and keyboard"),
    help=N_(
        "The language is that of this installer and of the installed system; programs there can "
        "be set to another one later. The keyboard is also that of the prompt for the disk's "
        "passphrase, which is asked for before anything else at the start: try here whether the "
        "letters of yours come as they stand on the keys. What is installed by an answers file "
        "asks neither."
    ),
)
LOOKING: Final = PageWords(
    heading=N_("One moment"),
    help=N_(
        "The disks of this machine are looked at for an installation that was begun and not "
        "finished. Nothing is changed on any of them."
    ),
)
UNFINISHED: Final = PageWords(
    heading=N_("An installation was not finished"),
    help=N_(
        "It was stopped, failed, or lost its power. What it has done is written down on its disk, "
        "so that it can go on from there; passphrases and passwords are never written down, and "
        "are asked for again. Nothing is written before you have read the plan and typed the "
        "disk's name."
    ),
)
UNFINISHED_LIST: Final = PageWords(
    heading=N_("Installations were not finished"),
    help=N_(
        "Each of these was stopped, failed, or lost its power. Choose one to see how far it came, "
        "and to resume it or start it over; or make another installation. Nothing is written "
        "before you have read the plan and typed the disk's name."
    ),
)
NETWORK: Final = PageWords(
    heading=N_("How does this machine reach the network?"),
    help=N_(
        "A cable is enough: it is connected by itself, and there is nothing to do. Of a Wi-Fi "
        "network choose its name and type its passphrase. Without any network AtomOS can be "
        "installed from this medium or from another volume. What is connected here is connected "
        "in the installed system too, by NetworkManager: nmtui changes it there. A proxy is used "
        "for the download, and in the installed system by whatever heeds http_proxy. {look} "
        "looks and listens again."
    ),
)
WIFI: Final = PageWords(
    heading=N_("Join a Wi-Fi network"),
    help=N_(
        "The passphrase stands on the access point, or is known to whoever set it up: 8 to 63 "
        "characters. It is tried at once. It is kept in this machine's memory, and in a file of "
        "the installed system that only root can read; no log and no saved answers have it. "
        "Networks with WEP, and those that ask for a login of one's own (802.1X), are not joined "
        "here: in the shell nmcli can."
    ),
)
ADDRESS: Final = PageWords(
    heading=N_("A fixed address, a proxy"),
    help=N_(
        "Most networks give their machines addresses by themselves (DHCP): leave the address empty "
        "then. A fixed one has the length of its prefix behind it, as 192.0.2.7/24; gateway and "
        "name servers belong to it. Several name servers stand with blanks between them. The "
        "interface is the one that the address is for; left empty, it is any that fits. The proxy "
        "is an address as http://proxy.example.org:3128, without user name and password."
    ),
)
WELCOME: Final = PageWords(
    heading=N_("Install AtomOS on this machine"),
    help=N_(
        "The release is a directory with the system image, SHA256SUMS and its signature, "
        "on a web server (https://, http://), in a folder (file://), on this medium "
        "(medium:/FOLDER) or on a volume (volume:LABEL/FOLDER). It must be signed with a "
        "key of this live system, unless you {tick}; the next page says who signed. Where "
        "Recovery resets everything, slot: is the system that is on the disk."
    ),
)
RELEASE: Final = PageWords(
    heading=N_("Which version shall be installed?"),
    help=N_(
        "These are the versions for this machine that the release has, with the size of the system "
        "image, which is read while it is installed. The newest is the right one for most. It is "
        "signed as a whole: who signed it vouches for all its versions. The same is checked once "
        "more when it is installed. {look} looks again; {back} leads back to the address."
    ),
)
DISK: Final = PageWords(
    heading=N_("Which disk shall AtomOS be on?"),
    help=N_(
        "AtomOS takes a whole disk. What is on it goes, unless it is an AtomOS, whose data can "
        "be kept. What uses a disk now (mounts, swap, RAID) is ended before it is written to. "
        "The medium that this installer was started from is not in the list. {greyed} cannot "
        "be used; the reason stands below them. {look} looks again, for a disk plugged in just "
        "now. Recovery is this live system, put on the disk too (2 GiB), to repair from."
    ),
)
KEEP: Final = PageWords(
    heading=N_("What shall stay of the AtomOS on this disk?"),
    help=N_(
        "Root A and Root B, the boot menu and the kernels are made anew in any case. What is kept "
        "is used as it is: nothing is formatted and nothing is copied. Whether it can be kept is "
        "looked up before anything is written. A copy of your files elsewhere is still a good "
        "thing to have."
    ),
)
UNLOCK: Final = PageWords(
    heading=N_("Unlock the data that are kept"),
    help=N_(
        "The data can be kept only when the disk can be opened. Its passphrase is the one that "
        "AtomOS asks for when it starts; the recovery key, hyphens included, opens it as well. "
        "It is tried on the disk, which changes nothing there, and it stays the passphrase. "
        "Without it the disk can only be erased: {back} leads back."
    ),
)
UNLOCK_SLOT: Final = PageWords(
    heading=N_("Unlock the system on this disk"),
    help=N_(
        "What is installed is the system that is on this disk, and it is encrypted. It is read "
        "into memory before anything there is destroyed. The passphrase is the one that "
        "AtomOS asks for when it starts; the recovery key, hyphens included, opens it as well. It "
        "is tried on the disk, which changes nothing there. Afterwards it opens nothing any more. "
        "Without it the system has to come from a release: {back} leads back."
    ),
)
OPEN_AGAIN: Final = PageWords(
    heading=N_("The passphrase of this disk"),
    help=N_(
        "The installation that is resumed has encrypted this disk, or found it encrypted. The "
        "passphrase is written down nowhere, and nothing can go on without it. It is tried on the "
        "disk before anything is done there. {back} leads back to the other ways."
    ),
)
PASSPHRASE: Final = PageWords(
    heading=N_("Shall this disk be encrypted?"),
    help=N_(
        "Encrypted, a disk that is lost or stolen tells nobody anything. The passphrase is asked "
        "for once, at every start. Several words that do not belong together are easy to keep in "
        "mind and hard to guess. A weak passphrase is allowed, and you are told how weak it is. "
        "The boot menu, the kernels and Recovery are not encrypted: they hold nothing of yours."
    ),
)
NEW_PASSPHRASE: Final = PageWords(heading=N_("A passphrase for this disk"), help=PASSPHRASE.help)
"""Where it is settled that the disk is encrypted."""
RECOVERY_KEY: Final = PageWords(
    heading=N_("A recovery key for this disk"),
    help=N_(
        "The recovery key opens the disk as the passphrase does; type it with its hyphens. Keep "
        "it on paper, away from the machine. A copy of the LUKS header helps when that part of "
        "the disk is damaged, for then no passphrase opens it. But whoever has the copy and a "
        "passphrase or key of today can open the disk even after you have changed them: keep the "
        "stick locked away. {look} looks again for sticks."
    ),
)
USER: Final = PageWords(
    heading=N_("Who will use this machine?"),
    help=N_(
        "This makes the first account; it may use sudo. The login name is what you type "
        "when you log in: a-z, 0-9, - and _, at most 32 characters. The host name is "
        "how this machine is called on the network: letters, digits and -, at most 63. "
        "The password is typed twice, since it is not shown unless you {show}."
    ),
)
SOFTWARE: Final = PageWords(
    heading=N_("Your programs and settings"),
    help=N_(
        "The system comes with the image and is the same on every machine. What is yours comes "
        "from nix: programs for you alone, with no need for an administrator. home-manager reads "
        "which of them you want, and how they are set up, from one file in your home folder. A "
        "flake is an address of such files, in which homeConfigurations has your login name. "
        "From the network it can take a quarter of an hour. Where it fails, the installation goes "
        "on and nothing of yours is lost: it is tried again after the first login, and each login "
        "says how far it is. Left out, it can be done at any time. "
        "Applications come as flatpaks from Flathub, by their names there."
    ),
)
TIMEZONE: Final = PageWords(
    heading=N_("Which time zone is this machine in?"),
    help=N_(
        "The clock of the installed system goes by it, summer time included. The one offered first "
        "is that of the country which the keyboard or the language speaks for, and UTC where "
        "neither does. A zone is called by its continent and its largest city. {find} It can be "
        "changed later, with timedatectl set-timezone."
    ),
)
PASSWORD: Final = PageWords(
    heading=N_("The password of the first user"),
    help=N_(
        "Passwords are written down nowhere while AtomOS is installed, so it is asked for again; "
        "it may be another one than before. The names stay: with others this would be another "
        "installation, which starting over makes. {back} leads back to where that can be chosen."
    ),
)
SUMMARY: Final = PageWords(
    heading=N_("Read this before anything is written"),
    help=N_(
        "{red} will be lost for good. Below it stands what stays, what will be on the "
        "disk, then each step. {more}To agree, type the short name of the "
        "disk, as shown, and press Enter. Until then nothing has been written."
    ),
)
INSTALLING: Final = PageWords(
    heading=N_("Installing"),
    help=N_(
        "The installation is a program of its own: it goes on when this screen is "
        "closed or the serial line drops, and this screen finds it again. {log} shows what "
        "the tools print. {stop} stops it; the disk is then neither what it was nor AtomOS."
    ),
)
REFUSED: Final = PageWords(
    heading=N_("It cannot be installed like this"),
    help=N_(
        "Nothing has been written. Each reason stands with what can be done about it. "
        "Enter leads to the question that the first of them is about; choose another one "
        "if you like. What you typed is kept."
    ),
)
FAILED: Final = PageWords(
    heading=N_("The installation did not get through"),
    help=N_(
        "Trying again goes on where it ended: what is done is looked at and not done again. "
        "Starting over does everything anew, and asks all questions with the answers they have. "
        "Both ask you once more before anything is written. {log} shows all that the tools "
        'printed. In the shell, type "exit" to come back.'
    ),
)
DONE: Final = PageWords(
    heading=N_("AtomOS is installed"),
    help=N_(
        "Everything was written and read back. Take the installation medium out when "
        "the machine starts anew, or it may start the installer again. The boot menu "
        "offers Root A, Root B and, where it was made, Recovery. {log} shows what the tools "
        "printed."
    ),
)
WRONG_ANSWERS: Final = PageWords(
    heading=N_("The answers file cannot be used"),
    help=N_(
        "Each line says where it is (file, line, column), what is wrong and what would be right. "
        'Mend it in the shell, type "exit" to come back, and have it read again; or answer all '
        "questions here. Nothing has been written."
    ),
)
SAVE_LOG: Final = PageWords(
    heading=N_("Save the log as a file"),
    help=N_(
        "Whoever is asked for help wants to see it: what was to be done and what was, what the "
        "tools, the kernel and the services of this live system said, and which disks there are, "
        "with their serial numbers. No password and no passphrase is in it. Put a stick with FAT "
        "or ext4 in, come back to this page, and choose it. Nothing on the stick is written over. "
        "From this machine's memory it can be copied over the network."
    ),
)
SAVE_ANSWERS: Final = PageWords(
    heading=N_("Save these answers as a file"),
    help=N_(
        "By this file the same installation can be made again: unattended with atomos-install run, "
        "or with atomos-install --answers, which then asks only what is not in it. The passphrase "
        "and the recovery key are never written down. Of the password a hash is, unless you "
        "{untick}: whoever has it can try passwords against it. The file says in comments what is "
        "left out and how it is given. A volume with the label ATOMOS-ANSWERS is acted on "
        "unattended."
    ),
)
