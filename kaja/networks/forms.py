"""The keys of a network's app, as its constant names them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from kaja.networks.contract import App
from kaja.networks.models import NetworkApp


class KeptField(forms.CharField):
    """May come empty: what is stored, or the default, then stays."""

    def validate(self, _value: Any) -> None:
        return


class AppForm(forms.Form):
    """One field for each entry. A secret that is stored is never shown: its field is empty, and left so it stays."""

    use_required_attribute = False

    def __init__(self, data: Any, *, wanted: App, app: NetworkApp | None) -> None:
        super().__init__(data)
        known = {"client_id": app.client_id, **app.entries} if app else {}
        for entry in wanted.entries:
            stored = entry.secret and app is not None
            # What was typed and refused comes back; what is stored does not.
            widget = forms.PasswordInput(render_value=True) if entry.secret else forms.TextInput()
            widget.attrs = {
                "class": "input mono",
                "autocomplete": "off",
                "spellcheck": "false",
                "autocapitalize": "none",
            }
            if stored:
                widget.attrs["placeholder"] = "••••••••••••"
            field = KeptField if stored or entry.default or entry.optional else forms.CharField
            hint = _("Stored encrypted, never shown. Type here only to replace it.") if stored else ""
            self.fields[entry.name] = field(
                label=_(entry.label),
                initial="" if entry.secret else known.get(entry.name, entry.default),
                widget=widget,
                required=not entry.optional,
                help_text=hint or (_(entry.hint) if entry.hint else ""),
            )
