"""Who stands where, on one challenge, in one runtime and on one kind of machine."""
