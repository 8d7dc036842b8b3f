#!/bin/sh
# The accounts of the tree at $ROOT are those of the record, each with its ids (docs/etc.md).
set -eu
ids=$SOURCE/mkimage-profile/debian/ids

# Names and ids alone: the rest of a row may change from build to build.
differences() { # FILE COLUMNS
    {
        cut -d: -f"$2" "$ids/$1" | sed 's/^/-/'
        cut -d: -f"$2" "$ROOT/etc/$1" | sed 's/^/+/'
    } | sort -k1.2 | uniq -u -s 1
}

found=$(differences passwd 1,3,4 && differences group 1,3)
if [ -n "$found" ]; then
    echo "The image's accounts are not those of mkimage-profile/debian/ids (- record, + this build):" >&2
    printf '%s\n' "$found" >&2
    echo "Only + means new accounts: ./dev build ids puts them into the record. Where an id has changed," >&2
    echo "files of installed systems would belong to somebody else." >&2
    exit 1
fi
