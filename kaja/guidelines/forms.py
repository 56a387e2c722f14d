"""The shape of what editors type."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from kaja.guidelines import pieces
from kaja.guidelines.pieces import Piece

# Empty lines that wait below a list, so that it grows without a script too.
SPARE = 2


def from_post(post: QueryDict, piece: Piece) -> dict[str, Any]:
    """What the form of a piece says: fields are `en-title`, cells of line 3 are `en-3-0`, `en-3-1`."""
    kind = pieces.KINDS[piece["kind"]]
    words: dict[str, Any] = {}
    for language in pieces.LANGUAGES:
        words[language] = {name: post.get(f"{language}-{name}", "") for name in kind.fields}
        if kind.row:
            words[language]["rows"] = [
                [post.get(f"{language}-{line}-{cell}", "") for cell in range(len(kind.row))]
                for line in range(pieces.MOST_ROWS + SPARE)
                if f"{language}-{line}-0" in post
            ]
            words[language]["rows"] = [row for row in words[language]["rows"] if any(cell.strip() for cell in row)]
    return {
        "words": words,
        "icon": post.get("icon", piece["icon"]),
        "email": post.get("email", "").strip(),
        "picture": piece["picture"],
    }


class AdoptForm(forms.Form):
    company = forms.CharField(label=_("Name of the company"), max_length=120)
    hashtag = forms.CharField(
        label=_("Hashtag of those who work here"), max_length=60, help_text=_("Without #, for example KajaTeam.")
    )
    contact = forms.CharField(
        label=_("Whom to ask"),
        max_length=80,
        help_text=_("The name of the person who answers when somebody is not sure."),
    )
    email = forms.EmailField(label=_("Their e-mail address"), required=False)


class PublishForm(forms.Form):
    note = forms.CharField(label=_("What changed, in a sentence"), max_length=500, required=False)
    begins = forms.DateTimeField(
        label=_("In force from"), required=False, input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
    )
    weight = forms.ChoiceField(choices=[("matters", ""), ("small", "")])
