"""Karui's credentials: Open Badges 3.0 as signed tokens (VC-JWT, Ed25519), and what it takes to believe one."""
