"""Nobody is led to another site, by whatever address (R-59)."""

from urllib.parse import quote

import pytest
from django.test import Client, RequestFactory

from portal.accounts.network import safe_next
from tests.accounts.phone import enrol
from tests.cast import NOW, PASSWORD, Cast

PAYLOADS = (
    "https://evil.example/",
    "http://evil.example/desk/",
    "//evil.example/",
    "///evil.example/",
    "/\\evil.example/",
    "\\\\evil.example/",
    "/\t/evil.example/",
    "/\n/evil.example/",
    " //evil.example/",
    "javascript:alert(1)",
    "data:text/html,x",
    "https:evil.example",
    "https:///evil.example",
    "//testserver@evil.example/",
    "http://testserver.evil.example/",
    "evil.example",
    "%2F%2Fevil.example/",
)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_every_door_stays_on_this_site(cast: Cast, sign_in, payload: str) -> None:
    inside, coded = sign_in(cast.handler), Client()
    codes = enrol(cast.clerk, NOW)
    given = quote(payload, safe="")
    coded.post("/accounts/login/", {"username": "clerk", "password": PASSWORD, "next": payload})
    answers = [
        Client().post("/accounts/login/", {"username": "chief", "password": PASSWORD, "next": payload}),
        Client().post(f"/accounts/login/?next={given}", {"username": "chief", "password": PASSWORD}),
        coded.post("/accounts/login/code/", {"code": codes[0]}),
        inside.post(f"/accounts/confirm/?next={given}", {"confirm_password": PASSWORD}),
        inside.post("/preferences/", {"elder": "1", "next": payload}),
        inside.get(f"/preferences/?elder=1&next={given}"),
        inside.post("/accounts/logout/", {"next": payload}),
    ]
    for answer in answers:
        assert answer.status_code == 302
        target = answer["Location"]
        assert target in {"/desk/", "/accounts/", "/"}, target


@pytest.mark.parametrize("path", ["/desk/", "/desk/cases/?q=%E5%8A%9E", "/accounts/#x", "/cms/pages/2/edit/"])
def test_a_path_of_this_site_is_kept(path: str) -> None:
    assert safe_next(RequestFactory().get("/"), path, "/") == path


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_header_of_a_fragment_leads_away(cast: Cast, payload: str) -> None:
    safe = payload.replace("\t", "").replace("\n", "")
    answer = Client().get("/desk/", headers={"HX-Request": "true", "HX-Current-URL": safe})
    assert answer["HX-Redirect"].startswith("/accounts/login/?next=/desk/")
