"""First names, cities and lines that fit any topic, by language."""
# ruff: noqa: RUF001

BLOCKS: dict[str, str] = {
    "en": """
names: Maya | Theo | Ruby | Owen | Nell | Jonah | Priya | Callum
names: Ivy | Marcus | Tess | Kofi | Hazel | Dev | Orla
names: Felix | Zadie | Milo | Wren | Amara | Rowan | June
names: Ezra | Poppy | Silas | Imogen | Tariq | Fern | Otis
cities: Leeds | Austin | Galway | Cape Town | Perth | Toronto
cities: Bristol | Wellington | Glasgow | Accra | Denver
lines: New clips every Friday | Made with too much coffee | 📍 {c}
lines: Be kind or scroll on | Say hi, I answer
lines: Since 2019, somehow | Collabs: hello@demo.example | {c} based, rarely on time | Parent of {s}
lines: Night shift, day dreams | Still figuring it out | One take, no filter | Ask me about my plants
lines: Part-time nurse | Ex-accountant, no regrets | Learning in public | Posting until it gets good
""",
    "es": """
names: Lucía | Mateo | Carmen | Diego | Valeria | Nico | Alma | Bruno | Inés | Rafa | Paula | Iker
cities: Sevilla | Bogotá | Lima | Valencia | Rosario | Puebla | Montevideo
lines: Video nuevo los jueves | 📍 {c} | Hecho con cariño y café
lines: Contacto: hola@demo.example | De {c} con ganas
lines: Aquí se viene a reír | Sin filtros | Aprendiendo cada día | Con {s} peques en casa
""",
    "pt": """
names: Bia | Caio | Duda | Tiago | Lara | Rui | Nina | Davi | Marta | Otávio
cities: Recife | Porto | Curitiba | Lisboa | Belém | Braga | Salvador
lines: Vídeo novo todo domingo | 📍 {c} | Feito com carinho | Contato: ola@demo.example | De {c} pro mundo
lines: Sem filtro e sem pressa | Aprendendo sempre | Com {s} crianças em casa
""",
    "fr": """
names: Chloé | Hugo | Manon | Noé | Inès | Basile | Jeanne | Malik | Zoé | Lucien
cities: Lyon | Nantes | Montréal | Lille | Genève | Dakar | Rennes
lines: Une vidéo le mercredi | 📍 {c} | Fait maison | Contact : salut@demo.example | Toujours en retard
lines: Ici on reste gentil | Depuis {c} avec le sourire | J'apprends en route
""",
    "de": """
names: Lena | Jonas | Frieda | Emre | Klara | Moritz | Anouk | Levi | Greta | Paul
cities: Leipzig | Graz | Bremen | Basel | Köln | Rostock | Freiburg
lines: Jeden Dienstag neu | 📍 {c} | Ohne Filter, mit Kaffee | Anfragen: hallo@demo.example
lines: Immer neugierig | Aus {c}, meist barfuß | Schön, dass du da bist
""",
    "it": """
names: Giulia | Matteo | Chiara | Elio | Sofia | Nino | Bianca | Dario | Livia | Pietro
cities: Bologna | Torino | Lecce | Trieste | Catania | Genova
lines: Video nuovo ogni lunedì | 📍 {c} | Fatto con amore | Scrivimi: ciao@demo.example | Senza filtri
lines: Da {c} con calma | Imparo ogni giorno
""",
    "tr": """
names: Elif | Can | Defne | Mert | Zeynep | Ege | Nil | Kaan | Derya | Umut
cities: İzmir | Bursa | Eskişehir | Ankara | Antalya | Trabzon
lines: Her cuma yeni video | 📍 {c} | Çay demlendi, buyurun | İletişim: merhaba@demo.example | Filtre yok
lines: Her gün biraz daha | {c} sokaklarından
""",
    "ja": """
names: ゆき | はると | さくら | そら | みお | れん | ひなた | あおい | りこ | たくみ
cities: 京都 | 札幌 | 福岡 | 仙台 | 神戸 | 那覇
lines: 毎週金曜に更新 | 📍 {c} | のんびり投稿中
lines: お仕事は demo.example まで | フォロー嬉しいです | {c}から発信
""",
    "ar": """
names: ليلى | سامي | نور | كريم | هدى | ياسين | مريم | طارق | سلمى | زياد
cities: عمّان | تونس | الدار البيضاء | الإسكندرية | مسقط | بيروت
lines: فيديو جديد كل خميس | 📍 {c} | أهلاً بكم معي
lines: للتعاون: hello@demo.example | بدون فلاتر | أتعلّم كل يوم
""",
    "ru": """
names: Аня | Миша | Варя | Лёва | Соня | Тимур | Ника | Гоша | Уля | Фёдор
cities: Казань | Пермь | Алматы | Томск | Самара | Минск
lines: Новое видео по средам | 📍 {c} | Без фильтров | По делам: privet@demo.example | Учусь на ходу
lines: Из города {c} с любовью | Чай, плед и камера
""",
    "hi": """
names: आरव | मीरा | कबीर | तारा | रोहन | अनन्या | ईशान | दीया
cities: पुणे | जयपुर | लखनऊ | भोपाल | कोच्चि
lines: हर शुक्रवार नया वीडियो | 📍 {c} | प्यार से बनाया | रोज़ कुछ नया सीखें | {c} से नमस्ते
""",
}
