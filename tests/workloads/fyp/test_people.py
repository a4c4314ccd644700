"""Likes by person, the lengths of histories, and the attribute that is derived from them."""

import numpy as np

from workloads.fyp.data.people import Likes, choose_lengths, over_median, windows


def test_a_movie_liked_twice_counts_once_where_it_came_first():
    likes = Likes(np.array([1, 0, 1, 1]), np.array([5, 5, 7, 5]), np.array([9, 1, 3, 2]))
    assert [mine.tolist() for mine in likes.by_person(3)] == [[5], [5, 7], []]
    none = np.zeros(0, dtype=np.int64)
    assert [len(mine) for mine in Likes(none, none, none).by_person(2)] == [0, 0]


def test_lengths_follow_the_data_and_nothing_else():
    assert choose_lengths(np.array([40] * 400), items=1000) == (24, 8)
    assert choose_lengths(np.array([40] * 100 + [20] * 100), items=1000) == (12, 4)
    assert choose_lengths(np.array([40] * 400 + [9] * 4000), items=1000) == (24, 8)
    assert choose_lengths(np.array([9] * 100), items=1000) == (6, 2)
    assert choose_lengths(np.array([40] * 400), items=24) == (12, 4)
    assert choose_lengths(np.zeros(0, dtype=np.int64), items=1000) == (6, 2)
    chosen, liked, held_out = windows([np.arange(3), np.arange(10)], seen=3, held=2)
    assert (chosen.tolist(), liked.tolist(), held_out.tolist()) == ([1], [[5, 6, 7]], [[8, 9]])


def test_the_derived_attribute_is_above_the_median_of_the_genre_that_varies_most():
    marks = np.array([[True, True], [False, True], [True, True], [False, True]])
    liked = np.array([[0, 2], [0, 1], [1, 3], [2, 0]])
    attribute, name = over_median(liked, marks, ["Varied", "Always"])
    assert (attribute.tolist(), name) == ([1, 0, 0, 1], "Varied")
