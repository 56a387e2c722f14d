from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from kaja.content import kinds
from kaja.content.models import Category, Item
from kaja.people import company
from kaja.people.models import Person, Team

MOMENT = "%Y-%m-%dT%H:%M"


class AddressForm(forms.Form):
    """A web page or a feed to bring in."""

    url = forms.CharField(
        label=_("Web address"),
        max_length=2000,
        widget=forms.URLInput(attrs={"class": "input", "placeholder": "https://", "inputmode": "url"}),
        error_messages={"required": _("Paste the address of a page.")},
    )
    category = forms.ModelChoiceField(label=_("Category"), queryset=Category.objects.all(), empty_label=None)


class NewForm(forms.Form):
    """The beginning of an item that is no page elsewhere; its kind's own editor asks for the rest."""

    title = forms.CharField(
        label=_("Title"),
        max_length=300,
        widget=forms.TextInput(attrs={"class": "input"}),
        error_messages={"required": _("Give it a title.")},
    )
    category = forms.ModelChoiceField(label=_("Category"), queryset=Category.objects.all(), empty_label=None)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)


class LookForm(forms.Form):
    """How the link of an item looks on one network, or on all."""

    title = forms.CharField(label=_("Title of the card"), max_length=200, required=False)
    text = forms.CharField(
        label=_("Text of the card"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    picture = forms.FileField(
        label=_("Another picture for the card"), required=False, widget=forms.FileInput({"accept": "image/*"})
    )
    own_picture = forms.BooleanField(label=_("Take the post’s own picture again"), required=False)


class ItemForm(forms.Form):
    """What an editor fills in for an item of this kind; the fields of its details are made from the kind's data."""

    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=Item.Kind.choices,
        required=False,
        help_text=_("Another kind keeps everything you wrote."),
    )

    title = forms.CharField(label=_("Title"), max_length=300, error_messages={"required": _("Give it a title.")})
    url = forms.CharField(label=_("Link"), max_length=2000, required=False, widget=forms.URLInput)
    summary = forms.CharField(
        label=_("What it is about"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )
    body = forms.CharField(
        label=_("The article"), required=False, max_length=100_000, widget=forms.Textarea(attrs={"rows": 18})
    )
    language = forms.ChoiceField(label=_("Language of the page"), choices=settings.LANGUAGES)
    category = forms.ModelChoiceField(label=_("Category"), queryset=Category.objects.all(), empty_label=None)
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

    def __init__(self, data: Any = None, files: Any = None, *, item: Item) -> None:
        super().__init__(data, files, initial=initial(item))
        self.item, kind = item, kinds.of(item)
        self._leave_out(kind)
        for detail in kind.details:
            self.fields[detail.field] = _field(detail)
        for field in self.fields.values():
            field.widget.attrs["form"] = "facts"  # half of the fields stand in another column of the page
        places = Person.objects.exclude(location="").order_by("location").values_list("location", flat=True).distinct()
        self.fields["locations"].choices = [(place, place) for place in places]  # type: ignore[attr-defined]
        language = self.initial.get("language", "")
        if language and language not in dict(settings.LANGUAGES):
            self.fields["language"].choices = [*settings.LANGUAGES, (language, language.upper())]  # type: ignore[attr-defined]
        elif self.is_bound and (typed := self.data.get("language", "")) and typed not in dict(settings.LANGUAGES):
            self.fields["language"].choices = [*settings.LANGUAGES, (typed[:8], typed[:8].upper())]  # type: ignore[attr-defined]

    def _leave_out(self, kind: kinds.Kind) -> None:
        """Take away what this kind, or this state, has no use for."""
        if kind.address in (kinds.Address.NONE, kinds.Address.OURS):
            del self.fields["url"]
        elif kind.address == kinds.Address.EITHER:
            self.fields["url"].help_text = _("Leave it empty, and Kaja gives it a public page of its own.")
        elif kind.address == kinds.Address.OPTIONAL:
            self.fields["url"].help_text = _("Without one the post has no link, and its clicks cannot be counted.")
        if not kind.body:
            del self.fields["body"]
        if kinds.over_at(self.item):
            del self.fields["live_until"]
        if self.item.state not in (Item.State.DRAFT, Item.State.IN_REVIEW):
            del self.fields["kind"]
        if not kind.words:
            self.fields["summary"].label = _("The invitation")

    @property
    def details(self) -> list[forms.BoundField]:
        """The fields that only this kind has."""
        return [self[detail.field] for detail in kinds.of(self.item).details]

    def values(self) -> dict[str, Any]:
        """What was filled in, by the names of `items.change`; details of other kinds stay as they are."""
        names = (
            "kind", "title", "url", "summary", "body", "language", "category", "live_from", "live_until", "pinned",
            "evergreen",
        )  # fmt: skip
        found = {name: self.cleaned_data[name] for name in names if name in self.fields}
        if not found.get("kind"):
            found.pop("kind", None)
        mine = {detail.name: self.cleaned_data[detail.field] for detail in kinds.of(self.item).details}
        return found | {"details": {**self.item.details, **mine}}


def _field(detail: kinds.Detail) -> forms.Field:
    """A field for a detail. What is written is checked by `kinds.read`, which every other door uses too."""
    common: dict[str, Any] = {"label": detail.label, "required": detail.required, "help_text": detail.hint}
    match detail.type:
        case kinds.Type.YES:
            return forms.BooleanField(**common)
        case kinds.Type.CHOICE:
            return forms.ChoiceField(choices=[("", "–"), *detail.choices], **common)
        case kinds.Type.ZONE:
            return forms.ChoiceField(
                choices=[(name, name.replace("_", " ")) for name in sorted(kinds.zones())], **common
            )
        case kinds.Type.MOMENT:
            common["error_messages"] = {"required": _("Say when it begins.")}
            return forms.CharField(max_length=40, widget=forms.DateTimeInput({"type": "datetime-local"}), **common)
        case kinds.Type.DAY:
            return forms.CharField(max_length=40, widget=forms.DateInput({"type": "date"}), **common)
        case kinds.Type.ADDRESS:
            return forms.CharField(max_length=detail.longest, widget=forms.URLInput, **common)
    return forms.CharField(max_length=detail.longest + 1, **common)


def initial(item: Item) -> dict[str, Any]:
    """What the form shows of an item that exists."""
    terms = list(item.audience.terms.values_list("kind", "value")) if item.audience else []
    return {
        "title": item.title,
        "kind": item.kind,
        "url": "" if kinds.hosted(item) else item.url,
        "body": item.body,
        "summary": item.summary,
        "language": item.language,
        "category": item.category_id,
        "teams": [int(value) for kind, value in terms if kind == "team"],
        "locations": [value for kind, value in terms if kind == "location"],
        "languages": [value for kind, value in terms if kind == "language"],
        "live_from": item.live_from,
        "live_until": item.live_until,
        "pinned": item.pinned,
        "evergreen": item.evergreen,
        "alt": item.image.alt if item.image else "",
        "seen": item.updated_at.isoformat(),
        "detail_zone": company.current().time_zone,
    } | {kinds.PREFIX + name: value for name, value in item.details.items()}
