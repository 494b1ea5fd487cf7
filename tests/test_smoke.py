def test_the_public_page_answers(client, call):
    assert client.get("/en/").status_code == 200


def test_a_complete_draft_is_sent(sent):
    assert sent.is_sent
