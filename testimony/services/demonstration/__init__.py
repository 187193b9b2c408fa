"""A demonstration archive of invented people, made by the services that real work goes through."""

from testimony.services.demonstration.making import DEMO_ACCOUNTS, make_demonstration

__all__ = ["DEMO_ACCOUNTS", "make_demonstration"]
