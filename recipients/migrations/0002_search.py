"""Find addresses and customers by a part of their names."""

from django.db import migrations

from recipients.search import index


class Migration(migrations.Migration):
    dependencies = [("recipients", "0001_initial")]

    operations = [migrations.RunPython(index.install, index.remove, elidable=False)]
