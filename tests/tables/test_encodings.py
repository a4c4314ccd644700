"""Files that are not UTF-8: told apart by their letters, and asked about where two ways to read them are as good."""

import pytest

from privacy.errors import DataError
from privacy.tables.table import open_sheet

TEXTS = {
    "German": "Ort,Text\nMünchen,Straße\nKöln,Übergröße\nDüsseldorf,es fällt\nLÜBECK,Öl\n",
    "French": "ville,texte\nOrléans,où est la bière\nFécamp,ça va très bien\nNîmes,un garçon élève\n",
    "Spanish": "n,t\nMuñoz,¿qué tal está?\nPeña,mañana\nCórdoba,acción\n",
    "Polish": "m,t\nŁódź,zażółć gęślą jaźń\nKraków,świetnie się śpi\nGdańsk,książka\n",
    "Czech": "m,t\nPlzeň,příliš žluťoučký kůň\nČeské,úpěl ďábelské ódy\n",
    "Russian": "г,т\nМосква,привет как дела\nКазань,всё хорошо сегодня\nСамара,да нет\n",  # noqa: RUF001
    "Japanese": "都市,文\n東京,こんにちは世界\n大阪,元気ですか\n京都,カタカナも\n",
    "one word": "id,name\n1,café\n2,tea\n",
    "signs": "id,t\n1,it\u2019s “good” – yes\n2,no\n",
    "a price": "id,price\n1,5 €\n2,7 €\n",
}
READ_AS = {
    "cp1252": ("German", "French", "Spanish", "one word", "signs", "a price"),
    "latin-1": ("German", "French", "Spanish", "one word"),
    "cp1250": ("Polish", "Czech"),
    "cp1251": ("Russian",),
    "mac_roman": ("German", "French", "Spanish", "one word", "signs", "a price"),
    "cp437": ("French", "one word"),
    "cp850": ("German", "French", "Spanish", "one word"),
    "shift_jis": ("Japanese",),
    "iso8859_2": ("Polish", "Czech"),
    "koi8_r": ("Russian",),
    "euc_jp": ("Japanese",),
}


@pytest.mark.parametrize(("encoding", "name"), [(e, name) for e, names in READ_AS.items() for name in names])
def test_no_letter_is_turned_into_another(tmp_path, encoding, name):
    (tmp_path / "a.csv").write_bytes(TEXTS[name].encode(encoding))
    sheet = open_sheet(tmp_path / "a.csv")
    lines = TEXTS[name].splitlines()
    assert [",".join(cells) for _, cells in sheet.records()] == lines[1:]
    assert list(sheet.columns) == lines[0].split(",")
    assert "was read as" in " ".join(sheet.notes)


def test_letters_that_fit_two_encodings_are_asked_about(tmp_path):
    (tmp_path / "a.csv").write_bytes("a,b\nMalmö,Åsa\nGävle,Björn\nTromsø,Øystein\n".encode("cp850"))
    with pytest.raises(DataError) as caught:
        open_sheet(tmp_path / "a.csv")
    sentence = str(caught.value)
    assert "CP850 or Mac Roman (a.csv, line 2)" in sentence
    assert "save it as UTF-8" in sentence
    assert "Malm" not in sentence


def test_no_letter_of_a_later_line_is_lost(tmp_path):
    body = "id,name\n" + "1,café\n" * 9_000
    (tmp_path / "a.csv").write_bytes(body.encode("cp1252") + b"2,caf\xe9 \x81\n")
    sheet = open_sheet(tmp_path / "a.csv")
    assert [cells for _, cells in sheet.records()][-1] == ["2", "café \x81"]


def test_utf_8_in_another_encoding_is_told(tmp_path):
    (tmp_path / "a.csv").write_bytes("id,n\n1,café\n2,thé\n3,gâteau\n".encode("cp1252") + "4,né\n".encode())
    assert "1 letter in it may be UTF-8" in " ".join(open_sheet(tmp_path / "a.csv").notes)
