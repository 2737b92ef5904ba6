"""Whether what was measured once still holds with the runtime and the formula of today."""
