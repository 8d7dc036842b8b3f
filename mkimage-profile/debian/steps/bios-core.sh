#!/bin/sh
# GRUB's core for BIOS machines, with all that the live medium's menu needs inside.
set -eu
cat >"$ROOT/tmp/early.cfg" <<'EOF'
search --no-floppy --set=root --label ATOMOS_LIVE
configfile ($root)/EFI/debian/grub.cfg
EOF
chroot "$ROOT" grub-mkimage --format=i386-pc-eltorito --prefix=/boot/grub --config=/tmp/early.cfg \
    --output=/usr/lib/atomos/boot/eltorito.img \
    biosdisk iso9660 part_gpt part_msdos search search_label normal linux configfile regexp test echo \
    serial terminal all_video gzio play sleep reboot halt minicmd
