"""Index the words of tickets, comments, tags, recipients and customers."""

from django.db import migrations

from tickets.search import index


class Migration(migrations.Migration):
    dependencies = [("tickets", "0001_initial"), ("recipients", "0001_initial")]

    operations = [migrations.RunPython(index.install, index.remove, elidable=False)]
