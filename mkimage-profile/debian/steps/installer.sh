#!/bin/sh
# The code of this checkout in $FOLDERS, with its catalogues and its .pyc files: starting takes 0.23 s with
# these, 0.9 s without.
set -eu
compiled=''
for folder in $FOLDERS; do
    mkdir -p "$ROOT/usr/lib/atomos/$folder"
    (cd "$SOURCE" && find "$folder" -type f ! -name '*.pyc' ! -name '*.[pm]o' -exec cp --parents {} "$ROOT/usr/lib/atomos/" ';')
    compiled="$compiled /usr/lib/atomos/$folder"
done
"$SOURCE/mkimage-profile/catalogues.sh" make "$ROOT/usr/lib/atomos/installer/locale"
# shellcheck disable=SC2086 # one argument for each folder
chroot "$ROOT" python3 -m compileall -q --invalidation-mode unchecked-hash $compiled
