"""What the detectors find, text by text; every person, number and place here is invented."""

from collections.abc import Iterator
from threading import Event

import pytest

from testimony.detection.circumstances import CIRCUMSTANCE
from testimony.detection.lexicon import language_of
from testimony.detection.places import Gazetteer
from testimony.detection.plugins import NotInstalled, plugin, within
from testimony.detection.protecting import Protect
from testimony.detection.spans import Found, Reach, Span, merged
from testimony.detection.suggesting import Detector, Failure, Text, Trouble, suggest

PHONES = (
    ("en", "Call +223 10 55 21 84 at night.", "+223 10 55 21 84"),
    ("ar", "رقمي ‎+٢٢٢ ٥٩ ١٢ ٨٨ ٤٠ فقط", "+٢٢٢ ٥٩ ١٢ ٨٨ ٤٠"),
    ("fr", "Mon numéro : 00222 59 41 07 33.", "00222 59 41 07 33"),
    ("es", "Llámame al 612 34 56 78 mañana.", "612 34 56 78"),
)
NUMBERS = (
    ("en", "It stands at 15.87340, -2.90155 by the dune.", "GPS", "15.87340, -2.90155"),
    ("en", "We met at 16°46′12″N 3°00′30″W.", "GPS", "16°46′12″N"),
    ("en", "The grid was 30Q VD 12345 67890 then.", "GPS", "30Q VD 12345 67890"),
    ("fr", "La plaque BF-4471-MD était grise.", "VEHICLE_PLATE_PERP", "BF-4471-MD"),
    ("fr", "La plaque BF 4417 MD, je crois.", "VEHICLE_PLATE_PERP", "BF 4417 MD"),
    ("en", "The application (no. 36244/06) was lodged.", "WITNESS_ID_DOC", "36244/06"),
    ("en", "My card ML-REF-0092817 is gone.", "WITNESS_ID_DOC", "ML-REF-0092817"),
    ("en", "Serial 350000001234567 of it.", "DEVICE_ID", "350000001234567"),
    ("en", "Write to a.b@example.org now.", "COMM_MEANS", "a.b@example.org"),
    ("en", "They posted as @desert_wolf on it.", "PERP_HANDLE", "@desert_wolf"),
    ("en", "It is on https://example.org/x?y=1, she said.", "COMM_MEANS", "https://example.org/x?y=1"),
    ("en", "He sent IMG_2041.jpg to us.", "FILE_NAME", "IMG_2041.jpg"),
)
DATES = (
    ("en", "On 14 November 2024 they came.", "14 November 2024"),
    ("en", "It was on November 3, 2024 there.", "November 3, 2024"),
    ("fr", "le dimanche 16 mars 2025 au soir", "dimanche 16 mars 2025"),
    ("es", "el 30 de agosto de 1999 vino", "30 de agosto de 1999"),
    ("ar", "وفي يوم الثلاثاء ١٠ ديسمبر ٢٠٢٤ وصل", "١٠ ديسمبر ٢٠٢٤"),
    ("ar", "في شهر رمضان ١٤٤٥ جاؤوا", "رمضان ١٤٤٥"),
    ("ru", "Это было 3 декабря 2024 года утром.", "3 декабря 2024 года"),
    ("en", "It was dated 03/02/2025 there.", "03/02/2025"),
)
AGES = (
    ("en", "I am thirty-four and I was alone with my fears.", "thirty-four"),
    ("en", "I saw my friend, aged 12, in my house.", "12"),
    ("fr", "J'ai peur. Elle a quatorze ans et je suis âgée.", "quatorze ans"),
    ("es", "Yo estaba sola con mi miedo; tengo veintidós años de edad.", "veintidós años"),
    ("ar", "أنا هنا وعمري سبع عشرة سنة فقط", "سبع عشرة سنة"),
    ("ru", "Мне тридцать четыре года, я живу одна.", "тридцать четыре года"),
)
NAMES = (
    ("en", "I saw my brother Alhousseini at my door.", "Alhousseini"),
    ("en", "I spoke to the nurse Issouf about my arm.", "the nurse Issouf"),
    ("fr", "Je connais le lieutenant Kassoum Berthé et moi je me tais.", "lieutenant Kassoum Berthé"),
    ("es", "Mi sobrino Brahim vino conmigo a mi casa.", "sobrino Brahim"),
    ("ar", "ضربوا المؤذن بلال بن امبارك حتى كسرت يده", "بلال بن امبارك"),
    ("ar", "كنت مع خالي أحمد بن الحسن في بيتي", "خالي أحمد بن الحسن"),
    ("ru", "Я видела, как пришёл майор Сергей Дробов, и я молчала.", "майор Сергей Дробов"),
)
ADDRESSES = (
    ("en", "I live in Zone 4, Block 12, tent 318 now.", "Zone 4, Block 12, tent 318"),
    ("fr", "Je dors à l'abri 77, secteur C.", "abri 77, secteur C"),
    ("ar", "أنا الآن في المنطقة الرابعة، القطاع ١٢.", "المنطقة الرابعة، القطاع ١٢"),
    ("es", "Vivo en la calle Miguel Benítez 90.", "calle Miguel Benítez 90"),
    ("en", "He lived at 12 Maple Street then.", "12 Maple Street"),
)
CIRCUMSTANCES = (
    ("en", "He repairs radios; he is the only one in the village who does that work. I knew him."),
    ("fr", "Je suis sage-femme ; dans tout le cercle il n'y a que moi, la seule."),
    ("es", "Yo soy la única partera de mi pueblo."),
    ("ar", "أنا القابلة الوحيدة في قريتي."),
    ("ru", "Я единственный учитель в нашей деревне."),
)


def texts_of(text: str, language: str, *protect: Protect) -> dict[str, Span]:
    return {text[span.start : span.end]: span for span in suggest(text, language, protect).spans}


def covers(text: str, language: str, wanted: str) -> bool:
    start = text.index(wanted)
    spans = suggest(text, language).spans
    return any(span.start <= start and start + len(wanted) <= span.end for span in spans)


@pytest.mark.parametrize(("language", "text", "number"), PHONES)
def test_telephones_are_found_in_any_digits(language: str, text: str, number: str) -> None:
    found = texts_of(text, language)

    assert found[number].type == "PHONE"
    assert found[number].category == "B.1"
    assert found[number].detector == "phone/1"


@pytest.mark.parametrize(("language", "text", "kind", "number"), NUMBERS)
def test_numbers_and_signs_are_told_apart(language: str, text: str, kind: str, number: str) -> None:
    assert texts_of(text, language)[number].type == kind


@pytest.mark.parametrize(("language", "text", "date"), DATES)
def test_dates_are_found_in_five_languages(language: str, text: str, date: str) -> None:
    assert covers(text, language, date)


@pytest.mark.parametrize(("language", "text", "age"), AGES)
def test_ages_are_found_in_digits_and_words(language: str, text: str, age: str) -> None:
    assert covers(text, language, age)


@pytest.mark.parametrize(("language", "text", "name"), NAMES)
def test_a_name_is_found_by_what_stands_beside_it(language: str, text: str, name: str) -> None:
    assert covers(text, language, name)


@pytest.mark.parametrize(("language", "text", "address"), ADDRESSES)
def test_addresses_in_a_list_are_one(language: str, text: str, address: str) -> None:
    assert covers(text, language, address)


@pytest.mark.parametrize(("language", "text"), CIRCUMSTANCES)
def test_being_the_only_one_is_a_circumstance(language: str, text: str) -> None:
    assert any(span.detector == CIRCUMSTANCE for span in suggest(text, language).spans)


def test_an_act_of_a_court_has_no_circumstances() -> None:
    text = "The applicant's mother was the only teacher of the village. She was ill. The court dismissed her claim."

    assert not [span for span in suggest(text, "eng").spans if span.detector == CIRCUMSTANCE]


def test_a_listed_name_is_found_in_other_spellings_and_scripts() -> None:
    text = "They took Akly Ag Ouartane. ثم رأيت أكلي آغ وارتان هناك. Akli limped."
    found = texts_of(text, "eng", Protect("Akli ag Wartan", "VICTIM_NAME"))

    assert found["Akly Ag Ouartane"].detector == "protect-variant/1"
    assert found["أكلي آغ وارتان"].type == "VICTIM_NAME"
    assert found["Akli"].category == "X.2"


def test_the_witnesses_own_list_names_a_span_before_any_other() -> None:
    found = texts_of(
        "She said +223 10 55 21 84 twice.", "eng", Protect("+223 10 55 21 84", "RELATIVE_ADDRESS")
    )

    assert found["+223 10 55 21 84"].detector == "protect-list/2"
    assert found["+223 10 55 21 84"].type == "RELATIVE_ADDRESS"


@pytest.mark.parametrize(
    ("kind", "category"),
    [("", "B.5"), ("X.6", "X.6"), ("CHILD_NAME", "X.6"), ("DATE_EXACT", "B.5"), ("?", "B.5")],
)
def test_a_listed_word_is_proposed_under_what_the_witness_said_it_is(kind: str, category: str) -> None:
    found = texts_of("we met the zebra there", "eng", Protect("zebra", kind))

    assert found["zebra"].category == category


def test_whoever_is_named_once_is_marked_everywhere() -> None:
    text = "I know my uncle Sidi Lamine well. Later I heard that they beat Lamine. My uncle SIDI Lamine died."
    spans = [span for span in suggest(text, "eng").spans if text[span.start : span.end] == "Lamine"]

    assert len(spans) == 1


def test_a_loaded_gazetteer_finds_its_places_in_any_script() -> None:
    gazetteer = Gazetteer.of(["Tin Tassayt", "تين تسايت"])
    latin = suggest("The road to Tin-Tassayt was closed.", "eng", gazetteers=[gazetteer]).spans
    arabic = suggest("ذهبوا إلى تين تسايت أمس", "arb", gazetteers=[gazetteer]).spans

    assert ("loaded-gazetteer/1", 12, 23) in {(span.detector, span.start, span.end) for span in latin}
    assert "loaded-gazetteer/1" in {span.detector for span in arabic}


def test_countries_and_cities_come_with_the_archive() -> None:
    assert covers("He fled from Mauritania to Bamako by night.", "eng", "Mauritania")
    assert covers("He fled from Mauritania to Bamako by night.", "eng", "Bamako")


def test_spans_of_one_reach_that_overlap_become_the_widest() -> None:
    text = "abcdefghij"
    found = [Found(0, 4, "PHONE", "a/1"), Found(2, 9, "GPS", "b/1"), Found(3, 5, "AMOUNT", "c/1")]

    assert merged(text, found) == (Span(0, 9, "GPS", "X.4", "b/1"),)


def test_a_circumstance_does_not_swallow_the_name_inside_it() -> None:
    found = [Found(0, 9, "OCCUPATION", "wide/1", Reach.CIRCUMSTANCE), Found(2, 4, "THIRD_PARTY_NAME", "a/1")]

    assert [span.detector for span in merged("abcdefghij", found)] == ["wide/1", "a/1"]


def test_a_circumstance_as_wide_as_a_detail_is_left_out() -> None:
    found = [Found(0, 9, "OCCUPATION", "wide/1", Reach.CIRCUMSTANCE), Found(0, 9, "PHONE", "a/1")]

    assert [span.detector for span in merged("abcdefghij", found)] == ["a/1"]


@pytest.mark.parametrize(("start", "end"), [(0, 0), (3, 2), (-1, 2), (5, 99)])
def test_a_span_that_is_empty_or_outside_is_no_span(start: int, end: int) -> None:
    assert merged("abcdef", [Found(start, end, "PHONE", "a/1")]) == ()


def test_a_span_never_ends_inside_a_character() -> None:
    text = "e\u0301e\u0301e\u0301"

    assert merged(text, [Found(1, 2, "PHONE", "a/1"), Found(3, 4, "PHONE", "a/1")]) == (
        Span(0, 2, "PHONE", "B.1", "a/1"),
        Span(2, 4, "PHONE", "B.1", "a/1"),
    )


def test_a_detector_that_breaks_is_named_and_the_others_speak() -> None:
    def breaks(_: Text) -> Iterator[Found]:
        yield Found(0, 4, "PHONE", "plug/1")
        raise ValueError("the secret text")

    said = suggest("Call +223 10 55 21 84", "eng", plugins=[Detector("plug/1", breaks)])

    assert said.failures == (Failure("plug/1", Trouble.FAILED),)
    assert {span.detector for span in said.spans} >= {"plug/1", "phone/1"}


def test_a_detector_that_does_not_end_is_named() -> None:
    ticks = iter(range(10**9))

    def endless(_: Text) -> Iterator[Found]:
        while True:
            yield Found(0, 4, "PHONE", "plug/1")

    said = suggest("Call me", "eng", plugins=[Detector("plug/1", endless)], clock=lambda: float(next(ticks)))

    assert said.failures == (Failure("plug/1", Trouble.SLOW),)


def test_a_plug_in_that_hangs_is_named_and_waited_for_no_longer() -> None:
    released = Event()

    def hangs(_: str) -> list[tuple[int, int, str]]:
        released.wait(60)
        return []

    said = suggest("Call +223 10 55 21 84", "eng", plugins=[within("hanging/3", hangs, 0.05)])
    released.set()

    assert said.failures == (Failure("hanging/3", Trouble.SLOW),)
    assert "phone/1" in {span.detector for span in said.spans}


def test_a_plug_in_speaks_under_its_own_name() -> None:
    reads = within("others/2", lambda text: [(0, 4, "GPE"), (5, 9, "ODD")], 10)

    said = suggest("door leaf", "bam", plugins=[reads])

    assert [(span.type, span.detector) for span in said.spans] == [
        ("TOWN", "others/2"),
        ("BIOGRAPHIC_DETAIL", "others/2"),
    ]


@pytest.mark.parametrize("name", ["spacy:no_such_model", "presidio:", "os:path", "", "spacy:os.path"])
def test_a_plug_in_that_is_not_installed_is_refused(name: str) -> None:
    with pytest.raises(NotInstalled):
        plugin(name)


@pytest.mark.parametrize(
    ("code", "language"), [("eng", "en"), ("en", "en"), ("arb", "ar"), ("fr-ML", "fr"), ("bam", ""), ("", "")]
)
def test_languages_are_known_by_two_letters_or_three(code: str, language: str) -> None:
    assert language_of(code) == language


def test_a_language_without_words_is_read_with_all_of_them() -> None:
    assert covers("Ne tɔgɔ ye Awa Diarra ye, telefɔni +223 10 55 21 84.", "bam", "Awa Diarra")
    assert covers("Ne tɔgɔ ye Awa Diarra ye, telefɔni +223 10 55 21 84.", "bam", "+223 10 55 21 84")


def test_lone_surrogates_are_read_like_any_character() -> None:
    assert covers("My name is Awa\ud800 Diarra and I am here", "eng", "Awa")
