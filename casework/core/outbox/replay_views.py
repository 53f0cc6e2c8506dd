"""Try a range of dead deliveries again: the same page looks first and acts then."""

from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from casework.core.access import Can, DeskRequest, requires
from casework.core.htmx import acts
from casework.core.outbox import replaying
from casework.core.outbox.forms import ReplayForm
from casework.core.outbox.shown import row_of
from portal.accounts.confirmation import recently_confirmed


@require_http_methods(["GET", "POST"])
@requires(Can.RETRY_DELIVERY)
@recently_confirmed
@acts
def replay_range(request: DeskRequest) -> HttpResponse:
    """GET: choose and see how many. POST: try up to a batch of what was seen; the page lists what became of each."""
    asked = request.POST if request.method == "POST" else request.GET
    form = ReplayForm(asked or None)
    context: dict[str, object] = {"form": form, "batch": replaying.BATCH}
    if form.is_bound and form.is_valid():
        chosen = form.chosen()
        if request.method == "POST":
            up_to = form.cleaned_data["version"] or 0
            done = replaying.replay(chosen, up_to=up_to, by=request.user, now=timezone.now())
            context["done"] = [{"result": each, **row_of(each.dead.delivery)} for each in done]
            context["went"] = sum(not each.error for each in done)
        context["preview"] = replaying.preview(chosen)
        context["chosen"] = [(name, asked.get(name, "")) for name in ("endpoint", "since", "until")]
    status = 422 if form.errors else 200
    return TemplateResponse(request, "outbox/replay.html", context, status=status)
