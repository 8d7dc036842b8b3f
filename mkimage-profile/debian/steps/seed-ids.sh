#!/bin/sh
# Give the tree at $ROOT the accounts of earlier builds, in $SOURCE/mkimage-profile/debian/ids, before
# packages make theirs: what is there keeps its ids, and nothing else gets them (docs/etc.md).
set -eu
ids=$SOURCE/mkimage-profile/debian/ids
etc=$ROOT/etc

# Whoever has that name or that id in the tree: NAME:ID
holder() { # FILE NAME ID
    awk -F: -v name="$2" -v id="$3" '$1 == name || $3 == id { print $1 ":" $3; exit }' "$etc/$1"
}

# Whether a row of the record is not in the tree yet.
lacks() { # FILE NAME ID
    found=$(holder "$@")
    case $found in
    '') ;;
    "$2:$3") return 1 ;;
    *)
        echo "$2 has the id $3 in mkimage-profile/debian/ids/$1, and the base has $found:" >&2
        echo "an id that was given once stays. Change the new one's in the base, or, where no image" >&2
        echo "was given to anybody yet, the record." >&2
        exit 1
        ;;
    esac
}

# Locked, as systemd-sysusers(8) makes them.
while IFS=: read -r name password id members; do
    if lacks group "$name" "$id"; then
        echo "$name:$password:$id:$members" >>"$etc/group"
        echo "$name:!*::$members" >>"$etc/gshadow"
    fi
done <"$ids/group"
while IFS=: read -r name password id rest; do
    if lacks passwd "$name" "$id"; then
        echo "$name:$password:$id:$rest" >>"$etc/passwd"
        echo "$name:!*:::::::" >>"$etc/shadow"
    fi
done <"$ids/passwd"
