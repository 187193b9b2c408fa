"""The address of the room of the log, on which its view modules hang their pages."""

from flask import Blueprint

blueprint = Blueprint("log", __name__, url_prefix="/log")
