"""Django's way to a mail server, which also notes whether it took the last letter."""

from __future__ import annotations

from collections.abc import Sequence
from smtplib import SMTPException

from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend

from kaja.health import signs


class Server(EmailBackend):
    """Named in the settings when KAJA_SMTP_URL is set."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """How many were taken. Raises SMTPException or OSError, as Django's own does."""
        try:
            sent = super().send_messages(email_messages)
        except (SMTPException, OSError) as error:
            signs.letter_failed(error)
            raise
        if sent:
            signs.letter_sent()
        return sent
