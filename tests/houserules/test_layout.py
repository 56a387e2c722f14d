"""House rules that an import linter cannot see (docs/architecture.md)."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.template.loader import get_template
from django.utils.module_loading import import_string

from kaja import consequences
from kaja.networks.catalogue import NETWORKS

ROOT = Path(__file__).resolve().parents[2]
KAJA = ROOT / "kaja"
FORBIDDEN = {"utils", "util", "helpers", "helper", "common", "misc", "core", "base", "manager", "managers", "service", "services"}  # fmt: skip
OURS = {
    "hub",
    "api",
    "health",
    "measurement",
    "sharing",
    "content",
    "guidelines",
    "links",
    "networks",
    "people",
    "jobs",
    "audit",
}


def sources() -> Iterator[Path]:
    return (path for path in KAJA.rglob("*.py") if "migrations" not in path.parts)


@cache
def trees() -> list[tuple[Path, ast.Module]]:
    """Every module of Kaja with its syntax tree: parsed once for all rules."""
    return [(path, ast.parse(path.read_text(encoding="utf-8"))) for path in sources()]


def where(path: Path, node: ast.AST) -> str:
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"


def test_no_module_or_folder_has_a_name_that_says_nothing() -> None:
    named = [path for path in KAJA.rglob("*") if path.suffix in ("", ".py") and path.stem in FORBIDDEN]
    assert named == []


def test_nothing_listens_to_signals_and_no_save_has_side_effects() -> None:
    found = []
    for path, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                found += [where(path, node) for mark in node.decorator_list if "receiver" in ast.unparse(mark)]
            if isinstance(node, ast.ImportFrom) and node.module and "signals" in node.module:
                found.append(where(path, node))
            if isinstance(node, ast.ClassDef) and path.name == "models.py":
                found += [
                    where(path, one) for one in node.body if isinstance(one, ast.FunctionDef) and one.name == "save"
                ]
    assert found == []


def test_a_foreign_key_that_crosses_apps_cannot_be_followed_backwards() -> None:
    found = []
    for model in apps.get_models():
        if model._meta.app_label not in OURS:
            continue
        for field in model._meta.get_fields():
            other = getattr(field, "related_model", None)
            if not getattr(field, "many_to_one", False) or other is None or isinstance(other, str):
                continue
            crosses = other._meta.app_label in OURS and other._meta.app_label != model._meta.app_label
            if crosses and not field.remote_field.hidden:  # type: ignore[union-attr]
                found.append(f"{model.__name__}.{field.name}")
    assert found == []


def test_nobody_compares_the_key_of_a_network_outside_its_own_file() -> None:
    keys = {network.key for network in NETWORKS} - {"email", "copy", "phone"}
    found = []
    for path, tree in trees():
        if path.parent.name in ("connectors", "demo"):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Compare):
                sides = [node.left, *node.comparators]
                if any(ast.unparse(side).endswith(".unit") for side in sides):
                    continue  # a way of counting is called like the network that began it
                if any(isinstance(side, ast.Constant) and side.value in keys for side in sides):
                    found.append(where(path, node))
    assert found == []


def test_every_error_is_caught_by_its_name_save_where_anything_may_come() -> None:
    allowed = {
        "kaja/jobs/worker.py", "kaja/jobs/tasks.py", "kaja/jobs/lanes.py", "kaja/sharing/delivery.py",
        "kaja/sharing/places.py",
    }  # fmt: skip
    found = []
    for path, tree in trees():
        if str(path.relative_to(ROOT)) in allowed:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.ExceptHandler) and (
                node.type is None or ast.unparse(node.type) in ("Exception", "BaseException")
            ):
                found.append(where(path, node))
    assert found == []


def test_every_consequence_exists_and_every_recorded_fact_is_in_the_table() -> None:
    for functions in (*consequences.TABLE.values(), consequences.STEADY, tuple(consequences.SCHEDULE)):
        for name in functions:
            assert callable(import_string(name)), name
    recorded = set()
    for _path, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("facts.record", "record") and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant):
                    recorded.add(first.value)
    assert recorded == set(consequences.TABLE)


def test_a_verb_that_writes_takes_its_arguments_by_name() -> None:
    """Functions that write the audit trail are verbs."""
    found = []
    for path, tree in trees():
        for node in tree.body:
            if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
                continue
            if "lines.write(" in ast.unparse(node) and node.args.args:
                found.append(where(path, node))
    assert found == []


@pytest.mark.parametrize("path", sorted(KAJA.rglob("templates/**/*.html")), ids=lambda path: path.name)
def test_every_template_parses_and_holds_no_script_of_its_own(path: Path) -> None:
    relative = path.relative_to(next(one for one in path.parents if one.name == "templates"))
    get_template(str(relative))
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"\son[a-z]+=", text)
    assert "javascript:" not in text
    assert not [line for line in text.splitlines() if "{#" in line and "#}" not in line], "a reader would see it"


# Templates from before the rule, of others who are writing them out; the list only shrinks.
CRAMMED = [
    "content/_actions",
    "content/_facts",
    "content/_status",
    "content/_tabs",
    "content/_words",
    "content/item",
    "content/new",
    "content/queue",
    "content/read",
    "content/sources",
    "hub/_groups",
    "hub/_period",
    "hub/_programme_tabs",
    "hub/growth",
    "hub/programme",
    "links/answer",
    "measurement/_chart",
    "measurement/_drawer",
    "measurement/_figure",
    "measurement/figure",
    "measurement/refused",
    "networks/_preview",
    "networks/going",
    "networks/sandbox",
]


def test_templates_are_read_by_people_no_line_is_longer_than_140_characters() -> None:
    crammed = {
        "/".join(path.with_suffix("").parts[-2:])
        for path in KAJA.rglob("templates/**/*.html")
        if any(len(line) > 140 for line in path.read_text(encoding="utf-8").splitlines())
    }
    assert crammed - set(CRAMMED) == set()


def test_every_app_says_what_it_owns() -> None:
    for name in OURS:
        assert import_module(f"kaja.{name}").__doc__, name


def test_texts_of_pages_are_marked_for_translation() -> None:
    """A crude look: words between tags that no translation tag surrounds."""
    found = []
    for path in KAJA.rglob("templates/**/*.html"):
        text = path.read_text(encoding="utf-8")
        text = re.sub(r"\{% blocktranslate.*?%\}.*?\{% endblocktranslate %\}", "", text, flags=re.S)
        text = re.sub(r"\{[#%{].*?[#%}]\}|<style.*?</style>|<svg.*?</svg>", "", text, flags=re.S)
        words = re.findall(r">\s*([^<>{}]*[A-Za-z]{4,}[^<>{}]*)\s*<", text.replace("Kaja", ""))
        found += [f"{path.relative_to(KAJA)}: {word.strip()}" for word in words]
    assert found == []


def test_comments_in_templates_end_on_their_line() -> None:
    """Django reads `{# … #}` on one line only: a longer one stands on the page for everybody."""
    open_ended = [
        path.name
        for path in KAJA.rglob("templates/**/*.html")
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.count("{#") != line.count("#}")
    ]
    assert open_ended == []
