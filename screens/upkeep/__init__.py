"""The screens of an installed system: what its slots hold, and something newer in one of them."""
