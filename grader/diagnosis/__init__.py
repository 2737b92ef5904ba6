"""What becomes of each layer of an entry: noise, sensitivity, bytes, and kernels that stayed in float. No labels."""
