from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kaja.people import company
from kaja.people.models import Person


def zone_of(person: Person) -> ZoneInfo:
    """The time zone in which this person says when."""
    return ZoneInfo(person.time_zone or company.current().time_zone)


class ComposeForm(forms.Form):
    """Where to, which words, when. `to` holds "account:7" and "dialog:linkedin"."""

    to = forms.MultipleChoiceField(
        required=True, error_messages={"required": _("Choose where to share it."), "invalid_choice": _("Choose again.")}
    )
    text = forms.CharField(
        max_length=10_000,
        strip=True,
        error_messages={"required": _("Write a few words first. Your own are best.")},
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    caption = forms.IntegerField(required=False, widget=forms.HiddenInput)
    wish = forms.CharField(max_length=60, required=False, widget=forms.HiddenInput)
    when = forms.ChoiceField(choices=[("now", _("Now")), ("at", _("Pick a time"))], required=False)
    at = forms.CharField(required=False, max_length=40)

    def __init__(self, data: Any = None, *, person: Person, choices: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.person = person
        self.fields["to"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        cleaned["moment"] = None
        if cleaned.get("when") == "at":
            try:
                naive = datetime.fromisoformat(cleaned.get("at", ""))
            except ValueError:
                self.add_error("at", _("Choose a day and a time."))
            else:
                cleaned["moment"] = naive if timezone.is_aware(naive) else naive.replace(tzinfo=zone_of(self.person))
        return cleaned
