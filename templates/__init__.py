"""The pages of the archive, as a package so that they travel with it. They show values; they decide nothing."""
