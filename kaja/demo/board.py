"""Nordwind's ideas board, what readers say of its posts, and two posts that employees wrote themselves."""

from __future__ import annotations

import random
import tomllib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from kaja.content import ideas, own_posts, ranking
from kaja.content.models import (
    Attachment,
    Caption,
    Category,
    Idea,
    IdeaComment,
    IdeaVote,
    Item,
    ItemNote,
    Media,
    Reaction,
    ReviewStep,
)
from kaja.people.models import Person

STORY = Path(__file__).resolve().parent / "board.toml"
# Of those who joined, how many answer to a post at all, and what they like of it: most things well, these not.
ANSWERS = 0.12
LIKED, DISLIKED = 0.78, {"christmas": 0.3, "Six perception": 0.35, "Sales needs": 0.3}
WHYS = ("field", "field", "seen", "sales", "language", "")


def write(
    crew: list[Person], items: list[Item], pictures: dict[str, Media], *, now: datetime, chance: random.Random
) -> None:
    """Write ideas with votes and answers, own posts, reactions and notes."""
    story = tomllib.loads(STORY.read_text(encoding="utf-8"))
    named = {person.first_name: person for person in crew if person.avatar}
    joined = [person for person in crew if person.joined_at is not None]
    by_path = {item.url.removeprefix("https://nordwind.example/"): item for item in items if item.url}
    for entry in story["idea"]:
        _idea(entry, named, joined, by_path, pictures, now, chance)
    for entry in story["own"]:
        _own(entry, named, pictures, now)
    _react(joined, items, now, chance)
    for entry in story["note"]:
        at = now - timedelta(days=entry["days"], hours=2)
        answer = entry.get("answer", "")
        ItemNote.objects.create(
            person=named[entry["who"]], item=by_path[entry["item"]], text=entry["text"], at=at, answer=answer,
            read_at=at if answer else None, answered_by=named["Elīna"] if answer else None,
            answered_at=at + timedelta(hours=5) if answer else None,
        )  # fmt: skip


def _idea(
    entry: dict[str, Any],
    named: dict[str, Person],
    joined: list[Person],
    by_path: dict[str, Item],
    pictures: dict[str, Media],
    now: datetime,
    chance: random.Random,
) -> None:
    at, author = now - timedelta(days=entry["days"], hours=chance.randint(1, 5)), named[entry["who"]]
    status = entry.get("status", "open")
    item = by_path.get(entry.get("item", ""))
    voters = chance.sample([one for one in joined if one.pk != author.pk], min(entry["votes"], len(joined) - 1))
    answered = at + (now - at) * 0.6 if status != "open" else None
    due = at + timedelta(days=2) + ideas.ANSWER_WITHIN if len(voters) >= ideas.ENOUGH_VOTES else None
    made = Idea.objects.create(
        person=author, kind=entry["kind"], title=entry["title"], text=entry["text"], language=entry["language"],
        url=entry.get("url", ""), picture=pictures.get(entry.get("picture", "")), status=status,
        votes=len(voters), due_at=due if status == "open" else None, answer=entry.get("answer", ""),
        answered_by=named["Elīna"] if answered else None, answered_at=answered, item=item, created_at=at,
        told_at=answered if answered and author.first_name != "Liis" else None,
        planned_for=(now + timedelta(days=entry["planned"])).date() if "planned" in entry else None,
    )  # fmt: skip
    if item is not None:
        Item.objects.filter(pk=item.pk).update(credit=author)
    IdeaVote.objects.bulk_create(IdeaVote(idea=made, person=one, at=at) for one in voters)
    for place, said in enumerate(entry.get("comments", [])):
        who, text = said.split("|", 1)
        IdeaComment.objects.create(idea=made, person=named[who], text=text, at=at + timedelta(hours=place + 1))
    Idea.objects.filter(pk=made.pk).update(comments=len(entry.get("comments", [])))


def _own(entry: dict[str, Any], named: dict[str, Person], pictures: dict[str, Media], now: datetime) -> None:
    at, text, author = now - timedelta(days=entry["days"]), entry["text"].strip(), named[entry["who"]]
    picture, approved = pictures.get(entry.get("picture", "")), entry["state"] == "approved"
    post = Item.objects.create(
        title=own_posts.title_of(text), body=text, original=True, author=author, language=entry["language"],
        category=Category.objects.get(slug=entry["category"]), image=picture, state=entry["state"],
        kind=Item.Kind.IMAGES if picture else Item.Kind.TEXT, created_at=at,
        live_from=at if approved else None, approved_at=at if approved else None,
    )  # fmt: skip
    Caption.objects.create(item=post, language=entry["language"], text=text)
    if picture:
        Attachment.objects.create(item=post, media=picture)
    ReviewStep.objects.create(item=post, what="submitted", person=author, at=at)
    if approved:
        ReviewStep.objects.create(item=post, what="approved", person=named["Helena"], at=at)


def _react(joined: list[Person], items: list[Item], now: datetime, chance: random.Random) -> None:
    rows = []
    for item in items:
        if item.state != Item.State.APPROVED or item.live_from is None or item.live_from > now:
            continue
        liked = next((odds for begin, odds in DISLIKED.items() if item.title.lower().startswith(begin.lower())), LIKED)
        for person in joined:
            if chance.random() > ANSWERS or person.first_name == "Liis":
                continue
            yes = chance.random() < liked
            rows.append(
                Reaction(
                    item=item, person=person, verdict="interesting" if yes else "not_for_me",
                    why="" if yes else chance.choice(WHYS), saved=yes and chance.random() < 0.2,
                    at=item.live_from + (now - item.live_from) * chance.random(),
                )
            )  # fmt: skip
    Reaction.objects.bulk_create(rows, batch_size=2000)
    ranking.recount()
