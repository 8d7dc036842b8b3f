#!/bin/sh
# The keyboard layout of the prompt that unlocks the disk: rd.vconsole.keymap=, by its XKB name or
# by its console name. Before udev, and so before any prompt.
# dracut sources hooks into its own shell and its library is not made for set -u or -e.
command -v getarg >/dev/null || . /lib/dracut-lib.sh

atomos_load_keymap() {
    _keymap=$(getarg rd.vconsole.keymap=) || return
    _file=/usr/lib/atomos/keymaps/${_keymap##*/}.kmap
    if [ ! -e "$_file" ]; then
        warn "AtomOS: there is no keyboard layout $_keymap; it stays us"
        return
    fi
    # /dev/console may be a serial line, which has no keymap.
    loadkeys -q -C /dev/tty0 "$_file" || warn "AtomOS: cannot set the keyboard layout $_keymap"
}

atomos_load_keymap
