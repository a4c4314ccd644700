"""Blob stores: adapters that keep blocks and pins, for the framework's `BlobStore`."""
