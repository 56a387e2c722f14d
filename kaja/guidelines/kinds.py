"""The kinds of rules: what an editor fills in, and where a text breaks it.

A rule's form is a mapping: `words` (a list of phrases), `right`, `instead`, `pattern`, `until` (an ISO moment),
`unless` (phrases that excuse), `quotes` (what stands in quotation marks is left alone), `capitals` and `marks`. Each
kind uses some of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import re2
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kaja.guidelines import phrases
from kaja.guidelines.phrases import Found
from kaja.guidelines.pieces import plain
from kaja.guidelines.reading import Reading, bare, read, visible

Form = dict[str, Any]
LONGEST_PATTERN, LONGEST_PHRASE = 300, 120
MOST_HINTS = 20
# A pattern's own memory; what needs more is refused when it is written.
PATTERN_MEMORY = 1 << 20
# Shouting: so many words of three letters and more, one after another, in capitals.
SHOUTED = 4
_MARKS = re.compile(r"[!?]{3,}")
MANY_MARKS = 4


@dataclass(frozen=True)
class Place:
    """Where a text breaks a rule, in code points of the text. With `fix` those from `fix_start` to `fix_end` are put
    right by that text; None when only a person can."""

    start: int
    end: int
    fix: str | None = None
    fix_start: int = 0
    fix_end: int = 0


@dataclass(frozen=True)
class Kind:
    """`fields` of the form that its page shows; `find` the places, given form, reading, strict."""

    label: Promise
    says: Promise
    icon: str
    fields: tuple[str, ...]
    find: Callable[[Form, Reading, bool], Iterator[Place]]
    reason: Promise


# --- forms ----------------------------------------------------------------------------------------------------------
def _phrases(given: Any) -> list[str]:
    if isinstance(given, str):
        given = given.splitlines()
    if not isinstance(given, list):
        raise ValidationError(_("Write each phrase on a line of its own."))
    found = list(dict.fromkeys(one for one in (plain(each, LONGEST_PHRASE) for each in given) if one))
    if len(found) > phrases.MOST_PHRASES:
        raise ValidationError(_("A rule has at most %d phrases. Make two rules of it.") % phrases.MOST_PHRASES)
    for one in found:
        if phrases.phrase(one) is None:
            raise ValidationError(_("“%s” has no letter or digit to look for.") % one)
    return found


def _moment(given: Any) -> str:
    if not given:
        return ""
    try:
        moment = datetime.fromisoformat(str(given))
    except ValueError as error:
        raise ValidationError(_("Choose the day from which it may be mentioned.")) from error
    return (moment if timezone.is_aware(moment) else timezone.make_aware(moment)).isoformat()


def clean(kind: str, given: Any) -> Form:
    """The form with nothing but what its kind has. Raises ValidationError with a sentence for what cannot work."""
    if kind not in KINDS or not isinstance(given, Mapping):
        raise ValidationError(_("There is no such kind of rule."))
    fields = KINDS[kind].fields
    form: Form = {}
    for name in ("words", "unless"):
        if name in fields:
            form[name] = _phrases(given.get(name, []))
    for name in ("right", "instead"):
        if name in fields:
            form[name] = plain(given.get(name, ""), LONGEST_PHRASE)
    for name in ("quotes", "capitals", "marks"):
        if name in fields:
            form[name] = given.get(name) is True
    if "until" in fields:
        form["until"] = _moment(given.get("until", ""))
    if "pattern" in fields:
        form["pattern"] = plain(given.get("pattern", ""), LONGEST_PATTERN)
        compiled(form["pattern"]) if form["pattern"] else None
    _whole(kind, form)
    return form


def _whole(kind: str, form: Form) -> None:
    """Raises ValidationError when the form says nothing that could be looked for."""
    if "right" in form and phrases.phrase(form["right"]) is None:
        raise ValidationError(_("Write the right form."))
    if kind == "pattern" and not form["pattern"]:
        raise ValidationError(_("Write the pattern to look for."))
    looks = form.get("words") or form.get("pattern") or form.get("capitals") or form.get("marks")
    if kind != "spelling" and not looks:
        raise ValidationError(_("Write at least one phrase to look for."))
    if kind == "hashtag" and not all(one.startswith("#") for one in form["words"]):
        raise ValidationError(_("A hashtag begins with #."))


@lru_cache(maxsize=2000)
def compiled(pattern: str) -> Any:
    """The pattern, ready to search: RE2 answers in time that grows with the text alone, whatever the pattern. It looks
    at texts without marks (õ is o) and pays no heed to capitals. Raises ValidationError."""
    options = re2.Options()
    options.max_mem, options.log_errors, options.case_sensitive = PATTERN_MEMORY, False, False
    try:
        made = re2.compile(bare(pattern), options)
    except re2.error as error:
        said = error.args[0].decode() if error.args and isinstance(error.args[0], bytes) else str(error)
        raise ValidationError(
            _("This pattern cannot be read (%s). Looking ahead, looking back and back references are not known here.")
            % said[:120]
        ) from error
    if made.search("") is not None:
        raise ValidationError(_("This pattern fits every text, even an empty one. Make it say more."))
    return made


# --- finding --------------------------------------------------------------------------------------------------------
def _removed(text: str, start: int, end: int) -> Place:
    """The words taken out, with one of the spaces around them."""
    fix_start, fix_end = start, end
    if start and text[start - 1] == " " and (end == len(text) or text[end] in " .,;:!?\n"):
        fix_start -= 1
    elif start == 0 and text[end : end + 1] == " ":
        fix_end += 1
    return Place(start, end, "", fix_start, fix_end)


def _spelling(form: Form, reading: Reading, _strict: bool) -> Iterator[Place]:
    right = form["right"]
    found = list(phrases.misspelt(right, reading))
    good = [(one.first, one.last) for one in _rightly(right, reading)]
    for one in phrases.any_of(form["words"], reading, strict=False):
        inside = any(first <= one.first and one.last <= last for first, last in good)
        words = reading.words[one.first : one.last + 1]
        if not inside and not any(word.tag or word.address for word in words):
            found.append(one)
    for one in found:
        seen = reading.text[one.start : one.rest_from]
        begins = right == right.lower() and visible(seen)[:1].isupper()
        fix = right[:1].upper() + right[1:] if begins else right
        if seen != fix:
            yield Place(one.start, one.end, fix, one.start, one.rest_from)


def _rightly(right: str, reading: Reading) -> Iterator[Found]:
    made = phrases.phrase(right)
    yield from made.find(reading, strict=False) if made else ()


def _avoid(form: Form, reading: Reading, strict: bool) -> Iterator[Place]:
    for one in phrases.any_of(form["words"], reading, strict=strict):
        if form.get("instead"):
            yield Place(one.start, one.end, form["instead"], one.start, one.end)
        else:
            yield Place(one.start, one.end)


def _topic(form: Form, reading: Reading, strict: bool) -> Iterator[Place]:
    for one in phrases.any_of(form["words"], reading, strict=strict):
        yield Place(one.start, one.end)


def _confidential(form: Form, reading: Reading, _strict: bool) -> Iterator[Place]:
    for one in phrases.any_of(form["words"], reading, strict=True):
        yield _removed(reading.text, one.start, one.end)
    if form["pattern"]:
        for place in _pattern(form, reading, True):
            yield _removed(reading.text, place.start, place.end)


def _pattern(form: Form, reading: Reading, _strict: bool) -> Iterator[Place]:
    text, origin = reading.plain
    # Not finditer: it turns the whole text into bytes and back for every place it finds.
    at, pattern = 0, compiled(form["pattern"])
    for _number in range(MOST_HINTS):
        found = pattern.search(text, at)
        if found is None:
            return
        start, end = found.span()
        if end > start:
            yield Place(origin[start].start, origin[end - 1].end)
        at = max(end, start + 1)
        if at >= len(text):
            return


def _added(form: Form, reading: Reading) -> Place:
    text, first = reading.text, form["words"][0]
    end = len(text.rstrip())
    return Place(len(text), len(text), f" {first}" if end else first, end, end)


def _hashtag(form: Form, reading: Reading, _strict: bool) -> Iterator[Place]:
    if not any(phrases.any_of(form["words"], reading, strict=False)):
        yield _added(form, reading)


def _disclosure(form: Form, reading: Reading, _strict: bool) -> Iterator[Place]:
    # Only a hashtag can be put at the end of any text; a sentence has to be written by its person.
    if not any(phrases.any_of(form["words"], reading, strict=False)):
        place = _added(form, reading)
        yield place if form["words"][0].startswith("#") else Place(place.start, place.end)


def _tone(form: Form, reading: Reading, _strict: bool) -> Iterator[Place]:
    if form["capitals"]:
        yield from _shouted(reading)
    if form["marks"]:
        found = [one.span() for one in _MARKS.finditer(reading.text)]
        for start, end in found:
            yield Place(start, end, "?" if "?" in reading.text[start:end] else "!", start, end)
        single = [place for place, sign in enumerate(reading.text) if sign == "!"]
        if not found and len(single) >= MANY_MARKS:
            yield Place(single[0], single[-1] + 1)
    for one in phrases.any_of(form["words"], reading, strict=False):
        yield Place(one.start, one.end)


def _shouted(reading: Reading) -> Iterator[Place]:
    run: list[int] = []
    for place in range(len(reading.words) + 1):
        word = reading.words[place] if place < len(reading.words) else None
        written = reading.text[word.start : word.end] if word and not (word.tag or word.address) else ""
        if written.isupper() and len(written) >= 2 and written.isalpha():
            run.append(place)
            continue
        if sum(len(reading.words[one].fold) >= 3 for one in run) >= SHOUTED:
            yield Place(reading.words[run[0]].start, reading.words[run[-1]].end)
        run = []


KINDS: dict[str, Kind] = {
    "spelling": Kind(
        gettext_lazy("Spelling"),
        gettext_lazy("A name or term has one right form; other capitals, spaces and hyphens are found by themselves."),
        icon="abc", fields=("right", "words", "quotes"), find=_spelling,
        reason=gettext_lazy("We write %(right)s."),
    ),
    "avoid": Kind(
        gettext_lazy("Words to avoid"),
        gettext_lazy("Words and phrases, in whichever form they are bent."),
        icon="message-2", fields=("words", "instead", "unless", "quotes"), find=_avoid,
        reason=gettext_lazy("We do not say “%(words)s”."),
    ),
    "topic": Kind(
        gettext_lazy("Topic to avoid"),
        gettext_lazy("The words by which a topic is known."),
        icon="ban", fields=("words", "unless", "quotes"), find=_topic,
        reason=gettext_lazy("“%(words)s” is a topic we leave to others."),
    ),
    "confidential": Kind(
        gettext_lazy("Confidential"),
        gettext_lazy("Names and patterns that are not public, perhaps until a day. Disguises are seen through."),
        icon="lock", fields=("words", "pattern", "until"), find=_confidential,
        reason=gettext_lazy("“%(words)s” is not public yet."),
    ),
    "pattern": Kind(
        gettext_lazy("Pattern"),
        gettext_lazy("A regular expression, for numbers and codes."),
        icon="code", fields=("pattern", "unless", "quotes"), find=_pattern,
        reason=gettext_lazy("“%(words)s” does not belong here."),
    ),
    "hashtag": Kind(
        gettext_lazy("Missing hashtag"),
        gettext_lazy("One of these hashtags stands in the text."),
        icon="hash", fields=("words", "unless"), find=_hashtag,
        reason=gettext_lazy("Add %(first)s."),
    ),
    "disclosure": Kind(
        gettext_lazy("Missing disclosure"),
        gettext_lazy("Readers see that the writer works here: any one of these hashtags or phrases will do."),
        icon="id-badge-2", fields=("words",), find=_disclosure,
        reason=gettext_lazy("Readers should see that you work here. Add %(first)s."),
    ),
    "tone": Kind(
        gettext_lazy("Tone"),
        gettext_lazy("Shouting, a row of exclamation marks, insults."),
        icon="mood-smile", fields=("capitals", "marks", "words", "quotes"), find=_tone,
        reason=gettext_lazy("This may sound harsher than you mean it."),
    ),
}  # fmt: skip
# A rule of these says what is missing; there is no place to point at.
MISSING = ("hashtag", "disclosure")


def places(kind: str, form: Form, reading: Reading, *, strict: bool) -> list[Place]:
    """Where the text breaks a rule: at most 20 places, in order, none inside another."""
    excused = form.get("unless", [])
    if excused and any(True for _one in phrases.any_of(excused, reading, strict=strict)):
        return []
    found = sorted(
        (place for place in KINDS[kind].find(form, reading, strict) if not _quoted(form, place, reading)),
        key=lambda place: (place.start, -place.end),
    )
    kept: list[Place] = []
    for place in found:
        if not kept or place.start >= kept[-1].end or kind in MISSING:
            kept.append(place)
    return kept[:MOST_HINTS]


def _quoted(form: Form, place: Place, reading: Reading) -> bool:
    return bool(form.get("quotes")) and any(start < place.start and place.end < end for start, end in reading.quoted)


def over(form: Form, at: datetime) -> bool:
    """Whether what was confidential has become public."""
    return bool(form.get("until")) and datetime.fromisoformat(form["until"]) <= at


__all__ = ["KINDS", "Kind", "Place", "clean", "compiled", "over", "places", "read"]
