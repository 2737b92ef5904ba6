"""Words that live in files: TOML tables and Markdown in two languages. What is broken is named by file and line."""
