"""Topics of play: gaming, football, technology, comedy."""
# ruff: noqa: RUF001

BLOCKS: dict[str, str] = {
    "gaming": """
#: #gaming #gamer #indiegame #twitch #speedrun #retrogaming
^: 🎮 🕹️ 👾 🏆
en: Hardcore mode, soft heart | Indie games nobody asked for | Speedrunning in {k} languages of swearing
en: Retro consoles, new batteries | Bronze rank, gold attitude | Cosy farm, serious spreadsheets
en: Boss fight number {k}, still losing | Streaming after bedtime
en: Lag is my nemesis | Pixel art and patience
en@: {n} plays | Respawn {n} | Pixel Badger | Last Save Point
en@: {n} vs Final Boss | Cosy Controller | Lag Queen {n}
es: Jefe final, intento {k} | Juegos indie y palomitas | En bronce pero con estilo | Directos por la noche
es@: {n} juega | Modo {n} | Pixel y Pan
pt: Jogo indie toda noite | Morri {k} vezes nesse chefe | Live depois do jantar
pt@: {n} joga | Fase de {n}
fr: Boss final, essai {k} | Jeux indés et tisane | En live le soir
fr@: {n} joue | Manette de {n}
de: Endgegner, Versuch {k} | Indie-Spiele und Salzbrezeln | Retro-Konsolen repariert
de@: {n} zockt | Level mit {n}
it: Boss finale, tentativo {k} | Giochi indie e pizza | In diretta la sera
it@: {n} gioca | Joypad di {n}
tr: Son boss, deneme {k} | Gece yayındayım | Bağımsız oyun avcısı
tr@: {n} oynuyor | Joystick {n}
ja: レトロゲーム好き | ラスボス{k}回目の挑戦 | ゆるくゲーム配信
ja@: {n}のゲーム部屋 | あそぶ{n}
ar: ألعاب مستقلة وبث ليلي | الزعيم الأخير، محاولة {k} | لاعب هادئ جداً
ar@: العب مع {n} | قيمر {n}
ru: Финальный босс, попытка {k} | Инди-игры и чипсы | Стрим по ночам
ru@: {n} играет | {n} и джойстик
hi: फ़ाइनल बॉस, कोशिश {k} | रात को लाइव गेमिंग | मोबाइल गेमर
hi@: गेमर {n} | {n} खेलता है
""",
    "football": """
#: #football #soccer #futbol #goals #freestyle #matchday
^: ⚽ 🥅 🏟️ 🧤
en: Sunday league legend, self-declared | Left foot only | Keeper drills in the rain | Tactics on a napkin
en: Nutmegs and apologies | Under-{k} coach with a loud whistle | Five-a-side, one good knee
en: Away games by night bus | Free kicks from silly angles | First touch, second thoughts
en@: {n} FC | Left Foot {n} | Gaffer {n} | The Muddy Boots | Keeper {n} | Top Bins {n} | Row Z Regular
es: Zurda mágica los domingos | Entreno a chicos sub-{k} | Tiros libres imposibles | Fútbol de barrio
es@: {n} al arco | Golazo {n} | Fútbol con {n}
pt: Pelada toda quinta | Canhota e chinelo | Treino sub-{k} na chuva | Golaço de várzea
pt@: {n} Futebol | Camisa {k} de {n}
fr: Foot du dimanche matin | Petit pont et pardon | Coach des moins de {k} ans
fr@: {n} au but | Foot avec {n}
de: Kreisliga mit Herz | Freistöße aus dem Nichts | Torwart bei jedem Wetter
de@: {n} am Ball | Kreisliga {n}
it: Calcetto del giovedì | Sinistro magico, ginocchio no | Mister degli under {k}
it@: {n} in porta | Calcio con {n}
tr: Halı sahanın yıldızı | Sol ayak, sağlam dost | Frikik ustası sayılırım
tr@: {n} sahada | On Numara {n}
ja: 週末フットサル | 左足だけが武器 | リフティング{k}回達成
ja@: {n}のサッカー | 蹴る{n}
ar: كرة قدم في الحارة | يساري والحمد لله | مدرب ناشئين تحت {k}
ar@: {n} في الملعب | كابتن {n}
ru: Футбол во дворе | Левая нога решает | Вратарь в любую погоду
ru@: {n} на поле | Вратарь {n}
hi: गली का फ़ुटबॉल | बायाँ पैर, दायाँ निशाना | रविवार का मैच
hi@: फ़ुटबॉल {n} | गोलकीपर {n}
""",
    "tech": """
#: #tech #coding #programming #gadgets #techtok #opensource
^: 💻 🤖 🔌 ⌨️
en: I fix printers and other ghosts | Keyboards, loud ones
en: Learning Rust, it resists | {k} side projects, none done
en: Old laptops, new lives | Soldering without burning the desk | Explaining code to my gran
en: Home server in the wardrobe | Gadgets reviewed by a sceptic
en: Tabs, {k} of them | It worked on my machine
en@: {n} codes | Byte-Sized {n} | The Reluctant Robot | {n} Solders
en@: Kernel Picnic | Hello {n} World | Cable Drawer
es: Programo y tomo mate | Arreglo móviles viejos | Teclados ruidosos | {k} proyectos a medias
es@: {n} programa | Bits con {n} | Código y Café
pt: Código e cafezinho | Conserto notebook velho | {k} projetos pela metade
pt@: {n} Dev | Bits de {n}
fr: Code, café, répéter | Je répare de vieux portables | Un serveur dans le placard
fr@: {n} code | Octets de {n}
de: Alte Rechner, neues Leben | Code, Kaffee, Neustart | Server im Kleiderschrank
de@: {n} bastelt | Technik mit {n}
it: Codice e caffè corto | Riparo vecchi portatili | {k} progetti mai finiti
it@: {n} programma | Bit di {n}
tr: Kod yazar, çay içer | Eski laptopları diriltirim | {k} yarım proje
tr@: {n} kodluyor | Teknoloji {n}
ja: プログラミング勉強中 | 自作キーボード沼 | 古いパソコンを直す
ja@: {n}の技術メモ | コード{n}
ar: أبرمج وأشرب الشاي | أصلح الحواسيب القديمة | {k} مشاريع لم تكتمل
ar@: برمجة {n} | تقنية مع {n}
ru: Код, кофе и паяльник | Чиню старые ноутбуки | {k} проектов в столе
ru@: {n} кодит | Железо и {n}
hi: कोडिंग और चाय | पुराने लैपटॉप ठीक करता हूँ | आसान टेक टिप्स
hi@: टेक {n} | कोडर {n}
""",
    "comedy": """
#: #comedy #funny #skit #standup #humor #comedyskits
^: 😂 🤡 🎤 🙃
en: Sketches about my landlord | I play all {k} aunties
en: Stand-up for an audience of cats | Jokes with a warranty
en: Office humour, unpaid | Doing voices since school
en: My mum is the real talent | Pranks nobody gets hurt by
en: Badly dubbed nature films | Punchlines by bus | Awkward silences, expertly held
en@: Not Serious {n} | {n} does voices | Auntie {n} | The Punchline Bakery
en@: Sketchy {n} | Mildly Funny | {n} Again
es: Imito a toda mi familia | Humor de oficina | Chistes malos con garantía | {k} personajes, una peluca
es@: {n} en serio no | La tía {n} | Risas con {n}
pt: Imito todas as minhas tias | Piada ruim com garantia | Humor de escritório
pt@: {n} Sem Graça | Tia {n} | Ri com {n}
fr: Sketchs sur mes voisins | J'imite mes {k} tantes | Blagues nulles garanties
fr@: {n} rigole | Tata {n}
de: Sketche aus dem Büro | Ich spiele alle {k} Tanten | Schlechte Witze mit Garantie
de@: {n} meint es ernst | Tante {n}
it: Imito tutte le mie zie | Battute scarse garantite | Sketch da ufficio
it@: {n} fa ridere | Zia {n}
tr: Bütün teyzeleri oynarım | Kötü şaka garantili | Ofis skeçleri
tr@: {n} şaka yapıyor | Teyze {n}
ja: ひとりコント | 親戚全員ものまね | すべっても泣かない
ja@: {n}のコント | おわらい{n}
ar: أقلّد كل خالاتي | نكت بايخة مضمونة | مقاطع من المكتب
ar@: ضحك مع {n} | نكت {n}
ru: Скетчи про соседей | Играю всех своих тётушек | Плохие шутки с гарантией
ru@: {n} шутит | Тётя {n}
hi: सारी मौसियों की नक़ल | ख़राब जोक्स, पक्की गारंटी | ऑफ़िस की कॉमेडी
hi@: हँसो {n} | मज़ाकिया {n}
""",
}
