"""The device lab: what a program would cost on a board that is not there, counted under emulation, to the instruction."""
