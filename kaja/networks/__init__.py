"""The contract, the catalogue, a file per network, connected accounts. Never decides what is posted. D3, D6, L2."""
