"""Short links, the click log and the count. A link does not know what it is for. E1, E2, L3."""
