"""The tests; folders mirror the product, `support` is what several share, `soak` what runs for long."""

import os

# Before anything loads NumPy: two processes that run tests share the cores, and threads that wait for one spin.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
