from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kaja.sharing import crisis
from kaja.sharing.crisis import Group
from kaja.sharing.models import Crisis

CODES = [code for code, _name in settings.LANGUAGES]
NAMES = {"en": _("in English"), "et": _("in Estonian")}


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


class CrisisForm(forms.Form):
    """What everybody reads, in each language; why; and the items that leave the feeds. `lasting`: change its words."""

    def __init__(self, data: QueryDict | None, *, groups: list[Group], lasting: Crisis | None = None) -> None:
        super().__init__(data, initial={} if lasting is None else _beginning(lasting))
        for code in CODES:
            label = gettext("What everybody reads, %s") % NAMES.get(code, code)
            self.fields[f"notice_{code}"] = field = _area(label, code, crisis.LONGEST_NOTICE, 2)
            field.help_text = _("Stands in the red bar. One language is enough: it is shown where the other is empty.")
        for code in CODES:
            label = gettext("Approved statement on top of the feed, %s") % NAMES.get(code, code)
            self.fields[f"statement_{code}"] = _area(label, code, crisis.LONGEST_STATEMENT, 4)
        self.fields["approved_by"] = forms.CharField(
            label=_("Who approved the statement"), required=False, max_length=120, widget=_input()
        )
        self.fields["link"] = forms.URLField(
            label=_("Link to more"), required=False, max_length=500, assume_scheme="https",
            widget=forms.URLInput(attrs={"class": "input", "placeholder": "https://"}),
        )  # fmt: skip
        if lasting is None:
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

    def wishes(self) -> dict[str, Any]:
        """The cleaned fields as the verbs take them."""
        data = self.cleaned_data
        wishes = {
            "notice": by_language(data, "notice"),
            "statement": by_language(data, "statement"),
            "approved_by": data["approved_by"],
            "link": data["link"],
            "withdraw": [int(number) for number in data.get("withdraw", [])],
        }
        return wishes | ({"why": data["why"]} if "why" in data else {})

    def put(self, error: ValidationError) -> None:
        """A refusal of the verb beside the field it is about."""
        faults = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
        for name, sentences in faults.items():
            field = name if name in self.fields else f"{name}_{CODES[0]}"
            for sentence in sentences:
                self.add_error(field if field in self.fields else None, sentence)


def _input() -> forms.TextInput:
    return forms.TextInput(attrs={"class": "input"})


def _beginning(row: Crisis) -> dict[str, Any]:
    words = {f"notice_{code}": row.notice.get(code, "") for code in CODES}
    words |= {f"statement_{code}": row.statement.get(code, "") for code in CODES}
    return words | {"approved_by": row.approved_by, "link": row.link}


class ResumeForm(forms.Form):
    """What the held posts of each item do (`item-7`: go, ask or drop; ask without a word), and a word to everybody."""

    def __init__(self, *args: Any, groups: list[Group], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(crisis.GO, _("Go out")), (crisis.ASK, _("Ask")), (crisis.DROP, _("Drop"))]
        for group in groups:
            self.fields[f"item-{group.item.pk}"] = forms.ChoiceField(
                choices=choices, required=False, initial=crisis.ASK, label=group.item.title, widget=forms.RadioSelect
            )
        for code in CODES:
            label = gettext("A word to everyone, %s") % NAMES.get(code, code)
            self.fields[f"farewell_{code}"] = _area(label, code, crisis.LONGEST_STATEMENT, 3)

    def decisions(self) -> dict[int, str]:
        """Chosen decisions by item."""
        data = self.cleaned_data
        return {
            int(name.removeprefix("item-")): said for name, said in data.items() if name.startswith("item-") and said
        }

    def words(self) -> list[forms.BoundField]:
        return [self[f"farewell_{code}"] for code in CODES]
