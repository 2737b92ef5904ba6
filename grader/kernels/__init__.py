"""Grading a kernel: one C++ file, compiled for each device of its challenge, checked and counted to the instruction."""
