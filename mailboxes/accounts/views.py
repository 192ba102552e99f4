"""The pages of mailboxes: the accounts that we fetch and send with, and how they fare."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from mailboxes.accounts.connection_check import check_incoming, check_outgoing
from mailboxes.accounts.forms import MailboxForm
from mailboxes.connections.providers import PROVIDERS, initial_for
from mailboxes.models import Address, Mailbox
from recipients.users.access import SignedIn, administrator_required
from tickets.models import Queue


@administrator_required
def mailbox_list(request: SignedIn) -> HttpResponse:
    context = {
        "mailboxes": Mailbox.objects.prefetch_related("addresses__queue"),
        "further": Address.objects.filter(is_main=False).select_related("mailbox", "queue"),
    }
    return render(request, "mailboxes/accounts/mailbox_list.html", context)


@administrator_required
def mailbox_edit(request: SignedIn, pk: int | None = None) -> HttpResponse:
    mailbox = get_object_or_404(Mailbox, pk=pk) if pk else Mailbox()
    form = MailboxForm(request.POST or None, instance=mailbox, initial=_initial(request, mailbox))
    if form.is_valid() and _saved(form):
        messages.success(request, _("The mailbox was saved. It is fetched at once."))
        return redirect("settings:mailbox", mailbox.pk)
    return _page(request, form)


@administrator_required
@require_POST
def mailbox_test(request: SignedIn, pk: int | None = None) -> HttpResponse:
    """Try what was typed, saved or not, step by step; nothing is saved, and nothing changes on the server."""
    mailbox = get_object_or_404(Mailbox, pk=pk) if pk else Mailbox()
    form = MailboxForm(request.POST, instance=mailbox)
    form.is_valid()
    incoming, outgoing = form.account("imap"), form.account("smtp")
    checks = [check_incoming(incoming, form.cleaned_data.get("folder") or "INBOX")] if incoming else []
    checks += [check_outgoing(outgoing)] if outgoing else []
    if request.htmx:
        return render(request, "mailboxes/accounts/_checks.html", {"checks": checks, "form": form})
    return _page(request, form, checks=checks)


@administrator_required
@require_POST
def mailbox_fetch(request: SignedIn, pk: int) -> HttpResponse:
    """Make the mailbox due; the next beat, seconds away, has a worker fetch it."""
    mailbox = get_object_or_404(Mailbox, pk=pk)
    if not mailbox.is_active:
        messages.error(request, _("%(mailbox)s is switched off; switch fetching on first.") % {"mailbox": mailbox})
    else:
        Mailbox.objects.filter(pk=pk).update(next_poll_at=timezone.now())
        messages.success(request, _("%(mailbox)s is being fetched.") % {"mailbox": mailbox})
    return redirect("settings:mailbox", pk)


@administrator_required
@require_POST
def mailbox_default(request: SignedIn, pk: int) -> HttpResponse:
    mailbox = get_object_or_404(Mailbox, pk=pk)
    mailbox.make_default()
    messages.success(request, _("%(mailbox)s is the default mailbox now.") % {"mailbox": mailbox})
    return redirect("settings:mailboxes")


@administrator_required
def mailbox_delete(request: SignedIn, pk: int) -> HttpResponse:
    """Ask, then forget the account; its mails stay in the log, its tickets stay as they are."""
    mailbox = get_object_or_404(Mailbox.objects.prefetch_related("addresses"), pk=pk)
    if request.method == "POST":
        mailbox.delete()
        messages.success(request, _("%(mailbox)s was deleted.") % {"mailbox": mailbox})
        return redirect("settings:mailboxes")
    return render(request, "mailboxes/accounts/mailbox_delete.html", {"mailbox": mailbox})


def _initial(request: SignedIn, mailbox: Mailbox) -> dict[str, object]:
    """A new mailbox begins with the queue there is, and with the servers of the provider that was chosen."""
    if mailbox.pk:
        return {}
    return {"queue": Queue.objects.filter(is_default=True).first(), **initial_for(request.GET.get("provider", ""))}


def _saved(form: MailboxForm) -> bool:
    """Save; somebody may have taken the address since it was checked, which is an error like any other."""
    try:
        form.save()
    except ValidationError as error:
        form.add_error(None, error)
        return False
    return True


def _page(request: SignedIn, form: MailboxForm, **more: object) -> HttpResponse:
    context = {
        "form": form,
        "mailbox": form.stored,
        "providers": PROVIDERS,
        "chosen": request.GET.get("provider", ""),
        "now": timezone.now(),
        **more,
    }
    return render(request, "mailboxes/accounts/mailbox_form.html", context)
