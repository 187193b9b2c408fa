"""How well spellings of one person's name are told from names of other people, and how the rules were learned."""
