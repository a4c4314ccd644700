"""The clients of HE scoring and lookup for a browser: JavaScript that holds the key where the person is."""
