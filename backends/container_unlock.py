"""The container of an installed system, opened for Recovery, where nobody has asked before."""

import contextlib

from backends.luks import Cryptsetup
from backends.volume_group import Lvm
from installer.errors import InstallError, Refused
from installer.layout import VOLUME_GROUP
from installer.secret import Secret
from installer.text import _


class ContainerUnlock:
    """Fulfils Unlocker."""

    def __init__(self, luks: Cryptsetup, volume_groups: Lvm) -> None:
        self._luks = luks
        self._volume_groups = volume_groups

    def unlock(self, partition: str, passphrase: Secret) -> None:
        """See Unlocker."""
        if not self._luks.opens(partition, passphrase):
            raise Refused.because(
                _("The passphrase does not open {device}.").format(device=partition),
                _("Try again; the recovery key opens it, too."),
            )
        # Its header says already whether discards pass through.
        self._luks.open(partition, name=VOLUME_GROUP, passphrase=passphrase, discards=False)
        try:
            self._volume_groups.activate(VOLUME_GROUP)
        except InstallError:
            with contextlib.suppress(InstallError):
                self._luks.close(VOLUME_GROUP)
            raise
