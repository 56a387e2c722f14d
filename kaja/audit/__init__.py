"""Who did what, when and why. Written by verbs inside their transaction; never read by rules. J4."""
