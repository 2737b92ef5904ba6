"""Entries that are timed on real boards as well. What they were given stays as it is: no score hangs on a board."""
