"""Copies fonts, icons and charts from `frontend/node_modules` to where the pages are served from.

    python -m tools.assets

Icons: every name that a template or a Python file asks for with `{% icon "name" %}`, `icon="name"` or `icon: name`
goes into one sprite. A name that Tabler does not know stops the build.
"""

import re
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "frontend" / "node_modules"
STATIC = ROOT / "kaja" / "static" / "kaja"
# European letters beyond Latin-1 (Baltic, Polish, Czech, Turkish, Romanian, capital sharp s); as in fonts.css.
EXTENDED = [*range(0x0100, 0x0180), *range(0x0218, 0x021C), 0x1E9E]
# What the fonts are called in the PDF.
FAMILIES = {"inter": "Sans", "bricolage-grotesque": "Display"}
ASKED = re.compile(r"""(?:\{% icon |icon[=:] ?)["']([a-z0-9-]+)["']""")


def icon_names() -> list[str]:
    """Every icon that the sources name."""
    sources = [*(ROOT / "kaja").rglob("*.html"), *(ROOT / "kaja").rglob("*.py")]
    return sorted({name for source in sources for name in ASKED.findall(source.read_text(encoding="utf-8"))})


def sprite(names: list[str]) -> str:
    """One SVG with a symbol per icon, its outline from Tabler Icons (MIT)."""
    symbols = []
    for name in names:
        filled = name.endswith("-filled")
        folder = MODULES / "@tabler" / "icons" / "icons" / ("filled" if filled else "outline")
        source = folder / f"{name.removesuffix('-filled')}.svg"
        if not source.exists():
            sys.exit(f"There is no icon called {name} in Tabler Icons.")
        inner = re.sub(r"<!--.*?-->|</?svg[^>]*>|\s*\n\s*", "", source.read_text(), flags=re.S)
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{inner}</symbol>')
    return f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(symbols)}</svg>\n'


def cut(source: Path, target: Path) -> None:
    """Keep the letters of EXTENDED: the whole second file of Inter weighs more than the rest of a page."""
    from fontTools import subset

    options = subset.Options(flavor="woff2", layout_features=["*"])
    font = subset.load_font(str(source), options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=EXTENDED)
    cutter.subset(font)
    subset.save_font(font, str(target), options)


def printed(source: Path, target: Path, family: str, weight: int) -> None:
    """One weight of a variable font as TrueType, for the PDF: Typst reads neither woff2 nor variable fonts."""
    from fontTools import ttLib
    from fontTools.varLib import instancer

    font = ttLib.TTFont(str(source))
    font = instancer.instantiateVariableFont(
        font, {axis.axisTag: None for axis in font["fvar"].axes} | {"wght": weight}
    )
    font.flavor = None
    style = "Regular" if weight == 400 else "SemiBold"
    font["OS/2"].usWeightClass = weight
    for number, name in ((1, family), (2, style), (4, f"{family} {style}"), (6, f"{family}-{style}".replace(" ", ""))):
        font["name"].setName(name, number, 3, 1, 0x409)
    for number in (16, 17, 21, 22, 25):
        font["name"].removeNames(nameID=number)
    font.save(str(target))


def main() -> None:
    vendor = STATIC / "vendor"
    vendor.mkdir(parents=True, exist_ok=True)
    (STATIC / "icons.svg").write_text(sprite(icon_names()), encoding="utf-8")
    for font in ("inter", "bricolage-grotesque"):
        for part in ("latin", "latin-ext"):
            name = f"{font}-{part}-wght-normal.woff2"
            source = MODULES / "@fontsource-variable" / font / "files" / name
            if part == "latin-ext":
                cut(source, vendor / name)
            else:
                shutil.copyfile(source, vendor / name)
            for weight in (400, 600):
                family = f"Kaja {FAMILIES[font]}{' Ext' if part == 'latin-ext' else ''}"
                printed(source, vendor / f"{font}-{part}-{weight}.ttf", family, weight)
    shutil.copyfile(MODULES / "echarts" / "dist" / "echarts.min.js", vendor / "echarts.min.js")


if __name__ == "__main__":
    main()
