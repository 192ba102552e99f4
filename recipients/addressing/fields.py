"""Model fields of addresses, which are saved in their normal form, and of what follows from an address."""

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from recipients.addressing.lookalikes import skeleton
from recipients.addressing.normalise import domain_of, normalise

if TYPE_CHECKING:  # they are generic in the stubs, and not at run time
    Field = models.Field[str, str]
    CharField = models.CharField[str, str]
    EmailField = models.EmailField[str, str]
else:
    Field, CharField, EmailField = models.Field, models.CharField, models.EmailField


class _Normal(Field):
    """An address as `normalise` has it. What is none is refused by validation, and kept where nobody validates."""

    def clean(self, value: Any, model_instance: models.Model | None) -> Any:
        normal = normalise(value or "")
        if value and not normal:
            raise ValidationError(_("“%(given)s” is not an email address.") % {"given": value})
        return super().clean(normal, model_instance)

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        given = str(getattr(model_instance, self.attname))
        return _found(model_instance, self, normalise(given) or given)


class AddressField(_Normal, CharField):
    """The address of somebody who writes to us: anything that mail servers let through."""

    def deconstruct(self) -> Any:
        return _as(CharField, super().deconstruct())


class TypedAddressField(_Normal, EmailField):
    """An address that somebody of us types, checked as Django checks them."""

    def deconstruct(self) -> Any:
        return _as(EmailField, super().deconstruct())


class DomainField(CharField):
    """The domain of the address in the field `of`, found whenever the row is saved, alone or with many others."""

    def __init__(self, *args: Any, of: str = "address", **kwargs: Any) -> None:
        self.of = of
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        return _as(CharField, super().deconstruct())

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        return _found(model_instance, self, domain_of(str(getattr(model_instance, self.of))))


class SkeletonField(CharField):
    """What the domain in the field `of` looks like, found as a `DomainField` is; `of` may hold an address."""

    def __init__(self, *args: Any, of: str, **kwargs: Any) -> None:
        self.of = of
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, kwargs | {"of": self.of}

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        return _found(model_instance, self, skeleton(str(getattr(model_instance, self.of)).rpartition("@")[2]))


def _found(model_instance: models.Model, field: Field, value: str) -> str:
    """`value` for the row, which the object says from now on, too."""
    setattr(model_instance, field.attname, value)
    return value


def _as(column: type[Field], deconstructed: Any) -> Any:
    """To migrations a field of ours is the `column` that it is: they move rows, and ask no field for its value."""
    name, _path, args, kwargs = deconstructed
    return name, f"django.db.models.{column.__name__}", args, kwargs
