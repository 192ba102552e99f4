"""The forms of queues, users and the ticket settings."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from helpdesk import limits
from helpdesk.ui.sections import Section, Sections, with_line
from recipients.addressing.normalise import display, typed
from recipients.models import Customer, Kind, Partner, User
from recipients.users.forms import UserForm as PersonForm
from recipients.users.forms import address_of_ours_refused
from recipients.users.time_zones import TimeZoneField
from tickets.hours.forms import WeekField
from tickets.models import Queue, TicketSettings
from tickets.models.service_level import recheck_soon
from tickets.models.setup.category import category_choices
from tickets.models.setup.priority import priority_choices
from tickets.models.setup.substatus import status_choices


class QueueForm(Sections, forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """A department: who works there, what comes in, how it answers.

    T01, T02, T03, T05, T07, T15, T16, T17, T21, U25.
    """

    # Not of the model's: of two defaults for a moment, while one takes the other's place, nobody shall complain.
    make_default = forms.BooleanField(
        label=_("Default queue"),
        required=False,
        help_text=_(
            "Gets whatever is meant for nobody in particular: mail to addresses at your domain that are "
            "not set up here, and tickets for which nobody chose a queue. Mail to an address that is set "
            "up goes to the queue of that address."
        ),
    )
    time_zone = TimeZoneField()
    default_priority = forms.TypedChoiceField(label=_("Default priority"), choices=priority_choices, coerce=int)
    opening_hours = WeekField()
    forum_kinds = forms.MultipleChoiceField(
        label=_("Kinds of customers"), choices=Kind.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    forum_partners = forms.ModelMultipleChoiceField(
        label=_("Customers of partners"),
        queryset=Partner.objects.all(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    forum_customers = forms.CharField(
        label=_("Customers"),
        required=False,
        max_length=limits.FORUM_CUSTOMERS.amount * 100,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("One per line, by number or exact name. A company includes those who work there."),
    )
    agents = forms.ModelMultipleChoiceField(
        label=_("Agents"),
        queryset=User.objects.filter(is_active=True),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("They and administrators see the queue's tickets."),
    )

    sections: tuple[Section, ...] = (
        Section("", ("name", "make_default", ("language", "time_zone"))),
        Section(
            _("Incoming"),
            (
                "unknown_senders",
                "bulk_mail",
                "auto_add",
                "in_portal",
                ("default_priority", "default_category"),
                "confirmation",
            ),
        ),
        Section(
            _("Forum"),
            ("forum", ("forum_kinds", "forum_partners"), "forum_customers"),
            _(
                "Everything customers write in a forum can be read by everybody who can read the forum, "
                "with the writer's name but without any address. Only new topics are public: existing "
                "tickets, and tickets moved here, stay private. So does mail from people the forum is "
                "not for."
            ),
        ),
        Section(_("Working hours"), ("opening_hours", "holidays")),
        Section(_("Answers"), ("sender", "reply_to_agent", "never_cc")),
        Section(_("Assignment"), ("assigning", "takers", ("most_open", "most_given"))),
        Section(_("Waiting for the customer"), ("reply_changes_status", ("close_after_days", "warn_days_before"))),
        Section(_("When a ticket is solved"), ("summary_on_closing", "ask_after_hours")),
        Section(_("People"), ("agents",)),
    )

    class Meta:
        model = Queue
        fields = [
            "name",
            "language",
            "time_zone",
            "opening_hours",
            "holidays",
            "unknown_senders",
            "bulk_mail",
            "auto_add",
            "in_portal",
            "forum",
            "default_priority",
            "default_category",
            "confirmation",
            "sender",
            "reply_to_agent",
            "assigning",
            "takers",
            "most_open",
            "most_given",
            "reply_changes_status",
            "close_after_days",
            "warn_days_before",
            "summary_on_closing",
            "ask_after_hours",
            "never_cc",
            "agents",
        ]
        widgets = {
            "unknown_senders": forms.RadioSelect,
            "bulk_mail": forms.RadioSelect,
            "forum": forms.RadioSelect,
            "sender": forms.RadioSelect,
            "assigning": forms.RadioSelect,
            "takers": forms.CheckboxSelectMultiple,
            "never_cc": forms.Textarea(attrs={"rows": 4}),
        }
        help_texts = {
            "unknown_senders": _(
                "Senders get one link, valid for a week, in the confirmation of receipt or in a separate "
                "email. Clicking it proves that the address is theirs; it assigns no customer. Automatic "
                "senders, shared addresses and senders who fail authentication are never asked."
            ),
            "auto_add": _(
                "Somebody whose address is not known becomes a lead, under the one company that has the "
                "domain. That does not make the ticket valid, and the person counts as unknown until "
                "somebody confirms them."
            ),
            "never_cc": _("One address per line: aliases, marketplace forms."),
            "confirmation": _("Only for the first message of a new ticket."),
            "reply_to_agent": _(
                "Careful: customers' replies then go to the agent's own address, leave the helpdesk and are not in "
                "the ticket."
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["make_default"] = self.instance.is_default
        takers = self.fields["takers"]
        assert isinstance(takers, forms.ModelMultipleChoiceField)
        takers.queryset = User.objects.filter(is_active=True)
        self.fields["assigning"].required = False
        holidays = self.fields["holidays"]
        assert isinstance(holidays, forms.ModelChoiceField)
        holidays.empty_label = _("No calendar")
        category = self.fields["default_category"]
        assert isinstance(category, forms.ModelChoiceField)
        category.choices = [("", _("No category")), *category_choices(self.instance.default_category_id)]
        # The model's choices begin with no forum at all: none is no missing answer.
        self.fields["forum"] = forms.ChoiceField(
            label=_("Who reads the conversations"),
            choices=Queue.Forum.choices,
            required=False,
            widget=forms.RadioSelect,
        )
        audience = self.instance.forum_audience
        self.initial["forum_kinds"] = audience.get("kinds", [])
        self.initial["forum_partners"] = audience.get("partners", [])
        chosen = Customer.objects.present().filter(pk__in=audience.get("customers", ()))
        self.initial["forum_customers"] = "\n".join(each.number or each.name for each in chosen.order_by("name", "pk"))
        if self.instance._state.adding:
            self.fields["time_zone"].widget.attrs["data-zone-of-browser"] = not self.is_bound

    def clean_make_default(self) -> bool:
        wanted: bool = self.cleaned_data["make_default"]
        if self.instance.is_default and not wanted:
            raise ValidationError(_("One queue has to be the default: set it in the queue that takes over."))
        return wanted

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("assigning", Queue.Assigning.NONE) != Queue.Assigning.NONE and not data.get("takers"):
            self.add_error("takers", _("Tick the agents who get tickets."))
        named = ("forum_kinds", "forum_partners", "forum_customers")
        nobody = not any(data.get(name) or name in self.errors for name in named)
        if data.get("forum") == Queue.Forum.CHOSEN and nobody:
            self.add_error("forum", _("Choose who the forum is for: kinds, partners or customers."))
        after, before = data.get("close_after_days"), data.get("warn_days_before")
        if before and (after is None or before >= after):
            self.add_error("warn_days_before", _("The warning must come fewer days before than it takes to close."))
        return data

    def clean_forum_customers(self) -> list[int]:
        """The ids of those that were named: each must name one customer."""
        names = list(dict.fromkeys(filter(None, map(str.strip, self.cleaned_data["forum_customers"].splitlines()))))
        if len(names) > limits.FORUM_CUSTOMERS.amount:
            raise limits.FORUM_CUSTOMERS.refusal()
        rows = (
            Customer.objects.present()
            .filter(Q(number__in=names) | Q(name__in=names))
            .values_list("pk", "number", "name")
        )
        found = {name: [pk for pk, number, called in rows if name in (number, called)] for name in names}
        kept = set(self.instance.forum_audience.get("customers", ()))
        found = {name: [pk for pk in pks if pk in kept] or pks if len(pks) > 1 else pks for name, pks in found.items()}
        if wrong := [name for name, pks in found.items() if len(pks) != 1]:
            message = _("These match no customer, or several: %(wrong)s. Enter their numbers.")
            raise ValidationError(message, params={"wrong": Truncator(", ".join(wrong)).chars(200)})
        return [pk for pks in found.values() for pk in pks]

    def clean_assigning(self) -> str:
        return self.cleaned_data["assigning"] or Queue.Assigning.NONE

    def clean_never_cc(self) -> str:
        given = self.cleaned_data["never_cc"].replace(",", "\n").split()
        wrong = [each for each in given if not typed(each)]
        if wrong:
            raise ValidationError(
                _("These are not email addresses: %(wrong)s."),
                params={"wrong": Truncator(", ".join(wrong)).chars(200)},
            )
        return "\n".join(dict.fromkeys(display(typed(each)) for each in given))

    def save(self, commit: bool = True) -> Queue:
        """Save it all or nothing; the first queue, and one that is made the default, replaces the default before."""
        recheck_soon()  # hours and time zone may be others
        queue: Queue = self.instance
        others = Queue.objects.filter(is_default=True).exclude(pk=queue.pk)
        data = self.cleaned_data
        if "forum" in data:
            queue.forum_audience = {
                "kinds": list(data["forum_kinds"]),
                "partners": [partner.pk for partner in data["forum_partners"]],
                "customers": data["forum_customers"],
            }
        with transaction.atomic():
            queue.is_default = data.get("make_default", queue.is_default) or not others.exists()
            if queue.is_default:
                others.update(is_default=False)
            super().save(commit)
        return queue


class UserForm(PersonForm):
    """A person who signs in, with the queues that `recipients` does not know."""

    queues = forms.ModelMultipleChoiceField(
        label=_("Queues"),
        queryset=Queue.objects.all(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Agents see the tickets of these queues. Administrators see those of all queues."),
    )

    sections = with_line(PersonForm.sections, "queues", before="is_active")

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, by=by, **kwargs)
        if not self.instance._state.adding:
            self.initial["queues"] = list(self.instance.queues.all())

    def save(self, commit: bool = True) -> User:
        with transaction.atomic():
            user = super().save(commit)
            user.queues.set(self.cleaned_data["queues"])
        return user


class TicketSettingsForm(Sections, forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """The ticket parameters and who is told (R21, R22, L22, L43)."""

    sections = (
        Section(
            _("Mail about tickets"),
            ("notifications", "admin_email", "mailbox_name_only", "echo_request", "automatic_mails_per_hour"),
        ),
        Section(_("Replies"), ("reply_sender_check", "match_closed_for_days", "answering_assigns", "undo_seconds")),
        Section(_("Statuses"), ("status_after_reply", "status_after_reopening", "status_after_answer")),
    )

    class Meta:
        model = TicketSettings
        fields = [
            "notifications",
            "admin_email",
            "mailbox_name_only",
            "echo_request",
            "automatic_mails_per_hour",
            "reply_sender_check",
            "match_closed_for_days",
            "answering_assigns",
            "undo_seconds",
            "status_after_reply",
            "status_after_reopening",
            "status_after_answer",
        ]
        widgets = {"reply_sender_check": forms.RadioSelect}
        help_texts = {
            "automatic_mails_per_hour": _("More are not sent, so that two machines cannot answer each other for ever."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("status_after_reply", "status_after_reopening", "status_after_answer"):
            before = self.fields[name]
            choices = status_choices(administrator=True, new=name != "status_after_answer")
            if not before.required:
                choices.insert(0, ("", str(_("Unchanged; New becomes Open"))))
            self.fields[name] = forms.ChoiceField(
                label=before.label, help_text=before.help_text, required=before.required, choices=choices
            )

    def clean_admin_email(self) -> str:
        return address_of_ours_refused(self.cleaned_data["admin_email"])
