# The person's own programs come first. /etc/profile has just set PATH anew, so it is done here too;
# desktop sessions have it by /usr/lib/environment.d, ssh commands by /etc/security/pam_env.conf.
case :$PATH: in
*":$HOME/.nix-profile/bin:"*) ;;
*) PATH=$HOME/.nix-profile/bin:/nix/var/nix/profiles/default/bin:$PATH ;;
esac
export PATH
if [ -r "$HOME/.nix-profile/etc/profile.d/hm-session-vars.sh" ]; then
    . "$HOME/.nix-profile/etc/profile.d/hm-session-vars.sh"
fi
