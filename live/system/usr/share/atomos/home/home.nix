{ pkgs, ... }:
{
  home.username = "@USER@";
  home.homeDirectory = "@HOME@";
  # The release whose defaults your files were made for. Leave it as it is: it is no version to update.
  home.stateVersion = "25.11";

  # Programs: https://search.nixos.org
  home.packages = [ pkgs.ripgrep pkgs.tree ];

  programs.home-manager.enable = true;
  programs.bash.enable = true;
  programs.git.enable = true;
  programs.direnv.enable = true;
}
