"""Sign-in on django-allauth: who may, and what the first sign-in means."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, _request: HttpRequest) -> bool:
        """Nobody makes an account by themselves: people are invited."""
        return False
