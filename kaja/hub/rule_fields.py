"""What the page of a rule shows and sends: fields as text, a list one phrase a line."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from kaja.guidelines import rules
from kaja.guidelines.models import RuleVersion
from kaja.guidelines.pieces import LANGUAGES

LINES, WORDS, TICKS = ("words", "unless"), ("right", "instead", "pattern", "until"), ("quotes", "capitals", "marks")
PLACES = ("languages", "networks")


def of(version: RuleVersion | None) -> dict[str, Any]:
    """The values that the form shows of a version; of a new rule the sensible ones."""
    if version is None:
        return {
            "level": "should",
            "team": "",
            "hours": rules.HOURS,
            "languages": [],
            "networks": [],
            "countries": "",
            "quotes": True,
        }
    form = version.form
    values: dict[str, Any] = {name: "\n".join(form.get(name, [])) for name in LINES}
    values |= {name: form.get(name, "") for name in (*WORDS, *TICKS)}
    values["until"] = _local(datetime.fromisoformat(form["until"])) if form.get("until") else ""
    values["begins"] = _local(version.in_force_from) if version.in_force_from and not version.started else ""
    values |= {"level": version.level, "piece": version.piece, "countries": ", ".join(version.countries)}
    values |= {name: getattr(version, name) for name in PLACES}
    values |= {"team": str(version.team_id or ""), "hours": version.hours}
    for language in LANGUAGES:
        values[f"name_{language}"] = version.names.get(language, "")
        values[f"reason_{language}"] = version.reasons.get(language, "")
    return values


def _local(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%dT%H:%M}"


def typed(post: QueryDict) -> dict[str, Any]:
    """What was sent, as the form shows it again when it is refused."""
    values: dict[str, Any] = {name: text.replace("\r\n", "\n") for name, text in post.items() if isinstance(text, str)}
    values |= {name: name in post for name in TICKS}
    return values | {name: post.getlist(name) for name in PLACES}


def given(kind: str, values: dict[str, Any]) -> dict[str, Any]:
    """The values as `rules.write` takes them. Raises ValidationError for a start that is no time."""
    begins = values.get("begins", "")
    try:
        start = datetime.fromisoformat(begins) if begins else None
    except ValueError as error:
        raise ValidationError(_("Choose a day and a time for the start.")) from error
    return {
        "kind": kind,
        "level": values.get("level", ""),
        "form": {name: values.get(name, "") for name in (*LINES, *WORDS)} | {name: values.get(name) for name in TICKS},
        "names": {language: values.get(f"name_{language}", "") for language in LANGUAGES},
        "reasons": {language: values.get(f"reason_{language}", "") for language in LANGUAGES},
        "countries": [one.strip().upper() for one in values.get("countries", "").split(",") if one.strip()],
        "piece": values.get("piece", ""),
        "team": values.get("team", ""),
        "hours": values.get("hours", ""),
        "begins": start,
    } | {name: values.get(name, []) for name in PLACES}
