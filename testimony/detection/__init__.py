"""Detection: text in, places that may identify somebody out. Proposes only; knows no archive, account or page."""
