"""The only module that speaks HTTP to the outside; refuses inner addresses."""
