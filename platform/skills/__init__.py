"""The skill map, and the evidence for what a person can do. Everything else names skills by the ids of skills.toml."""
