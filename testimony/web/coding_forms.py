"""The form for one act, in the coder's words: what is asked and offered, not what is allowed."""

from babel.dates import get_month_names
from flask_babel import get_locale, gettext, lazy_gettext
from wtforms import IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from testimony.domain.acts import Attribute, Coding, Perpetrators, Unit, Victims, group_of
from testimony.domain.places import MAX_NAME, PlaceId, PlaceLevel, PlaceName
from testimony.domain.quoting import MAX_QUOTE, mention_of, quoted
from testimony.domain.vocabulary import load
from testimony.domain.witness import Sex
from testimony.services.places import NewPlace
from testimony.web.coding_dates import TypedDate, edtf_of, typed_of
from testimony.web.coding_words import ATTRIBUTES, SEXES, SIGNS, UNITS, label
from testimony.web.custody_forms import Ticks
from testimony.web.forms import ArchiveForm

_MAX_NUMBER = 1_000_000
_MAX_LINE = 200

Choice = tuple[str, str]


def _number(text: str, low: int = 0) -> IntegerField:
    return IntegerField(text, [Optional(), NumberRange(min=low, max=_MAX_NUMBER)])


class ActForm(ArchiveForm):
    violation = SelectField(
        lazy_gettext("What was done"), [InputRequired(lazy_gettext("Choose what was done."))]
    )
    begins = TextAreaField(
        lazy_gettext("Words of the account that tell it, or how the passage begins"), [Length(max=MAX_QUOTE)]
    )
    ends = StringField(lazy_gettext("How a longer passage ends"), [Length(max=MAX_QUOTE)])
    which = _number(lazy_gettext("Which mention, if the words stand there more than once"))
    basis = RadioField(
        lazy_gettext("How the witness knows"), [InputRequired(lazy_gettext("Choose how the witness knows."))]
    )
    victims_min = _number(lazy_gettext("At least"))
    victims_max = _number(lazy_gettext("At most"), 1)
    unit = SelectField(lazy_gettext("Of"), default=Unit.PERSON.value)
    sex = SelectField(lazy_gettext("Sex"), default=Sex.UNDISCLOSED.value)
    age_band = SelectField(lazy_gettext("Age"), default="")
    group = SelectField(lazy_gettext("Who did it"), default="")
    involvement = SelectField(lazy_gettext("What part they had"), default="")
    identified_by = SelectField(lazy_gettext("How the witness knew them"), default="")
    year = StringField(lazy_gettext("Year"), [Length(max=4)])
    month = SelectField(lazy_gettext("Month"), default="")
    day = StringField(lazy_gettext("Day"), [Length(max=2)])
    sign = SelectField(lazy_gettext("How certain"), default="")
    until_year = StringField(lazy_gettext("Year"), [Length(max=4)])
    until_month = SelectField(lazy_gettext("Month"), default="")
    until_day = StringField(lazy_gettext("Day"), [Length(max=2)])
    until_sign = SelectField(lazy_gettext("How certain"), default="")
    place = RadioField(lazy_gettext("Where it happened"), validate_choice=False)
    place_words = StringField(lazy_gettext("Find a place by its name"), [Length(max=_MAX_LINE)])
    new_name = StringField(lazy_gettext("Name of the place"), [Length(max=MAX_NAME)])
    new_language = SelectField(lazy_gettext("Language of the name"), default="und")
    new_level = SelectField(lazy_gettext("What it is"), default=PlaceLevel.REGION.value)
    new_kind = SelectField(lazy_gettext("Kind of place"), default="")
    methods = Ticks(lazy_gettext("By which means"))
    attributes = Ticks(lazy_gettext("Also true of it"))
    outcome = SelectField(lazy_gettext("What became of the victims"), default="")

    def offer(self, finest: PlaceLevel, places: tuple[Choice, ...]) -> None:
        """Fill in what can be chosen. places: (id, words)."""
        unsaid: Choice = ("", gettext("Not said"))
        self.violation.choices = _grouped_acts()
        self.basis.choices = _terms("basis")
        self.unit.choices = [(unit.value, UNITS[unit]) for unit in Unit]
        self.sex.choices = [(sex.value, SEXES[sex]) for sex in Sex]
        self.age_band.choices = [unsaid, *(term for term in _terms("age_band") if term[0] != "undisclosed")]
        self.group.choices = [unsaid, *_terms("perp_group")]
        self.involvement.choices = [unsaid, *_terms("involvement")]
        self.identified_by.choices = [unsaid, *_terms("identified_by")]
        months = [(str(n), name) for n, name in get_month_names("wide", "stand-alone", get_locale()).items()]
        self.month.choices = self.until_month.choices = [unsaid, *months]
        self.sign.choices = self.until_sign.choices = list(SIGNS.items())
        self.place.choices = [("", gettext("Not said")), *places]
        self.place.data = self.place.data or ""
        self.new_level.choices = [
            (level.value, label("place_precision", level.value))
            for level in PlaceLevel
            if PlaceLevel.COUNTRY.rank < level.rank <= finest.rank
        ]
        self.new_kind.choices = [unsaid, *_terms("place_kind")]
        self.new_language.choices = [("und", gettext("Not known")), *_terms("language")[:-1]]
        self.methods.choices = _terms("method")
        self.attributes.choices = [(each.value, ATTRIBUTES[each]) for each in Attribute]
        self.outcome.choices = [unsaid, *_terms("victim_status")]

    def coding(self, text: str) -> Coding:
        """What was said of an act of this text. Raises Invalid."""
        group = self.text("group")
        return Coding(
            violation=self.text("violation"),
            passage=quoted(text, self.text("begins"), self.text("ends"), self.which.data or 0),
            basis=self.text("basis"),
            victims=Victims(
                self.victims_min.data,
                self.victims_max.data,
                Unit(self.text("unit")),
                Sex(self.text("sex")),
                self.text("age_band") or None,
            ),
            perpetrators=Perpetrators(
                group, self.text("involvement") or None, self.text("identified_by") or None
            )
            if group
            else None,
            place=PlaceId(self.text("place")) if self.text("place") else None,
            when=edtf_of(self._typed(""), self._typed("until_")),
            methods=tuple(self.methods.data or ()),
            attributes=frozenset(Attribute(each) for each in self.attributes.data or ()),
            outcome=self.text("outcome") or None,
        )

    def new_place(self) -> NewPlace:
        """The place to add inside the chosen one."""
        return NewPlace(
            PlaceId(self.text("place")),
            PlaceLevel(self.text("new_level")),
            self.text("new_kind") or None,
            (self.new_spelling(),),
        )

    def new_spelling(self) -> PlaceName:
        return PlaceName(self.text("new_name").strip(), self.text("new_language"))

    def _typed(self, prefix: str) -> TypedDate:
        return TypedDate(*(self.text(prefix + part) for part in ("year", "month", "day", "sign")))


def form_of(coding: Coding, text: str) -> ActForm:
    """The form filled with an act that is to be corrected."""
    start, end = typed_of(coding.when)
    victims, group, passage = coding.victims, coding.perpetrators, coding.passage
    return ActForm(
        data={
            "violation": coding.violation,
            "begins": text[passage.start : passage.end] if passage else "",
            "which": (mention_of(text, passage) or None) if passage else None,
            "basis": coding.basis,
            "victims_min": victims.minimum,
            "victims_max": victims.maximum,
            "unit": victims.unit.value,
            "sex": victims.sex.value,
            "age_band": victims.age_band or "",
            "group": group.group if group else "",
            "involvement": (group and group.involvement) or "",
            "identified_by": (group and group.identified_by) or "",
            "place": coding.place or "",
            **{name: getattr(start, name) for name in ("year", "month", "day", "sign")},
            **{f"until_{name}": getattr(end, name) for name in ("year", "month", "day", "sign")},
            "methods": list(coding.methods),
            "attributes": [attribute.value for attribute in coding.attributes],
            "outcome": coding.outcome or "",
        }
    )


class TypesForm(ArchiveForm):
    types = Ticks(lazy_gettext("How the witness knows, on the whole"))

    def offer(self) -> None:
        self.types.choices = _terms("account_type")


def _terms(vocabulary: str) -> list[Choice]:
    return [(code, label(vocabulary, code)) for code in load(vocabulary).codes]


def _grouped_acts() -> dict[str, list[Choice]]:
    """The acts under the name of their group, each with its code and what sets it apart."""
    groups: dict[str, list[Choice]] = {"": [("", gettext("Choose"))]}
    for term in load("violation").terms:
        if not term.columns["parent"]:
            continue
        name = f"{label('violation', term.code)} · {term.code}"
        groups.setdefault(label("violation", group_of(term.code)), []).append((term.code, name))
    return groups
