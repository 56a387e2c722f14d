"""The full-text index behind `searching.py`, hung on the table of ItemWords; each database in its own way.

SQLite: an FTS5 table without a copy of the text, kept by triggers. Should a later migration alter ItemWords, Django
makes the table anew and loses the triggers: run `SQLITE` again at its end.
PostgreSQL: a column that the database works out itself.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

SQLITE = (
    """CREATE VIRTUAL TABLE content_search USING fts5(
        head, rest, content='content_itemwords', content_rowid='item_id', tokenize='unicode61 remove_diacritics 0')""",
    # A word of the title weighs four times as much as one of the rest.
    "INSERT INTO content_search(content_search, rank) VALUES('rank', 'bm25(4.0, 1.0)')",
    """CREATE TRIGGER content_search_added AFTER INSERT ON content_itemwords BEGIN
        INSERT INTO content_search(rowid, head, rest) VALUES (new.item_id, new.head, new.rest);
    END""",
    """CREATE TRIGGER content_search_gone AFTER DELETE ON content_itemwords BEGIN
        INSERT INTO content_search(content_search, rowid, head, rest)
        VALUES ('delete', old.item_id, old.head, old.rest);
    END""",
    """CREATE TRIGGER content_search_changed AFTER UPDATE ON content_itemwords BEGIN
        INSERT INTO content_search(content_search, rowid, head, rest)
        VALUES ('delete', old.item_id, old.head, old.rest);
        INSERT INTO content_search(rowid, head, rest) VALUES (new.item_id, new.head, new.rest);
    END""",
)
POSTGRESQL = (
    """ALTER TABLE content_itemwords ADD COLUMN vector tsvector GENERATED ALWAYS AS (
        setweight(to_tsvector('simple', head), 'A') || setweight(to_tsvector('simple', rest), 'B')) STORED""",
    "CREATE INDEX content_itemwords_vector ON content_itemwords USING gin (vector)",
)


def build(_apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    for statement in POSTGRESQL if editor.connection.vendor == "postgresql" else SQLITE:
        editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("content", "0001_beginning")]  # noqa: RUF012 - as Django writes them
    operations = [migrations.RunPython(build, elidable=False)]  # noqa: RUF012
