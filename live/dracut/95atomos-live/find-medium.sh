#!/bin/sh
# Writes the device that holds the live ISO to /run/atomos/medium.found, once there is one.
# dracut sources hooks into its own shell and its library is not made for set -u or -e.
command -v getarg >/dev/null || . /lib/dracut-lib.sh

find_medium() {
    _spec=$(getarg atomos.live=)
    case $_spec in
    PARTUUID=*)
        readlink -e "/dev/disk/by-partuuid/${_spec#PARTUUID=}"
        return
        ;;
    esac
    # A hybrid ISO shows on the whole disk and on its first partition: take the whole disk.
    for _kind in disk partition; do
        for _device in $(blkid -t LABEL=ATOMOS_LIVE -o device); do
            [ "$(blkid -p -s PART_ENTRY_NAME -o value "$_device")" != atomos-recovery ] || continue
            if [ -e "/sys/class/block/${_device##*/}/partition" ]; then _is=partition; else _is=disk; fi
            if [ "$_is" = "$_kind" ]; then
                echo "$_device"
                return
            fi
        done
    done
    return 1
}

[ -e /run/atomos/medium.found ] && exit 0
mkdir -p /run/atomos
if _found=$(find_medium) && [ -n "$_found" ]; then
    echo "$_found" >/run/atomos/medium.found
fi
exit 0
