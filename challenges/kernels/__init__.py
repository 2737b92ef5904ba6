"""What kernels are run on: one module for each function that a challenge asks for."""
