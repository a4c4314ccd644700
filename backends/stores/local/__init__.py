"""Blobs on this device, under the state folder."""
