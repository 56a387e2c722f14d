"""Durable jobs and facts: recorded in the caller's transaction, retried alone, swept when a worker dies. K3, K4."""
