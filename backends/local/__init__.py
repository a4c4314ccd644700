"""Download once, compute on the device: the honest rival of every cryptographic backend."""
