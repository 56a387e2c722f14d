"""The table of the cache that counts refused sign-ins for all processes."""

from django.core.management import call_command
from django.db import migrations


def make(_apps: object, schema_editor: object) -> None:
    call_command("createcachetable", database=schema_editor.connection.alias, verbosity=0)  # type: ignore[attr-defined]


class Migration(migrations.Migration):
    dependencies = [("jobs", "0001_beginning")]
    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
