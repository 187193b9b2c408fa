"""The archive in a browser: parses requests, calls one service, answers. Decides nothing and holds no SQL.

How a room is made (`testimony/web/<room>.py`):

    blueprint = Blueprint("intake", __name__, url_prefix="/intake")

    @blueprint.get("/")
    @allow(Role.INTERVIEWER)
    def index() -> str:
        return render_template("intake/index.html", drafts=drafts(current_session(), now()))

    ROOM = Room(blueprint=blueprint, title=lazy_gettext("Intake"), front="intake.index",
                roles=frozenset({Role.INTERVIEWER}), waiting=waiting,
                when_empty=lazy_gettext("Drafts that you begin appear here."))

and its `ROOM` is listed in `factory.ROOMS`; a test may pass its own: `create_app(services, rooms=(ROOM,))`.

Every view carries `allow`, `allow_signed_in` or `allow_public`, or the application does not start. Domain errors are
left to rise: `errors.py` turns them into pages. Forms are `forms.ArchiveForm`; the token of every POST is in the
page as `{{ token() }}` and is checked before the view runs. A view that takes a file is marked `takes_upload`. What a
session remembers between requests is in its `desk`, never in the cookie. A room's own look and script go to
`testimony/static/<room>.css` and `<room>.js`, by the template blocks `styles` and `scripts`; nothing is inline.
"""
