"""Forms of the two imports, and how their columns and fates are called."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kaja import csvfile

ENCODINGS = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8", "utf-16": "UTF-16", "cp1252": "Windows-1252", "latin-1": "Latin-1"}
DELIMITERS = {
    ",": _("commas"),
    ";": _("semicolons"),
    "\t": _("tabs"),
    "|": _("bars"),
}


class FileForm(forms.Form):
    """A table: CSV or Excel. What it holds is read by `csvfile`, whatever its name says."""

    file = forms.FileField(
        label=_("File"),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx,text/csv"}),
        error_messages={"required": _("Choose a file."), "empty": _("The file is empty.")},
    )

    def clean_file(self) -> Any:
        found = self.cleaned_data["file"]
        if found.size > csvfile.LARGEST:
            raise forms.ValidationError(_("The file is larger than 20 MB. Split it."))
        return found


class ColumnsForm(forms.Form):
    """Which field each column is; the fields are called `column-<place>`."""

    def __init__(
        self, *args: Any, header: list[str], columns: list[str], labels: dict[str, Any], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("Not used")), *labels.items()]
        for place, heading in enumerate(header):
            self.fields[f"column-{place}"] = forms.ChoiceField(
                label=heading or _("(no heading)"), choices=choices, required=False, initial=columns[place]
            )

    def said(self) -> dict[str, str]:
        """Place -> field."""
        return {name.partition("-")[2]: value for name, value in self.cleaned_data.items()}


def table(encoding: str, delimiter: str) -> str:
    """How the file was read, in words: "UTF-8, semicolons"."""
    if encoding == "xlsx":
        return "Excel"
    return f"{ENCODINGS.get(encoding, encoding)}, {DELIMITERS.get(delimiter, '')}"
