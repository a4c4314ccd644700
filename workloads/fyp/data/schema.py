"""The TikTok-profile schema: its 18 columns, and the profile that a feed card shows.

The schema is that of the public Kaggle set `manishkumar7432698/tiktok-profiles-data`, including its spelling
`awg_engagement_rate`. The set has no user-item interactions.
"""

from dataclasses import dataclass, field

COLUMNS: tuple[str, ...] = (
    "timestamp",
    "account_id",
    "nickname",
    "biography",
    "awg_engagement_rate",
    "comment_engagement_rate",
    "like_engagement_rate",
    "bio_link",
    "is_verified",
    "followers",
    "following",
    "likes",
    "videos_count",
    "create_time",
    "id",
    "top_videos",
    "url",
    "profile_pic_url",
)
"""All columns, in file order."""

REQUIRED_COLUMNS: tuple[str, ...] = (
    "account_id",
    "nickname",
    "biography",
    "awg_engagement_rate",
    "comment_engagement_rate",
    "followers",
    "following",
    "likes",
    "videos_count",
)
"""The columns that a file must have."""

COUNT_COLUMNS: tuple[str, ...] = (
    "awg_engagement_rate",
    "comment_engagement_rate",
    "followers",
    "following",
    "likes",
    "videos_count",
)
"""The columns of `Catalogue.numbers`, in order, without the like rate: the difference of the first two."""

NUMERIC_COLUMNS: tuple[str, ...] = (*COUNT_COLUMNS, "like_engagement_rate")
"""The columns whose cells must be numbers, or missing."""

MISSING = "null"
"""How the file writes a missing value; an empty cell is missing too."""

MIN_PROFILES = 20
"""A feed of ten needs something to choose from."""


LONGEST_TEXT = 1_000
"""Characters of a text that are used."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What a feed card shows of one item; a missing count is 0, a missing text is empty.

    An item of another kind than a profile has `facts`, names with values, in place of counts.
    """

    id: str
    account_id: str
    nickname: str
    biography: str
    followers: int
    likes: int
    videos_count: int
    engagement_rate: float
    is_verified: bool
    facts: tuple[tuple[str, str], ...] = field(default=(), repr=False)
