"""Challenges whose entry is one C++ file: their folders, their cases, and how an entry is judged."""
