# One line for a person whose home is not set up yet; nothing when it is, or when nobody wanted it.
if [ -r "/etc/atomos/home/${USER:-}" ] && [ ! -e "${XDG_STATE_HOME:-$HOME/.local/state}/atomos/home/done" ]; then
    case $- in *i*) /usr/lib/atomos/home greet ;; esac
fi
