"""The refusal of a verb, in a sentence that is shown to the person who asked for it."""


class NotAllowed(Exception):  # noqa: N818  # reads as the sentence it is: `raise NotAllowed("…")`
    """The verb does not apply to this object or this person; `str()` is a full sentence."""
