#!/bin/sh
# What the wheel's root at $ROOT has not, from the Debian at $DEBIAN: lvm for encrypted disks and
# btrfs for resets, with their own loader and libraries beside them; and the time zones, which are
# the same everywhere.
set -eu
place=usr/lib/glibc
mkdir -p "$ROOT/$place"

borrow() { # PROGRAM IN-DEBIAN SETTING
    cp -L "$DEBIAN/$2" "$ROOT/$place/$1"
    chroot "$DEBIAN" ldd "/$2" | awk '$3 ~ "^/" { print $3 } $1 ~ "^/" { print $1 }' |
        while read -r library; do cp -L "$DEBIAN$library" "$ROOT/$place/"; done
    loader=$(basename "$ROOT/$place"/ld-linux-*)
    cat >"$ROOT/sbin/$1" <<END
#!/bin/sh
$3exec /$place/$loader --library-path /$place /$place/$1 "\$@"
END
    chmod 0755 "$ROOT/sbin/$1"
}

# Without udev's database lvm would wait for nodes that nobody makes.
borrow lvm usr/sbin/lvm "export DM_DISABLE_UDEV=1
"
borrow btrfs usr/bin/btrfs ''
cp -a "$DEBIAN/usr/share/zoneinfo" "$ROOT/usr/share/"
