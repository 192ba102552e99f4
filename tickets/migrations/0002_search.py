"""Index the words of tickets, comments, tags, recipients and customers."""

from django.db import migrations

from tickets import search_index


class Migration(migrations.Migration):
    dependencies = [("tickets", "0001_initial"), ("recipients", "0001_initial")]

    operations = [migrations.RunPython(search_index.install, search_index.remove, elidable=False)]
