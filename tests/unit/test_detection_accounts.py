"""Four invented accounts, one a language: nearly all that could give somebody away lies under a suggestion."""

import pytest

from testimony.detection.suggesting import suggest

ACCOUNTS = {
    "spa": (
        (
            "Me llamo Brahim Salem uld Embarek, pero en la daira todos me dicen Bigotes. Tengo cuarenta"
            " y tres años y conduzco un camión desde los diecinueve. El 12 de febrero de 2025 salí de "
            "Zuérate con un convoy de cinco camiones hacia Bir Mogrein. Mi sobrino Lahsen, de catorce "
            "años, iba conmigo en la cabina. A las cuatro de la tarde oímos un zumbido y el primer "
            "camión ardió. El dueño del camión, Hamdi el panadero, murió allí mismo. El localizador del"
            " camión marcó 25.12345, -11.56789 durante la parada. Mi matrícula es 4471-WHQ y mi "
            "pasaporte mauritano es BE0912345. Soy el único chófer de mi pueblo con carné de "
            "mercancías. Tengo una cicatriz en la ceja por los cristales. Escondí la tarjeta de memoria"
            " debajo del asiento. Ahora duermo en la jaima 14, barrio 3, en casa de mi cuñada Maimuna. "
            "Pueden llamarme al +222 47 81 09 33, pero solo de noche. Un hombre de la oficina, el señor"
            " Rguibi, me ayudó a venir."
        ),
        (
            "Brahim Salem uld Embarek",
            "Bigotes",
            "cuarenta y tres años",
            "conduzco un camión desde los diecinueve",
            "Mi sobrino Lahsen, de catorce años",
            "Hamdi el panadero",
            "25.12345, -11.56789",
            "4471-WHQ",
            "BE0912345",
            "Soy el único chófer de mi pueblo",
            "una cicatriz en la ceja",
            "debajo del asiento",
            "la jaima 14, barrio 3",
            "mi cuñada Maimuna",
            "+222 47 81 09 33",
            "solo de noche",
            "el señor Rguibi",
            "Zuérate",
        ),
    ),
    "arb": (
        (
            "اسمي المختار ولد سيدي، ويعرفني الناس باسم أبو العكاز لأني أمشي بعصا. عمري سبعون سنة، ولي "
            "تسعة أحفاد. خرج حفيدي إبراهيم ومعه الراعيان حماده وبوبكر إلى بئر تنغرت يوم ٣ مارس ٢٠٢٥. "
            "وجدتهم في اليوم الثاني مقيدين خلف الكثيب الأبيض، وكان رأس إبراهيم مكشوفا. رأيت آثار سيارة "
            "واحدة، وقال لي جاري محمود إنها سيارة بيضاء لوحتها ٤٤٧١ م ٢٢. دفناهم قرب شجرة الطلح "
            "الوحيدة. رقم هاتفي ٠٠٢٢٢ ٤٤ ١٠ ٢٢ ٣٣ وأسكن في المنطقة ٥، الخيمة ٢٠١. جاء بي إليكم حما بائع"
            " الماء. عندي ألم في الظهر ولا أنام الليل."
        ),
        (
            "المختار ولد سيدي",
            "أبو العكاز",
            "عمري سبعون سنة",
            "تسعة أحفاد",
            "حفيدي إبراهيم",
            "حماده",
            "بوبكر",
            "خلف الكثيب الأبيض",
            "جاري محمود",
            "لوحتها ٤٤٧١ م ٢٢",
            "دفناهم قرب شجرة الطلح الوحيدة",
            "٠٠٢٢٢ ٤٤ ١٠ ٢٢ ٣٣",
            "المنطقة ٥، الخيمة ٢٠١",
            "حما بائع الماء",
            "ألم في الظهر",
        ),
    ),
    "fra": (
        (
            "Je suis enseignant à Douékiré, j'y tiens l'unique classe du village. On m'appelle maître "
            "Poussière. Le 4 mai 2025 on m'a arrêté avec Boubacar Sangho, le menuisier. Dans la cellule"
            " j'ai vu un homme que tous nommaient Akli, le radio. On m'a pendu par les poignets ; mon "
            "épaule gauche ne remonte plus. Mon geôlier, un certain Bakary, portait une bague verte. "
            "J'ai été relâché après onze jours contre deux cent mille francs versés par mon oncle Sory."
            " Je vis encore à Douékiré, derrière le château d'eau. Ne m'écrivez pas, passez par la sœur"
            " Clémence du dispensaire."
        ),
        (
            "enseignant à Douékiré",
            "l'unique classe du village",
            "maître Poussière",
            "Boubacar Sangho, le menuisier",
            "Akli, le radio",
            "mon épaule gauche ne remonte plus",
            "un certain Bakary, portait une bague verte",
            "deux cent mille francs",
            "mon oncle Sory",
            "à Douékiré, derrière le château d'eau",
            "la sœur Clémence du dispensaire",
        ),
    ),
    "eng": (
        (
            "I had a shop for phone cards in Ganderou, next to the well, until they burned it. I have "
            "three films on my phone, a Tecno, serial R58M30ABCDE. My name is Yacouba dit Yak. My "
            "daughter Hawa, nine, saw it from the roof of Moussa Kané's house. The channel "
            "@sahelwatch_ml posted it on 7 June 2025. The camp is at 16.54321 N, 3.12345 W. I walk with"
            " a stick since then. A woman called Madame Fofana from the bakery keeps the memory card in"
            " a flour tin. I am the treasurer of the young traders' union. I stay with a cousin at "
            "block 7, row 3. Ask for me through Pastor Jonas."
        ),
        (
            "a shop for phone cards in Ganderou, next to the well",
            "a Tecno, serial R58M30ABCDE",
            "Yacouba dit Yak",
            "My daughter Hawa, nine",
            "Moussa Kané's house",
            "16.54321 N, 3.12345 W",
            "I walk with a stick",
            "Madame Fofana from the bakery",
            "keeps the memory card in a flour tin",
            "the treasurer of the young traders' union",
            "block 7, row 3",
            "Pastor Jonas",
        ),
    ),
}
ENOUGH = 0.9


@pytest.mark.parametrize("language", ACCOUNTS)
def test_what_gives_somebody_away_lies_under_a_suggestion(language: str) -> None:
    text, telling = ACCOUNTS[language]

    covered = {at for span in suggest(text, language).spans for at in range(span.start, span.end)}

    # A comma between two suggestions tells nothing; every letter and figure must lie under one.
    missed = [
        words
        for words in telling
        for at in (text.index(words),)
        if any(text[place].isalnum() and place not in covered for place in range(at, at + len(words)))
    ]
    assert len(missed) <= (1 - ENOUGH) * len(telling), missed
