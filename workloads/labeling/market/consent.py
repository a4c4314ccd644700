"""What an owner agrees to, in the words that they see; its digest is in every leaf of their images."""

import hashlib

TEXT = (
    "I own this image or act for its owner. People who qualified may see it to label it. It may be part of data sets "
    "that are sold here, and models may be trained on it here. I am paid my share of each purchase and each training "
    "iteration. I can take this consent back at any time: data sets with this image are then neither sold nor trained "
    "on here. Copies that somebody bought before cannot be taken back."
)
DIGEST = hashlib.sha256(TEXT.encode()).digest()
