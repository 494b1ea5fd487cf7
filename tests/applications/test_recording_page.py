"""What the page that records opens, and no other."""

import pytest


@pytest.fixture
def headers(client, draft):
    """The policies of a question's page, in a channel."""
    client.force_login(draft.person)

    def of(channel):
        response = client.get(f"/en/applications/{draft.reference}/answers/motivation/?channel={channel}")
        assert response.status_code == 200
        content = dict(part.strip().partition(" ")[::2] for part in response["Content-Security-Policy"].split(";") if part.strip())
        return content["media-src"], dict(part.strip().split("=", 1) for part in response["Permissions-Policy"].split(","))

    return of


@pytest.mark.parametrize("channel", ["audio", "video"])
def test_the_page_that_records_opens_microphone_and_camera_and_plays_what_was_just_recorded(headers, channel):
    media, features = headers(channel)
    assert media == "'self' blob:"
    assert {name for name, who in features.items() if who != "()"} == {"microphone", "camera"}
    assert features["camera"] == features["microphone"] == "(self)"


def test_the_page_of_a_written_answer_opens_nothing(headers):
    media, features = headers("text")
    assert media == "'self'"
    assert set(features.values()) == {"()"}
