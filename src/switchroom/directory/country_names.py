"""Names of countries in the languages of the system, by ISO 3166 code.

A table of our own: phonenumbers has these names too, but loading them takes 300 ms and 60 MB.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

LANGUAGES = ("en", "fr", "it")
"""In the order of the table's columns."""

_TABLE = """
AC;Ascension Island;Île de l’Ascension;Isola Ascensione
AD;Andorra;Andorre;Andorra
AE;United Arab Emirates;Émirats arabes unis;Emirati Arabi Uniti
AF;Afghanistan;Afghanistan;Afghanistan
AG;Antigua and Barbuda;Antigua-et-Barbuda;Antigua e Barbuda
AI;Anguilla;Anguilla;Anguilla
AL;Albania;Albanie;Albania
AM;Armenia;Arménie;Armenia
AO;Angola;Angola;Angola
AR;Argentina;Argentine;Argentina
AS;American Samoa;Samoa américaines;Samoa americane
AT;Austria;Autriche;Austria
AU;Australia;Australie;Australia
AW;Aruba;Aruba;Aruba
AX;Åland Islands;Îles Åland;Isole Åland
AZ;Azerbaijan;Azerbaïdjan;Azerbaigian
BA;Bosnia and Herzegovina;Bosnie-Herzégovine;Bosnia-Erzegovina
BB;Barbados;Barbade;Barbados
BD;Bangladesh;Bangladesh;Bangladesh
BE;Belgium;Belgique;Belgio
BF;Burkina Faso;Burkina Faso;Burkina Faso
BG;Bulgaria;Bulgarie;Bulgaria
BH;Bahrain;Bahreïn;Bahrain
BI;Burundi;Burundi;Burundi
BJ;Benin;Bénin;Benin
BL;Saint Barthélemy;Saint-Barthélemy;Saint Barthélemy
BM;Bermuda;Bermudes;Bermuda
BN;Brunei;Brunei;Brunei
BO;Bolivia;Bolivie;Bolivia
BQ;Bonaire, Sint Eustatius and Saba;Bonaire, Saint-Eustache et Saba;Bonaire, Sint Eustatius e Saba
BR;Brazil;Brésil;Brasile
BS;Bahamas;Bahamas;Bahamas
BT;Bhutan;Bhoutan;Bhutan
BW;Botswana;Botswana;Botswana
BY;Belarus;Biélorussie;Bielorussia
BZ;Belize;Belize;Belize
CA;Canada;Canada;Canada
CC;Cocos Islands;Îles Cocos;Isole Cocos
CD;DR Congo;RD Congo;RD del Congo
CF;Central African Republic;République centrafricaine;Repubblica Centrafricana
CG;Congo;Congo;Congo
CH;Switzerland;Suisse;Svizzera
CI;Côte d’Ivoire;Côte d’Ivoire;Costa d’Avorio
CK;Cook Islands;Îles Cook;Isole Cook
CL;Chile;Chili;Cile
CM;Cameroon;Cameroun;Camerun
CN;China;Chine;Cina
CO;Colombia;Colombie;Colombia
CR;Costa Rica;Costa Rica;Costa Rica
CU;Cuba;Cuba;Cuba
CV;Cape Verde;Cap-Vert;Capo Verde
CW;Curaçao;Curaçao;Curaçao
CX;Christmas Island;Île Christmas;Isola di Natale
CY;Cyprus;Chypre;Cipro
CZ;Czechia;Tchéquie;Cechia
DE;Germany;Allemagne;Germania
DJ;Djibouti;Djibouti;Gibuti
DK;Denmark;Danemark;Danimarca
DM;Dominica;Dominique;Dominica
DO;Dominican Republic;République dominicaine;Repubblica Dominicana
DZ;Algeria;Algérie;Algeria
EC;Ecuador;Équateur;Ecuador
EE;Estonia;Estonie;Estonia
EG;Egypt;Égypte;Egitto
EH;Western Sahara;Sahara occidental;Sahara Occidentale
ER;Eritrea;Érythrée;Eritrea
ES;Spain;Espagne;Spagna
ET;Ethiopia;Éthiopie;Etiopia
FI;Finland;Finlande;Finlandia
FJ;Fiji;Fidji;Figi
FK;Falkland Islands;Îles Malouines;Isole Falkland
FM;Micronesia;Micronésie;Micronesia
FO;Faroe Islands;Îles Féroé;Fær Øer
FR;France;France;Francia
GA;Gabon;Gabon;Gabon
GB;United Kingdom;Royaume-Uni;Regno Unito
GD;Grenada;Grenade;Grenada
GE;Georgia;Géorgie;Georgia
GF;French Guiana;Guyane française;Guayana Francese
GG;Guernsey;Guernesey;Guernsey
GH;Ghana;Ghana;Ghana
GI;Gibraltar;Gibraltar;Gibilterra
GL;Greenland;Groenland;Groenlandia
GM;Gambia;Gambie;Gambia
GN;Guinea;Guinée;Guinea
GP;Guadeloupe;Guadeloupe;Guadalupa
GQ;Equatorial Guinea;Guinée équatoriale;Guinea Equatoriale
GR;Greece;Grèce;Grecia
GT;Guatemala;Guatemala;Guatemala
GU;Guam;Guam;Guam
GW;Guinea-Bissau;Guinée-Bissau;Guinea Bissau
GY;Guyana;Guyana;Guyana
HK;Hong Kong;Hong-Kong;Hong Kong
HN;Honduras;Honduras;Honduras
HR;Croatia;Croatie;Croazia
HT;Haiti;Haïti;Haiti
HU;Hungary;Hongrie;Ungheria
ID;Indonesia;Indonésie;Indonesia
IE;Ireland;Irlande;Irlanda
IL;Israel;Israël;Israele
IM;Isle of Man;Île de Man;Isola di Man
IN;India;Inde;India
IO;Chagos Archipelago;Archipel des Chagos;Arcipelago delle Chagos
IQ;Iraq;Irak;Iraq
IR;Iran;Iran;Iran
IS;Iceland;Islande;Islanda
IT;Italy;Italie;Italia
JE;Jersey;Jersey;Jersey
JM;Jamaica;Jamaïque;Giamaica
JO;Jordan;Jordanie;Giordania
JP;Japan;Japon;Giappone
KE;Kenya;Kenya;Kenya
KG;Kyrgyzstan;Kirghizistan;Kirghizistan
KH;Cambodia;Cambodge;Cambogia
KI;Kiribati;Kiribati;Kiribati
KM;Comoros;Comores;Comore
KN;Saint Kitts and Nevis;Saint-Christophe-et-Niévès;Saint Kitts e Nevis
KP;North Korea;Corée du Nord;Corea del Nord
KR;South Korea;Corée du Sud;Corea del Sud
KW;Kuwait;Koweït;Kuwait
KY;Cayman Islands;Îles Caïmans;Isole Cayman
KZ;Kazakhstan;Kazakhstan;Kazakhstan
LA;Laos;Laos;Laos
LB;Lebanon;Liban;Libano
LC;Saint Lucia;Sainte-Lucie;Santa Lucia
LI;Liechtenstein;Liechtenstein;Liechtenstein
LK;Sri Lanka;Sri Lanka;Sri Lanka
LR;Liberia;Liberia;Liberia
LS;Lesotho;Lesotho;Lesotho
LT;Lithuania;Lithuanie;Lituania
LU;Luxembourg;Luxembourg;Lussemburgo
LV;Latvia;Lettonie;Lettonia
LY;Libya;Libye;Libia
MA;Morocco;Maroc;Marocco
MC;Monaco;Monaco;Monaco
MD;Moldova;Moldavie;Moldavia
ME;Montenegro;Monténégro;Montenegro
MF;Saint Martin;Saint-Martin;Saint Martin
MG;Madagascar;Madagascar;Madagascar
MH;Marshall Islands;Îles Marshall;Isole Marshall
MK;North Macedonia;Macédoine du Nord;Macedonia del Nord
ML;Mali;Mali;Mali
MM;Myanmar;Birmanie;Birmania
MN;Mongolia;Mongolie;Mongolia
MO;Macao;Macao;Macao
MP;Northern Mariana Islands;Îles Mariannes du Nord;Isole Marianne Settentrionali
MQ;Martinique;Martinique;Martinica
MR;Mauritania;Mauritanie;Mauritania
MS;Montserrat;Montserrat;Montserrat
MT;Malta;Malte;Malta
MU;Mauritius;Maurice;Maurizio
MV;Maldives;Maldives;Maldive
MW;Malawi;Malawi;Malawi
MX;Mexico;Mexique;Messico
MY;Malaysia;Malaisie;Malaysia
MZ;Mozambique;Mozambique;Mozambico
NA;Namibia;Namibie;Namibia
NC;New Caledonia;Nouvelle-Calédonie;Nuova Caledonia
NE;Niger;Niger;Niger
NF;Norfolk Island;Île Norfolk;Isola Norfolk
NG;Nigeria;Nigeria;Nigeria
NI;Nicaragua;Nicaragua;Nicaragua
NL;Netherlands;Pays-Bas;Paesi Bassi
NO;Norway;Norvège;Norvegia
NP;Nepal;Népal;Nepal
NR;Nauru;Nauru;Nauru
NU;Niue;Niue;Niue
NZ;New Zealand;Nouvelle-Zélande;Nuova Zelanda
OM;Oman;Oman;Oman
PA;Panama;Panama;Panama
PE;Peru;Pérou;Perù
PF;French Polynesia;Polynésie française;Polinesia Francese
PG;Papua New Guinea;Papouasie-Nouvelle-Guinée;Papua Nuova Guinea
PH;Philippines;Philippines;Filippine
PK;Pakistan;Pakistan;Pakistan
PL;Poland;Pologne;Polonia
PM;Saint Pierre and Miquelon;Saint-Pierre-et-Miquelon;Saint Pierre e Miquelon
PR;Puerto Rico;Porto Rico;Puerto Rico
PS;Palestine;Palestine;Palestina
PT;Portugal;Portugal;Portogallo
PW;Palau;Palaos;Palau
PY;Paraguay;Paraguay;Paraguay
QA;Qatar;Qatar;Qatar
RE;Réunion;La Réunion;Riunione
RO;Romania;Roumanie;Romania
RS;Serbia;Serbie;Serbia
RU;Russia;Russie;Russia
RW;Rwanda;Rwanda;Ruanda
SA;Saudi Arabia;Arabie saoudite;Arabia Saudita
SB;Solomon Islands;Îles Salomon;Isole Solomon
SC;Seychelles;Seychelles;Seychelles
SD;Sudan;Soudan;Sudan
SE;Sweden;Suède;Svezia
SG;Singapore;Singapour;Singapore
SH;Saint Helena;Sainte-Hélène;Sant’Elena
SI;Slovenia;Slovénie;Slovenia
SJ;Svalbard and Jan Mayen;Svalbard et Jan Mayen;Svalbard e Jan Mayen
SK;Slovakia;Slovaquie;Slovacchia
SL;Sierra Leone;Sierra Leone;Sierra Leone
SM;San Marino;Saint-Marin;San Marino
SN;Senegal;Sénégal;Senegal
SO;Somalia;Somalie;Somalia
SR;Suriname;Suriname;Suriname
SS;South Sudan;Soudan du Sud;Sudan del Sud
ST;São Tomé and Príncipe;Sao Tomé-et-Principe;São Tomé e Príncipe
SV;El Salvador;El Salvador;El Salvador
SX;Sint Maarten;Saint-Martin (partie néerlandaise);Sint Maarten
SY;Syria;Syrie;Siria
SZ;Eswatini;Eswatini;Eswatini
TA;Tristan da Cunha;Tristan da Cunha;Tristan da Cunha
TC;Turks and Caicos Islands;Îles Turks et Caicos;Isole Turks e Caicos
TD;Chad;Tchad;Ciad
TG;Togo;Togo;Togo
TH;Thailand;Thaïlande;Thailandia
TJ;Tajikistan;Tadjikistan;Tagikistan
TK;Tokelau;Tokelau;Tokelau
TL;Timor-Leste;Timor-Leste;Timor Leste
TM;Turkmenistan;Turkménistan;Turkmenistan
TN;Tunisia;Tunisie;Tunisia
TO;Tonga;Tonga;Tonga
TR;Türkiye;Turquie;Turchia
TT;Trinidad and Tobago;Trinité-et-Tobago;Trinidad e Tobago
TV;Tuvalu;Tuvalu;Tuvalu
TW;Taiwan;Taïwan;Taiwan
TZ;Tanzania;Tanzanie;Tanzania
UA;Ukraine;Ukraine;Ucraina
UG;Uganda;Ouganda;Uganda
US;United States;États-Unis;Stati Uniti
UY;Uruguay;Uruguay;Uruguay
UZ;Uzbekistan;Ouzbékistan;Uzbekistan
VA;Vatican;Vatican;Città del Vaticano
VC;Saint Vincent and the Grenadines;Saint-Vincent-et-les Grenadines;Saint Vincent e Grenadine
VE;Venezuela;Venezuela;Venezuela
VG;British Virgin Islands;Îles Vierges britanniques;Isole Vergini britanniche
VI;U.S. Virgin Islands;Îles Vierges américaines;Isole Vergini americane
VN;Vietnam;Vietnam;Vietnam
VU;Vanuatu;Vanuatu;Vanuatu
WF;Wallis and Futuna;Wallis-et-Futuna;Wallis e Futuna
WS;Samoa;Samoa;Samoa
XK;Kosovo;Kosovo;Kosovo
YE;Yemen;Yémen;Yemen
YT;Mayotte;Mayotte;Mayotte
ZA;South Africa;Afrique du Sud;Sudafrica
ZM;Zambia;Zambie;Zambia
ZW;Zimbabwe;Zimbabwe;Zimbabwe
"""


@lru_cache(maxsize=1)
def _names() -> Mapping[str, tuple[str, ...]]:
    rows = (line.split(";") for line in _TABLE.strip().splitlines())
    return {code: tuple(names) for code, *names in rows}


def country_name(code: str, language: str = "en") -> str:
    """The country's name in `language`, in English for a language not known; the code when unknown itself."""
    names = _names().get(code)
    if names is None:
        return code
    return names[LANGUAGES.index(language) if language in LANGUAGES else 0]
