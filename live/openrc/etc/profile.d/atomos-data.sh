# Says at the login what the start could not: /usr/lib/atomos/init.
# shellcheck shell=sh
if [ -r /run/atomos/without-data ]; then
    echo "This system runs without its data, and forgets what you do:"
    cat /run/atomos/without-data
    echo "Recovery, in the boot menu, has the tools to look at the disk."
fi
