from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kaja.content.models import Category, Item
from kaja.people import audiences
from kaja.people.models import Audience, Person, Team
from kaja.people.rules import Rule


class AddressForm(forms.Form):
    """A web page or a feed to bring in."""

    url = forms.CharField(
        label=_("Web address"),
        max_length=2000,
        widget=forms.URLInput(attrs={"class": "input", "placeholder": "https://", "inputmode": "url"}),
        error_messages={"required": _("Paste the address of a page.")},
    )
    category = forms.ModelChoiceField(label=_("Category"), queryset=Category.objects.all(), empty_label=None)


class ItemForm(forms.Form):
    """What an editor fills in for an item."""

    title = forms.CharField(label=_("Title"), max_length=300, error_messages={"required": _("Give it a title.")})
    url = forms.CharField(label=_("Link"), max_length=2000, required=False, widget=forms.URLInput)
    summary = forms.CharField(
        label=_("What it is about"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )
    language = forms.ChoiceField(label=_("Language of the page"), choices=settings.LANGUAGES)
    category = forms.ModelChoiceField(label=_("Category"), queryset=Category.objects.all(), empty_label=None)
    audience = forms.ModelChoiceField(
        label=_("A kept audience"), queryset=Audience.objects.exclude(name=""), required=False,
        empty_label=_("None, as chosen below"),
    )
    teams = forms.ModelMultipleChoiceField(label=_("Teams"), queryset=Team.objects.all(), required=False)
    locations = forms.MultipleChoiceField(label=_("Places"), required=False)
    languages = forms.MultipleChoiceField(label=_("Readers of"), choices=settings.LANGUAGES, required=False)
    live_from = forms.DateTimeField(
        label=_("Goes live"), required=False, widget=forms.DateTimeInput({"type": "datetime-local"}, "%Y-%m-%dT%H:%M")
    )
    live_until = forms.DateTimeField(
        label=_("Ends"), required=False, widget=forms.DateTimeInput({"type": "datetime-local"}, "%Y-%m-%dT%H:%M")
    )
    pinned = forms.BooleanField(label=_("Pin it to the top of the feed"), required=False)
    evergreen = forms.BooleanField(label=_("Evergreen: it does not age"), required=False)
    picture = forms.FileField(label=_("Picture"), required=False, widget=forms.FileInput({"accept": "image/*"}))
    alt = forms.CharField(label=_("What the picture shows"), required=False, max_length=1000)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["form"] = "facts"  # half of the fields stand in another column of the page
        places = Person.objects.exclude(location="").order_by("location").values_list("location", flat=True).distinct()
        self.fields["locations"].choices = [(place, place) for place in places]  # type: ignore[attr-defined]
        own = self.initial.get("audience")
        if own is not None and not own.name:
            self.fields["audience"].queryset = Audience.objects.filter(~Q(name="") | Q(pk=own.pk))  # type: ignore[attr-defined]
        language = self.initial.get("language", "")
        if language and language not in dict(settings.LANGUAGES):
            self.fields["language"].choices = [*settings.LANGUAGES, (language, language.upper())]  # type: ignore[attr-defined]
        elif self.is_bound and (typed := self.data.get("language", "")) and typed not in dict(settings.LANGUAGES):
            self.fields["language"].choices = [*settings.LANGUAGES, (typed[:8], typed[:8].upper())]  # type: ignore[attr-defined]


def initial(item: Item) -> dict[str, Any]:
    """What the form shows of an item that exists."""
    kept = item.audience if item.audience and item.audience.name else None
    rule = audiences.rule_of(item.audience) if item.audience and not kept else Rule()
    parts = audiences.simple(rule)
    return {
        "title": item.title,
        "url": item.url,
        "summary": item.summary,
        "language": item.language,
        "category": item.category_id,
        # A rule that the three fields cannot say is shown as what it is, like a named one.
        "audience": kept or item.audience if kept or parts is None else None,
        "teams": [int(value) for value in parts["team"]] if parts else [],
        "locations": parts["location"] if parts else [],
        "languages": parts["language"] if parts else [],
        "live_from": item.live_from,
        "live_until": item.live_until,
        "pinned": item.pinned,
        "evergreen": item.evergreen,
        "alt": item.image.alt if item.image else "",
        "seen": item.updated_at.isoformat(),
    }
