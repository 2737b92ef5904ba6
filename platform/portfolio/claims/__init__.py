"""From a report to sentences about it, in both languages, for a résumé, a profile and a README."""
