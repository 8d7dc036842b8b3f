#!/bin/sh
# Keyboard layouts for the prompt that unlocks the disk. Debian 13 has no console keymaps and its
# systemd no vconsole-setup, so that rd.vconsole.keymap= does nothing with dracut's own i18n module:
# one keymap for each XKB layout, and one for each console name that systemd's table knows.
set -eu
folder="$ROOT/usr/lib/atomos/keymaps"
mkdir -p "$folder"

# A layout without the letter a, such as Cyrillic alone, would lock out whoever has an ASCII passphrase.
keymap() {
    if chroot "$ROOT" ckbcomp -compact "$2" ${3:+"$3"} >"$folder/$1.kmap" 2>/dev/null &&
        grep -q 'U+0061' "$folder/$1.kmap"; then
        return
    fi
    rm "$folder/$1.kmap"
}

awk '/^!/ { on = ($2 == "layout"); next } on && NF { print $1 }' "$ROOT/usr/share/X11/xkb/rules/base.lst" |
    while read -r layout; do keymap "$layout" "$layout"; done
awk '!/^#/ && NF >= 4 { print $1, $2, ($4 == "-" ? "" : $4) }' "$ROOT/usr/share/systemd/kbd-model-map" |
    while read -r name layout variant; do
        [ -e "$folder/$name.kmap" ] || keymap "$name" "$layout" "$variant"
    done
[ -s "$folder/us.kmap" ] && [ -s "$folder/de.kmap" ]
