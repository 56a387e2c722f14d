"""Pages that join several domains: feed, my impact, the manager's home. No models. A1, F11."""
