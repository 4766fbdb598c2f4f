/**
 * Passages of our own with questions that each of them answers, and no other one. Passages come in groups of one subject, so that a question
 * has near misses. Some questions use other words than their passage.
 */
// cspell:disable -- German texts

export interface QuestionedPassage {
  text: string;
  questions: readonly string[];
}

const passage = (text: string, ...questions: string[]): QuestionedPassage => ({ text, questions });

export const ENGLISH: readonly QuestionedPassage[] = [
  passage(
    'The ferry to Norholm leaves the east pier at half past six in the morning. In winter it waits until eight, because the channel freezes overnight.',
    'Why does the boat to Norholm depart later in winter?',
    'From which pier does the ferry to Norholm leave?',
  ),
  passage(
    'The ferry to Skarvik leaves the west pier twice a day. Cars are carried only on the evening crossing, and bicycles travel free of charge.',
    'When can I take my automobile across to Skarvik?',
    'Do cyclists pay on the crossing to Skarvik?',
  ),
  passage(
    'Passengers of a cancelled ferry get their money back at the harbour office. The office asks for the ticket and is closed on Sundays.',
    'How do travellers get a refund if their ship does not run?',
    'On which day is the harbour office closed?',
  ),
  passage(
    'The harbour master decides about berths. A yacht may stay for three nights; a longer stay needs his consent in writing.',
    'Who assigns the places where yachts are moored?',
    'How many nights may a yacht stay in the harbour?',
  ),
  passage(
    'Rye bread rises for eighteen hours in a cool room. The dough is folded twice, and a bowl of water in the oven keeps the crust soft.',
    'How is the crust of rye bread kept from becoming hard?',
    'How often is the rye dough folded?',
  ),
  passage(
    'White rolls rise for an hour beside the oven. They are cut across with a razor, so that they open evenly while they bake.',
    'What are white rolls cut with before baking?',
    'For how long do white rolls rise?',
  ),
  passage(
    'Sourdough is fed each evening with flour and lukewarm water. A neglected one smells of vinegar and is thrown away.',
    'What odour tells that nobody has looked after the sourdough?',
    'At what time of the day is sourdough fed?',
  ),
  passage(
    'The bakery sells what is left after six in the evening at half price. Whatever remains at closing time goes to the shelter for the homeless.',
    'To whom does the bakery give unsold goods?',
    'From what time does the bakery sell at half price?',
  ),
  passage(
    'Honey bees leave the hive when the air is warmer than ten degrees. On a rainy day the foragers stay inside and fan the brood.',
    'What do bees do when the weather is wet?',
    'Above which temperature do honey bees fly?',
  ),
  passage(
    'Bumblebees nest in abandoned burrows of mice. Their queens survive the cold season alone in the soil, and found a new colony in spring.',
    'Where do bumblebee queens spend the winter?',
    'Whose burrows do bumblebees nest in?',
  ),
  passage(
    'Wasps build their nest from chewed wood. A nest is used for one summer only, and nobody needs to remove it in autumn.',
    'What material do wasps make their home of?',
    'For how many summers is a nest of wasps used?',
  ),
  passage(
    'A beekeeper wears pale clothes, as bees take dark fur for a bear. Smoke makes them fill their stomachs, and a full bee rarely stings.',
    'Why should people who keep bees dress in light colours?',
    'What effect does smoke have on bees?',
  ),
  passage(
    'The archive lends maps for two weeks. A map from before 1800 may be read in the vault only, with gloves and without ink.',
    'Where may very old maps be looked at?',
    'For how long does the archive lend maps?',
  ),
  passage(
    'Photographs in the archive are scanned on request. A scan costs four crowns, and students of the college pay nothing.',
    'Is there a fee for students who want a picture digitised?',
    'How many crowns does a scan cost?',
  ),
  passage(
    'Letters that were given to the archive stay sealed for thirty years. Their donor can shorten that time, and heirs cannot.',
    'Who is able to have donated letters opened earlier?',
    'How many years do letters in the archive stay sealed?',
  ),
  passage(
    'The reading room opens at nine. Bags stay in a locker, and a guard looks into every folder at the exit.',
    'What must visitors of the reading room leave behind?',
    'When does the reading room open?',
  ),
  passage(
    'The old boiler burns wood pellets from the mill. Its ashes are emptied on Mondays, and a sweep cleans the flue before the frost comes.',
    'What fuel heats the building?',
    'On what day are the ashes of the boiler emptied?',
  ),
  passage(
    'The heat pump on the roof takes warmth from the outside air. It is so loud that it must not run after ten at night.',
    'Why is the heat pump switched off at night?',
    'Where does the heat pump stand?',
  ),
  passage(
    'Solar panels cover the barn. They feed the grid in summer, while the dairy uses all of their electricity in the dark months.',
    'What happens to the power from the sun in the warm season?',
    'Which building do the solar panels cover?',
  ),
  passage(
    'If a pipe bursts, the caretaker closes the valve in the cellar first. The plumber from the village comes within two hours, at night too.',
    'How fast does the plumber arrive in an emergency?',
    'What does the caretaker close if a pipe bursts?',
  ),
];

export const GERMAN: readonly QuestionedPassage[] = [
  passage(
    'Die Fähre nach Norholm legt morgens um halb sieben vom Ostkai ab. Im Winter wartet sie bis acht Uhr, weil die Fahrrinne über Nacht zufriert.',
    'Warum fährt das Schiff nach Norholm in der kalten Jahreszeit später?',
    'Von welchem Kai legt die Fähre nach Norholm ab?',
  ),
  passage(
    'Die Fähre nach Skarvik fährt zweimal am Tag vom Westkai. Autos nimmt nur die Abendfahrt mit, Fahrräder reisen kostenlos.',
    'Wann kann ich mit dem Wagen nach Skarvik übersetzen?',
    'Kostet ein Fahrrad auf der Fähre nach Skarvik etwas?',
  ),
  passage(
    'Fällt eine Fähre aus, so erstattet das Hafenamt den Fahrpreis. Dazu braucht es die Fahrkarte; sonntags ist es geschlossen.',
    'Wer zahlt Reisenden ihr Geld zurück?',
    'An welchem Tag hat das Hafenamt geschlossen?',
  ),
  passage(
    'Über Liegeplätze entscheidet der Hafenmeister. Eine Jacht darf drei Nächte bleiben; für längere Aufenthalte muss er schriftlich zustimmen.',
    'Wer vergibt einen Liegeplatz im Hafen?',
    'Wie viele Nächte darf eine Jacht bleiben?',
  ),
  passage(
    'Roggenbrot geht achtzehn Stunden lang in einem kühlen Raum. Der Teig wird zweimal gefaltet, und eine Schale Wasser im Ofen hält die Kruste weich.',
    'Wodurch wird die Kruste des Roggenbrotes nicht hart?',
    'Wie oft faltet man den Roggenteig?',
  ),
  passage(
    'Weiße Brötchen gehen eine Stunde neben dem Ofen. Man schneidet sie mit einer Rasierklinge ein, damit sie beim Backen gleichmäßig aufgehen.',
    'Womit werden Brötchen vor dem Backen eingeschnitten?',
    'Wie lange gehen weiße Brötchen?',
  ),
  passage(
    'Sauerteig bekommt jeden Abend Mehl und lauwarmes Wasser. Ein vernachlässigter riecht nach Essig und kommt in den Abfall.',
    'Woran erkennt man am Geruch einen verdorbenen Sauerteig?',
    'Zu welcher Tageszeit füttert man Sauerteig?',
  ),
  passage(
    'Die Bäckerei verkauft nach sechs Uhr abends zum halben Preis. Der Rest geht nach Ladenschluss an die Unterkunft für Obdachlose.',
    'Wem schenkt die Bäckerei ihre unverkauften Waren?',
    'Ab wann verkauft die Bäckerei zum halben Preis?',
  ),
  passage(
    'Honigbienen verlassen den Stock, wenn die Luft wärmer als zehn Grad ist. An Regentagen bleiben die Sammlerinnen im Stock und belüften die Brut.',
    'Was machen Bienen bei Regen?',
    'Ab welcher Temperatur fliegen Honigbienen aus?',
  ),
  passage(
    'Hummeln nisten in verlassenen Mäusebauten. Ihre Königinnen überleben die kalten Monate allein im Boden und gründen im Frühjahr ein neues Volk.',
    'Wo überwintern die Königinnen der Hummeln?',
    'In wessen Bauten nisten Hummeln?',
  ),
  passage(
    'Wespen bauen ihr Nest aus zerkautem Holz. Ein Nest dient nur einen Sommer lang, und im Herbst muss es niemand entfernen.',
    'Aus welchem Stoff besteht ein Wespennest?',
    'Wie viele Sommer lang dient ein Nest den Wespen?',
  ),
  passage(
    'Imker tragen helle Kleidung, denn Bienen halten dunkles Fell für einen Bären. Rauch lässt sie ihren Magen füllen, und satte Bienen stechen selten.',
    'Warum kleidet sich ein Imker in hellen Farben?',
    'Welche Wirkung hat Rauch auf Bienen?',
  ),
  passage(
    'Das Archiv verleiht Karten für zwei Wochen. Eine Landkarte aus der Zeit vor 1800 liest man nur im Tresorraum, mit Handschuhen und ohne Tinte.',
    'Wo darf man sehr alte Landkarten ansehen?',
    'Für wie lange verleiht das Archiv Karten?',
  ),
  passage(
    'Fotografien des Archivs werden auf Wunsch eingescannt. Ein Scan kostet vier Kronen, und Studierende der Hochschule zahlen nichts.',
    'Müssen Studenten für ein eingescanntes Foto bezahlen?',
    'Wie viele Kronen kostet ein Scan?',
  ),
  passage(
    'Briefe, die dem Archiv geschenkt wurden, bleiben dreißig Jahre versiegelt. Der Schenkende kann diese Frist verkürzen, seine Erben können es nicht.',
    'Wer darf die Frist für geschenkte Briefe kürzer machen?',
    'Wie viele Jahre bleiben Briefe versiegelt?',
  ),
  passage(
    'Der Lesesaal öffnet um neun. Taschen bleiben im Schließfach, und am Ausgang sieht eine Wache in jede Mappe.',
    'Was müssen Besucher des Lesesaals einschließen?',
    'Wann öffnet der Lesesaal?',
  ),
  passage(
    'Der alte Kessel verbrennt Holzpellets aus dem Sägewerk. Seine Asche wird montags geleert, und vor dem Frost reinigt ein Schornsteinfeger den Abzug.',
    'Womit wird das Gebäude beheizt: was verbrennt der Heizkessel?',
    'An welchem Tag wird die Asche des Kessels geleert?',
  ),
  passage(
    'Die Wärmepumpe auf dem Dach entzieht der Außenluft Wärme. Sie ist so laut, dass sie nach zehn Uhr abends nicht laufen darf.',
    'Warum steht die Wärmepumpe nachts still?',
    'Wo befindet sich die Wärmepumpe?',
  ),
  passage(
    'Solarmodule bedecken die Scheune. Im Sommer speisen sie ins Netz ein, in den dunklen Monaten verbraucht die Molkerei ihren ganzen Strom.',
    'Wohin fließt der Solarstrom in der warmen Jahreszeit?',
    'Welches Gebäude bedecken die Solarmodule?',
  ),
  passage(
    'Bricht ein Rohr, schließt der Hausmeister zuerst den Haupthahn im Keller. Der Klempner aus dem Dorf kommt binnen zwei Stunden, auch nachts.',
    'Wie schnell ist der Klempner bei einem Rohrbruch da?',
    'Was schließt der Hausmeister, wenn ein Rohr bricht?',
  ),
];
