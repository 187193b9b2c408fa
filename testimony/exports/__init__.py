"""What leaves the archive as files."""
