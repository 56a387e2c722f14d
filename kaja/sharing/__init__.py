"""Composer, shares, delivery and settling: content to share, exactly once. D1-D5, D7, L2."""
