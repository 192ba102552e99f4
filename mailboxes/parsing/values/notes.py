"""What was unusual in one mail, how much costly guessing it may still cause, and in which language to speak.

Sentences that people read are marked by `gettext_noop` and said through `Notes.say`, so that the parser knows no Django
and the message the language of the installation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

MOST_DEFECTS = 50


def gettext_noop(sentence: str) -> str:
    """Marks a sentence for the catalogues; `makemessages` knows the name."""
    return sentence


@dataclass(slots=True)
class Notes:
    """Collects the defects of one mail and what was done about them, each once, and holds its budgets.

    A mail with 500 parts in an unknown charset must not cost 500 detections, so they are counted per mail.
    """

    say: Callable[[str], str] = str
    defects: list[str] = field(default_factory=list)
    detections_left: int = 4

    def defect(self, sentence: str, **values: object) -> None:
        """Keep a sentence, with its values, for the people who look at this mail."""
        sentence = self.say(sentence) % values if values else self.say(sentence)
        if sentence not in self.defects and len(self.defects) < MOST_DEFECTS:
            self.defects.append(sentence)

    def may_detect(self) -> bool:
        """Is there budget for one more charset detection?"""
        self.detections_left -= 1
        return self.detections_left >= 0
