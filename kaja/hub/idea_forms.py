from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from kaja.content import ideas, own_posts
from kaja.content.models import Category, Idea


class ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class ManyPictures(forms.FileField):
    """Several pictures at once; what comes out is a list."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=ManyFiles({"accept": "image/*", "multiple": True}), required=False, **kwargs)

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        given = data if isinstance(data, list | tuple) else [data]
        return [super(ManyPictures, self).clean(one, initial) for one in given if one]


class IdeaForm(forms.Form):
    """What a colleague suggests."""

    kind = forms.ChoiceField(label=_("What is it?"), choices=Idea.Kind.choices, widget=forms.RadioSelect)
    title = forms.CharField(
        label=_("In one line"), max_length=ideas.LONGEST_TITLE, required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    text = forms.CharField(
        label=_("More about it"), required=False, max_length=ideas.LONGEST_TEXT, widget=forms.Textarea({"rows": 4}),
    )  # fmt: skip
    url = forms.CharField(label=_("Link"), max_length=2000, required=False, widget=forms.URLInput)
    photo = forms.FileField(label=_("Picture"), required=False, widget=forms.FileInput({"accept": "image/*"}))
    alt = forms.CharField(label=_("What the picture shows"), required=False, max_length=1000)


class AnswerForm(forms.Form):
    """What becomes of an idea."""

    status = forms.ChoiceField(
        label=_("Your answer"),
        choices=[(one.value, one.label) for one in ideas.ANSWERS],
        error_messages={"required": _("Choose an answer.")},
    )
    text = forms.CharField(
        label=_("In words"), required=False, max_length=ideas.LONGEST_COMMENT, widget=forms.Textarea({"rows": 3}),
        help_text=_("The author gets it by e-mail, and everybody reads it on the board. “Not now” needs a reason."),
    )  # fmt: skip
    planned_for = forms.DateField(label=_("Planned for"), required=False, widget=forms.DateInput({"type": "date"}))
    into = forms.ModelChoiceField(
        label=_("Merged into"), queryset=Idea.objects.exclude(status=Idea.Status.MERGED), required=False,
        empty_label=_("Choose an idea"),
    )  # fmt: skip

    def __init__(self, *args: Any, into: list[Idea], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["into"].choices = [("", _("Choose an idea")), *((one.pk, one.title) for one in into)]  # type: ignore[attr-defined]


class OwnPostForm(forms.Form):
    """A post of one's own."""

    text = forms.CharField(
        label=_("Post"), max_length=own_posts.LONGEST_TEXT, widget=forms.Textarea({"rows": 6}),
        error_messages={"required": _("Write a few words first.")},
    )  # fmt: skip
    pictures = ManyPictures(label=_("Pictures"))
    alt = forms.CharField(label=_("What the pictures show"), required=False, max_length=1000)
    url = forms.CharField(label=_("Link"), max_length=2000, required=False, widget=forms.URLInput)
    category = forms.ModelChoiceField(
        label=_("About"), queryset=Category.objects.filter(shareable=True), empty_label=None
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
