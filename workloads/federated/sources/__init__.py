"""Where the devices of a training and their data come from: made up from the seed, shipped, or one's own files."""
