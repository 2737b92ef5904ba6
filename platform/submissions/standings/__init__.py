"""The best entry of everybody, in the form in which boards ask for it: submissions are too many to look through."""
