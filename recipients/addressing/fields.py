"""Which columns follow from others, whoever writes the row?"""

from typing import Any

from django.db import models

from recipients.addressing.lookalikes import skeleton


class SkeletonField(models.CharField):  # type: ignore[type-arg]  # not generic at run time
    """What the domain in the field `of` looks like: found whenever the row is saved, alone or with many others."""

    def __init__(self, *args: Any, of: str, **kwargs: Any) -> None:
        self.of = of
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, kwargs | {"of": self.of}

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        found = skeleton(str(getattr(model_instance, self.of)).rpartition("@")[2])
        setattr(model_instance, self.attname, found)
        return found
