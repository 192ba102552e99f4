"""Find tickets by the texts of their own fields, too."""

from django.db import migrations

from tickets.search import index


class Migration(migrations.Migration):
    dependencies = [("tickets", "0004_forum")]

    operations = [migrations.RunPython(index.install, migrations.RunPython.noop, elidable=False)]
