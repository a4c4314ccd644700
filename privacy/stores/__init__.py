"""Blob stores: blobs under the CID of their content, the same CID in every store."""
