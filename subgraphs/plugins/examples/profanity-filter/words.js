/** Word stems that most readers find offensive, in English and German. Compared with whole words, with their endings. */
// cspell:disable -- German words
export const STEMS = [
  ...[
    'asshole',
    'bastard',
    'bitch',
    'bullshit',
    'cunt',
    'dickhead',
    'fuck',
    'motherfuck',
    'shit',
    'slut',
    'twat',
    'wank',
  ],
  ...['arschloch', 'fick', 'fotz', 'hurensohn', 'miststück', 'scheiß', 'scheiss', 'schlampe', 'wichs', 'wixer'],
];

/** Endings that a stem may have. */
export const ENDINGS = [
  '',
  's',
  'es',
  'e',
  'en',
  'er',
  'ers',
  'ed',
  'ing',
  'y',
  't',
  'te',
  'ter',
  'er',
  'ern',
  'n',
  'löcher',
];
