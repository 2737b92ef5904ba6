"""The portfolio in forms that other places take: Markdown with cards, JSON Résumé, the evidence itself."""
