"""Topics of the arts: makeup, music, books, dance."""
# ruff: noqa: RUF001

BLOCKS: dict[str, str] = {
    "makeup": """
#: #makeup #beauty #skincare #mua #makeuptutorial #grwm
^: 💄 💅 👄 🪞
en: Winged liner, take {k} | Drugstore finds under five | Looks inspired by snacks | SPF is not optional
en: Bridal artist, happy crier | Blush like you mean it
en: Skin first, sparkle second | Makeup for glasses wearers
en: One palette, {k} looks | Five-minute faces for commuters | Sensitive skin, loud lipstick
en@: {n} Glow | Faces by {n} | Velvet Blush | {n} and Liner
en@: The Soft Brush | Lipstick Thursday | Beauty by {n}
es: Delineado, intento {k} | Maquillaje barato que dura | Primero la piel | Labios rojos, café solo
es@: {n} Maquilla | Brillo de {n} | Belleza con {n}
pt: Delineado na tentativa {k} | Make barata que dura | Pele primeiro, brilho depois
pt@: Make de {n} | {n} Beauty
fr: Eye-liner, essai {k} | Petits prix, grand éclat | La peau d'abord
fr@: {n} se maquille | Éclat de {n}
de: Lidstrich, Versuch {k} | Drogerie-Funde mit Glanz | Erst Haut, dann Glitzer
de@: {n} schminkt | Glanz mit {n}
it: Eyeliner, tentativo {k} | Trucco economico che dura | Prima la pelle
it@: Trucco con {n} | {n} Beauty
tr: Eyeliner, deneme {k} | Uygun fiyatlı makyaj | Önce cilt sonra ışıltı
tr@: {n} ile makyaj | Işıltı {n}
ja: プチプラコスメ紹介 | {k}分メイク | 肌がいちばん大事
ja@: {n}のメイク | コスメ{n}
ar: مكياج بسيط في {k} دقائق | العناية بالبشرة أولاً | ألوان هادئة كل يوم
ar@: جمال {n} | مكياج {n}
ru: Стрелки, попытка {k} | Бюджетная косметика | Сначала кожа, потом блёстки
ru@: {n} красит | {n} и помада
hi: {k} मिनट का मेकअप | पहले त्वचा, फिर चमक | सस्ता और टिकाऊ मेकअप
hi@: {n} ब्यूटी | मेकअप विद {n}
""",
    "music": """
#: #music #singer #guitar #songwriter #newmusic #livemusic
^: 🎸 🎶 🎹 🎧
en: Bedroom demos, patient neighbours | {s} chords and the truth
en: Loop pedal, no band | Songs from voice memos
en: Choir kid with a bass amp | Vinyl crackle collector
en: Piano after the baby sleeps | Busking by the station
en: Writing one song a week | Out of tune, in good spirits | Jazz hands, folk heart
en@: {n} sings | Attic Tapes | {n} and the Loops | Minor Key {n}
en@: Paper Piano | Sunday Chords | Busker {n}
es: Canciones desde mi cuarto | {s} acordes y una guitarra | Canto en el metro | Vinilos y lluvia
es@: {n} canta | Guitarra de {n} | Notas de {n}
pt: Violão, rede e refrão | {s} acordes e saudade | Canto na estação
pt@: {n} canta | Violão de {n}
fr: Chansons écrites dans le bus | {s} accords et une guitare | Piano du dimanche
fr@: {n} chante | Guitare de {n}
de: Lieder aus dem Schlafzimmer | {s} Akkorde und Fernweh | Klavier am Sonntag
de@: {n} singt | Gitarre und {n}
it: Canzoni nate in cucina | {s} accordi e una chitarra | Suono alla stazione
it@: {n} canta | Chitarra di {n}
tr: Odamdan şarkılar | {s} akor ve bir gitar | Vapurda söylerim
tr@: {n} söylüyor | Gitar {n}
ja: 弾き語りしてます | 宅録とギター | {s}コードで作曲
ja@: {n}の歌 | うたう{n}
ar: أغاني من غرفتي | عود وجيتار وقهوة | أكتب أغنية كل أسبوع
ar@: أغاني {n} | ألحان {n}
ru: Песни с кухни | {s} аккорда и гитара | Пою в переходе
ru@: {n} поёт | {n} и гитара
hi: गिटार और शाम | {s} कॉर्ड और एक गीत | हर हफ़्ते नया गाना
hi@: सुर {n} | {n} के गाने
""",
    "books": """
#: #booktok #books #reading #bookworm #bookrecs #library
^: 📚 📖 🔖 🤓
en: {k} books behind schedule | Librarian, whisper voice | I cry at epilogues | Poetry on the night bus
en: Second-hand books, first-rate tea | Slow reader, big feelings
en: Plot twists ruin my sleep | Maps at the front, please
en: Annotating in pencil only | Reading one classic a month | Fantasy, footnotes and cake
en@: {n} reads | Dog-Eared {n} | The Paper Owl | Chapter {n}
en@: Overdue Again | Tea and Plot Twists | Shelf of {n}
es: Leo en el autobús | {k} libros pendientes | Lloro con los epílogos | Té, manta y novela
es@: {n} lee | La estantería de {n} | Capítulo {n}
pt: {k} livros na fila | Choro em todo epílogo | Leio no ônibus
pt@: {n} lê | Estante de {n}
fr: {k} livres en retard | Je pleure aux épilogues | Romans d'occasion et thé
fr@: {n} bouquine | Chapitre {n}
de: {k} Bücher im Rückstand | Tee, Decke, Roman | Ich weine bei Epilogen
de@: {n} liest | Kapitel {n}
it: {k} libri sul comodino | Piango agli epiloghi | Leggo in tram
it@: {n} legge | Scaffale di {n}
tr: Sırada {k} kitap var | Çay, battaniye, roman | Otobüste okurum
tr@: {n} okuyor | Kitap Rafı {n}
ja: 積読{k}冊 | 図書館が好き | 夜に読む小説
ja@: {n}の本棚 | よむ{n}
ar: {k} كتب بانتظاري | شاي ورواية ومطر | أقرأ في الحافلة
ar@: كتب {n} | رفّ {n}
ru: {k} книг в очереди | Плачу над эпилогами | Чай, плед, роман
ru@: {n} читает | {n} и полка
hi: {k} किताबें बाक़ी हैं | चाय और उपन्यास | बस में पढ़ता हूँ
hi@: पढ़ाकू {n} | {n} की किताबें
""",
    "dance": """
#: #dance #dancer #choreography #hiphopdance #ballet #dancechallenge
^: 💃 🕺 🩰 🪩
en: Two left feet, retrained | Ballet at forty, hip hop at heart
en: Kitchen floor choreography | Salsa after work
en: I teach dads to dance | Counting to eight all day
en: Tap shoes, angry neighbours | Late starter, big finish
en: Street battles and soft knees | Wedding dances in {k} lessons | Socks, parquet, disaster
en@: {n} moves | Kitchen Floor Disco | Salsa {n} | Eight Counts | Studio {n} | Tiny Tutu | {n} in Socks
es: Salsa después del trabajo | Bailo en la cocina | Coreografías en {k} pasos | Dos pies izquierdos
es@: {n} baila | Ritmo de {n} | Tacones y Salsa
pt: Samba na cozinha | Coreografia em {k} passos | Forró toda sexta
pt@: {n} dança | Passinho de {n}
fr: Je danse dans la cuisine | Chorégraphies en {k} temps | Danse classique, sur le tard
fr@: {n} danse | Pointes de {n}
de: Tanzen in der Küche | Choreos in {k} Schritten | Ballett für Späteinsteiger
de@: {n} tanzt | Takt mit {n}
it: Ballo in cucina | Coreografie in {k} passi | Tango il venerdì
it@: {n} balla | A tempo con {n}
tr: Mutfakta dans | {k} adımda koreografi | Cuma akşamı salsa
tr@: {n} dans ediyor | Ritim {n}
ja: ダンス練習中 | 振付は{k}カウント | 台所で踊ります
ja@: 踊る{n} | {n}のダンス
ar: رقصات في {k} خطوات | دبكة مع الأصدقاء | أتدرّب كل مساء
ar@: إيقاع {n} | خطوات {n}
ru: Танцую на кухне | Хореография на {k} счётов | Сальса по пятницам
ru@: {n} танцует | {n} и ритм
hi: रसोई में डांस | {k} स्टेप में कोरियोग्राफ़ी | कथक और हिप हॉप
hi@: नाचे {n} | थिरकन {n}
""",
}
