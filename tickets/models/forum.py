"""Who follows the topics of forums."""

from django.core.signing import BadSignature, Signer
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from helpdesk import limits
from recipients.models import Recipient
from tickets.models.work.ticket import Ticket

_SIGNER = Signer(salt="topic.unfollow")


class TopicFollower(models.Model):
    """That somebody gets a mail of each message of a topic; or, not `is_on`, that they want none any more.

    Whether they may read the topic is asked anew with each mail.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="followers")
    recipient = models.ForeignKey(Recipient, on_delete=models.CASCADE, related_name="+")
    is_on = models.BooleanField(_("follows"), default=True)
    at = models.DateTimeField(_("since"), default=timezone.now)

    class Meta:
        verbose_name = _("follower of a topic")
        verbose_name_plural = _("followers of topics")
        constraints = [models.UniqueConstraint(fields=["ticket", "recipient"], name="one_follower_a_topic")]

    def __str__(self) -> str:
        return f"{self.recipient} #{self.ticket_id}"

    @property
    def token(self) -> str:
        """What the link of their mails names them by."""
        return _SIGNER.sign(str(self.pk))

    @classmethod
    def find(cls, token: str) -> "TopicFollower | None":
        """Whom the link of a mail names; None if we never made it, or the topic is gone."""
        try:
            pk = _SIGNER.unsign(token)
        except BadSignature:
            return None
        return cls._default_manager.select_related("ticket", "ticket__queue", "recipient").filter(pk=pk).first()

    @classmethod
    def wrote(cls, ticket: Ticket, recipient: Recipient | None) -> None:
        """Whoever writes on a topic follows it, unless they said that they want no mails of it. Two queries."""
        if recipient and recipient.pk and cls.has_room(ticket):
            row = cls(ticket=ticket, recipient=recipient)
            cls._default_manager.bulk_create([row], ignore_conflicts=True)

    @classmethod
    def switch(cls, ticket: Ticket, recipient: Recipient, *, on: bool) -> None:
        """Follow it, or not any more."""
        cls._default_manager.update_or_create(ticket=ticket, recipient=recipient, defaults={"is_on": on})

    @classmethod
    def has_room(cls, ticket: Ticket) -> bool:
        """Whether one more may follow: each message is a mail to each of them."""
        return cls._default_manager.filter(ticket=ticket, is_on=True).count() < limits.FOLLOWERS.amount
