"""Items from a CSV file: every row has a fate and a reason."""

import pytest
from django.core.exceptions import PermissionDenied

from kaja.content import importing
from kaja.content.importing import Fate
from kaja.content.models import Item
from kaja.csvfile import Unreadable
from tests import factories
from tests.cast import Cast

pytestmark = pytest.mark.django_db
HEAD = "Title,URL,Category,Language,Until,Caption en,Caption et\n"


def plan(cast: Cast, *rows: str) -> importing.Plan:
    return importing.plan((HEAD + "\n".join(rows)).encode(), person=cast.eda, category=factories.category())


def test_rows_become_drafts_with_their_words(cast: Cast) -> None:
    planned = plan(cast, "NW-8,nordwind.example/nw-8,Product,en,1.12.2026,Look at this,Vaata seda")
    assert not Item.objects.exists()
    importing.apply(plan=planned, person=cast.eda)
    item = Item.objects.get()
    assert (item.state, item.url, item.live_until is not None) == ("draft", "https://nordwind.example/nw-8", True)
    assert sorted(item.captions.values_list("language", "text")) == [("en", "Look at this"), ("et", "Vaata seda")]


def test_an_address_is_never_brought_in_twice(cast: Cast) -> None:
    factories.item(url="https://nordwind.example/a")
    planned = plan(
        cast,
        "A,https://nordwind.example/a,,,,,",
        "B,https://nordwind.example/b,,,,,",
        "B,https://nordwind.example/b,,,,,",
    )
    assert [row.fate for row in planned.rows] == [Fate.KNOWN, Fate.NEW, Fate.KNOWN]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (",https://n.example/,,,,,", "title"),
        ("A,javascript:alert(1),,,,,", "https://"),
        ("A,https://n.example/,No such,,,,", "no category"),
        ("A,https://n.example/,,,31.31.2026,,", "is no date"),
        ("A,https://n.example/,,,2099-01-01,,", "five years"),
        ("A,https://n.example/,,,,=cmd(),", "formula"),
        ("A,https://n.example/,,,,,,,more", "more cells"),
    ],
)
def test_a_row_that_cannot_be_used_says_why(cast: Cast, row: str, why: str) -> None:
    planned = plan(cast, row)
    assert planned.rows[0].fate == Fate.LEFT_OUT
    assert why in planned.rows[0].why


def test_only_an_editor_may_and_only_a_table_is_taken(cast: Cast) -> None:
    with pytest.raises(PermissionDenied):
        importing.plan(HEAD.encode(), person=cast.liis, category=factories.category())
    with pytest.raises(Unreadable, match="a title is needed"):
        importing.plan(b"Name\nA\n", person=cast.eda, category=factories.category())


def test_a_row_of_each_kind_brings_its_own_details(cast: Cast) -> None:
    content = (
        b"title;kind;url;place;event begins;last day;hashtag;article;words en\n"
        b"Open day;event;;Tallinn;10.1.2027;;;;Come\n"
        b"Riga job;job;https://nordwind.example/j;Riga;;2027-02-01;;;Come\n"
        b"Say;say;;;;;NordwindLearns;;\n"
        b"Story;article;;;;;;# Text;Read\n"
        b"Wrong;event;;Tallinn;soon;;;;Come\n"
    )
    plan = importing.plan(content, person=cast.eda, category=factories.category())
    assert [row.fate for row in plan.rows] == [importing.Fate.NEW] * 4 + [importing.Fate.LEFT_OUT]
    importing.apply(plan=plan, person=cast.eda)
    made = {item.title: item for item in Item.objects.all()}
    assert made["Open day"].details == {"begins": "2027-01-10T00:00", "place": "Tallinn"}
    assert made["Open day"].url.endswith("/stories/open-day/")
    assert made["Riga job"].details == {"place": "Riga", "last_day": "2027-02-01"}
    assert made["Say"].details == {"hashtag": "NordwindLearns"}
    assert made["Story"].body == "# Text"
