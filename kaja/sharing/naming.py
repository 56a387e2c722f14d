"""Which words a crisis is about, and where they stand: in the words of a share, or in the title of its story (C5).

Found by the same reading as the rules of the guidelines: case and marks make no difference, endings of Estonian and
English may follow, and what is written apart, together or as a hashtag is found too (docs/decisions/finding-words.md).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from kaja.guidelines import phrases
from kaja.guidelines.reading import Reading, read

MOST, SHORTEST, LONGEST = 10, 2, 60


def cleaned(written: Iterable[str]) -> list[str]:
    """Phrases as they are kept, each once. Raises ValidationError ("phrases") when there is none, too many of them, or
    one without a word in it or so short that it would hold nearly everything."""
    found = list(dict.fromkeys(" ".join(one.split()) for one in written if one.strip()))
    if not found:
        raise ValidationError({"phrases": _("Write which words are to be held, or hold everything.")})
    if len(found) > MOST:
        raise ValidationError({"phrases": _("At most %d of them. Hold everything when it is about more.") % MOST})
    for one in found:
        made = phrases.phrase(one)
        if made is None or len(made.key) < SHORTEST or len(one) > LONGEST:
            raise ValidationError(
                {"phrases": _("“%(words)s” will not do: from %(least)d letters to %(most)d characters.")
                 % {"words": one[:LONGEST], "least": SHORTEST, "most": LONGEST}}
            )  # fmt: skip
    return found


@lru_cache(maxsize=20_000)
def _stand(wanted: tuple[str, ...], text: str) -> str:
    if not phrases.may_stand(wanted, text):
        return ""
    reading = read(text)
    return next((one for one in wanted if _stands(one, reading)), "")


def _stands(phrase: str, reading: Reading) -> bool:
    """Also with an ending that hangs on a single letter or digit ("NW-7s", "Mudel Xi"): in a rule of every day that
    would find too much, and in a crisis a post too many waits rather than one too few."""
    if next(phrases.any_of([phrase], reading, strict=True), None):
        return True
    made = phrases.phrase(phrase)
    if made is None or len(made.parts) < 2:
        return False
    return any(phrases.ENDING.fullmatch(rest) for _first, _last, rest in phrases.spans(reading, made.key))


def find(wanted: Sequence[str], *texts: str) -> str:
    """The first of the phrases that stands in one of the texts; empty when none does."""
    return next((found for text in texts if (found := _stand(tuple(wanted), text))), "")


_LINK = re.compile(r"https?://[^\s<>]*/(?P<slug>[\w-]+)")


def exchanged(text: str, slug: str, by: str, *, most: int = 0) -> str:
    """The text with `by` in the place of the share's own link (the first `most` times; 0 is always), also under an
    address that short links had earlier."""
    left = most or len(text)

    def put(found: re.Match[str]) -> str:
        nonlocal left
        if found["slug"] != slug or not left:
            return found[0]
        left -= 1
        return by

    return _LINK.sub(put, text)


def own_words(text: str, slug: str | None) -> str:
    """The words of a share without its link, in whose address any letters may stand together."""
    return exchanged(text, slug, "").strip() if slug else text


def among(wanted: Sequence[str], rows: Iterable[tuple[int, str, str | None, str]]) -> Iterator[int]:
    """The numbers of those that contain one of the phrases. `rows`: number, words, slug of the link, title."""
    for number, text, slug, title in rows:
        if find(wanted, title, own_words(text, slug)):
            yield number
