"""Entries that are measured once more because time has passed. What they were given stays as it is."""
