"""What somebody with a script types: markup, endless texts, deep nesting, characters that no database keeps."""

import json
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from kaja.guidelines import documents, pdf, pieces, publication
from kaja.guidelines.models import Edition
from tests.cast import Cast

pytestmark = pytest.mark.django_db
EVIL = (
    '</p><script>alert(1)</script><img src=x onerror=alert(1)> #read("/etc/passwd") ${7*7} {{ 7 }} *a* `b` $c$ \\ <a@b>'
)


def every_kind(text: str) -> dict[str, list[dict[str, Any]]]:
    """A piece of each kind that says this everywhere."""
    made = []
    for name, kind in pieces.KINDS.items():
        words: dict[str, Any] = dict.fromkeys(kind.fields, text)
        if kind.row:
            words["rows"] = [[text, "#ff0000" if cell == "colour" else text] for cell in kind.row[1:]]
        made.append({"kind": name, "words": {"en": words, "et": words}})
    return {"policy": made, "style": []}


def test_markup_is_text_on_every_page_and_in_the_pdf(cast: Cast, client: Client) -> None:
    documents.put(person=cast.eda, content=every_kind(EVIL[:119]))
    client.force_login(cast.eda)
    pages = ["/guidelines/edit/", "/guidelines/edit/preview/", "/guidelines/edit/changes/"]
    draft = documents.draft()
    assert draft is not None
    pages += [f"/guidelines/edit/?document=policy&piece={piece['id']}" for piece in draft.content["policy"]]
    seen = [client.get(page) for page in pages]
    documents.publish(person=cast.eda, matters=True)
    token = publication.change(person=cast.eda, open_=True).token
    seen += [client.get(page) for page in ("/guidelines/", "/guidelines/answers/", f"/g/{token}/")]
    for answer in seen:
        assert answer.status_code == 200
        assert "<script>alert" not in answer.content.decode()
        assert "<img src=x" not in answer.content.decode()
    assert "&lt;script&gt;" in seen[-1].content.decode()
    content = pdf.made(documents.version(1), "en")
    assert content.startswith(b"%PDF")
    assert b"/JavaScript" not in content


@pytest.mark.parametrize(
    "content",
    [
        [], "text", {"policy": "x"}, {"other": []}, {"policy": [1]}, {"policy": [{"kind": "script"}]},
        {"policy": [{"kind": "text", "words": []}]},
        {"policy": [{"kind": "text", "words": {"en": {"title": {"a": 1}}}}]},
        {"policy": [{"kind": "text", "words": {"en": {"title": "x" * 121}}}]},
        {"policy": [{"kind": "text", "words": {"en": {"text": "x" * 2001}}}]},
        {"policy": [{"kind": "text"}] * 41},
        {"style": [{"kind": "terms", "words": {"en": {"rows": [["a", "b"]] * 41}}}]},
        {"style": [{"kind": "terms", "words": {"en": {"rows": [["a"]]}}}]},
        {"style": [{"kind": "colours", "words": {"en": {"rows": [["a", "red;background:url(x)"]]}}}]},
        {"style": [{"kind": "contact", "email": "a@b.c?bcc=all@x.example"}]},
        {"style": [{"kind": "contact", "email": "javascript:alert(1)"}]},
        {"policy": [{"kind": ["text"]}]},
    ],
)  # fmt: skip
def test_what_is_no_document_is_refused_with_a_sentence(cast: Cast, content: Any) -> None:
    with pytest.raises(ValidationError) as caught:
        documents.put(person=cast.eda, content=content)
    assert caught.value.messages[0].endswith((".", "…"))
    assert not Edition.objects.exists()


def test_the_whole_has_a_limit_too(cast: Cast) -> None:
    row = ["x" * 1000, "y" * 1000]
    many = [{"kind": "terms", "words": {"en": {"rows": [row] * 40}}}] * 10
    with pytest.raises(ValidationError, match="too long"):
        documents.put(person=cast.eda, content={"policy": many})


def test_characters_that_no_database_keeps_are_left_out(cast: Cast) -> None:
    words = {"title": "a\x00b\ud800c\u202ed", "text": "line\r\nline"}
    draft = documents.put(
        person=cast.eda, content={"policy": [{"kind": "text", "icon": ["x"], "words": {"en": words}}]}
    )
    draft.refresh_from_db()
    assert draft.content["policy"][0]["words"]["en"] == {"title": "abcd", "text": "line\nline"}


def test_the_api_answers_deep_nesting_and_wrong_types_with_422(cast: Cast, client: Client) -> None:
    client.force_login(cast.eda)
    deep: Any = "x"
    for _level in range(300):
        deep = [deep]
    for body in (
        json.dumps({"policy": [{"kind": "text", "words": {"en": {"title": deep}}}], "style": []}),
        "[" * 100_000, '{"policy": 1}', "{}", '{"policy": [{"kind": "text", "words": {"en": 5}}], "style": []}',
    ):  # fmt: skip
        answer = client.put("/api/v1/guidelines", body, content_type="application/json")
        assert answer.status_code in (400, 422), answer.content[:200]
    assert documents.draft() is None


def test_addresses_that_lead_nowhere_are_404(cast: Cast, client: Client) -> None:
    client.force_login(cast.eda)
    for path in (
        "versions/99999999999999999999/",
        "versions/0/",
        "pictures/" + "0" * 64 + ".jpg",
        "edit/templates/no/",
    ):
        assert client.get(f"/guidelines/{path}").status_code == 404
    assert client.get("/guidelines/edit/?document=../x&piece=<script>&language=xx").status_code == 200
    assert client.post("/guidelines/edit/add/", {"document": "x", "kind": "y"}).status_code == 422
