"""What went wrong while one mail was read, and how much costly guessing it may still cause."""

from __future__ import annotations

from dataclasses import dataclass, field

MOST_DEFECTS = 50


@dataclass(slots=True)
class Notes:
    """Collects the defects of one mail, each once, and holds its budgets.

    A mail with 500 parts in an unknown charset must not cost 500 detections, so they are counted per mail.
    """

    defects: list[str] = field(default_factory=list)
    detections_left: int = 4

    def defect(self, sentence: str) -> None:
        """Keep a sentence for the people who look at this mail."""
        if sentence not in self.defects and len(self.defects) < MOST_DEFECTS:
            self.defects.append(sentence)

    def may_detect(self) -> bool:
        """Is there budget for one more charset detection?"""
        self.detections_left -= 1
        return self.detections_left >= 0
