"""What is typed and not sent, kept while one writes, with its files; on a ticket, or in the form of a new one.

Agents and visitors of the portal have the same views. What they differ in are the hooks of `DraftViews`: who may come
in, which tickets there are, what their forms hold, and where the forms are.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, ClassVar, Generic, TypeVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from tickets.drafts import drafts
from tickets.drafts.drafts import Place
from tickets.drafts.files import AttachingForm, FilesForm
from tickets.models import Draft, Ticket

View = Callable[..., HttpResponseBase]
Request = TypeVar("Request", bound=HttpRequest)


class DraftViews(ABC, Generic[Request]):
    """The views, and what other views of the same writers ask about their drafts."""

    #: How those who write send files.
    files_form: ClassVar[type[FilesForm]]
    #: The name of the page that they see after they gave up something new.
    after_discard: ClassVar[str]
    #: Whether their text may hold pictures.
    pictures_in_text: ClassVar[bool] = False

    def __init__(self) -> None:
        self.keep, self.add_files = self._opened(self._keep), self._opened(self._add_files)
        self.take_out, self.discard = self._opened(self._take_out), self._opened(self._discard)

    @abstractmethod
    def admit(self, view: View) -> View:
        """`view` for those who write alone; others are sent to the sign-in page."""

    @abstractmethod
    def ticket(self, request: Request, number: int) -> Ticket:
        """The ticket of that number; Http404 if there is none or the writer may not see it."""

    @abstractmethod
    def at(self, request: Request, ticket: Ticket | None = None, key: str = "") -> Place:
        """Where the writer writes: on `ticket`, else in the form that `key` names."""

    @abstractmethod
    def typed(self, form: QueryDict, *, on_ticket: bool) -> dict[str, Any]:
        """The fields of their form as those of a draft, as they are, with `html`."""

    @abstractmethod
    def address(self, place: Place) -> str:
        """Where the form of `place` is."""

    def place(self, request: Request, number: int | None = None) -> Place:
        """Where the writer writes: on the ticket of that number, else in the form that the request names."""
        if number is None:
            return self.at(request, key=request.POST.get("key", "") or drafts.new_key())
        return self.at(request, self.ticket(request, number))

    def keep_typed(self, request: Request, place: Place) -> Draft | None:
        """Keep the fields of a form; older drafts may have to give way to it, which the next page tells."""
        draft = drafts.keep(place, **self.typed(request.POST, on_ticket=place.ticket is not None))
        self._give_up_oldest(request, place)
        return draft

    def keep_unsent(self, request: Request, place: Place, form: AttachingForm) -> None:
        """Keep what was typed and came with a form that was not accepted."""
        self.keep_typed(request, place)
        form.keep_files(place)

    def _keep(self, request: Request, number: int | None = None) -> HttpResponse:
        """Keep what is typed so far, and answer by what it is `known` from then on.

        Not if another window has kept something else since: that would be lost without a word.
        """
        place = self.place(request, number)
        known = request.POST.get("known")
        there = drafts.find(place) if known is not None else None
        if there and there.fingerprint != known:
            return HttpResponse(status=HTTPStatus.CONFLICT)
        kept = self.keep_typed(request, place)
        return HttpResponse(status=HTTPStatus.NO_CONTENT, headers={"X-Draft": kept.fingerprint if kept else ""})

    def _add_files(self, request: Request, number: int | None = None) -> HttpResponse:
        """Keep files that were just chosen; answers with their list items, or with what is wrong with them.

        One of them is let go at the address of this request, followed by its id. A picture that stands `in_text` is
        answered with the Content-ID by which the text names it.
        """
        place = self.place(request, number)
        form = self.files_form(request, drafts.find(place))
        valid, in_text = form.is_valid(), self.pictures_in_text and "in_text" in request.POST
        if valid and in_text and not form.is_of_pictures:
            return HttpResponse(status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        added = form.add_files(place, in_text=in_text) if valid else []
        self._give_up_oldest(request, place)
        if in_text and added:
            return JsonResponse({"cid": added[0].cid})
        context = {"form": form, "files": added, "files_url": request.path}
        status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
        return render(request, "tickets/drafts/_files.html", context, status=status)

    def _take_out(self, request: Request, pk: int, number: int | None = None) -> HttpResponse:
        """Let one file go. Without scripts all of the form comes along, and none of it is lost."""
        place = self.place(request, number)
        self.keep_typed(request, place)
        drafts.take_out(place, pk)
        form = self.files_form(request, drafts.find(place))
        if form.is_valid():
            form.add_files(place)
        for error in form.errors.get("files", ()):
            messages.error(request, str(error))
        return redirect(self.address(place))

    def _discard(self, request: Request) -> HttpResponse:
        """Give up something new that was not sent."""
        drafts.discard(self.place(request))
        return redirect(self.after_discard)

    def _give_up_oldest(self, request: Request, place: Place) -> None:
        if sentence := drafts.give_up_oldest(place):
            messages.warning(request, sentence)

    def _opened(self, view: View) -> View:
        return require_POST(self.admit(view))
