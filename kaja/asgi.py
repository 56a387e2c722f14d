"""The pages and the link server on one port."""
