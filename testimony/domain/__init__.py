"""Values and their rules. Knows no disk, no network, no clock, no key."""
