"""The `kaja` command line. Every command loads only what it needs, so that each starts quickly."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable


class Fault(Exception):
    """What went wrong, as a sentence for whoever typed the command."""


def django() -> None:
    """Load Django for a command that needs it."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kaja.settings")
    import django as framework

    framework.setup()


def up(wish: argparse.Namespace) -> None:
    from kaja.commands import supervisor

    supervisor.run(port=wish.port, host=wish.host)


def web(wish: argparse.Namespace) -> None:
    from kaja.commands import serving

    serving.replace_process("kaja.asgi:application", host=wish.host, port=wish.port)


def links(wish: argparse.Namespace) -> None:
    from kaja.commands import serving

    serving.replace_process("kaja.links.server:application", host=wish.host, port=wish.port)


def worker(_wish: argparse.Namespace) -> None:
    django()
    from kaja.jobs.worker import Worker

    Worker().run()


def prepare(_wish: argparse.Namespace) -> None:
    django()
    from kaja.commands import database

    database.migrate()
    database.collect_static()


def demo(wish: argparse.Namespace) -> None:
    os.environ["KAJA_DEMO"] = "1"  # the invented company posts to the sandbox, which is offered in a demo only
    django()
    from kaja.commands import database
    from kaja.demo import filling

    database.migrate()
    try:
        made = filling.fill(people=wish.people, days=wish.days, seed=wish.seed, say=lambda line: print(f"  {line} …"))
    except filling.NotEmpty as error:
        if wish.if_empty:
            return
        raise Fault(str(error)) from error
    print(f"Nordwind Robotics is there: {made['people']} people, {made['items']} items, {made['shares']} shares.")


def user_create(wish: argparse.Namespace) -> None:
    django()
    from kaja.commands import database, people

    database.migrate()
    print(people.create(wish.email, wish.role, wish.password))


def token_create(wish: argparse.Namespace) -> None:
    django()
    from kaja.commands import people

    print(people.token(wish.email))


def import_people(wish: argparse.Namespace) -> None:
    django()
    from kaja.commands import importing

    print(importing.people(wish.file, dry=wish.dry_run))


def import_items(wish: argparse.Namespace) -> None:
    django()
    from kaja.commands import importing

    print(importing.items(wish.file, email=wish.editor, category=wish.category, dry=wish.dry_run))


def import_feed(wish: argparse.Namespace) -> None:
    django()
    from kaja.commands import importing

    print(importing.feed(wish.file, email=wish.editor, category=wish.category))


def reindex(_wish: argparse.Namespace) -> None:
    django()
    from kaja.content import searching

    print(f"Indexed {searching.reindex()} items.")


def backup(wish: argparse.Namespace) -> None:
    django()
    from kaja.commands import backups

    print(f"Wrote {backups.write(wish.file)}.")


def restore(wish: argparse.Namespace) -> None:
    django()
    from kaja.commands import backups

    print(f"Restored {backups.read(wish.file)} rows.")


def doctor(_wish: argparse.Namespace) -> None:
    from kaja.commands import examination

    if not examination.examine():
        sys.exit(1)


def version(_wish: argparse.Namespace) -> None:
    from kaja import __version__

    print(f"Kaja {__version__}")


def parser() -> argparse.ArgumentParser:
    """Every command with its options."""
    top = argparse.ArgumentParser(prog="kaja", description="Kaja: open-source employee advocacy.")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def command(name: str, does: Callable[[argparse.Namespace], None], help: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=help, description=help)
        made.set_defaults(does=does)
        return made

    for name, does, text in (
        ("up", up, "run everything in one process group: pages, short links and worker"),
        ("web", web, "serve the pages (and short links under /l/)"),
        ("links", links, "serve the short links alone"),
    ):
        one = command(name, does, text)
        one.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 8000), help="default: PORT or 8000")
        one.add_argument("--host", default="127.0.0.1", help="address to listen on; default: this machine only")
    command("worker", worker, "deliver shares, count clicks, run jobs and the schedule")
    command("migrate", prepare, "bring the database and the static files up to this version")
    one = command("demo", demo, "fill an empty database with the demo company")
    one.add_argument("--people", type=int, default=500)
    one.add_argument("--days", type=int, default=90)
    one.add_argument("--seed", type=int, default=7)
    one.add_argument("--if-empty", action="store_true", help="do nothing when there are people already")
    users = command("user", version, "manage people").add_subparsers(metavar="ACTION", required=True)
    one = users.add_parser("create", help="add a person")
    one.set_defaults(does=user_create)
    one.add_argument("email")
    one.add_argument("--role", action="append", default=[], help="may be given more than once")
    one.add_argument("--password", default="", help="without one they sign in with a code by e-mail")
    tokens = command("token", version, "manage API tokens").add_subparsers(metavar="ACTION", required=True)
    one = tokens.add_parser("create", help="make an API token for a person")
    one.set_defaults(does=token_create)
    one.add_argument("email")
    imports = command("import", version, "bring in people, items or a feed").add_subparsers(
        metavar="WHAT", required=True
    )
    for name, does, text in (
        ("people", import_people, "people from a CSV file; again and again without making anybody twice"),
        (
            "items",
            import_items,
            "items from a CSV file, as drafts: title, url, summary, category, caption en, caption et …",
        ),
        ("feed", import_feed, "an RSS or Atom feed, from its address (read again from then on) or a file"),
    ):
        one = imports.add_parser(name, help=text, description=text)
        one.set_defaults(does=does)
        one.add_argument("file", metavar="FILE_OR_URL" if name == "feed" else "FILE")
        if name != "feed":
            one.add_argument("--dry-run", action="store_true", help="tell what would happen and write nothing")
        if name != "people":
            one.add_argument("--editor", default="", metavar="EMAIL", help="in whose name; default: the first editor")
            one.add_argument("--category", default="", metavar="SLUG", help="default: the first category")
    command("reindex", reindex, "make the library's full-text index anew; safe while Kaja runs")
    command("backup", backup, "write everything into one file").add_argument("file")
    command("restore", restore, "read a backup into an empty database").add_argument("file")
    command("doctor", doctor, "check the installation and say how to mend it")
    command("version", version, "print the version")
    return top


def main(arguments: list[str] | None = None) -> None:
    """Run one command; a fault is one sentence on standard error and exit status 1."""
    wish = parser().parse_args(arguments)
    from django.core.exceptions import ImproperlyConfigured, ValidationError

    try:
        wish.does(wish)
    except ValidationError as error:
        sys.exit("kaja: " + " ".join(error.messages))
    except (Fault, ImproperlyConfigured, OSError) as error:
        sys.exit(f"kaja: {error}")


if __name__ == "__main__":
    main()
