"""What figures are called, and the unit that stands beside the number."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# Name -> title, unit.
WORDS: dict[str, tuple[Promise, Promise]] = {
    "adoption": (_("Adoption"), _("of those invited have joined")),
    "share_rate": (_("Share rate"), _("of those who joined have shared")),
    "participation": (_("Participation"), _("of those invited have shared")),
    "active": (_("People who shared"), _("people")),
    "shares": (_("Shares"), _("shares")),
    "shares_per_active": (_("Shares per person"), _("shares for each person who shared")),
    "clicks": (_("Clicks"), _("clicks by people")),
    "visitors": (_("Visitors by day"), _("visitors, added up day by day")),
    "clicks_per_share": (_("Clicks per share"), _("clicks for each share")),
    "engagement": (_("Engagement"), _("likes, reposts and replies")),
    "returning": (_("Came back"), _("of those who shared before shared again")),
    "campaign_shares": (_("Shares in the campaign"), _("shares")),
    "campaign_clicks": (_("Clicks in the campaign"), _("clicks by people")),
    "campaign_people": (_("People sharing"), _("people sharing")),
    "campaign_own": (_("Posts in own words"), _("posts in own words")),
    "own_clicks": (_("Clicks on your posts"), _("clicks by people")),
    "own_shares": (_("Your shares"), _("shares")),
    "own_posts": (_("Your own posts"), _("written by you, with the hashtag")),
    "own_engagement": (_("Engagement of your posts"), _("likes, reposts and replies")),
    "share_clicks": (_("Clicks on this post"), _("clicks by people")),
    "share_visitors": (_("Visitors by day"), _("visitors, added up day by day")),
    "likes": (_("Likes"), _("likes")),
    "reposts": (_("Reposts"), _("reposts")),
    "replies": (_("Replies"), _("replies")),
}
