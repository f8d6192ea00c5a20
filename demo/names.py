"""Invented names by country, in the scripts people write them in."""

GIVEN = {
    "CI": (
        ["Aminata", "Mariam", "Affoué", "Fanta", "Aya", "Rokia"],
        ["Kouadio", "Ibrahim", "Seydou", "Yao", "Lacina", "Moussa"],
    ),
    "GN": (["Fatoumata", "Kadiatou", "Hawa", "Mariama"], ["Mamadou", "Alpha", "Thierno", "Sékou"]),
    "ML": (["Oumou", "Assitan", "Djeneba", "Sira"], ["Boubacar", "Modibo", "Adama", "Bakary"]),
    "NG": (["Blessing", "Joy", "Ngozi", "Halima"], ["Emeka", "Sunday", "Musa", "Tunde"]),
    "CM": (["Solange", "Carine", "Brigitte", "Nadège"], ["Serge", "Blaise", "Hervé", "Thierry"]),
    "BD": (["রিনা", "শিরিন", "Nasrin", "Rokeya"], ["রহিম", "Kamal", "Jamal", "সোহেল"]),
    "SD": (["آمنة", "سارة", "Hanan", "Ikhlas"], ["محمود", "عثمان", "Khalid", "Yasir"]),
    "ET": (["ሳራ", "Hirut", "Tigist", "አበባ"], ["Bekele", "ዳዊት", "Tesfaye", "Getachew"]),
    "SO": (["Hodan", "Ifrah", "Sahra", "Fadumo"], ["Abdi", "Warsame", "Liban", "Guled"]),
    "SY": (["ريم", "هدى", "Rasha", "لينا"], ["سامر", "Bassel", "نزار", "Wael"]),
    "UA": (["Олена", "Ірина", "Oksana", "Дарина"], ["Андрій", "Taras", "Микола", "Denys"]),
    "NP": (["Sunita", "गीता", "Maya", "Anju"], ["Bikash", "राम", "Prakash", "Dipak"]),
}
FAMILY = {
    "CI": ["Koné", "Traoré", "Ouattara", "Bamba", "Kouassi", "Coulibaly"],
    "GN": ["Diallo", "Barry", "Bah", "Camara", "Sylla"],
    "ML": ["Keïta", "Diarra", "Sissoko", "Touré"],
    "NG": ["Eze", "Okafor", "Bello", "Adeyemi"],
    "CM": ["Ngono", "Fotso", "Mbarga", "Etoa"],
    "BD": ["আক্তার", "Hossain", "বেগম", "Miah"],
    "SD": ["الأمين", "إدريس", "Elhassan", "بشير"],
    "ET": ["በቀለ", "Tadesse", "Alemu", "Girma"],
    "SO": ["Warsame", "Jama", "Farah", "Osman"],
    "SY": ["حداد", "الخطيب", "Khoury", "درويش"],
    "UA": ["Бондар", "Ткаченко", "Shevchuk", "Кравець"],
    "NP": ["Rai", "Tamang", "गुरुङ", "Thapa"],
}
LANGUAGES = {
    "CI": ["fr", "dyu"],
    "GN": ["fr", "ff"],
    "ML": ["fr", "bm"],
    "NG": ["en", "ha"],
    "CM": ["fr", "en"],
    "BD": ["bn"],
    "SD": ["ar"],
    "ET": ["am"],
    "SO": ["so"],
    "SY": ["ar"],
    "UA": ["uk", "ru"],
    "NP": ["ne"],
}
PLACES = {
    "CI": 34,
    "GN": 10,
    "ML": 8,
    "NG": 7,
    "CM": 5,
    "BD": 22,
    "SD": 3,
    "ET": 3,
    "SO": 2,
    "SY": 2,
    "UA": 2,
    "NP": 2,
}
NEEDS = [
    "Single room, no stairs.",
    "A place for the night and something to eat.",
    "School for the younger child.",
    "Work, and a course in sewing.",
    "Somebody to talk to in her own language.",
    "Help to find her brother.",
    "A doctor for an old injury.",
]
SAFETY = [
    "Somebody is looking for her. Do not confirm to anyone that she is with you.",
    "No calls from unknown numbers.",
    "",
    "",
    "Not with others from the same town.",
]
ACCOUNTS = [
    "Was promised work in a shop and had to work without pay in a house.",
    "Travelled alone, lost the documents on the way.",
    "Worked on a building site; the employer kept the passport.",
    "Was left behind by the driver near the border.",
    "Came with the family; the money for the way home is gone.",
]
NOTES = [
    "She feels safe where she is. We talk again next week.",
    "He asked about work. We looked at two courses.",
    "No change. Sleeps better.",
    "The brother called; she does not want him to know the address.",
]
# How cases ended, by the reason they were closed for.
ENDINGS = {
    "completed": "What was planned is done. She knows how to reach us.",
    "returned": "Home with the family; the mission there follows up.",
    "lost": "Three calls on three days, nobody answered. The case can be opened again.",
}
# Who called and has not agreed to anything yet.
CALLERS = (
    {
        "word": "The bakery at the port",
        "channel": "hotline",
        "said": "Her employer has her passport. She asks what happens if she leaves.",
        "advised": "That she may leave; where the clinic is; that she can call on any day.",
        "call_back": "After 20:00. Only she answers; never a message.",
    },
    {
        "word": "Two brothers, bus station",
        "channel": "outreach",
        "said": "They slept outside for three nights and want to think about going home.",
        "advised": "Where they eat and wash today, and that return is their own choice.",
        "call_back": "They come on Thursday.",
    },
)
CALLED_AGAIN = {
    "channel": "hotline",
    "said": "She thinks of leaving next week and is afraid for her sister.",
    "advised": "A safety plan for the day she leaves; whom to call at night.",
}
