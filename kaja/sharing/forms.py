from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kaja.networks import connecting
from kaja.networks.models import ConnectedAccount
from kaja.people.models import Person
from kaja.sharing import shares
from kaja.sharing.clock import zone_of
from kaja.sharing.models import QueueSlot, Share


def moment(typed: str, person: Person) -> datetime:
    """The moment a person means by a day and a time on their own clock.

    Raises ValidationError for what is no time, and for one that their clock leaves out when summer begins. Of an hour
    that comes twice, when summer ends, the first is meant.
    """
    try:
        read = datetime.fromisoformat(typed)
        if timezone.is_aware(read):
            return read.astimezone(UTC)
        local = read.replace(tzinfo=zone_of(person))
        back = local.astimezone(UTC).astimezone(local.tzinfo)
    except (ValueError, OverflowError) as error:
        raise ValidationError(_("Choose a day and a time."), code="time") from error
    if back.replace(tzinfo=None) != read:
        raise ValidationError(
            _("Clocks go forward that night, so %(time)s does not exist. Choose another time."),
            code="time",
            params={"time": f"{read:%H:%M}"},
        )
    return local


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
    when = forms.ChoiceField(
        choices=[
            ("now", _("Now")), ("queue", _("My queue")), ("best", _("Best time")), ("at", _("Pick a time")),
            ("at_once", _("Right now all the same")),
        ],
        required=False,
    )  # fmt: skip
    at = forms.CharField(required=False, max_length=40)

    def __init__(self, data: Any = None, *, person: Person, choices: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.person = person
        # Colleagues leave no room just now: the form asks whether to go out beside them.
        self.crowded = False
        self.fields["to"].choices = choices  # type: ignore[attr-defined]

    def clean_to(self) -> list[str]:
        """The same words twice on one network is once too often: Kaja posts them, or the network's own window does."""
        names = dict(self.fields["to"].choices)  # type: ignore[attr-defined]
        chosen: list[str] = self.cleaned_data["to"]
        by_itself = {names[value] for value in chosen if value.startswith("account:")}
        twice = next((names[one] for one in chosen if one.startswith("dialog:") and names[one] in by_itself), None)
        if twice:
            sentence = _("%(network)s is chosen twice. Let Kaja post it, or take the network’s own window.")
            raise ValidationError(sentence, code="twice", params={"network": twice})
        return chosen

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        cleaned["moment"] = None
        if cleaned.get("when") == "at":
            try:
                cleaned["moment"] = moment(cleaned.get("at", ""), self.person)
            except ValidationError as error:
                self.add_error("at", error)
        return cleaned


class PrepareForm(ComposeForm):
    """What a delegate sends for approval; times are on the clock of the one in whose name it goes out (`person`)."""

    note = forms.CharField(
        label=_("A word with it"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"class": "input", "rows": 2}),
    )

    def __init__(self, data: Any = None, *, person: Person, choices: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(data, person=person, choices=choices, **kwargs)
        self.fields["when"].choices = [  # type: ignore[attr-defined]
            ("now", _("As soon as it is approved")), ("queue", _("In the queue")), ("best", _("Best time")),
            ("at", _("Pick a time")),
        ]  # fmt: skip


class ApproveForm(forms.Form):
    """The decision to let it go out: as it is (`asis`, whatever stands in `text`) or in other words (`text`), now or at
    another time (`when`), on all its places or on some (`keep`, where the page asks by `places`)."""

    text = forms.CharField(
        label=_("Your words"), required=False, max_length=10_000,
        widget=forms.Textarea(attrs={"class": "input", "rows": 6, "id": "id_words"}),
    )  # fmt: skip
    when = forms.ChoiceField(choices=[("", ""), ("now", _("Now")), ("at", _("Pick a time"))], required=False)
    at = forms.CharField(required=False, max_length=40)
    keep = forms.Field(required=False, widget=forms.MultipleHiddenInput)

    def __init__(self, data: QueryDict, *, person: Person, places: Collection[int], **kwargs: Any) -> None:
        """`places`: the numbers of the posts that wait."""
        super().__init__(data, **kwargs)
        self.person = person
        self.without = [one for one in places if str(one) not in data.getlist("keep")] if "places" in data else []
        self.as_is = "asis" in data or "text" not in data

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        cleaned["moment"] = timezone.now() if cleaned.get("when") == "now" else None
        if cleaned.get("when") == "at":
            try:
                cleaned["moment"] = moment(cleaned.get("at", ""), self.person)
            except ValidationError as error:
                self.add_error("at", error)
        if not self.as_is and not cleaned.get("text"):
            self.add_error("text", _("Write a few words first. Your own are best."))
        return cleaned


class WordsForm(forms.Form):
    """Other words for a post that is out."""

    text = forms.CharField(
        label=_("Your words"),
        max_length=10_000,
        error_messages={"required": _("Write a few words first. Your own are best.")},
        widget=forms.Textarea(attrs={"rows": 6}),
    )


class ChangeForm(forms.Form):
    """New words or another time for a share that has not gone out."""

    text = forms.CharField(
        label=_("Your words"),
        max_length=10_000,
        error_messages={"required": _("Write a few words first. Your own are best.")},
        widget=forms.Textarea(attrs={"class": "input", "rows": 5}),
    )
    at = forms.CharField(
        label=_("When"),
        max_length=40,
        error_messages={"required": _("Choose a day and a time.")},
        widget=forms.DateTimeInput(attrs={"class": "input", "type": "datetime-local"}),
    )
    account = forms.ModelChoiceField(
        label=_("Account"), queryset=ConnectedAccount.objects.none(), required=False, empty_label=None,
        error_messages={"invalid_choice": _("Choose again.")}, widget=forms.Select(attrs={"class": "input"}),
    )  # fmt: skip

    def __init__(self, data: Any = None, *, person: Person, share: Share, fixed: bool = False, **kwargs: Any) -> None:
        """`fixed`: an earlier try may be out, so that only the time can be changed."""
        super().__init__(data, **kwargs)
        self.person, self.fixed = person, fixed
        same = connecting.accounts(person).filter(network=share.network)
        others = not fixed and (
            share.account_id and same.exclude(pk=share.account_id).filter(state=ConnectedAccount.State.WORKS).exists()
        )
        if others:  # Several accounts on one network: one of them posts it.
            self.fields["account"].queryset = same  # type: ignore[attr-defined]
            self.fields["account"].label_from_instance = lambda one: f"@{one.handle}"  # type: ignore[attr-defined]
            self.initial.setdefault("account", share.account_id)
        else:
            del self.fields["account"]
        if share.way == Share.Way.DIALOG:  # Its person opens the network's window, whenever that is.
            del self.fields["at"]
        if fixed:
            self.fields["text"].help_text = shares.FIXED
            self.fields["text"].widget.attrs["readonly"] = True
            return
        self.fields["text"].widget.attrs |= {
            "data-marked": "",
            "hx-post": reverse("share-words-check", args=[share.pk]),
            "hx-trigger": "input changed delay:400ms, change",
            "hx-include": "closest form",
            "hx-target": "#looks",
        }

    def clean_at(self) -> datetime:
        return moment(self.cleaned_data["at"], self.person)


DAYS = (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))


class SlotForm(forms.Form):
    """A slot of the queue on some weekdays."""

    weekdays = forms.TypedMultipleChoiceField(
        label=_("Days"), coerce=int, choices=[(number, name) for number, name in enumerate(DAYS)],
        error_messages={"required": _("Choose at least one day.")}, widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    time = forms.TimeField(
        label=_("Time"), error_messages={"required": _("Choose a time."), "invalid": _("Write the time like 09:10.")},
        widget=forms.TimeInput(attrs={"class": "input", "type": "time"}),
    )  # fmt: skip
    network = forms.ChoiceField(label=_("Network"), required=False)
    why = forms.ChoiceField(choices=QueueSlot.Why.choices, required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, networks: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["network"].choices = [("", _("All networks")), *networks]  # type: ignore[attr-defined]
        self.fields["network"].widget.attrs["class"] = "input"
