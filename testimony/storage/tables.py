"""Imports every module that declares tables, so that the three schemas are complete. One line a module."""

from testimony.storage import accounts as _accounts
from testimony.storage import cases as _cases
from testimony.storage import consents as _consents
from testimony.storage import grants as _grants
from testimony.storage import log as _log
from testimony.storage import register as _register

MODULES = (
    _accounts,
    _cases,
    _consents,
    _grants,
    _log,
    _register,
)
