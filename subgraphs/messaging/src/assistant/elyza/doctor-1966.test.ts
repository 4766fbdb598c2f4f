/** Weizenbaum's script of 1966: his published conversation, and one that reaches every mechanism of the engine. */
// cspell:disable
import { join } from 'node:path';
import { Elyza } from './elyza';
import { readScript } from './scripts';

const script = readScript(join(__dirname, 'scripts/doctor-1966.txt'));

function answersTo(conversation: readonly (readonly [sentence: string, answer: string])[]): string[] {
  const elyza = new Elyza(script);
  return conversation.map(([sentence]) => elyza.answer(sentence));
}

test('the conversation in CACM 9(1), 1966, page 36', () => {
  const conversation = [
    ['Men are all alike.', 'IN WHAT WAY'],
    ["They're always bugging us about something or other.", 'CAN YOU THINK OF A SPECIFIC EXAMPLE'],
    ['Well, my boyfriend made me come here.', 'YOUR BOYFRIEND MADE YOU COME HERE'],
    ["He says I'm depressed much of the time.", 'I AM SORRY TO HEAR YOU ARE DEPRESSED'],
    ["It's true. I am unhappy.", 'DO YOU THINK COMING HERE WILL HELP YOU NOT TO BE UNHAPPY'],
    ['I need some help, that much seems certain.', 'WHAT WOULD IT MEAN TO YOU IF YOU GOT SOME HELP'],
    ['Perhaps I could learn to get along with my mother.', 'TELL ME MORE ABOUT YOUR FAMILY'],
    ['My mother takes care of me.', 'WHO ELSE IN YOUR FAMILY TAKES CARE OF YOU'],
    ['My father.', 'YOUR FATHER'],
    ['You are like my father in some ways.', 'WHAT RESEMBLANCE DO YOU SEE'],
    [
      "You are not very aggressive but I think you don't want me to notice that.",
      'WHAT MAKES YOU THINK I AM NOT VERY AGGRESSIVE',
    ],
    ["You don't argue with me.", "WHY DO YOU THINK I DON'T ARGUE WITH YOU"],
    ['You are afraid of me.', 'DOES IT PLEASE YOU TO BELIEVE I AM AFRAID OF YOU'],
    ['My father is afraid of everybody.', 'WHAT ELSE COMES TO MIND WHEN YOU THINK OF YOUR FATHER'],
    ['Bullies.', 'DOES THAT HAVE ANYTHING TO DO WITH THE FACT THAT YOUR BOYFRIEND MADE YOU COME HERE'],
  ] as const;
  expect(answersTo(conversation)).toEqual(conversation.map(([, answer]) => answer));
});

/** The answers are those of an independent reconstruction of the program of 1966 (anthay/ELIZA, 0d34ebc). */
test('ranks, links, NEWKEY, PRE, tags, delimiters, turns, memories, NONE and no fitting pattern', () => {
  const conversation = [
    ['Hello there.', 'HOW DO YOU DO. PLEASE STATE YOUR PROBLEM'],
    ['I dreamed of you.', 'REALLY, OF I'],
    ['Was I dreaming, or was it the machine?', 'WHAT IF YOU WERE DREAMING'],
    ['You remind me of my dad.', 'TELL ME MORE ABOUT YOUR FAMILY'],
    ["You're cruel to me.", 'WHAT MAKES YOU THINK I AM CRUEL TO YOU'],
    ["I'm sure that you're tired of me.", "IS IT BECAUSE YOU ARE SURE THAT I'M TIRED OF YOU THAT YOU CAME TO ME"],
    ['I feel that I am ill.', 'HOW LONG HAVE YOU BEEN ILL'],
    ['I remember nothing, but my sister remembers everything.', 'DO YOU OFTEN THINK OF NOTHING'],
    ['Do you remember my birthday?', 'DID YOU THINK I WOULD FORGET YOUR BIRTHDAY'],
    ['My sister broke my guitar', 'WHO ELSE IN YOUR FAMILY BROKE YOUR GUITAR'],
    ['Nothing.', 'BUT YOUR FATHER'],
    ["Why can't I sleep?", 'DO YOU THINK YOU SHOULD BE ABLE TO SLEEP'],
    ["Why don't you sleep?", "DO YOU BELIEVE I DON'T SLEEP"],
    ['Everybody laughs if I like computers.', 'DO COMPUTERS WORRY YOU'],
    ['Sure.', 'DOES THAT HAVE ANYTHING TO DO WITH THE FACT THAT YOUR SISTER BROKE YOUR GUITAR'],
    ['The weather.', 'I AM NOT SURE I UNDERSTAND YOU FULLY'],
    ['Can you help me?', "YOU BELIEVE I CAN HELP YOU DON'T YOU"],
    ['Can I stay?', 'WHETHER OR NOT YOU CAN STAY DEPENDS ON YOU MORE THAN ON ME'],
    ['Maybe, and sorry.', "YOU DON'T SEEM QUITE CERTAIN"],
    ['Were you glad?', 'WOULD YOU LIKE TO BELIEVE I WAS GLAD'],
    ['I was glad.', 'WERE YOU REALLY'],
    ['Dreams scare mom.', 'WHAT DOES THAT DREAM SUGGEST TO YOU'],
    ['Your name is odd.', 'I AM NOT INTERESTED IN NAMES'],
    ['I like cake', 'YOU SAY YOU LIKE CAKE'],
    ['Am I like you?', 'IN WHAT WAY'],
    ['They are alike!', 'WHAT RESEMBLANCE DO YOU SEE'],
    ['I think you believe I lie.', 'WE WERE DISCUSSING YOU - NOT ME'],
    ['We went home; my brother stayed.', 'YOUR BROTHER'],
    ['Oh.', 'PLEASE GO ON'],
    ['Rain.', 'WHAT DOES THAT SUGGEST TO YOU'],
    ['Because I cant.', 'IS THAT THE REAL REASON'],
    ['Mother said no: my wife is late', "ARE YOU SAYING 'NO' JUST TO BE NEGATIVE"],
    ['Myself.', 'DO YOU FEEL STRONGLY ABOUT DISCUSSING SUCH THINGS'],
    ['Ja, ja.', 'I AM NOT SURE I UNDERSTAND YOU FULLY'],
    ['Francais?', 'I AM SORRY, I SPEAK ONLY ENGLISH'],
    ['A can leaks.', 'PLEASE CONTINUE'],
    ['Like father.', 'PLEASE GO ON'],
    ['My house is like my strawberries', 'WHAT DOES THAT SIMILARITY SUGGEST TO YOU'],
    ['My can.', 'YOUR CAN'],
    ['Hm.', 'WHAT DOES THAT SUGGEST TO YOU'],
    ['Hm.', 'DO YOU FEEL STRONGLY ABOUT DISCUSSING SUCH THINGS'],
    ['Hm.', 'I AM NOT SURE I UNDERSTAND YOU FULLY'],
    ['Hm.', 'DOES THAT HAVE ANYTHING TO DO WITH THE FACT THAT YOUR BROTHER STAYED'],
  ] as const;
  expect(answersTo(conversation)).toEqual(conversation.map(([, answer]) => answer));
});
