"""The device lab: what a program costs on a board that is not there, counted under emulation, to the instruction."""
