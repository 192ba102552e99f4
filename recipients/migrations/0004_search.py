"""Find addresses and customers by a part of their names."""

from django.db import migrations

from recipients import search_index


class Migration(migrations.Migration):
    dependencies = [("recipients", "0003_recipients_page")]

    operations = [migrations.RunPython(search_index.install, search_index.remove, elidable=False)]
