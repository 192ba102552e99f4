"""The floor on which the rooms stand, and the roof over them.

The floor imports no room, and every room may import it:

    limits      every limit of the product in one table, and how tries are counted
    ui          what every page is made of: lists, forms, cells, columns, marks
    text        HTML and plain text
    wording     Liquid, of which every mail is made; the look of the organisation
    database    what the database needs to be told, whatever the rows are about

The roof imports them all, and none of them imports it:

    settings, urls, celery, context, views, setup, settings_map    what makes one program of the rooms
    rendering                   how templates and forms become HTML
    templatetags, styleguide    what every page shows, and every part of the look at once
    operations                  health, metrics, logs, the proxy in front, files
    demo, bench, management     a helpdesk to try, measurements, and their commands
    tests                       what concerns all rooms; the servers and browsers of all tests
"""

from helpdesk.celery import app as celery_app

__all__ = ["celery_app"]
