from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kaja.content import kinds, steps
from kaja.content.models import Campaign, Category, Feed, FeedRule, Item, Topic
from kaja.people import audiences, company
from kaja.people.importforms import FileForm
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


ITEM_COLUMNS = {
    "title": _("Title"),
    "url": _("Link"),
    "summary": _("What it is about"),
    "category": _("Category"),
    "language": _("Language"),
    "live_from": _("Goes live"),
    "live_until": _("Ends"),
    "kind": _("Kind"),
    "words": _("Suggested words"),
}


class ItemsFileForm(FileForm):
    """A table of items, and the category of those that name none."""

    category = forms.ModelChoiceField(
        label=_("Category, where a row names none"), queryset=Category.objects.all(), empty_label=None
    )


class SuggestForm(forms.Form):
    """A page that a colleague would like to see shared."""

    url = forms.CharField(
        label=_("Web address"), max_length=2000,
        widget=forms.URLInput(attrs={"placeholder": "https://", "inputmode": "url"}),
        error_messages={"required": _("Paste the address of a page.")},
    )  # fmt: skip
    title = forms.CharField(label=_("Title"), max_length=300, error_messages={"required": _("Give it a title.")})
    why = forms.CharField(
        label=_("Why is it worth sharing?"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("A sentence is enough. The editor reads it."),
    )  # fmt: skip
    category = forms.ModelChoiceField(label=_("Category"), queryset=Category.objects.all(), empty_label=None)
    # What was read of the page goes along.
    summary = forms.CharField(required=False, max_length=4000, widget=forms.HiddenInput)
    language = forms.CharField(required=False, max_length=8, widget=forms.HiddenInput)


class FeedForm(AddressForm):
    """A feed to add."""

    holds = forms.ChoiceField(
        label=_("What it holds"),
        choices=[("", _("Find out")), *Feed.Holds.choices],
        required=False,
        help_text=_("Job ads get a last day to apply, and end when they leave their feed."),
    )


class FeedChangeForm(forms.Form):
    """What can be changed of a feed."""

    title = forms.CharField(label=_("Name"), max_length=300, required=False)
    url = forms.CharField(label=_("Web address"), max_length=1000, widget=forms.URLInput(attrs={"inputmode": "url"}))
    holds = forms.ChoiceField(label=_("What it holds"), choices=Feed.Holds.choices)
    vanished = forms.ChoiceField(
        label=_("When an entry leaves the feed"),
        choices=Feed.Vanished.choices,
        help_text=_("It has left when two readings one after another did not find it."),
    )
    language = forms.CharField(
        label=_("Language, when the feed does not say"), max_length=8, required=False,
        widget=forms.TextInput(attrs={"autocapitalize": "none", "placeholder": "et"}),
    )  # fmt: skip


CONDITION_HINT = _("Words between commas; any of them will do, also as the beginning of a longer word.")


class FeedRuleForm(forms.Form):
    """When a rule fits, and what then happens."""

    title_has = forms.CharField(label=_("Title has"), max_length=300, required=False, help_text=CONDITION_HINT)
    text_has = forms.CharField(label=_("Title or text has"), max_length=300, required=False)
    category_has = forms.CharField(label=_("Category in the feed has"), max_length=300, required=False)
    author_has = forms.CharField(label=_("Author has"), max_length=300, required=False)
    place_has = forms.CharField(label=_("Place of the job has"), max_length=300, required=False)
    what = forms.ChoiceField(label=_("Then"), choices=FeedRule.What.choices, initial=FeedRule.What.DRAFT)
    category = forms.ModelChoiceField(label=_("Category"), queryset=Category.objects.all(), empty_label=None)
    topics = forms.ModelMultipleChoiceField(
        label=_("Topics"), queryset=Topic.objects.all(), required=False, widget=forms.CheckboxSelectMultiple
    )
    campaign = forms.ModelChoiceField(label=_("Campaign"), queryset=Campaign.objects.all(), required=False)
    teams = forms.ModelMultipleChoiceField(
        label=_("Only for teams"), queryset=Team.objects.all(), required=False, widget=forms.CheckboxSelectMultiple
    )
    locations = forms.MultipleChoiceField(
        label=_("Only for places"), required=False, widget=forms.CheckboxSelectMultiple
    )
    languages = forms.MultipleChoiceField(
        label=_("Only for readers of"), choices=settings.LANGUAGES, required=False, widget=forms.CheckboxSelectMultiple
    )
    language = forms.ChoiceField(label=_("Language of the page"), required=False)
    per_day = forms.IntegerField(
        label=_("At most a day"), min_value=1, max_value=1000, required=False,
        help_text=_("The others wait and come on the next days. None is lost."),
    )  # fmt: skip
    expires_days = forms.IntegerField(label=_("Ends after so many days"), min_value=1, max_value=1825, required=False)
    evergreen = forms.BooleanField(label=_("Evergreen: it does not age"), required=False)

    CONDITIONS = ("title_has", "text_has", "category_has", "author_has", "place_has")

    def __init__(self, *args: Any, is_rest: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = Person.objects.exclude(location="").order_by("location").values_list("location", flat=True).distinct()
        self.fields["locations"].choices = [(place, place) for place in places]  # type: ignore[attr-defined]
        self.fields["language"].choices = [("", _("As the entry says")), *settings.LANGUAGES]  # type: ignore[attr-defined]
        if is_rest:
            for name in self.CONDITIONS:
                del self.fields[name]
        for name in ("topics", "campaign"):
            if not self.fields[name].queryset.exists():  # type: ignore[attr-defined]
                del self.fields[name]

    def bound(self, names: tuple[str, ...]) -> list[forms.BoundField]:
        """Those of these fields that are there."""
        return [self[name] for name in names if name in self.fields]

    def when(self) -> list[forms.BoundField]:
        return self.bound(self.CONDITIONS)

    def then(self) -> list[forms.BoundField]:
        return self.bound(("what", "category", "per_day", "expires_days", "evergreen"))

    def more(self) -> list[forms.BoundField]:
        return self.bound(("topics", "campaign", "language", "teams", "locations", "languages"))


def rule_initial(rule: FeedRule) -> dict[str, Any]:
    """What the form shows of a rule that exists."""
    parts = audiences.simple(audiences.rule_of(rule.audience)) or {}
    names = (*FeedRuleForm.CONDITIONS, "what", "language", "per_day", "expires_days", "evergreen")
    return {
        **{name: getattr(rule, name) for name in names},
        "category": rule.category_id,
        "campaign": rule.campaign_id,
        "topics": [topic.pk for topic in rule.topics.all()] if rule.pk else [],
        "teams": [int(value) for value in parts.get("team", [])],
        "locations": parts.get("location", []),
        "languages": parts.get("language", []),
    }


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
    audience = forms.ModelChoiceField(
        label=_("A kept audience"),
        queryset=Audience.objects.exclude(name=""),
        required=False,
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
    resource = forms.BooleanField(label=_("Show in resources"), required=False)
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
        own = self.initial.get("audience")
        if own is not None and not own.name:
            self.fields["audience"].queryset = Audience.objects.filter(~Q(name="") | Q(pk=own.pk))  # type: ignore[attr-defined]
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
            "evergreen", "resource",
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
    kept = item.audience if item.audience and item.audience.name else None
    rule = audiences.rule_of(item.audience) if item.audience and not kept else Rule()
    parts = audiences.simple(rule)
    return {
        "title": item.title,
        "kind": item.kind,
        "url": "" if kinds.hosted(item) else item.url,
        "body": item.body,
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
        "resource": item.resource,
        "alt": item.image.alt if item.image else "",
        "seen": item.updated_at.isoformat(),
        "detail_zone": company.current().time_zone,
    } | {kinds.PREFIX + name: value for name, value in item.details.items()}


class BeginsForm(forms.Form):
    """The name of a kept audience, and from when a changed rule holds."""

    name = forms.CharField(label=_("Name"), max_length=120, required=False)
    begins_at = forms.DateTimeField(
        label=_("Begins"), required=False, help_text=_("Empty: now. Until then the rule before it holds."),
        widget=forms.DateTimeInput({"type": "datetime-local"}, "%Y-%m-%dT%H:%M"),
    )  # fmt: skip


class CategoryForm(forms.Form):
    name_en = forms.CharField(
        label=_("Name in English"), max_length=60, error_messages={"required": _("Give it a name.")}
    )
    name_et = forms.CharField(label=_("Name in Estonian"), max_length=60, required=False)
    look = forms.ChoiceField(
        label=_("Colour"),
        choices=[("product", _("Blue")), ("people", _("Red")), ("thought", _("Violet")), ("internal", _("Grey"))],
    )
    position = forms.IntegerField(label=_("Place in lists"), min_value=0, max_value=99)
    shareable = forms.BooleanField(
        label=_("Its posts may be shared"), required=False, help_text=_("Without it they can only be read here.")
    )


class StepForm(forms.Form):
    """One step of a category's review; without a name it is none."""

    key = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    name_en = forms.CharField(label=_("Step in English"), max_length=40, required=False)
    name_et = forms.CharField(label=_("Step in Estonian"), max_length=40, required=False)
    days = forms.IntegerField(label=_("Working days to decide"), min_value=1, max_value=60, initial=2)
    people = forms.TypedMultipleChoiceField(
        label=_("Only these people"), coerce=int, required=False,
        help_text=_("Nobody chosen here or below: everybody who may review."),
    )  # fmt: skip
    teams = forms.TypedMultipleChoiceField(label=_("Reviewers of these teams"), coerce=int, required=False)


class StepForms(forms.formset_factory(StepForm, extra=1, max_num=steps.MOST, absolute_max=steps.MOST + 1)):  # type: ignore[misc]
    """The steps of a category in their order, with room for one more. Reviewers and teams are asked for once."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reviewers = Person.objects.joined().filter(grants__role__in=steps.REVIEWING).distinct().order_by("first_name")
        people = [(one.pk, one.name) for one in reviewers]
        teams = list(Team.objects.values_list("pk", "name"))
        for form in self.forms:
            gone = {"people": form.initial.get("people", []), "teams": form.initial.get("teams", [])}
            for name, choices in (("people", people), ("teams", teams)):
                known = {pk for pk, _name in choices}
                # Who may review no longer stays in the list, so that saving does not drop them unseen.
                form.fields[name].choices = choices + [(pk, f"#{pk}") for pk in gone[name] if pk not in known]

    def told(self) -> list[dict[str, Any]]:
        """The steps as steps.py writes them."""
        rows = [form.cleaned_data for form in self.forms if form.cleaned_data]
        return [
            {
                "key": row["key"], "names": {"en": row["name_en"] or row["name_et"], "et": row["name_et"]},
                "days": row["days"], "people": row["people"], "teams": row["teams"],
            }
            for row in rows
            if row["name_en"] or row["name_et"]
        ]  # fmt: skip


def step_rows(category: Category | None) -> list[dict[str, Any]]:
    """What the forms of the steps show of a category that exists."""
    return [
        {
            "key": one["key"], "name_en": one["names"].get("en", ""), "name_et": one["names"].get("et", ""),
            "days": one["days"], "people": one["people"], "teams": one["teams"],
        }
        for one in (category.steps if category else [])
    ]  # fmt: skip
