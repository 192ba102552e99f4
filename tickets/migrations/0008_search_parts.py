"""Find parts of Chinese, Japanese, Korean and Thai texts, and of compound words in subjects and file names."""

from django.db import migrations

from tickets.search import index


class Migration(migrations.Migration):
    dependencies = [("tickets", "0007_bulk_mail")]

    operations = [migrations.RunPython(index.install, migrations.RunPython.noop, elidable=True)]
