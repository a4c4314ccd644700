"""The data that ships: made-up profiles, whose generator is `tools/profiles`."""

from pathlib import Path

SHIPPED = Path(__file__).resolve().parents[2] / "datasets" / "tiktok_profiles_generated.csv"
