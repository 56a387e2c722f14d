"""One file per network; reached through the catalogue alone."""
