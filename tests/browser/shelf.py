"""A small room with every part a page can be made of, for looking at and for trying the scripts."""

from flask import Blueprint, render_template_string, request
from flask_babel import lazy_gettext

from testimony.domain.roles import Role
from testimony.web.guards import allow_signed_in
from testimony.web.rooms import PurposeChip, Room, Waiting

PARTS = """
{% extends "base.html" %}
{% from "macros/forms.html" import plain_field, plain_choices, writing, actions, button, link_button, token, confirm,
   problem_summary %}
{% from "macros/page.html" import code, code_large, notice, warning, behind_warning, empty_state, facts, fact, chip,
   steps, pager, table, cell, head_cell, withheld, moment, name %}
{% block title %}Parts{% endblock %}
{% block scripts %}
<script type="module" src="{{ url_for('static', filename='autosave.js') }}"></script>
<script type="module" src="{{ url_for('static', filename='copy.js') }}"></script>
{% endblock %}
{% block content %}
{{ problem_summary([("month", "Give the month.")]) }}
<h1>Every part</h1>
{{ steps([{"name": "Explanation", "href": "#", "state": "done"},
          {"name": "Consent", "href": "#", "state": "you are here", "is_current": true},
          {"name": "Check and seal", "href": none, "state": "not begun"}], "Steps") }}
<form method="post" action="{{ url_for('shelf.keep') }}" data-autosave data-autosave-url="{{ url_for('shelf.keep') }}"
      data-saved="Sealed on this machine %s" data-unsaved="Not saved. Trying again.">
{{ token() }}
{{ plain_field("month", "month", "Month", "May", hint="Year and month.", error="Give the month.",
               class="field-short") }}
{{ plain_choices("study", "study", "Let investigators study it",
                 [("yes", "Yes"), ("if", "Yes, if…"), ("no", "No"), ("later", "Later")]) }}
{{ writing("text", "text", "The account", "", hint="In the language spoken.", rows=6) }}
<p class="saved" data-autosave-state role="status"></p>
{% call actions() %}{{ button("Save and go on") }}{{ link_button("Back", "#", "quiet") }}{% endcall %}
</form>
<div class="testimony" id="latin" dir="auto">I heard it; {{ withheld("name 1") }} saw <mark>the well</mark>.</div>
<div class="testimony" id="arabic" lang="ar" dir="rtl">سمعت الدراجات النارية من جهة الآبار.</div>
{% call notice("good") %}<p>Sealed. You cannot read it any more; the reviewers can.</p>{% endcall %}
<div id="code">{{ code_large("T-7Q4K-29") }}</div>
<button type="button" class="button button-quiet" hidden data-copy-from="code" data-copied="Copied">Copy</button>
{% call warning("Graphic content") %}<p>Killing.</p>{% endcall %}
{% call behind_warning(["killing", "torture"]) %}<p id="graphic">…</p>{% endcall %}
{% call facts() %}{{ fact("Language", "French", change="#") }}{{ fact("Code", code("T-7Q4K-29")) }}{% endcall %}
{% call table("Sealed accounts", ("Code", "State", "Month")) %}
<tr role="row">{% call head_cell("Code") %}{{ code("T-7Q4K-29") }}{% endcall %}
{% call cell("State") %}{{ chip("in review", "accent") }}{% endcall %}{% call cell("Month") %}May 2025{% endcall %}</tr>
{% endcall %}
{{ pager("#", "#", "41 entries") }}
{{ empty_state("Nothing is asked of you.") }}
{% call confirm("#", "Erase " ~ "T-7Q4K-29", "Erase it for good") %}<p>It cannot be undone.</p>{% endcall %}
{% endblock %}
"""


def make_shelf(kept: list[dict[str, str]]) -> Room:
    """kept: what was saved, newest last; while it holds the word "full" nothing more is taken."""
    blueprint = Blueprint("shelf", __name__, url_prefix="/shelf")

    @blueprint.get("/")
    @allow_signed_in
    def index() -> str:
        return render_template_string(PARTS)

    @blueprint.post("/")
    @allow_signed_in
    def keep() -> tuple[str, int]:
        if {"disk": "full"} in kept:
            return "no room", 507
        kept.append(request.form.to_dict())
        return "", 204

    return Room(
        blueprint=blueprint,
        title=lazy_gettext("Shelf"),
        front="shelf.index",
        roles=frozenset(Role),
        when_empty=lazy_gettext("What is put on the shelf appears here."),
        waiting=lambda session, now: (Waiting("2 drafts are not finished", "/shelf/", 2),),
        purpose=lambda session: PurposeChip("Purpose: internal study", "/shelf/"),
    )
