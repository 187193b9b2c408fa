"""What repositories run on, named here so that services can say it without knowing the library behind it."""

from sqlalchemy import Connection as Connection
