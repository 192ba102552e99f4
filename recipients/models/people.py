"""Users: agents and administrators, who sign in to work."""

from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from recipients.addressing.fields import TypedAddressField
from recipients.addressing.normalise import MAX_ADDRESS_LENGTH, normalise
from recipients.models.customers import Customer, Partner
from recipients.models.own_addresses import OwnAddress


class Role(models.TextChoices):
    AGENT = "agent", _("Agent")
    ADMINISTRATOR = "administrator", _("Administrator")
    SUPER_ADMINISTRATOR = "super_administrator", _("Super administrator")


class UserManager(BaseUserManager["User"]):
    """People who sign in, found by email address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=email, **fields)
        user.set_password(password)
        user.full_clean(exclude=["password"])
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, role=Role.SUPER_ADMINISTRATOR, **fields)

    def get_by_natural_key(self, email: str | None) -> "User":
        return self.get(email=normalise(email or ""))


class AfterSending(models.TextChoices):
    """Where an agent goes when a message is sent."""

    NEXT = "next", _("Go to the next ticket in the list")
    LIST = "list", _("Back to the list")
    STAY = "stay", _("Stay on the ticket")


class User(AbstractBaseUser):
    """An agent, administrator or super administrator.

    The role says what they may set up, the partner (none means Any) which customers' tickets they see (R30, R31).
    There are no permission rows: `tickets.models.work.visibility` and the role are the whole rule.
    """

    email = TypedAddressField(_("email address"), max_length=MAX_ADDRESS_LENGTH, unique=True)
    first_name = models.CharField(_("first name"), max_length=150, blank=True)
    last_name = models.CharField(_("last name"), max_length=150, blank=True)
    role = models.CharField(_("role"), max_length=20, choices=Role, default=Role.AGENT)
    partner = models.ForeignKey(
        Partner,
        verbose_name=_("partner"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        help_text=_("Leave empty for Any: the agent sees every partner's tickets."),
    )
    signature = models.TextField(_("signature"), blank=True, help_text=_("Added at the end of the messages you send."))
    phone = models.CharField(_("phone"), max_length=40, blank=True, help_text=_("For messages in queues that use it."))
    sender_email = TypedAddressField(
        _("own sender address"),
        max_length=MAX_ADDRESS_LENGTH,
        blank=True,
        help_text=_("Shown as the sender in queues that send in the agent's name. Leave empty for your email address."),
    )
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    language = models.CharField(_("language"), max_length=8, blank=True)
    notify_new_tickets = models.BooleanField(_("email me about new tickets"), default=True)
    notify_messages = models.BooleanField(_("email me about customers' messages"), default=True)
    notify_due = models.BooleanField(_("email me when tickets are due soon or overdue"), default=True)
    after_sending = models.CharField(_("after sending"), max_length=4, choices=AfterSending, default=AfterSending.NEXT)
    away_until = models.DateField(
        _("away until"),
        null=True,
        blank=True,
        help_text=_("The last day away. Until then, no ticket is assigned automatically. Empty: not away."),
    )
    stand_in = models.ForeignKey(
        "self",
        verbose_name=_("stand-in"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("Gets the new and open tickets in the meantime, as far as they can see them."),
    )
    last_assigned_at = models.DateTimeField(null=True, blank=True, editable=False)
    columns = models.JSONField(
        default=dict, blank=True, editable=False, help_text=_("Which columns of each list the user wants to see.")
    )
    ticket_views = models.JSONField(
        default=list, blank=True, editable=False, help_text=_("Lists of tickets that the user has kept under a name.")
    )
    is_active = models.BooleanField(_("active"), default=True)
    date_joined = models.DateTimeField(_("joined"), default=timezone.now, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ["first_name", "last_name", "email"]
        constraints = [models.UniqueConstraint(Lower("email"), name="one_user_an_address")]

    def __str__(self) -> str:
        return self.get_full_name()

    def clean(self) -> None:
        super().clean()
        if OwnAddress.among([self.email]):
            raise ValidationError({"email": _("This is a mailbox's address, so it cannot be a user's.")})

    def get_full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.email

    def get_short_name(self) -> str:
        return self.first_name or self.email

    @property
    def is_away(self) -> bool:
        """Whether they are away today, by their own calendar."""
        return self.away_until is not None and timezone.localdate(timezone=ZoneInfo(self.time_zone)) <= self.away_until

    @property
    def is_super_administrator(self) -> bool:
        return self.role == Role.SUPER_ADMINISTRATOR

    @property
    def is_administrator(self) -> bool:
        return self.role in (Role.ADMINISTRATOR, Role.SUPER_ADMINISTRATOR)

    @property
    def administers_all(self) -> bool:
        """Whether the user sets what holds for every partner, and not only who works for one."""
        return self.is_administrator and self.sees_every_partner

    @property
    def sees_every_partner(self) -> bool:
        return self.is_super_administrator or self.partner_id is None

    def serves(self, customer: Customer | None) -> bool:
        """Whether the partner lets the user see the tickets of `customer`; nobody's are for Any alone (R30)."""
        return self.sees_every_partner or (customer is not None and customer.partner_id == self.partner_id)

    # The Django admin under /admin/ is for super administrators alone.
    @property
    def is_staff(self) -> bool:
        return self.is_super_administrator

    @property
    def is_superuser(self) -> bool:
        return self.is_super_administrator

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return self.is_active and self.is_super_administrator

    def has_perms(self, perms: list[str], obj: object = None) -> bool:
        return self.is_active and self.is_super_administrator

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and self.is_super_administrator
