"""Are times read as people write them, in every language, and written so that they are read again?"""

import pytest
from django.utils import translation

from tickets.service_levels.durations import WHOLE_DAY, WORKING_DAY, read_duration, written_duration


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("", None),
        ("2 h", 120),
        ("30min", 30),
        ("1 d 4 h", 720),
        ("1:30", 90),
        ("0,5 Std.", 30),
        ("1 giorno, 2 ore", 600),
        ("1 godz 15 min", 75),
        ("1 д 4 ч", 720),
        ("1 Tag 90 Minuten", 570),
    ],
)
def test_what_people_write_is_read(text: str, minutes: int | None) -> None:
    assert read_duration(text, WORKING_DAY) == minutes


@pytest.mark.parametrize("text", ["2", "soon", "-1 h", "0 h", "2 h and", "1:75", "99999 d", "h"])
def test_what_says_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read_duration(text, WORKING_DAY)


@pytest.mark.parametrize("language", ["en", "de", "it", "pl", "ru"])
def test_what_is_written_is_read_again(language: str) -> None:
    with translation.override(language):
        for minutes in (1, 59, 60, 480, 495, 1440, 10_000):
            for day in (WORKING_DAY, WHOLE_DAY):
                assert read_duration(written_duration(minutes, day), day) == minutes
