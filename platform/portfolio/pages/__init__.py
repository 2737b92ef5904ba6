"""The page that somebody opens to all, or to whom they give a link."""
