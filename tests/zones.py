"""Time zones as tzdata's tables have them, some of them: those of the machine that tests run on
differ from release to release."""

from typing import Final

from installer.time_zones import parse_zones

ZONE_TAB: Final = """\
# code, place, name
AQ\t-720041+0023206\tAntarctica/Troll
AR\t-3436-05827\tAmerica/Argentina/Buenos_Aires
AT\t+4813+01620\tEurope/Vienna
AU\t-3133+15905\tAustralia/Lord_Howe
AU\t-3352+15113\tAustralia/Sydney
AX\t+6006+01957\tEurope/Mariehamn
BE\t+5050+00420\tEurope/Brussels
BR\t-0351-03225\tAmerica/Noronha
BR\t-0127-04829\tAmerica/Belem
BR\t-0712-04812\tAmerica/Araguaina
BR\t-2332-04637\tAmerica/Sao_Paulo
BR\t-0308-06001\tAmerica/Manaus
CA\t+4734-05243\tAmerica/St_Johns
CA\t+4339-07923\tAmerica/Toronto
CH\t+4723+00832\tEurope/Zurich
CI\t+0519-00402\tAfrica/Abidjan
CN\t+3114+12128\tAsia/Shanghai
CZ\t+5005+01426\tEurope/Prague
DE\t+5230+01322\tEurope/Berlin
DE\t+4742+00841\tEurope/Busingen
DZ\t+3647+00303\tAfrica/Algiers
EG\t+3003+03115\tAfrica/Cairo
ES\t+4024-00341\tEurope/Madrid
ES\t+3553-00519\tAfrica/Ceuta
ES\t+2806-01524\tAtlantic/Canary
FI\t+6010+02458\tEurope/Helsinki
FR\t+4852+00220\tEurope/Paris
GB\t+513030-0000731\tEurope/London
IE\t+5320-00615\tEurope/Dublin
IN\t+2232+08822\tAsia/Kolkata
IS\t+6409-02151\tAtlantic/Reykjavik
IT\t+4154+01229\tEurope/Rome
JP\t+353916+1394441\tAsia/Tokyo
NL\t+5222+00454\tEurope/Amsterdam
NZ\t-3652+17446\tPacific/Auckland
PL\t+5215+02100\tEurope/Warsaw
PT\t+3843-00908\tEurope/Lisbon
RE\t-2052+05528\tIndian/Reunion
US\t+404251-0740023\tAmerica/New_York
US\t+394606-0860929\tAmerica/Indiana/Indianapolis
US\t+465042-1012439\tAmerica/North_Dakota/New_Salem
US\t+394421-1045903\tAmerica/Denver
US\t+340308-1181434\tAmerica/Los_Angeles
"""
COUNTRY_TAB: Final = """\
# code, name
AQ\tAntarctica
AR\tArgentina
AT\tAustria
AU\tAustralia
AX\tÅland Islands
BE\tBelgium
BR\tBrazil
CA\tCanada
CH\tSwitzerland
CI\tCôte d'Ivoire
CN\tChina
CZ\tCzech Republic
DE\tGermany
DZ\tAlgeria
EG\tEgypt
ES\tSpain
FI\tFinland
FR\tFrance
GB\tBritain (UK)
IE\tIreland
IN\tIndia
IS\tIceland
IT\tItaly
JP\tJapan
NL\tNetherlands
NZ\tNew Zealand
PL\tPoland
PT\tPortugal
RE\tRéunion
US\tUnited States
"""
ZONES: Final = parse_zones(ZONE_TAB, COUNTRY_TAB)
