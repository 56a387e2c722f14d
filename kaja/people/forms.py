from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from kaja.people.models import Person


def zones() -> list[tuple[str, str]]:
    """Time zones of places people live in, the company's own first."""
    return [("", str(_("As the company")))] + [(zone, zone) for zone in sorted(available_timezones()) if "/" in zone]


class OwnForm(forms.ModelForm[Person]):
    language = forms.ChoiceField(label=_("Language"), required=False)
    time_zone = forms.ChoiceField(label=_("Time zone"), required=False, choices=zones)
    languages = forms.MultipleChoiceField(
        label=_("Languages I read"),
        choices=settings.LANGUAGES,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Suggested words come in these."),
    )
    show_me = forms.BooleanField(
        label=_("Colleagues may see my name beside what I share"),
        required=False,
        help_text=_("Without it you are counted, and shown to nobody."),
    )

    class Meta:
        model = Person
        fields = ("first_name", "last_name", "language", "theme", "time_zone", "languages", "show_me")
        labels = {"first_name": _("First name"), "last_name": _("Last name"), "theme": _("Look")}

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["language"].choices = [("", _("As the browser")), *settings.LANGUAGES]  # type: ignore[attr-defined]
