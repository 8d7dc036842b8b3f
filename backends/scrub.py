"""Takes out of a machine's facts what tells whose machine it is, so that they can be published.

What was distinct stays distinct and what was alike stays alike, as label collisions and disks that
look the same are what such recordings are for. Replacements are counted, not derived from what
they replace: a hash of a serial number can be guessed.
"""

import re
from dataclasses import dataclass, field, replace
from typing import Final

from installer.hardware import Contents, Disk, Interface, Machine, Partition

_KNOWN_LABELS: Final = re.compile(
    r"atomos-[a-z]+|ATOMOS[-_][A-Z]+|(?i:efi system( partition)?|microsoft reserved partition"
    r"|basic data partition|bios boot partition|linux (filesystem|swap|lvm|raid)|primary|esp|efi"
    r"|boot|root|home|swap|data|var|windows|recovery|os|system( reserved)?|winre_?drv"
    r"|windows re tools)"
)
_KNOWN_PLACES: Final = re.compile(
    r"/|/(boot|boot/efi|efi|home|var|usr|tmp|srv|opt|nix|mnt|media|run/atomos/iso)"
)
_PLACE: Final = re.compile(r"/[^\s,()]*")
_KERNEL_NAME: Final = re.compile(r"(md|loop|dm-|bcache|drbd)\d+|swap")
_HOLDER: Final = re.compile(r"(?P<before>^|\(|, )(?P<name>[^/ (),]+)(?= \(|[,)]|$)")
"""A use, or a use of its holder in brackets, that is one word; ``mounted on /`` is none."""
_LETTER_OR_DIGIT: Final = re.compile(r"[0-9A-Za-z]")
_MAC_IN_NAME: Final = re.compile(r"(?<=x)[0-9a-f]{12}$")


@dataclass(kw_only=True)
class Scrubber:
    """Replaces, and remembers for one machine what it put for what."""

    _replaced: dict[tuple[str, str], str] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=dict)

    def machine(self, machine: Machine) -> Machine:
        """The same machine as anybody's."""
        return replace(
            machine,
            disks=tuple(self._disk(each) for each in machine.disks),
            interfaces=tuple(self._interface(each) for each in machine.interfaces),
            medium=machine.medium
            and replace(machine.medium, uuid=self._shaped(machine.medium.uuid)),
        )

    def _disk(self, disk: Disk) -> Disk:
        return replace(
            disk,
            ids=tuple(self._id(each, disk.serial) for each in disk.ids),
            serial=self._serial(disk.serial),
            contents=self._contents(disk.contents),
            uses=tuple(self._use(each) for each in disk.uses),
            partitions=tuple(self._partition(each) for each in disk.partitions),
            labels_above=tuple(self._label(each) or "" for each in disk.labels_above),
            places=tuple(self._place(each) for each in disk.places),
        )

    def _partition(self, part: Partition) -> Partition:
        return replace(
            part,
            label=self._label(part.label),
            guid=self._shaped(part.guid),
            contents=self._contents(part.contents),
            uses=tuple(self._use(each) for each in part.uses),
        )

    def _contents(self, contents: Contents | None) -> Contents | None:
        if contents is None:
            return None
        return replace(
            contents, label=self._label(contents.label), uuid=self._shaped(contents.uuid)
        )

    def _interface(self, interface: Interface) -> Interface:
        return replace(
            interface,
            name=_MAC_IN_NAME.sub(lambda found: self._shaped(found[0]) or "", interface.name),
            addresses=tuple(self._address(each) for each in interface.addresses),
        )

    def _serial(self, serial: str | None) -> str | None:
        return serial and self._instead("serial", serial, "SERIAL{}")

    def _id(self, link: str, serial: str | None) -> str:
        """A link's name with its serial number replaced; without one, only its first word stays."""
        written = (serial or "").replace(" ", "_")
        if written and written in link and not link.startswith("wwn-"):
            return link.replace(written, self._serial(serial) or "")
        return self._instead("id", link, link.partition("-")[0] + "-scrubbed-{}")

    def _label(self, label: str | None) -> str | None:
        if label is None or _KNOWN_LABELS.fullmatch(label):
            return label
        return self._instead("label", label, "label-{}")

    def _use(self, use: str) -> str:
        use = _PLACE.sub(lambda found: self._place(found[0]), use)
        return _HOLDER.sub(lambda found: found["before"] + self._holder(found["name"]), use)

    def _place(self, place: str) -> str:
        if _KNOWN_PLACES.fullmatch(place):
            return place
        return self._instead("place", place, "/place-{}")

    def _holder(self, name: str) -> str:
        """Names of volumes tend to hold the machine's own; those of the kernel do not."""
        if _KERNEL_NAME.fullmatch(name):
            return name
        return self._instead("volume", name, "volume-{}")

    def _address(self, address: str) -> str:
        """An address of those kept for documentation (RFC 5737, RFC 3849)."""
        form = "2001:db8::{:x}" if ":" in address else "192.0.2.{}"
        return self._instead("address", address, form)

    def _shaped(self, identifier: str | None) -> str | None:
        """A UUID, GUID or FAT number of the same shape: zeros, and a count at its end."""
        if not identifier:
            return identifier
        length = len(_LETTER_OR_DIGIT.findall(identifier))
        digits = iter(self._instead("uuid", identifier, "{:x}").zfill(length)[-length:])
        return _LETTER_OR_DIGIT.sub(lambda _found: next(digits), identifier)

    def _instead(self, kind: str, old: str, form: str) -> str:
        known = self._replaced.get((kind, old))
        if known is None:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            known = self._replaced[kind, old] = form.format(self._counts[kind])
        return known
