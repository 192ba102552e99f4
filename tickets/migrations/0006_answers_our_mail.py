"""Note which messages answered a mail of ours; index the words anew, as SQLite rebuilds the table."""

from django.db import migrations, models

from tickets.search import index


class Migration(migrations.Migration):

    dependencies = [
        ('tickets', '0005_search_follows_rebuilt_tables'),
        ('recipients', '0004_search'),
    ]

    operations = [
        migrations.AddField(
            model_name='comment',
            name='answers_our_mail',
            field=models.BooleanField(default=False, editable=False, help_text='It named a mail of ours by an id that we signed.'),
        ),
        migrations.RunPython(index.follow_rebuilt_tables, migrations.RunPython.noop, elidable=False),
    ]
