"""What is on disk: the archive directory, its keyring, its encrypted compartments and sealed objects. Knows
no rules.
"""
