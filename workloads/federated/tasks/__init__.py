"""What a model is trained to do: foretell the next word, the next value of a series, or which digit an image is."""
