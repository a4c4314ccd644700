"""Boxes on images: how they overlap, whose are alike, and what a crowd agrees on."""
