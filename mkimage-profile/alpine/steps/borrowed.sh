#!/bin/sh
# What the wheel's root at $ROOT has not, from the Debian at $DEBIAN: lvm, with its own loader and
# libraries beside it, for encrypted disks; and the time zones, which are the same everywhere.
set -eu
place=usr/lib/glibc
mkdir -p "$ROOT/$place"
cp -L "$DEBIAN/usr/sbin/lvm" "$ROOT/$place/lvm"
chroot "$DEBIAN" ldd /usr/sbin/lvm | awk '$3 ~ "^/" { print $3 } $1 ~ "^/" { print $1 }' |
    while read -r library; do cp -L "$DEBIAN$library" "$ROOT/$place/"; done
loader=$(basename "$ROOT/$place"/ld-linux-*)

# Without udev's database lvm would wait for nodes that nobody makes.
cat >"$ROOT/sbin/lvm" <<END
#!/bin/sh
export DM_DISABLE_UDEV=1
exec /$place/$loader --library-path /$place /$place/lvm "\$@"
END
chmod 0755 "$ROOT/sbin/lvm"
cp -a "$DEBIAN/usr/share/zoneinfo" "$ROOT/usr/share/"
