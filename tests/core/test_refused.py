"""What the page after a refused act leads back to (R-59), and addresses that nothing can answer."""

import pytest
from django.urls import reverse

from tests import steps

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("referer", "back"),
    [
        ("http://testserver/desk/cases/", "http://testserver/desk/cases/"),
        ("", "/desk/"),
        ("https://elsewhere.example/desk/", "/desk/"),
        ("http://testserver.elsewhere.example/", "/desk/"),
        ("http://testserver@elsewhere.example/", "/desk/"),
        ("javascript:alert(1)", "/desk/"),
    ],
)
def test_the_way_back_stays_on_this_site(cast, version, sign_in, referer, back):
    case = steps.accepted(cast, version)
    page = sign_in(cast.clerk).get(
        reverse("casework:intake-accept", args=[case.number]), headers={"Referer": referer}
    )
    assert page.status_code == 409
    assert page.context["back"] == back


HUGE, ENDLESS = "9" * 30, "9" * 5000


@pytest.mark.parametrize(
    "address", ["/desk/intake/?q=a%00b", "/search/?q=%00", "/desk/cases/%00/", "/items/?department=%00"]
)
def test_an_address_with_a_nul_is_refused(cast, sign_in, address):
    assert sign_in(cast.clerk).get(address).status_code == 400


@pytest.mark.parametrize(
    ("who", "address"),
    [
        ("sysadmin", f"/desk/deliveries/?before={HUGE}"),
        ("sysadmin", f"/desk/deliveries/?before={ENDLESS}"),
        ("clerk", "/desk/?after=0001-01-01T00:00:00%2B08:00_1"),
        ("clerk", "/desk/?before=9999-12-31T23:00:00-08:00_1"),
        ("clerk", f"/desk/?after=2026-01-01T00:00:00%2B08:00_{HUGE}"),
        ("clerk", f"/desk/cases/?after={ENDLESS}"),
    ],
)
def test_an_impossible_place_in_a_list_is_no_failure(cast, sign_in, who, address):
    assert sign_in(getattr(cast, who)).get(address).status_code == 200


@pytest.mark.parametrize("number", [ENDLESS, "１", "-1", ""])
def test_an_impossible_number_in_a_form_is_a_bad_request(cast, sign_in, number):
    assert sign_in(cast.clerk).post("/desk/reminders/read/", {"up_to": number}).status_code == 400
