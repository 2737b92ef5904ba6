"""What somebody can show of their work: claims that never say more than was measured, on pages that they open."""
