"""The LUKS2 container that slots and data are in: made or opened, its keys, and its end."""

from dataclasses import dataclass, field
from typing import ClassVar

from installer.errors import CannotGoOn, InstallError
from installer.layout import VOLUME_GROUP
from installer.operation import NO_DEED, Context, Operation
from installer.secret import Secret
from installer.text import _


def header_file(uuid: str) -> str:
    """Name of the file that a copy of the header of this container gets."""
    return f"atomos-luks-{uuid[:8]}.header"


@dataclass(frozen=True, kw_only=True)
class _OnContainer(Operation):
    """What they have in common: the partition that the container is in."""

    partition: str = field(metadata=NO_DEED)

    @property
    def device(self) -> str:
        """See Operation."""
        return self.partition

    def _fail_unless(self, truth: bool, what: str) -> None:
        if not truth:
            raise InstallError(what.format(device=self.partition), device=self.partition)


@dataclass(frozen=True, kw_only=True)
class MakeLuks(_OnContainer):
    """Makes the container with the passphrase, and opens it."""

    id: ClassVar[str] = "luks"
    needs: ClassVar[tuple[str, ...]] = ("partition-table",)
    uuid: str
    passphrase: Secret
    memory_kib: int = field(metadata=NO_DEED)
    """What argon2id takes to try a passphrase, at every start of the machine too. It follows from
    the machine's memory, of which each start finds a little more or less."""
    discards: bool
    lost: tuple[str, ...] = field(default=(), metadata=NO_DEED)
    """What was in the partition and is lost by this, each in a few words."""

    def sentence(self) -> str:
        """See Operation."""
        return _("Encrypt {device} with your passphrase").format(device=self.partition)

    def destroys(self) -> tuple[str, ...]:
        """See Operation."""
        return self.lost

    def way_out(self) -> str:
        """See Operation."""
        return _(
            "Install again; if it fails once more, {device} may be failing (smartctl tells more)."
        ).format(device=self.partition)

    def apply(self, context: Context) -> None:
        """See Operation. What an earlier try has open would keep the partition from it."""
        context.machinery.volume_groups.deactivate(VOLUME_GROUP)
        luks = context.machinery.luks
        luks.close(VOLUME_GROUP)
        luks.format(
            self.partition,
            uuid=self.uuid,
            passphrase=self.passphrase,
            memory_kib=self.memory_kib,
        )
        luks.open(
            self.partition,
            name=VOLUME_GROUP,
            passphrase=self.passphrase,
            discards=self.discards,
        )

    def again(self, context: Context) -> None:
        """Open it. A wrong passphrase is no reason to encrypt anew, without a word, with it.

        The header says already whether discards pass through: to say so once more would change it,
        and make the copy of it on a stick another one.
        """
        self._check_header(context)
        luks = context.machinery.luks
        if not luks.opens(self.partition, self.passphrase):
            raise CannotGoOn(
                _("The passphrase is not the one that {device} was encrypted with.").format(
                    device=self.partition
                ),
                device=self.partition,
                way_out=_(
                    "Type the passphrase this disk was encrypted with, or start over (headless:"
                    " `--start-over`)."
                ),
            )
        luks.open(self.partition, name=VOLUME_GROUP, passphrase=self.passphrase, discards=False)

    def verify(self, context: Context) -> None:
        """Look whether the header is ours, and the passphrase opens it."""
        self._check_header(context)
        self._fail_unless(
            context.machinery.luks.opens(self.partition, self.passphrase),
            _("the passphrase does not open {device}"),
        )

    def _check_header(self, context: Context) -> None:
        self._fail_unless(
            context.machinery.luks.uuid(self.partition) == self.uuid.lower(),
            _("the LUKS header on {device} is not the one that was written"),
        )


@dataclass(frozen=True, kw_only=True)
class OpenLuks(_OnContainer):
    """Opens the container that is there; nothing of its header changes."""

    id: ClassVar[str] = "luks"
    lasting: ClassVar[bool] = False
    needs: ClassVar[tuple[str, ...]] = ("partition-table",)
    uuid: str
    passphrase: Secret
    volumes: tuple[str, ...]

    def sentence(self) -> str:
        """See Operation."""
        return _("Open the encrypted {device} with its passphrase").format(device=self.partition)

    def keeps(self) -> tuple[str, ...]:
        """See Operation."""
        return (
            _("the encryption of {device}, with its passphrases").format(device=self.partition),
        )

    def way_out(self) -> str:
        """See Operation."""
        return _("Nothing on it was changed. Look at the disk, then install again.")

    def apply(self, context: Context) -> None:
        """See Operation. Its header says already whether discards pass through."""
        self._check_header(context)
        context.machinery.luks.open(
            self.partition, name=VOLUME_GROUP, passphrase=self.passphrase, discards=False
        )
        context.machinery.volume_groups.activate(VOLUME_GROUP)

    def verify(self, context: Context) -> None:
        """Look whether all volumes are there."""
        self._check_header(context)
        found = {each.name for each in context.machinery.volume_groups.volumes(VOLUME_GROUP)}
        missing = sorted(set(self.volumes) - found)
        if missing:
            raise InstallError(
                _("{device} lacks the volumes {names}").format(
                    device=self.partition, names=", ".join(missing)
                ),
                device=self.partition,
            )

    def _check_header(self, context: Context) -> None:
        self._fail_unless(
            context.machinery.luks.uuid(self.partition) == self.uuid.lower(),
            _("the LUKS header on {device} is not the one that was seen before"),
        )


@dataclass(frozen=True, kw_only=True)
class AddRecoveryKey(_OnContainer):
    """Makes the recovery key another one that opens the container."""

    id: ClassVar[str] = "recovery-key"
    needs: ClassVar[tuple[str, ...]] = ("luks",)
    passphrase: Secret
    key: Secret
    """Empty where an earlier run has added it and nobody was asked for it again."""

    def sentence(self) -> str:
        """See Operation."""
        return _("Add the recovery key to {device}").format(device=self.partition)

    def way_out(self) -> str:
        """See Operation."""
        return _("Install again; if it fails once more, try without a recovery key.")

    def apply(self, context: Context) -> None:
        """See Operation."""
        if not self.key.reveal():
            raise InstallError(
                _("the recovery key has to be added to {device} once more").format(
                    device=self.partition
                ),
                device=self.partition,
                way_out=_("Install again, and type the recovery key when you are asked for it."),
            )
        context.machinery.luks.add_key(self.partition, passphrase=self.passphrase, key=self.key)

    def verify(self, context: Context) -> None:
        """Look whether it opens the container. One that is not known is believed to."""
        if not self.key.reveal():
            return
        self._fail_unless(
            context.machinery.luks.opens(self.partition, self.key),
            _("the recovery key does not open {device}"),
        )


@dataclass(frozen=True, kw_only=True)
class BackUpHeader(_OnContainer):
    """Leaves a copy of the header on a stick: one broken sector in it would cost all data."""

    id: ClassVar[str] = "header-backup"
    needs: ClassVar[tuple[str, ...]] = ("luks", "recovery-key")
    stick: str = field(metadata=NO_DEED)
    """Partition that gets it."""
    stick_serial: str | None
    """Of the stick that was shown: it makes another one that got its device name another plan."""
    file: str

    def sentence(self) -> str:
        """See Operation."""
        return _("Copy the LUKS header of {device} to {stick} ({file})").format(
            device=self.partition, stick=self.stick, file=self.file
        )

    @property
    def device(self) -> str:
        """See Operation."""
        return self.stick

    def way_out(self) -> str:
        """See Operation."""
        return _(
            "Look whether the stick is still attached and has 16 MiB free, or install without a"
            " copy of the header."
        )

    def apply(self, context: Context) -> None:
        """See Operation."""
        context.machinery.luks.back_up_header(self.partition, partition=self.stick, file=self.file)

    def verify(self, context: Context) -> None:
        """Compare the copy with the header."""
        context.machinery.luks.verify_header_backup(
            self.partition, partition=self.stick, file=self.file
        )


@dataclass(frozen=True, kw_only=True)
class CloseLuks(_OnContainer):
    """Takes volumes and container away again, so that what was written is on the disk."""

    id: ClassVar[str] = "luks-close"
    lasting: ClassVar[bool] = False
    needs: ClassVar[tuple[str, ...]] = ("record",)
    disk: str

    def sentence(self) -> str:
        """See Operation."""
        return _("Close the encrypted {device}").format(device=self.partition)

    def way_out(self) -> str:
        """See Operation."""
        return _("Everything is installed: the machine can be started as it is.")

    def apply(self, context: Context) -> None:
        """See Operation."""
        context.machinery.volume_groups.deactivate(VOLUME_GROUP)
        context.machinery.luks.close(VOLUME_GROUP)

    def verify(self, context: Context) -> None:
        """Look whether anything still uses the partition."""
        uses = context.machinery.holders.uses(self.disk)
        left = [use for use in uses if use.split()[0] == self.partition]
        if left:
            raise InstallError(
                _("{device} is still open: {uses}").format(
                    device=self.partition, uses="; ".join(left)
                ),
                device=self.partition,
            )
