from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kaja.content.models import Campaign, Topic
from kaja.sharing import crisis, naming
from kaja.sharing.crisis import Group, Part, Words
from kaja.sharing.models import Crisis, CrisisWords

CODES = [code for code, _name in settings.LANGUAGES]
NAMES = {"en": _("in English"), "et": _("in Estonian")}
LATER = "later"


def _area(label: Any, code: str, most: int, rows: int) -> forms.CharField:
    """A field for words in one language."""
    return forms.CharField(
        label=label,
        required=False,
        max_length=most,
        widget=forms.Textarea(attrs={"rows": rows, "lang": code}),
    )


def by_language(data: dict[str, Any], name: str) -> dict[str, str]:
    """What was typed under one name, by language."""
    return {code: data.get(f"{name}_{code}", "") for code in CODES}


class WordsForm(forms.Form):
    """What people read, in each language; it begins with `row`."""

    def __init__(self, data: QueryDict | None, *, row: CrisisWords | None = None) -> None:
        super().__init__(data, initial={} if row is None else _beginning(row))
        self._by_language("notice", _("What everybody reads, %s"), crisis.LONGEST_NOTICE, 2)
        self._by_language("statement", _("Approved statement, %s"), crisis.LONGEST_STATEMENT, 5)
        self._by_language("friend", _("What people may say when a friend asks, %s"), crisis.LONGEST_FRIEND, 2)
        self.fields["approved_by"] = _line(_("Who approved the statement"))
        self.fields["link"] = forms.URLField(
            label=_("Link to more"), required=False, max_length=500, assume_scheme="https",
            widget=forms.URLInput(attrs={"class": "input", "placeholder": "https://"}),
        )  # fmt: skip
        self.fields["speaks"] = _line(_("Who answers journalists"))
        self.fields["reach"] = _line(_("Their phone or e-mail"))

    def _by_language(self, name: str, label: Any, most: int, rows: int) -> None:
        for code in CODES:
            self.fields[f"{name}_{code}"] = _area(label % NAMES.get(code, code), code, most, rows)

    def _pair(self, name: str) -> list[forms.BoundField]:
        return [self[f"{name}_{code}"] for code in CODES]

    def notices(self) -> list[forms.BoundField]:
        return self._pair("notice")

    def statements(self) -> list[forms.BoundField]:
        return self._pair("statement")

    def friends(self) -> list[forms.BoundField]:
        return self._pair("friend")

    def has_statement(self) -> bool:
        return any(field.value() for field in self.statements())

    def has_answers(self) -> bool:
        return bool(self["speaks"].value())

    def words(self) -> Words:
        """The cleaned words as the verbs take them."""
        data = self.cleaned_data
        return Words(
            notice=by_language(data, "notice"), statement=by_language(data, "statement"),
            friend=by_language(data, "friend"), approved_by=data["approved_by"], link=data["link"],
            speaks=data["speaks"], reach=data["reach"],
        )  # fmt: skip

    def put(self, error: ValidationError) -> None:
        """A refusal of the verb beside the field it is about."""
        faults = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
        for name, sentences in faults.items():
            field = name if name in self.fields else f"{name}_{CODES[0]}"
            for sentence in sentences:
                self.add_error(field if field in self.fields else None, sentence)


class CrisisForm(WordsForm):
    """The words, why, what it is about, and the items that leave the feeds. `lasting`: change its words."""

    def __init__(
        self,
        data: QueryDict | None,
        *,
        groups: list[Group],
        row: CrisisWords | None = None,
        parts: tuple[list[Part], list[Part]] | None = None,
    ) -> None:
        super().__init__(data, row=row)
        if parts is not None:
            self._about(*parts)
            self.fields["why"] = forms.CharField(
                label=_("Why"), max_length=crisis.LONGEST_WHY, widget=_input(),
                help_text=_("For the audit trail only. People do not read it."),
                error_messages={"required": _("Say in a few words why. It stands in the audit trail only.")},
            )  # fmt: skip
        choices = [(str(group.item.pk), group.item.title) for group in groups if not group.over]
        if choices:
            self.fields["withdraw"] = forms.MultipleChoiceField(
                label=_("Withdraw at once, with every plan of it"), required=False, choices=choices,
                widget=forms.CheckboxSelectMultiple,
            )  # fmt: skip

    def _about(self, topics: list[Part], campaigns: list[Part]) -> None:
        """Everything, or one topic, or one campaign."""
        self._rows: dict[str, dict[str, Topic | Campaign]] = {}
        self.fields["only"] = forms.ChoiceField(
            choices=[("", ""), *Crisis.Only.choices], required=False, widget=forms.RadioSelect
        )
        for name, some in ((Crisis.Only.TOPIC, topics), (Crisis.Only.CAMPAIGN, campaigns)):
            self._rows[name] = {str(part.row.pk): part.row for part in some}
            choices = [(str(part.row.pk), f"{part.row} ({part.posts})") for part in some]
            self.fields[name] = forms.ChoiceField(
                label=Crisis.Only(name).label, required=False, choices=[("", _("Choose…")), *choices],
                widget=forms.Select(attrs={"class": "input"}),
            )  # fmt: skip

        self.fields["phrases"] = forms.CharField(
            label=_("The words, one phrase a line"), required=False, max_length=1000,
            widget=forms.Textarea(attrs={"class": "input", "rows": 2, "placeholder": _("NW-7")}),
        )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        only = data.get("only", "")
        if only == Crisis.Only.WORDS:
            try:
                data["phrases"] = naming.cleaned(data.get("phrases", "").splitlines())
            except ValidationError as error:
                self.add_error(None, error)
        elif only and not data.get(only):
            self.add_error(only, gettext("Choose which one is to be held, or hold everything."))
        return data

    def only(self) -> Topic | Campaign | list[str] | None:
        """What it is about; None: everything."""
        name = self.cleaned_data.get("only", "")
        if name == Crisis.Only.WORDS:
            return list(self.cleaned_data["phrases"])
        return self._rows[name][self.cleaned_data[name]] if name else None

    def withdrawn(self) -> list[int]:
        return [int(number) for number in self.cleaned_data.get("withdraw", [])]


def _input() -> forms.TextInput:
    return forms.TextInput(attrs={"class": "input"})


def _line(label: Any) -> forms.CharField:
    return forms.CharField(label=label, required=False, max_length=120, widget=_input())


def _beginning(row: CrisisWords) -> dict[str, Any]:
    words = row.words
    spoken = {
        f"{name}_{code}": words[name].get(code, "") for name in ("notice", "statement", "friend") for code in CODES
    }
    return spoken | {name: words[name] for name in ("approved_by", "link", "speaks", "reach")}


# --- resume ---------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Tally:
    """How many posts would do what, as it is chosen now; `over` of them cannot go out any more."""

    go: int = 0
    later: int = 0
    ask: int = 0
    drop: int = 0
    over: int = 0


class ResumeForm(forms.Form):
    """What the held posts of each item do (`item-7`: go, later, ask or drop; `at-7`: the new time), and a word to
    everybody. `pick-7` ticks it for one decision about many. `when` reads a time on the person's own clock."""

    def __init__(
        self,
        data: QueryDict | None,
        *,
        groups: list[Group],
        when: Callable[[str], datetime],
        chosen: QueryDict | None = None,
    ) -> None:
        super().__init__(data, initial=chosen.dict() if chosen is not None else {})
        self._groups, self._when = groups, when
        choices = [
            (crisis.GO, _("Go out")), (LATER, _("New time")), (crisis.ASK, _("Ask")), (crisis.DROP, _("Drop")),
        ]  # fmt: skip
        for group in groups:
            number = group.item.pk
            self.fields[f"item-{number}"] = forms.ChoiceField(
                choices=choices, required=False, initial=crisis.DROP if group.over else crisis.ASK,
                label=group.item.title, widget=forms.RadioSelect,
            )  # fmt: skip
            self.fields[f"at-{number}"] = forms.CharField(
                required=False, max_length=40,
                widget=forms.DateTimeInput(attrs={"class": "input", "type": "datetime-local"}),
                label=gettext("New time for “%s”") % group.item.title,
            )  # fmt: skip
            self.fields[f"pick-{number}"] = forms.BooleanField(
                required=False, label=gettext("Tick “%s”") % group.item.title
            )
        for code in CODES:
            label = gettext("A word to everyone, %s") % NAMES.get(code, code)
            self.fields[f"farewell_{code}"] = _area(label, code, crisis.LONGEST_STATEMENT, 3)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        for group in self._groups:
            number = group.item.pk
            if data.get(f"item-{number}") == LATER:
                try:
                    data[f"at-{number}"] = self._when(data.get(f"at-{number}", ""))
                except ValidationError as error:
                    self.add_error(f"at-{number}", error)
        return data

    def decisions(self) -> dict[int, str | datetime]:
        """Chosen decisions by item."""
        data = self.cleaned_data
        said = {group.item.pk: data.get(f"item-{group.item.pk}", "") for group in self._groups}
        return {number: data[f"at-{number}"] if one == LATER else one for number, one in said.items() if one}

    def rows(self) -> list[tuple[Group, forms.BoundField, forms.BoundField, forms.BoundField]]:
        """Each group with its decision, its new time and its tick."""
        return [
            (one, self[f"item-{one.item.pk}"], self[f"at-{one.item.pk}"], self[f"pick-{one.item.pk}"])
            for one in self._groups
        ]

    def words(self) -> list[forms.BoundField]:
        return [self[f"farewell_{code}"] for code in CODES]

    def tally(self) -> Tally:
        """What would become of the posts, as it is chosen now."""
        number: dict[str, int] = {}
        for group, decision, _at, _pick in self.rows():
            what = str(decision.value() or crisis.ASK)
            what = "over" if group.over and what in (crisis.GO, LATER) else what
            number[what] = number.get(what, 0) + group.posts
        known = (crisis.GO, LATER, crisis.ASK, crisis.DROP, "over")
        return Tally(**{name: value for name, value in number.items() if name in known})


def many(data: QueryDict, groups: list[Group]) -> QueryDict:
    """What was chosen, with one decision (`set`, and `set_at` for a new time) for all that are ticked."""
    chosen = data.copy()
    for group in groups:
        number = group.item.pk
        if data.get(f"pick-{number}"):
            chosen[f"item-{number}"] = data.get("set", "")
            if data.get("set") == LATER:
                chosen[f"at-{number}"] = data.get("set_at", "")
    return chosen
