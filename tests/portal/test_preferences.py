"""/preferences/: two display cookies, and never a way off the site."""

import pytest


def test_it_sets_a_preference_and_returns(client):
    response = client.get("/preferences/", {"elder": "1", "next": "/guides/?q=食品"})
    assert response.status_code == 302
    assert response["Location"].startswith("/guides/?q=")
    assert response.cookies["elder"].value == "1"
    assert response.cookies["elder"]["httponly"]
    assert "contrast" not in response.cookies


def test_it_clears_a_preference(client):
    client.cookies["contrast"] = "1"
    response = client.post("/preferences/", {"contrast": "0", "next": "/"})
    assert response.cookies["contrast"].value == ""
    assert response.cookies["contrast"]["max-age"] == 0


@pytest.mark.parametrize(
    "target",
    [
        "https://example.org/",
        "//example.org/",
        "/\\example.org",
        "javascript:alert(1)",
        "",
        "guides",
    ],
)
def test_it_refuses_to_leave_the_site(client, target):
    assert client.get("/preferences/", {"elder": "1", "next": target})["Location"] == "/"


@pytest.mark.parametrize("value", ["2", "", "on", "<script>"])
def test_it_ignores_values_it_does_not_know(client, value):
    assert "elder" not in client.get("/preferences/", {"elder": value}).cookies


def test_pages_obey_the_cookies(client, settings):
    settings.DEBUG = True
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}
    client.cookies["elder"] = "1"
    client.cookies["contrast"] = "1"
    text = client.get("/styleguide/").content.decode()
    assert '<html lang="zh-Hans" data-elder data-contrast>' in text
    assert 'name="elder" value="0"' in text
    assert 'name="contrast" value="0"' in text
