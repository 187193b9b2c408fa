"""Measured figures against their bars: ratios taken in one run, so that they hold on any machine."""
