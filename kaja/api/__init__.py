"""Other doors to the same verbs: REST with OpenAPI. K1."""
