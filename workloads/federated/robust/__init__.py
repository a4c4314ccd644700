"""Malicious devices, and rules that hold against some of them where single updates can be read."""
