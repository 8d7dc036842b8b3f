#!/bin/sh
# What /etc is made of (docs/etc.md): functions for etc-merge and for `atomos etc`. $state is
# /var/lib/atomos/etc, $lower the /etc of the image that runs. Nothing happens by itself.
#
# For coreutils and for busybox, in dash and in busybox' shell.

state=${state:-/var/lib/atomos/etc}
# shellcheck disable=SC2034 # for whoever reads this file
account_files='passwd group shadow gshadow subuid subgid'

# Whether a tree has nothing at that path. A character device stands for something that was removed,
# as overlayfs has it. A path that leads through a link is not the tree's own.
nothing() { # TREE PATH
    [ -e "$1/$2" ] || [ -L "$1/$2" ] || return 0
    [ ! -c "$1/$2" ] || return 0
    at=$1 rest=$2
    while :; do
        case $rest in
        */*)
            at=$at/${rest%%/*} rest=${rest#*/}
            [ ! -L "$at" ] || return 0
            ;;
        *) return 1 ;;
        esac
    done
}

# Whether two trees have the same at a path: type, mode, owner, and what it holds.
same() { # TREE OTHER PATH
    if nothing "$1" "$3"; then
        nothing "$2" "$3"
        return
    fi
    if nothing "$2" "$3"; then return 1; fi
    [ "$(stat -c '%f %u %g' "$1/$3")" = "$(stat -c '%f %u %g' "$2/$3")" ] || return 1
    if [ -L "$1/$3" ]; then
        [ "$(readlink "$1/$3")" = "$(readlink "$2/$3")" ]
    elif [ -f "$1/$3" ]; then
        cmp -s "$1/$3" "$2/$3"
    fi
}

# The tree with what the image had at a path when the person changed it.
origin() { # PATH
    if [ -e "$state/base/old/$1" ] || [ -L "$state/base/old/$1" ]; then
        echo "$state/base/old"
    else
        echo "$state/base/etc"
    fi
}

is_account_file() {
    case " $account_files " in *" $1 "*) ;; *) return 1 ;; esac
}

# What tools keep for themselves beside a file that they change.
is_tools_own() {
    case $1 in
    passwd- | group- | shadow- | gshadow- | subuid- | subgid- | .pwd.lock | .updated | ld.so.cache) ;;
    *) return 1 ;;
    esac
}

# Paths of all that the person's side has, without folders, one a line. A name with a line end in it
# is nobody's, and left alone.
paths_of_upper() {
    (cd "$state/upper" && find . ! -type d ! -name '*
*' | sort) | while IFS= read -r path; do printf '%s\n' "${path#./}"; done
}
