"""Translations without gettext's programs.

    python -m tools.translations             extract messages into the .po files, then compile them
    python -m tools.translations --compile   only compile (needs nothing but what a running Kaja has)
    python -m tools.translations --check     fail when a message has no Estonian or loses a placeholder

Messages of an app live in `kaja/<app>/locale`, those of everything else in `kaja/locale`. Files are sorted and carry no
line numbers or dates, so that two people's changes meet without conflict.
"""

import argparse
import re
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import polib

KAJA = Path(__file__).resolve().parent.parent / "kaja"
LANGUAGE = "et"
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}|<[^>]+>")
KEYWORDS = {
    name: positions
    for base, positions in (("gettext", (1,)), ("ngettext", (1, 2)), ("pgettext", ((1, "c"), 2)))
    for name in (base, f"{base}_lazy")
} | {"_": None, "gettext_noop": None}
Message = tuple[str, str]


def homes() -> Iterator[tuple[Path, list[Path]]]:
    """Each folder that holds translations, with the files whose messages it holds."""
    apps = sorted(path.parent for path in KAJA.glob("*/apps.py"))
    rest = [path for path in _sources(KAJA) if not any(app in path.parents for app in apps)]
    yield KAJA / "locale", rest
    for app in apps:
        yield app / "locale", _sources(app)


def _sources(folder: Path) -> list[Path]:
    every = [*folder.rglob("*.py"), *folder.rglob("*.html"), *folder.rglob("*.txt")]
    return sorted(path for path in every if "migrations" not in path.parts and "static" not in path.parts)


def messages(path: Path) -> Iterator[Message]:
    """(message, plural or empty) of a Python file or a template."""
    import django
    from babel.messages.extract import extract
    from django.conf import settings
    from django.utils.translation.template import templatize

    if not settings.configured:
        settings.configure()
        django.setup()
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        # What is left of a template is no Python: only its calls matter, and indentation would be taken for blocks.
        text = "\n".join(line.strip() for line in templatize(text, origin=str(path)).splitlines())
    keywords = {name: positions or (1,) for name, positions in KEYWORDS.items()}
    for _line, found, _comments, _context in extract("python", BytesIO(text.encode()), keywords, options={}):
        if isinstance(found, tuple):
            yield found[0], found[1]
        elif found:
            yield found, ""


def update(home: Path, sources: list[Path]) -> None:
    """Bring one .po file up to its sources: new messages empty, dead ones gone, translations kept."""
    file = home / LANGUAGE / "LC_MESSAGES" / "django.po"
    old = {entry.msgid: entry for entry in polib.pofile(str(file))} if file.exists() else {}
    wanted: dict[str, str] = {}
    for source in sources:
        for message, plural in messages(source):
            wanted[message] = wanted.get(message) or plural
    if not wanted:
        return
    book = polib.POFile(wrapwidth=0)
    book.metadata = {
        "Language": LANGUAGE,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": "nplurals=2; plural=(n != 1);",
    }
    for message in sorted(wanted):
        kept, plural = old.get(message), wanted[message]
        entry = polib.POEntry(msgid=message, msgid_plural=plural, flags=["python-format"] if "%(" in message else [])
        if plural:
            entry.msgstr_plural = kept.msgstr_plural if kept and kept.msgstr_plural else {0: "", 1: ""}
        else:
            entry.msgstr = kept.msgstr if kept else ""
        book.append(entry)
    file.parent.mkdir(parents=True, exist_ok=True)
    book.save(str(file))


def compile_all() -> None:
    """Write each .mo file beside its .po file."""
    for file in KAJA.rglob("*.po"):
        polib.pofile(str(file)).save_as_mofile(str(file.with_suffix(".mo")))


def torn() -> Iterator[str]:
    """Messages that two parts translate in two ways: all parts are one catalogue as Kaja runs, and one of them wins."""
    said: dict[str, dict[str, str]] = {}
    for home, _sources_of in homes():
        file = home / LANGUAGE / "LC_MESSAGES" / "django.po"
        for entry in polib.pofile(str(file)) if file.exists() else []:
            words = entry.msgstr or " | ".join(entry.msgstr_plural.values())
            said.setdefault(entry.msgid, {}).setdefault(words, home.parent.name)
    for message, ways in said.items():
        if len(ways) > 1:
            each = ", ".join(f"{words!r} ({part})" for words, part in ways.items())
            yield f"{message!r} is translated in two ways: {each}; say it alike, or use other English words"


def faults() -> Iterator[str]:
    """What is wrong with the translations as they stand, a line each."""
    yield from torn()
    for home, sources in homes():
        file = home / LANGUAGE / "LC_MESSAGES" / "django.po"
        book = {entry.msgid: entry for entry in polib.pofile(str(file))} if file.exists() else {}
        for source in sources:
            for message, plural in messages(source):
                entry = book.get(message)
                said = [*entry.msgstr_plural.values()] if entry and plural else [entry.msgstr if entry else ""]
                if not said or not all(said):
                    yield f"{source.relative_to(KAJA.parent)}: no Estonian for {message!r}"
                elif any(_placeholders(one) - _placeholders(message + plural) for one in said):
                    yield f"{source.relative_to(KAJA.parent)}: the translation of {message!r} has another placeholder"
                elif _placeholders(plural or message) - _placeholders(said[-1]):
                    yield f"{source.relative_to(KAJA.parent)}: the translation of {message!r} loses a placeholder"


def _placeholders(text: str) -> set[str]:
    return set(PLACEHOLDER.findall(text))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--check", action="store_true")
    wish = parser.parse_args()
    if wish.check:
        found = sorted(set(faults()))
        print("\n".join(found))
        sys.exit(1 if found else 0)
    if not wish.compile:
        for home, sources in homes():
            update(home, sources)
    compile_all()


if __name__ == "__main__":
    main()
