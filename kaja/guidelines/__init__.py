"""The company's guidelines: two living documents, who has read them, checks while writing. Knows people only. C1-C4."""
