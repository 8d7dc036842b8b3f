# A line each for a home and for applications that are not there yet; nothing when they are, or nobody wanted them.
if [ -r "/etc/atomos/home/${USER:-}" ] && [ ! -e "${XDG_STATE_HOME:-$HOME/.local/state}/atomos/home/done" ]; then
    case $- in *i*) /usr/lib/atomos/home greet ;; esac
fi
if [ -r /etc/atomos/flatpaks ] && [ ! -e /var/lib/atomos/flatpaks/done ]; then
    case $- in *i*) /usr/lib/atomos/flatpaks greet ;; esac
fi
