"""The checks of the conformance kit, one property each."""
