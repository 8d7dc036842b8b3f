# Your programs and settings, as home-manager sets them up. Change home.nix, then run
#   home-manager switch
# and everything is as it says there; "home-manager generations" takes you back.
{
  description = "The home of @USER@";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
  inputs.home-manager.url = "github:nix-community/home-manager";
  inputs.home-manager.inputs.nixpkgs.follows = "nixpkgs";

  outputs = { nixpkgs, home-manager, ... }: {
    homeConfigurations."@USER@" = home-manager.lib.homeManagerConfiguration {
      pkgs = nixpkgs.legacyPackages.@SYSTEM@;
      modules = [ ./home.nix ];
    };
  };
}
