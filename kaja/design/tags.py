"""Template tags and filters that draw Kaja: icons, avatars, network marks, sparks, numbers of both languages."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from django import template
from django.templatetags.static import static
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy

from kaja.design import theme

register = template.Library()


class Look(NamedTuple):
    icon: str
    word: Promise


# Five looks, five words (design.md 9).
OWN_COLOUR = "#0b6b5d"
PROVENANCE = {
    "measured": Look(icon="circle-check", word=gettext_lazy("Measured")),
    "network": Look(icon="affiliate", word=gettext_lazy("From the network")),
    "reported": Look(icon="user", word=gettext_lazy("Entered by hand")),
    "estimated": Look(icon="math-function", word=gettext_lazy("Estimated")),
    "potential": Look(icon="circle-dotted", word=gettext_lazy("Potential")),
}
# Tints behind initials, so that a person keeps theirs on every page.
TINTS = ("#dbe1e6", "#fbdcd5", "#f6dfe6", "#e6dcf3", "#dce9f7", "#e0efdf", "#fcefd6", "#e3f0ec")


@register.simple_tag
@lru_cache(maxsize=512)
def icon(name: str, kind: str = "") -> SafeString:
    """An icon of the sprite, hidden from readers; `kind` "fill" for filled ones."""
    return format_html(
        '<svg class="i {}" aria-hidden="true"><use href="{}#{}"/></svg>', kind, static("kaja/icons.svg"), name
    )


@register.simple_tag
def avatar(person: Any, size: int = 36) -> SafeString:
    """A person's picture, or their initials on a tint of their own."""
    if person.avatar:
        return format_html(
            '<svg class="av" style="--sz:{}px" role="img" aria-label="{}"><use href="{}#{}"/></svg>',
            size, person.name, static("kaja/faces.svg"), person.avatar,
        )  # fmt: skip
    return format_html(
        '<span class="av" style="--sz:{}px;background:{};color:#22303a" role="img" aria-label="{}">{}</span>',
        size, TINTS[person.pk % len(TINTS)], person.name, person.initials,
    )  # fmt: skip


@register.simple_tag
def net(network: Any, size: int = 20) -> SafeString:
    """A network's mark; `network` is its constant."""
    return format_html(
        '<span class="net {}" style="--sz:{}px" role="img" aria-label="{}">{}</span>',
        network.key, size, network.name, icon(network.icon),
    )  # fmt: skip


@register.simple_tag
def spark(values: Sequence[float], width: int = 72, height: int = 24) -> SafeString:
    """A sparkline, decorative: the number stands beside it. `values` from old to new; a point needs two."""
    if len(values) < 2:
        return SafeString("")
    top = max(max(values), 1)
    step = width / (len(values) - 1)
    points = [f"{index * step:.1f} {height - 3 - value / top * (height - 6):.1f}" for index, value in enumerate(values)]
    line = "M" + " L".join(points)
    end_x, end_y = points[-1].split()
    return format_html(
        '<svg class="spark" viewBox="0 0 {w} {h}" style="width:{w}px;height:{h}px" aria-hidden="true">'
        '<path class="a" d="{line} L{w} {h} L0 {h}Z"/><path d="{line}"/><circle cx="{x}" cy="{y}" r="2.4"/></svg>',
        w=width, h=height, line=line, x=end_x, y=end_y,
    )  # fmt: skip


@register.simple_tag
def ring(done: float, whole: float, size: int = 46, stroke: int = 5) -> SafeString:
    """A ring filled by done/whole; the number stands beside it or in an aria-label around it."""
    radius = 22 - stroke / 2
    around = 2 * 3.14159265 * radius
    filled = around * min(done / whole, 1) if whole else 0
    return format_html(
        '<svg class="ring" viewBox="0 0 44 44" style="--sz:{s}px" aria-hidden="true">'
        '<circle cx="22" cy="22" r="{r}" style="stroke-width:{w}"/>'
        '<circle cx="22" cy="22" r="{r}" style="stroke-width:{w}" stroke-dasharray="{f} {a}"/></svg>',
        s=size, r=f"{radius:.1f}", w=stroke, f=f"{filled:.1f}", a=f"{around:.1f}",
    )  # fmt: skip


@register.simple_tag
def brand_style(company: Any, request: Any) -> SafeString:
    """The company's colour as tokens; nothing when it is Kaja's own. Carries the page's nonce."""
    if company.colour == OWN_COLOUR:
        return SafeString("")
    rule = SafeString(theme.style(company.colour))  # our own arithmetic on a checked #rrggbb
    return format_html('<style nonce="{}">{}</style>', request.csp_nonce, rule)


@register.simple_tag
def prov(kind: str) -> SafeString:
    """The word for a provenance class (measured, network, reported, estimated, potential)."""
    look = PROVENANCE[kind]
    return format_html('<span class="prov {}">{}{}</span>', kind, icon(look.icon), look.word)


@register.filter
def megabytes(size: int) -> str:
    """Bytes as people read them: 4_200_000 is "4.2 MB", 8_700 is "9 kB"."""
    if size < 100_000:
        return f"{figure(max(round(size / 1000), 1))} kB"
    return f"{figure(size / 1_000_000, 0 if size >= 10_000_000 else 1 if size >= 1_000_000 else 2)} MB"


@register.filter
def figure(value: float | None, places: int = 0) -> str:
    """A number as the language writes it: 9,412 and 2.1 (English); 9412, 21 460 and 2,1 (Estonian); None is a dash."""
    if value is None:
        return "–"
    written = f"{value:,.{places}f}"
    if get_language() != "et":
        return written
    whole, _point, fraction = written.partition(".")
    digits = whole.replace(",", "")
    whole = whole.replace(",", "\N{NO-BREAK SPACE}") if len(digits.lstrip("-")) > 4 else digits
    return f"{whole},{fraction}" if fraction else whole
