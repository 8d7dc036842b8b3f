#!/bin/sh
# The live medium in $OUT, by mkimage of the aports at $APORTS, in the Alpine at $ROOT, which is changed
# for it: of the packages in $ARCHIVE (with its branch), and of ours, whose APKBUILD is in $APORT.
set -eu

leave() {
    umount --lazy "$ROOT/aports" "$ROOT/out" 2>/dev/null || :
}
trap leave EXIT

mkdir -p "$ROOT/aports" "$ROOT/out" "$ROOT/root/.mkimage" "$ROOT/root/atomos/installer"
mount --bind -o ro "$APORTS" "$ROOT/aports"
mount --bind "$OUT" "$ROOT/out"
cp -L /etc/resolv.conf "$ROOT/etc/resolv.conf"
cp "$APORT"/* "$ROOT/root/atomos/installer/"
profile=$SOURCE/mkimage-profile/alpine
cp -R "$profile/mkimg.atomos.sh" "$profile/genapkovl-atomos.sh" "$profile/features.d" "$ROOT/root/.mkimage/"
# update-kernel of some releases looks for features in the machine that it runs on only.
cp "$profile"/features.d/* "$ROOT/etc/mkinitfs/features.d/"
printf '%s\n' "$ARCHIVE/main" "$ARCHIVE/community" >"$ROOT/etc/apk/repositories"
cp "$profile/steps/mkimage.sh" "$ROOT/root/mkimage.sh"
env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root ARCHIVE="$ARCHIVE" VERSION="$VERSION" \
    http_proxy="${http_proxy-}" https_proxy="${https_proxy-}" \
    chroot "$ROOT" sh /root/mkimage.sh
