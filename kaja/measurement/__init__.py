"""Figures with provenance, collected and rolled up. Reads, never moves anybody below. F1-F5, F11, L4."""
