"""Persons, teams, roles, audiences, the company, sign-in and invitations. Knows nothing of content. J1-J3, J5."""
