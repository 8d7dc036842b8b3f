#!/bin/sh
# Lays what outlives a restart over the slot: @var @home @nix, and /etc as a second overlay.
# The slot itself, dm-verity and the tmpfs over it are systemd's (root=, roothash=,
# systemd.volatile=overlay).

# dracut sources hooks into its own shell and its library is not made for set -u or -e.
command -v getarg >/dev/null || . /lib/dracut-lib.sh

atomos_slot() {
    _root=$(getarg root=)
    case $_root in
    PARTUUID=*) readlink -e "/dev/disk/by-partuuid/${_root#PARTUUID=}" ;;
    *) readlink -e "$_root" ;;
    esac
}

# shellcheck source=live/system/usr/lib/atomos/lay-data.sh
. /usr/lib/atomos/lay-data.sh
_slot=$(atomos_slot) || die "AtomOS: no slot at $(getarg root=)"
atomos_lay_data "$NEWROOT" "$_slot" "$(getarg atomos.etc=)"
