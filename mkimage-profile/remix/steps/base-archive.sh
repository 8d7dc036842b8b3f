#!/bin/sh
# A base that somebody made: the whole system in $ARCHIVE, at $ROOT.
set -eu
case $ARCHIVE in
*.squashfs) unsquashfs -quiet -no-progress -force -dest "$ROOT" "$ARCHIVE" ;;
*) tar --extract --file "$ARCHIVE" --directory "$ROOT" --numeric-owner --xattrs --xattrs-include='*' ;;
esac
# What is mounted while steps run, and where an archive has no such folder.
for folder in proc sys dev tmp run; do
    [ -d "$ROOT/$folder" ] || mkdir -p "$ROOT/$folder"
done
