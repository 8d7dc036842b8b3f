"""What touches the machine: one module for each thing that is touched; none of them asks."""
