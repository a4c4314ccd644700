"""Words that say nothing of a topic: the commonest of the languages that texts are most often in."""

_WORDS = """
a about above after again against all also am an and any are aren as at back be because been before being below
between both but by can cannot could couldn did didn do does doesn doing don down during each few first for from further
get go goes had hadn has hasn have haven having he her here hers herself him himself his how i if in into is isn it its
itself just let like ll make many me more most mustn my myself new no nor not now of off on once one only or other our
ours ourselves out over own re really same shan she should shouldn so some such than that the their theirs them
themselves then there these they this those through to too two under until up us ve very was wasn we were weren what
when where which while who whom whose why will with won would wouldn you your yours yourself yourselves
aber alle als also am an auch auf aus bei bin bis das dass dein dem den der des die dies diese dieser doch dort du durch
ein eine einem einen einer eines er es euch für gegen habe haben hat hatte hier ich ihm ihn ihr ihre im in ist ja jede
kann kein keine man mehr mein meine mich mit nach nicht noch nur ob oder ohne sehr sein seine sich sie sind so über um
und uns unser unter vom von vor war was wenn wer wie wir wird wo zu zum zur
alors au aussi aux avec ce ces cet cette comme dans de des deux donc du elle elles en est et été être eux fait il ils je
la le les leur leurs lui ma mais me même mes moi mon ne nos notre nous on ont ou où par pas plus pour qu que qui sa sans
se ses si son sont sous sur ta te tes toi ton tous tout toute très tu un une vos votre vous
al algo como con contra cual cuando del desde donde dos durante el ella ellos en entre era es esa ese eso esta este esto
están fue ha hasta hay la las lo los más me mi mientras muy nada ni nos nosotros otra otro para pero poco por porque que
quien se ser si sin sobre solo son su sus también tan tiene toda todo todos tu un una uno unos y ya yo
ai alla alle anche che chi ci come con cosa cui da dal dalla degli dei del della delle di dove due fra gli ha hanno ho
il io la lei loro lui mi mia nel nella noi non ogni per più quando quella quello questa questo sei si sono sua sue sul
sulla suo tra tutti un una uno voi
ao aos até com da das de dela dele depois do dos ela ele eles em entre essa esse esta este eu foi há isso já mais mas me
mesmo meu minha muito na não nas nem no nos nós ou para pela pelo por qual quando que quem são se sem ser seu sua só
também tem ter um uma você
aan al als ben bij dan dat de deze die dit door een en er geen had heeft het hij hoe hun iets ik in is je kan maar me
meer men met mij mijn na naar niet nog nu of om ons ook op over te tot uit van veel voor waar was wat we wel werd wie
wij wordt zal ze zich zij zijn zo zou
без более бы был была были было быть вам вас вот все всё вы где да для до его ее её если есть еще ещё же за здесь из или
им их как ко когда кто ли мне может мой моя мы на над нас наш не нет ни но ну о об он она они от по под при про с само
себя со так также такой там тем то того тоже только том ты у уже чем что чтобы эта эти это этот я
"""  # noqa: RUF001

STOP_WORDS = frozenset(_WORDS.split())
"""English, German, French, Spanish, Italian, Portuguese, Dutch and Russian, in lower case."""
