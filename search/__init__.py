"""Documents, queries and hits: full-text search kept inside the caller's own database connection.

Knows languages, scripts and names; knows nothing of testimonies, consent or accounts.
"""
