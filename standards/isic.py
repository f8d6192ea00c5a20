"""Divisions of the International Standard Industrial Classification (ISIC Rev. 4, United Nations),
in short words of our own. The two digits are the code.
"""

from flask_babel import lazy_gettext as _l

from standards.lists import Options

DIVISIONS: Options = (
    ("01", _l("01 Crops and animals")), ("02", _l("02 Forestry")), ("03", _l("03 Fishing")), ("05", _l("05 Coal")), ("06", _l("06 Oil and gas")),
    ("07", _l("07 Metal ores")), ("08", _l("08 Quarrying")), ("09", _l("09 Services to mining")), ("10", _l("10 Food")), ("11", _l("11 Drinks")),
    ("12", _l("12 Tobacco")), ("13", _l("13 Textiles")), ("14", _l("14 Clothes")), ("15", _l("15 Leather and shoes")), ("16", _l("16 Wood")),
    ("17", _l("17 Paper")), ("18", _l("18 Printing")), ("19", _l("19 Refining")), ("20", _l("20 Chemicals")), ("21", _l("21 Medicines")),
    ("22", _l("22 Rubber and plastic")), ("23", _l("23 Bricks, glass, cement")), ("24", _l("24 Basic metals")), ("25", _l("25 Metal goods")),
    ("26", _l("26 Electronics")), ("27", _l("27 Electrical goods")), ("28", _l("28 Machines")), ("29", _l("29 Vehicles")), ("30", _l("30 Ships and other transport goods")),
    ("31", _l("31 Furniture")), ("32", _l("32 Other goods")), ("33", _l("33 Repair of machines")), ("35", _l("35 Electricity and gas")), ("36", _l("36 Water")),
    ("37", _l("37 Sewerage")), ("38", _l("38 Waste")), ("39", _l("39 Clean-up")), ("41", _l("41 Buildings")), ("42", _l("42 Roads and other works")),
    ("43", _l("43 Special building trades")), ("45", _l("45 Vehicles: trade and repair")), ("46", _l("46 Wholesale")), ("47", _l("47 Retail")),
    ("49", _l("49 Land transport")), ("50", _l("50 Water transport")), ("51", _l("51 Air transport")), ("52", _l("52 Storage and handling")), ("53", _l("53 Post and couriers")),
    ("55", _l("55 Hotels")), ("56", _l("56 Food and drink service")), ("58", _l("58 Publishing")), ("59", _l("59 Film and sound")), ("60", _l("60 Broadcasting")),
    ("61", _l("61 Telecommunication")), ("62", _l("62 Programming")), ("63", _l("63 Information services")), ("64", _l("64 Finance")), ("65", _l("65 Insurance")),
    ("66", _l("66 Services to finance")), ("68", _l("68 Real estate")), ("69", _l("69 Law and accounts")), ("70", _l("70 Head offices and advice")),
    ("71", _l("71 Architecture and engineering")), ("72", _l("72 Research")), ("73", _l("73 Advertising")), ("74", _l("74 Other professions")), ("75", _l("75 Animal care")),
    ("77", _l("77 Renting")), ("78", _l("78 Employment agencies")), ("79", _l("79 Travel agencies")), ("80", _l("80 Security")), ("81", _l("81 Cleaning and gardens")),
    ("82", _l("82 Office services")), ("84", _l("84 Public administration and defence")), ("85", _l("85 Education")), ("86", _l("86 Health")), ("87", _l("87 Residential care")),
    ("88", _l("88 Social work")), ("90", _l("90 Arts")), ("91", _l("91 Libraries and museums")), ("92", _l("92 Gambling")), ("93", _l("93 Sport and leisure")),
    ("94", _l("94 Associations")), ("95", _l("95 Repair of household goods")), ("96", _l("96 Other personal services")), ("97", _l("97 Domestic work")),
    ("98", _l("98 Own production of households")), ("99", _l("99 International organisations")),
)  # fmt: skip


def section_of(division: str) -> str:
    """The letter of the section a division lies in."""
    bounds = (
        (3, "A"), (9, "B"), (33, "C"), (35, "D"), (39, "E"), (43, "F"), (47, "G"), (53, "H"), (56, "I"), (63, "J"), (66, "K"), (68, "L"), (75, "M"), (82, "N"),
        (84, "O"), (85, "P"), (88, "Q"), (93, "R"), (96, "S"), (98, "T"), (99, "U"),
    )  # fmt: skip
    return next(letter for last, letter in bounds if int(division) <= last)
