#!/bin/sh
# atomos.live=medium      the medium by its label, never a recovery partition
# atomos.live=PARTUUID=…  that partition: a stick with the same ISO carries the same label
# Not root=: systemd's fstab generator would try to mount whatever stands there.

# shellcheck disable=SC2034,SC2154 # dracut reads root and rootok, and sets hookdir
if getarg atomos.live= >/dev/null; then
    root=atomos-live
    rootok=1
    /sbin/initqueue --settled --unique /sbin/atomos-find-medium
    echo '[ -e /run/atomos/medium.found ]' >"$hookdir/initqueue/finished/atomos-live.sh"
fi
