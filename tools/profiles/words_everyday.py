"""Topics of everyday life: fitness, cooking, travel, pets."""
# ruff: noqa: RUF001

BLOCKS: dict[str, str] = {
    "fitness": """
#: #fitness #gym #workout #legday #homeworkout #fitfam
^: 💪 🏋️ 🏃 🤸
en: Lifting heavy, laughing harder | Couch to 10k, still scared of burpees
en: Garage gym, {s} dumbbells, no mirror
en: Small steps, sore legs | Rest day enthusiast | Kettlebells before coffee | Form first, ego last
en: Mobility for desk people | Pull-up number {k} is coming
en: Stronger at 50 than at 20 | Your friendly spotter
en: Training for one slow marathon | Push-ups in odd places
en@: {n} lifts | Coach {n} | {n} on leg day | Garage Gym {n}
en@: The Gentle Barbell | Ten Minute Sweat | {n} runs slow
es: Pierna hoy, escaleras mañana no | Entreno en casa, sin excusas
es: Fuerza y siesta | {k} dominadas y subiendo
es@: {n} entrena | Coach {n} | Fuerza con {n}
pt: Treino em casa sem drama | Hoje é dia de perna | Corro devagar, mas corro | {k} flexões por dia
pt@: {n} no treino | Treina com {n} | {n} Fit
fr: Du sport sans se prendre au sérieux | Squats avant le petit-déj | Muscu dans le garage
fr@: {n} en forme | Coach {n} | Bouge avec {n}
de: Krafttraining im Keller | Muskelkater ist mein Haustier | Erst Kniebeugen, dann Kuchen
de@: {n} trainiert | Fit mit {n} | Coach {n}
it: Allenamento in salotto | Squat e poi gelato | Corro piano, arrivo lontano
it@: {n} si allena | In forma con {n}
tr: Evde antrenman, bahane yok | Bugün bacak günü | Önce spor sonra çay
tr@: {n} ile spor | Koç {n}
ja: 自宅で筋トレ | 今日は脚の日 | 毎朝{k}分の運動
ja@: {n}の筋トレ日記 | {n}とトレーニング
ar: تمارين في البيت بلا أعذار | اليوم يوم الأرجل | قوة وصبر
ar@: كوتش {n} | رياضة مع {n}
ru: Тренируюсь дома без отговорок | Присед, жим и чай | Бегаю медленно, но бегаю
ru@: {n} на тренировке | Тренер {n}
hi: घर पर कसरत, बिना बहाने | आज लेग डे है | रोज़ {k} पुश-अप
hi@: फिट {n} | {n} की कसरत
""",
    "cooking": """
#: #cooking #recipe #foodie #homecook #easyrecipes #baking
^: 🍳 🍜 🥘 🍞 🧑‍🍳
en: One pan, {k} ingredients, zero stress | Grandma's recipes, slightly burnt | Sourdough named Gerald
en: Feeding {k} people on a tiny stove | Soup is a personality | Weeknight dinners under 20 minutes
en: I measure garlic with my heart | Budget meals that taste expensive | Dumplings at midnight
en: Teaching my dad to cook | Butter first, questions later | Leftovers deserve respect
en@: {n}'s Tiny Kitchen | Chef {n} | The Slow Spoon | {n} cooks
en@: Burnt Toast Club | Soup with {n} | Midnight Noodles
es: Recetas de la abuela en un minuto | Cocina fácil y barata
es: Hoy toca sopa | Tortilla con cebolla, siempre
es@: La cocina de {n} | {n} cocina | Sal y limón
pt: Receita fácil pra dia corrido | Feijão, arroz e amor | Bolo de cenoura todo sábado
pt@: Cozinha de {n} | {n} na cozinha
fr: Recettes simples, beurre généreux | On cuisine à {k} dans 9 m² | Ma tarte est moche mais bonne
fr@: La cuisine de {n} | {n} aux fourneaux
de: Rezepte mit {k} Zutaten | Oma hätte mehr Butter genommen | Brot backen gegen Stress
de@: {n} kocht | Küche mit {n}
it: Ricette della nonna, senza panna | Pasta per {k}, sempre | Il ragù vuole tempo
it@: In cucina con {n} | {n} ai fornelli
tr: Anne usulü tarifler | {k} malzemeyle akşam yemeği | Bugün menüde mercimek var
tr@: {n} mutfakta | {n} ile lezzet
ja: かんたん一人ごはん | おばあちゃんの味 | {k}分で作れる晩ごはん
ja@: {n}の台所 | {n}ごはん
ar: وصفات سهلة وسريعة | طبخ أمي بلمستي | عشاء في {k} دقائق
ar@: مطبخ {n} | طبخ مع {n}
ru: Рецепты за {k} минут | Готовлю как у бабушки | Борщ решает всё
ru@: {n} на кухне | {n} готовит
hi: घर का खाना, आसान रेसिपी | दादी की रसोई से | {k} मिनट में नाश्ता
hi@: {n} की रसोई | स्वाद विद {n}
""",
    "travel": """
#: #travel #wanderlust #backpacking #traveltips #hiddengems #solotravel
^: ✈️ 🌍 🧳 🏝️ 🗺️
en: {k} countries, one backpack | Night trains and bad maps
en: Solo trips for shy people | Carry-on only since forever
en: Finding quiet beaches | Living out of a small van | Hostels reviewed honestly | Lost on purpose
en: Cheap flights, long layovers | Postcards from the wrong bus | Window seat, always
en@: {n} goes places | Lost with {n} | Window Seat | Slow Trains
en@: {n} and a Backpack | Wrong Bus Again | Van Life {n}
es: Mochila, mapa y pan con tomate | {k} países y contando
es: Viajes baratos y bonitos | Perdida a propósito
es@: {n} por el mundo | Viaja con {n} | Mochila de {n}
pt: Mochilão com pouco dinheiro | {k} países na mala | Praias escondidas e pastel
pt@: {n} pelo mundo | Viaja, {n}
fr: Sac à dos et trains de nuit | {k} pays, zéro valise | Petits voyages, grands détours
fr@: {n} en voyage | Carnet de {n}
de: Mit dem Nachtzug durch Europa | {k} Länder, ein Rucksack | Reisen für wenig Geld
de@: {n} unterwegs | Fernweh mit {n}
it: Zaino leggero, treni lenti | {k} paesi e una moka | Borghi nascosti
it@: In viaggio con {n} | {n} nel mondo
tr: Sırt çantam ve ben | {k} ülke, tek valiz | Ucuz biletlerin peşinde
tr@: {n} yollarda | Gezgin {n}
ja: ひとり旅の記録 | 夜行列車が好き | {k}カ国めぐりました
ja@: {n}の旅ノート | 旅する{n}
ar: حقيبة ظهر وخريطة قديمة | زرت {k} بلدان وما زلت | سفر بميزانية صغيرة
ar@: سفر مع {n} | رحلات {n}
ru: {k} стран и один рюкзак | Ночные поезда и чай | Путешествую недорого
ru@: {n} в пути | {n} и рюкзак
hi: एक बैग, {k} देश | सस्ती यात्रा, अच्छी यादें | ट्रेन की खिड़की से
hi@: घुमक्कड़ {n} | {n} का सफ़र
""",
    "pets": """
#: #pets #dogsoftiktok #catsoftiktok #rescuedog #petlife #puppy
^: 🐶 🐱 🐾 🐰 🦜
en: {s} rescue dogs, one sofa | My cat runs this account | Foster failed, again | Parrot with opinions
en: Senior dogs are the best dogs | The rabbit ate my charger
en: Professional ball thrower | Walks in all weather
en: Two cats, no clean clothes | Training a very stubborn puppy | Vet nurse, soft heart
en@: {n} and the Dogs | Sir Fluffs a Lot | Biscuit the Beagle
en@: {n}'s Cat | Three Paws {n} | The Grumpy Parrot
es: {s} gatos y ningún sofá sano | Mi perro manda aquí | Adopta, no compres | El loro habla demasiado
es@: {n} y sus gatos | Patitas de {n} | Don Bigotes
pt: {s} vira-latas e muito amor | Meu gato manda em mim | Adotar é tudo
pt@: {n} e os bichos | Dona Patinha
fr: {s} chats, zéro rideau intact | Mon chien a son caractère | Adoptés et heureux
fr@: {n} et ses chats | Moustache et {n}
de: {s} Katzen, kein heiles Sofa | Tierheimhund mit Charakter | Mein Hase plant etwas
de@: {n} und die Pfoten | Herr Schnurr
it: {s} gatti e un divano graffiato | Il mio cane comanda | Adottate, è bello
it@: {n} e i suoi gatti | Zampe di {n}
tr: {s} kedi, sıfır koltuk | Köpeğim patron, ben asistan | Sokaktan yuvaya
tr@: {n} ve patiler | Pati Günlüğü
ja: 保護猫{s}匹と暮らす | うちの犬が主役 | うさぎの毎日
ja@: {n}と猫 | わんこ日記
ar: عندي {s} قطط وكلب | قطتي هي المديرة | تبنّوا ولا تشتروا
ar@: {n} والقطط | يوميات قط
ru: {s} кота и один диван | Собака из приюта, лучший друг | Кот тут главный
ru@: {n} и коты | Лапы и хвост
hi: {s} कुत्ते और एक सोफ़ा | मेरी बिल्ली ही बॉस है | गोद लें, ख़रीदें नहीं
hi@: {n} और डॉगी | पंजे वाली दुनिया
""",
}
