"""The REST face of the site, version 1: what people do with a browser, for programs that carry a token."""
