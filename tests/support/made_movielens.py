"""MovieLens' three layouts with made-up rows, for the tests of real people's ratings."""

import csv
from pathlib import Path

import numpy as np

GENRES = ["Action", "Comedy", "Drama", "Horror", "Romance", "Sci-Fi"]
FLAGS = {"Action": 1, "Comedy": 5, "Drama": 8, "Horror": 11, "Romance": 14, "Sci-Fi": 15}
MOVIES, USERS = 180, 110


def movies() -> list[tuple[int, str, list[str]]]:
    return [
        (i + 1, f"Café {GENRES[i % 6]} No. {i}, The ({1950 + i % 60})", [GENRES[i % 6], GENRES[(i // 6) % 6]])
        for i in range(MOVIES)
    ]


def ratings() -> list[tuple[int, int, int, int]]:
    """Everyone rates 50 movies, those of two genres highly; women the first three genres, men the others."""
    random = np.random.default_rng(3)
    rows = []
    for user in range(1, USERS + 1):
        mine = random.choice(3, 2, replace=False) + (0 if user % 2 else 3)
        seen = random.permutation(MOVIES)[: 5 if user == 4 else 50]
        for order, movie in enumerate(sorted(seen, key=lambda m: m % 7)):
            liked = movie % 6 in mine or (movie // 6) % 6 in mine
            rows.append((user, int(movie) + 1, 5 if liked else 2, 1_000_000 + 10 * order))
    return rows


def latest(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    with (folder / "movies.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["movieId", "title", "genres"])
        writer.writerows([i, title, "|".join(dict.fromkeys(genres))] for i, title, genres in movies())
    with (folder / "ratings.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["userId", "movieId", "rating", "timestamp"])
        writer.writerows((u, m, f"{r}.0", t) for u, m, r, t in ratings())
    (folder / "tags.csv").write_text("userId,movieId,tag,timestamp\n3,1,Funny,5\n4,1,funny,6\n4,1,dark,6\n", "utf-8")
    return folder


def one_million(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    lines = [f"{i}::{title}::{'|'.join(dict.fromkeys(genres))}\n" for i, title, genres in movies()]
    (folder / "movies.dat").write_bytes("".join(lines).encode("latin-1"))
    (folder / "ratings.dat").write_text("".join("::".join(map(str, row)) + "\n" for row in ratings()), "utf-8")
    users = "".join(f"{u}::{'F' if u % 2 else 'M'}::25::12::12345\n" for u in range(1, USERS + 1))
    (folder / "users.dat").write_text(users, "utf-8")
    return folder


def hundred_thousand(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    lines = []
    for i, title, genres in movies():
        flags = ["1" if place in {FLAGS[g] for g in genres} else "0" for place in range(19)]
        lines.append("|".join([str(i), title, "01-Jan-1995", "", "http://x", *flags]) + "\n")
    (folder / "u.item").write_bytes("".join(lines).encode("latin-1"))
    (folder / "u.data").write_text("".join("\t".join(map(str, row)) + "\n" for row in ratings()), "utf-8")
    users = "".join(f"{u}|25|{'F' if u % 2 else 'M'}|writer|12345\n" for u in range(1, USERS + 1))
    (folder / "u.user").write_text(users, "utf-8")
    return folder


LAYOUTS = [latest, one_million, hundred_thousand]
