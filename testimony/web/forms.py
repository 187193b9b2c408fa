"""The forms of the frame, and the base of every room's forms. Knows what is asked, not what is allowed."""

from typing import Any, Self

from flask import request
from flask_babel import lazy_gettext
from flask_wtf.i18n import translations
from werkzeug.datastructures import CombinedMultiDict
from wtforms import Form, PasswordField, StringField
from wtforms.validators import EqualTo, InputRequired, Length

_MAX_LINE = 200
_MAX_PASSWORD = 512


class ArchiveForm(Form):
    """A form filled from this request.

    It carries no token of its own: the token of every POST is checked before any view runs.
    """

    class Meta:
        def get_translations(self, form: Form) -> Any:
            """The library's own messages, in the language of the page."""
            return translations

    @classmethod
    def of_request(cls) -> Self:
        """The form with what was sent, files included."""
        return cls(formdata=CombinedMultiDict((request.files, request.form)))

    def text(self, field: str) -> str:
        """What was typed into a field; empty when nothing was."""
        return str(self[field].data or "")


def add_error(form: Form, field: str, message: str) -> None:
    """Lay what a service said against a field to that field."""
    form[field].errors = [*form[field].errors, message]


class SignInForm(ArchiveForm):
    handle = StringField(
        lazy_gettext("Name you sign in with"),
        [InputRequired(lazy_gettext("Type the name you sign in with.")), Length(max=_MAX_LINE)],
    )
    password = PasswordField(
        lazy_gettext("Password"),
        [InputRequired(lazy_gettext("Type your password.")), Length(max=_MAX_PASSWORD)],
    )
    code = StringField(lazy_gettext("Code"), [Length(max=_MAX_LINE)])


class EnrolmentForm(ArchiveForm):
    handle = StringField(
        lazy_gettext("Name you sign in with"),
        [InputRequired(lazy_gettext("Type the name the custodian gave you.")), Length(max=_MAX_LINE)],
    )
    one_time_code = StringField(
        lazy_gettext("One-time code"),
        [
            InputRequired(lazy_gettext("Type the one-time code the custodian gave you.")),
            Length(max=_MAX_LINE),
        ],
    )
    password = PasswordField(
        lazy_gettext("New password"),
        [InputRequired(lazy_gettext("Choose a password.")), Length(max=_MAX_PASSWORD)],
    )
    password_again = PasswordField(
        lazy_gettext("New password again"),
        [EqualTo("password", lazy_gettext("The two passwords are not the same."))],
    )


class CodeGeneratorForm(ArchiveForm):
    password = PasswordField(
        lazy_gettext("Password"),
        [InputRequired(lazy_gettext("Type your password.")), Length(max=_MAX_PASSWORD)],
    )
    code = StringField(
        lazy_gettext("Code shown by the app"),
        [InputRequired(lazy_gettext("Type the six digits that the app shows.")), Length(max=_MAX_LINE)],
    )


class NewPasswordForm(ArchiveForm):
    password = PasswordField(
        lazy_gettext("Password you have now"),
        [InputRequired(lazy_gettext("Type the password you have now.")), Length(max=_MAX_PASSWORD)],
    )
    new_password = PasswordField(
        lazy_gettext("New password"),
        [InputRequired(lazy_gettext("Choose a password.")), Length(max=_MAX_PASSWORD)],
    )
    new_password_again = PasswordField(
        lazy_gettext("New password again"),
        [EqualTo("new_password", lazy_gettext("The two passwords are not the same."))],
    )


class OwnPasswordForm(ArchiveForm):
    """What a change of one's own account asks for."""

    password = PasswordField(
        lazy_gettext("Password you have now"),
        [InputRequired(lazy_gettext("Type the password you have now.")), Length(max=_MAX_PASSWORD)],
    )


class SecondPasswordForm(OwnPasswordForm):
    second = PasswordField(
        lazy_gettext("Emergency password"),
        [InputRequired(lazy_gettext("Choose a password.")), Length(max=_MAX_PASSWORD)],
    )
    second_again = PasswordField(
        lazy_gettext("Emergency password again"),
        [EqualTo("second", lazy_gettext("The two passwords are not the same."))],
    )


PASSWORD_FAULTS = {
    "too_short": lazy_gettext(
        "The password needs at least 12 characters. Four or five unusual words are easy to keep in mind."
    ),
    "too_long": lazy_gettext("The password is longer than 512 characters."),
    "repeated": lazy_gettext("The password uses too few different characters."),
    "sequence": lazy_gettext(
        "The password follows the alphabet, the digits or the keyboard. Choose another."
    ),
    "handle": lazy_gettext("The password is made of the name you sign in with. Choose another."),
    "common": lazy_gettext("This password is among those tried first. Choose another."),
    "similar": lazy_gettext("This password is too close to another one of this account. Choose another."),
}
"""What a refused password is told, by the code of `WeakPassword`."""
