"""The site, from a terminal: `karui login | submit | status | fetch | logout` over its REST API."""
