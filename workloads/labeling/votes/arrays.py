"""Types of arrays: whole numbers of any width, floats, and truth values."""

from typing import Any

import numpy as np

Ints = np.ndarray[Any, np.dtype[np.signedinteger[Any]]]
Floats = np.ndarray[Any, np.dtype[np.float64]]
Bools = np.ndarray[Any, np.dtype[np.bool_]]
