import re
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from kaja.people.models import Company, Person
from kaja.people.roles import Permission


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

    remind_me = forms.BooleanField(
        label=_("Remind me by e-mail of posts that wait too long for my review"), required=False
    )

    class Meta:
        model = Person
        fields = ("first_name", "last_name", "language", "theme", "time_zone", "languages", "show_me", "remind_me")
        labels = {"first_name": _("First name"), "last_name": _("Last name"), "theme": _("Look")}

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["language"].choices = [("", _("As the browser")), *settings.LANGUAGES]  # type: ignore[attr-defined]
        if not self.instance.may(Permission.REVIEW_CONTENT):
            del self.fields["remind_me"]


class DelegateForm(forms.Form):
    """Whom a person names as their delegate, and for how long."""

    delegate = forms.CharField(
        label=_("E-mail address or whole name of a colleague"), max_length=200,
        error_messages={"required": _("Write the e-mail address or the whole name of a colleague.")},
        widget=forms.TextInput(attrs={"class": "input", "autocomplete": "off"}),
    )  # fmt: skip
    last_day = forms.DateField(
        label=_("Last day"), required=False, error_messages={"invalid": _("Choose a day.")},
        widget=forms.DateInput(attrs={"class": "input", "type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip


class JoinForm(forms.Form):
    """What an invited person fills in; without a password they sign in with a code by e-mail."""

    first_name = forms.CharField(label=_("First name"), max_length=80)
    last_name = forms.CharField(label=_("Last name"), max_length=80, required=False)
    password = forms.CharField(
        label=_("Password"),
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least ten characters. Without one you sign in with a code by e-mail."),
    )

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if password:
            validate_password(password)
        return password


class CompanyForm(forms.ModelForm[Company]):
    colour = forms.RegexField(
        r"^#[0-9a-fA-F]{6}$", label=_("Colour"), widget=forms.TextInput(attrs={"type": "color"}),
        error_messages={"invalid": _("Write the colour like #0b6b5d.")},
    )  # fmt: skip
    picture = forms.FileField(
        label=_("Logo"), required=False, widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp"})
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=lambda: zones()[1:])
    hashtag = forms.CharField(label=_("Hashtag"), max_length=60, required=False, help_text=_("Without the #."))
    weekly_goal = forms.IntegerField(label=_("Shares a week to aim for"), min_value=1, max_value=20)
    daily_cap = forms.IntegerField(label=_("Posts a day on one account, at most"), min_value=1, max_value=50)
    spread_most = forms.IntegerField(
        label=_("Colleagues who share one story at the same time, at most"), min_value=0, max_value=100,
        help_text=_("On one network. With 0 everything goes out as it comes."),
    )  # fmt: skip
    spread_minutes = forms.IntegerField(label=_("Minutes that count as the same time"), min_value=1, max_value=30)
    utm_template = forms.CharField(
        label=_("Parameters of every link"),
        max_length=300,
        help_text=_("{network}, {campaign} and {item} are filled in. Never a name: the link would tell who shared."),
    )

    class Meta:
        model = Company
        fields = ("name", "short_name", "colour", "language", "time_zone", "hashtag", "weekly_goal",
                  "own_posts_reviewed", "daily_cap", "spread_most", "spread_minutes", "utm_template")  # fmt: skip
        labels = {
            "name": _("Name"),
            "short_name": _("Short name"),
            "own_posts_reviewed": _("A reviewer reads employees’ own posts before they go out"),
        }

    def clean_hashtag(self) -> str:
        tag = str(self.cleaned_data["hashtag"]).strip().lstrip("#")
        if tag and not re.fullmatch(r"\w+", tag):
            raise forms.ValidationError(_("A hashtag has letters and digits only."))
        return tag

    def clean_utm_template(self) -> str:
        template = str(self.cleaned_data["utm_template"]).strip().lstrip("?&")
        unknown = set(re.findall(r"\{(\w*)\}", template)) - {"network", "campaign", "item"}
        if unknown:
            raise forms.ValidationError(_("{%s} is not known.") % next(iter(unknown)))
        if not all(re.fullmatch(r"[\w.-]+=[^=&#\s]*", pair) for pair in template.split("&") if pair):
            raise forms.ValidationError(_("Write it like utm_source={network}&utm_medium=social."))
        return template
