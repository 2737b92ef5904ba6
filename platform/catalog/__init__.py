"""The challenges, as pages. Reads `challenges.registry`; keeps nothing in the database."""
