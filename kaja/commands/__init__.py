"""The command line's longer commands. They may call everything; nobody calls them."""
