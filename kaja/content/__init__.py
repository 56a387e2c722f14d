"""The library: items, captions, review, feeds and imports, media. Does not know who shared what. A1-A5, B1, B5."""
