# shellcheck shell=sh
# What a step writes by its path has to lie in the tree at $ROOT: an absolute link of a remix leads from there to this
# machine's own files. Sourced by steps.
inside() { # FOLDER of the tree, there or not
    case $(readlink -m "$ROOT/$1") in
    "$(readlink -f "$ROOT")"/*) ;;
    *)
        echo "/$1 is behind a link that leads out of the tree: make it a relative one" >&2
        exit 1
        ;;
    esac
}
