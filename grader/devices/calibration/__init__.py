"""How good the estimates are: the lab's cost model held against published timings of the boards."""
