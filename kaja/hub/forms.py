"""What is filled in for a campaign, and to move something in the calendar."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from kaja.content.models import Campaign
from kaja.people import company

WORDS = ("name", "about", "thanks")
DAY = "%Y-%m-%d"


def day_field(label: Any) -> forms.DateField:
    """A day, with the browser's own calendar."""
    return forms.DateField(
        label=label,
        widget=forms.DateInput(attrs={"type": "date"}, format=DAY),
        error_messages={"required": _("Choose a day."), "invalid": _("Write dates like 2026-11-24.")},
    )


class CampaignForm(forms.Form):
    """The company's language first; what is empty in the others falls back to it."""

    name = forms.CharField(label=_("Name"), max_length=120, error_messages={"required": _("Give it a name.")})
    about = forms.CharField(
        label=_("Why, in one sentence"), required=False, max_length=400, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Employees see this sentence above everything else."),
    )  # fmt: skip
    begins_on = day_field(_("Starts"))
    ends_on = day_field(_("Ends"))
    hashtag = forms.CharField(label=_("Hashtag"), required=False, max_length=61)
    slug = forms.CharField(
        label=_("Name in links"), required=False, max_length=60,
        help_text=_("Stands in every link as its campaign. It stays once links carry it."),
    )  # fmt: skip
    metric = forms.ChoiceField(
        label=_("What is counted"), required=False, choices=Campaign.Metric.choices, widget=forms.RadioSelect
    )
    target = forms.IntegerField(
        label=_("Target"),
        required=False,
        min_value=1,
        max_value=1_000_000,
        widget=forms.NumberInput(attrs={"class": "num"}),
    )
    thanks = forms.CharField(
        label=_("Thanks, when it is over"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("People read it on the campaign’s page after its last day."),
    )  # fmt: skip
    picture = forms.FileField(label=_("Picture"), required=False, widget=forms.FileInput({"accept": "image/*"}))
    alt = forms.CharField(label=_("What the picture shows"), required=False, max_length=1000)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code, _name in self.others:
            for name in WORDS:
                own = self.fields[name]
                kind = own.widget.__class__
                self.fields[f"{name}_{code}"] = forms.CharField(
                    label=own.label,
                    required=False,
                    max_length=getattr(own, "max_length", None),
                    widget=kind(own.widget.attrs),
                )

    @property
    def others(self) -> list[tuple[str, Any]]:
        """The languages beside the company's own."""
        return [(code, name) for code, name in settings.LANGUAGES if code != company.current().language]

    @property
    def other_words(self) -> list[tuple[str, Any, list[forms.BoundField]]]:
        """For the page: language, its name, its three fields."""
        return [(code, name, [self[f"{word}_{code}"] for word in WORDS]) for code, name in self.others]

    def fields_of_campaign(self) -> dict[str, Any]:
        """What the verb takes: everything but the picture."""
        data = self.cleaned_data
        found = {
            name: data[name]
            for name in ("name", "about", "thanks", "begins_on", "ends_on", "hashtag", "metric", "target")
        }
        if data["slug"]:
            found["slug"] = data["slug"].strip()
        words = {
            code: {name: data[f"{name}_{code}"] for name in WORDS if data[f"{name}_{code}"]} for code, _n in self.others
        }
        return found | {"translations": {code: some for code, some in words.items() if some}}

    @staticmethod
    def initial_of(campaign: Campaign) -> dict[str, Any]:
        """What the form shows of a campaign that exists."""
        names = ("name", "about", "thanks", "begins_on", "ends_on", "hashtag", "slug", "metric", "target")
        found = {name: getattr(campaign, name) for name in names}
        for code, words in campaign.translations.items():
            found |= {f"{name}_{code}": text for name, text in words.items()}
        alt = campaign.image.alt if campaign.image else ""
        return found | {"seen": campaign.updated_at.isoformat(), "alt": alt}


class NewCampaignForm(forms.Form):
    """Enough to begin with; the rest is filled in on the campaign's own page."""

    name = forms.CharField(label=_("Name"), max_length=120, error_messages={"required": _("Give it a name.")})
    begins_on = day_field(_("Starts"))
    ends_on = day_field(_("Ends"))


class MoveForm(forms.Form):
    """A day to move something to."""

    day = day_field(_("Move to"))


class SpanForm(forms.Form):
    """The first and the last day of a campaign."""

    begins_on = day_field(_("Starts"))
    ends_on = day_field(_("Ends"))
