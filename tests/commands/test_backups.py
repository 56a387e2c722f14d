"""A backup keeps what joins two rows as well as the rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command

from kaja.commands import backups
from kaja.content.models import Item, Topic
from kaja.sharing.models import Crisis
from tests import factories
from tests.cast import Cast


@pytest.mark.django_db(transaction=True)
def test_topics_of_an_item_and_what_a_crisis_withdrew_come_back(
    cast: Cast, tmp_path: Path, django_assert_max_num_queries: Any
) -> None:
    items = [factories.item(f"Item {n}") for n in range(30)]
    topic = Topic.objects.create(slug="robots", names={"en": "Robots", "et": "Robotid"})
    for item in items:
        item.topics.add(topic)
    crisis = Crisis.objects.create(why="w", lasting=None)
    crisis.withdrawn.add(items[0])
    with django_assert_max_num_queries(len(backups.tables()) + 10):  # none for each row
        backups.write(str(tmp_path / "kaja.tar.gz"))
    call_command("flush", "--no-input", verbosity=0)
    backups.read(str(tmp_path / "kaja.tar.gz"))
    assert Item.objects.filter(topics__slug="robots").count() == 30
    assert [item.pk for item in Crisis.objects.get().withdrawn.all()] == [items[0].pk]
    Item.objects.get(pk=items[0].pk).topics.add(
        Topic.objects.create(slug="other", names={})
    )  # numbers go on where they stood


def test_every_table_that_joins_two_others_is_kept() -> None:
    joining = {model for model in apps.get_models(include_auto_created=True) if model._meta.auto_created}
    assert joining <= set(backups.tables())
