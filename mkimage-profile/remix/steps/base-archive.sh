#!/bin/sh
# A base that somebody made: the whole system in $ARCHIVE, at $ROOT.
set -eu
case $ARCHIVE in
*.squashfs) unsquashfs -quiet -no-progress -force -dest "$ROOT" "$ARCHIVE" ;;
*) tar --extract --file "$ARCHIVE" --directory "$ROOT" --numeric-owner --xattrs --xattrs-include='*' ;;
esac
# What is mounted or written while steps run, and where an archive has no such folder.
for folder in proc sys dev tmp run etc; do
    # Through a link it would be this machine's own.
    if [ -L "$ROOT/$folder" ]; then
        echo "/$folder of the base is a link, where it has to be a folder" >&2
        exit 1
    fi
    [ -d "$ROOT/$folder" ] || mkdir -p "$ROOT/$folder"
done
