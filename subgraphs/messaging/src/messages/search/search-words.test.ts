/** Texts and searches that match or do not match: two languages, code, scripts without spaces. */
// cspell:disable
import { startTestMessaging, type Person, type TestMessaging } from '../../testing/test-messaging';

/** Text, searches that find it, searches that do not. */
const TABLE: [text: string, found: string[], notFound: string[]][] = [
  // Punctuation next to the word.
  ['„Wombat“ steht hier', ['Wombat', 'wombat', '„Wombat“', '"wombat"'], ['Womba', 'ombat']],
  ['«Quokka» und ‹Numbat›', ['quokka', 'numbat', '«quokka»'], ['quoll']],
  ['Emu… oder nicht', ['emu', 'Emu…', 'emu...'], ['emus…x']],
  ['Dingo—Kasuar', ['dingo', 'kasuar', 'dingo—kasuar', 'Dingo - Kasuar'], ['ingo']],
  ['links–rechts', ['links', 'rechts'], ['link-recht-x']],
  ['Taipan’s lair', ['taipan', 'taipans', "taipan's", 'Taipan’s'], ['tai']],
  ['davor\u00a0Kiwi\u202fdanach', ['kiwi', 'davor', 'danach', 'davor\u00a0kiwi'], ['davorkiwi']],
  ['Koala🎉Panda', ['koala', 'panda', '🎉', 'koala🎉panda'], ['🐨']],
  ['👩‍👩‍👧Bilby👍🏽', ['bilby', '👍', '👍🏿', '👩‍👩‍👧'], ['👎']],
  ['(Wallaby) [Galah], {Brolga}; *Corella*', ['wallaby', 'galah', 'brolga', 'corella'], ['walla']],
  ['**Kooka**burra', ['kookaburra'], ['burra', 'kooka']],
  ['ein Zero\u200bWidth und weich\u00ades Wort', ['zero', 'width', 'weiches'], ['weich es x']],
  ['Was?Wirklich!', ['wirklich'], ['waswirklich']],

  // Code, paths, addresses, keys.
  ['set sess.opts.x to 1', ['sess.opts.x', 'opts', 'sess', 'opts.x', 'sess.opts'], ['opts.sess', 'ses.x']],
  ['edit /etc/x.conf now', ['/etc/x.conf', 'x.conf', 'conf', 'etc'], ['conf.x', '/etc/y.conf']],
  ['und/oder beides', ['und/oder', 'beides', 'oder beides', 'und oder'], ['oder/und']],
  ['mail a@b.c please', ['a@b.c', 'b.c', 'mail'], ['a@c.b']],
  ['ask ada.lovelace@example.org', ['lovelace', 'example.org', 'ada.lovelace@example.org', 'ada'], ['ada@example.org']],
  ['closes OPS-4712', ['OPS-4712', 'ops-4712', '4712', 'OPS 4712', 'OPS4712', 'ops'], ['OPS-471', '471', 'OPS-4713']],
  ['`<MyButton>` is blue', ['MyButton', 'mybutton', 'button', '<MyButton>', 'my button'], ['butt']],
  ['`Vec<String>` moved', ['Vec<String>', 'vec', 'string', 'Vec'], ['String<Vec>']],
  ['parseXMLHttpRequest()', ['parseXMLHttpRequest', 'http', 'xml', 'request', 'parsexmlhttprequest'], ['httpx']],
  ['const max_retry_count = 3', ['max_retry_count', 'retry', 'count', 'maxRetryCount', 'retries'], ['max_count']],
  ['run `--dry-run` first', ['--dry-run', 'dry-run', 'dryrun', 'dry'], ['--dry-walk']],
  ['std::vector<int> v2.0.1', ['std::vector', 'vector', 'v2', '2.0.1', 'v2.0.1', 'int'], ['v3', '2.1.0']],
  ['10.0.0.1:8080 refused', ['10.0.0.1', '8080', '10.0.0.1:8080'], ['10.0.0.2', '808']],
  ['https://wiki.example.com/Foo_Bar?q=baz#top', ['wiki.example.com', 'foo_bar', 'baz', 'bar', 'top'], ['quux']],
  ['C:\\Users\\Ada\\report.docx', ['report.docx', 'docx', 'users', 'report'], ['reporter.doc']],
  ['[the handbook](https://x.example/y)', ['handbook'], ['handbag']],
  ['#release @bob $PATH %20', ['#release', 'release', '@bob', 'bob', '$PATH', 'path'], ['alice']],
  ['iPhone15 und eBay', ['iphone', 'iPhone', 'iphone15', 'ebay', 'bay'], ['phones15x']],
  ['deadbeefCAFE0042', ['deadbeefCAFE0042', '0042', 'deadbeefcafe0042'], ['0043']],

  // Accents, umlauts, normalisation, case.
  ['Wir sind in Ko\u0308ln', ['Köln', 'Koeln', 'koln', 'KÖLN', 'Ko\u0308ln'], ['Bonn']],
  ['Grüße aus Koeln', ['Köln', 'Koeln', 'gruesse', 'Gruß', 'grusse'], ['gras']],
  ['ein café', ['cafe', 'café', 'cafe\u0301', 'CAFÉ'], ['caf']],
  ['my cafe', ['café', 'cafe'], ['cafeteria']],
  ['Straße', ['strasse', 'Straße', 'STRASSE', 'Straßen'], ['strafe']],
  ['Müller und Mueller', ['müller', 'mueller', 'muller'], ['miller']],
  ['Łódź, Smørrebrød, Ångström', ['lodz', 'smorrebrod', 'smoerrebroed', 'angstrom', 'łódź'], ['odz']],
  ['İstanbul ve ılık', ['istanbul', 'ilik'], ['stan']],
  ['ＡＢＣ full width ｱｲｳ', ['abc', 'アイウ', 'アイ'], ['abcd']],
  ['oﬃce ﬁle №5', ['office', 'file', '5'], ['offic e x']],
  ['ΟΔΟΣ Ελλάδα', ['οδος', 'ελλαδα', 'Οδός'], ['ρόδος']],
  ['Ещё ёлка', ['елка', 'ёлка', 'еще'], ['ель']],
  ['cre\u0300me bru\u0302le\u0301e', ['crème', 'creme brulee', '"crème brûlée"'], ['"brûlée crème"']],

  // Word forms of German and English, both in one text, and stop words.
  ['Die Häuser am Fluss', ['haus', 'Häuser', 'Haeuser', 'hauses', 'Flüsse'], ['mauer']],
  ['She was running away', ['run', 'runs', 'running'], ['rune']],
  ['Deployments gescheitert, please retry', ['deployment', 'deploy', 'retries', 'gescheiterte'], ['scheiterhaufen']],
  ['The migrations were failing', ['migration', 'fail', 'failed', 'the migration'], ['migraine']],
  ['Wir haben die Tickets geschlossen', ['ticket', 'die Tickets', 'geschlossene'], ['tick']],
  ['was it so?', ['was', 'was so', 'it'], ['will', 'was wombat']],
  ['nur und oder', ['und', 'nur oder', '"nur und"'], ['"und nur"', 'aber']],
  ['don’t panic', ["don't", 'dont', 'don’t', 'panic'], ['donut']],
  ['e-mail und E-Mail-Adresse', ['email', 'e-mail', 'mail', 'Adresse', 'E-Mail-Adressen'], ['emails-x']],
  ['z.B. die GmbH & Co. KG', ['z.B.', 'gmbh', 'GmbH', 'zB', 'KG'], ['AG']],

  // Phrases and exclusions.
  [
    'turned the key twice',
    ['"the key"', '“the key”', '„turned the key“', '«key twice»', '"KEY TWICE"'],
    ['"key the"', '“turned key”'],
  ],
  ['Züge und Bahnhof', ['„züge und bahnhof“', '"zuege und bahnhof"'], ['„zug und bahnhof“', '"bahnhof und züge"']],
  [
    'red green blue',
    ['red -yellow', '-yellow', 'green -"blue red"', 'yellow or blue'],
    ['red -green', 'green -“green blue”', '-red'],
  ],
  ['alpha beta', ['alpha beta', 'beta alpha', 'alpha or gamma'], ['alpha gamma', '"beta alpha"']],

  // Scripts without spaces between words.
  [
    '我在北京大学学习中文',
    ['北京', '大学', '北京大学', '学习', '中文', '我', '"北京大学"'],
    ['上海', '京北', '"学习北京"'],
  ],
  ['東京都に行きました', ['東京', '東京都', '行き', '行きました', '都'], ['大阪']],
  ['私はラーメンが好きです。', ['ラーメン', '好き', '私', 'ﾗｰﾒﾝ'], ['カレー']],
  ['고양이를 좋아해요', ['고양이', '고양이를', '좋아'], ['강아지']],
  ['고양이를 좋아해요'.normalize('NFD'), ['고양이', '좋아해요'], ['강아지']],
  ['ฉันรักแมวมาก', ['แมว', 'รัก', 'ฉัน', 'มาก', 'รักแมว'], ['หมา']],
  ['ຂ້ອຍຮັກແມວ', ['ແມວ'], ['ໝາ']],
  ['ខ្ញុំស្រឡាញ់ឆ្មា', ['ឆ្មា'], ['ឆ្កែ']],
  ['iPhone手机很好', ['手机', 'iphone', 'iPhone手机'], ['电脑']],
  ['请看OPS-77的结果', ['OPS-77', '77', '结果', '请看'], ['OPS-78']],
  ['「吾輩は猫である」', ['猫', '吾輩', '「吾輩は猫である」', '"猫で"'], ['犬']],
  ['شكرًا جزيلًا', ['شكرا', 'شكراً', 'جزيلا'], ['مرحبا']],
  ['שָׁלוֹם לכם', ['שלום', 'לכם'], ['תודה']],
  ['नमस्ते दुनिया', ['दुनिया', 'नमस्ते'], ['दुन']],
];

let messaging: TestMessaging;
let ada: Person;
const channels = new Map<string, string>();

beforeAll(async () => {
  messaging = await startTestMessaging();
  ada = messaging.person();
  for (const [text] of TABLE) {
    const channelId = await ada.creates();
    channels.set(text, channelId);
    await ada.sends(channelId, text);
  }
});
afterAll(() => messaging[Symbol.asyncDispose]());

const SEARCH = `query ($q: String!, $c: ID) { searchMessages(query: $q, channelId: $c) { edges { node { message { body } snippet } } } }`;

const isFound = async (text: string, q: string): Promise<boolean> =>
  (await ada.does(SEARCH, { q, c: channels.get(text) })).searchMessages.edges.length > 0;

test('the table has enough pairs', () => {
  const pairs = TABLE.map(([, found, notFound]) => [found.length, notFound.length] as const);
  expect(pairs.reduce((sum, [found]) => sum + found, 0)).toBeGreaterThan(200);
  expect(pairs.every(([found, notFound]) => found > 0 && notFound > 0)).toBe(true);
});

test.each(TABLE)('%j is found by %j and not by %j', async (text, found, notFound) => {
  const wrong: string[] = [];
  for (const q of found) if (!(await isFound(text, q))) wrong.push(`not found by ${q}`);
  for (const q of notFound) if (await isFound(text, q)) wrong.push(`found by ${q}`);
  expect(wrong).toEqual([]);
});

test('a search with only punctuation finds nothing', async () => {
  for (const q of ['!!!', '„“', '""', '- — …'])
    expect((await ada.does(SEARCH, { q })).searchMessages.edges).toEqual([]);
});

test.each([
  ['„Wombat“ & <Emu>', 'wombat', '„<mark>Wombat</mark>“ &amp; &lt;Emu&gt;'],
  ['in Ko\u0308ln am Rhein', 'koeln', 'in <mark>Ko\u0308ln</mark> am Rhein'],
  ['👩‍👩‍👧Bilby und Straße', 'strasse bilby', '👩‍👩‍👧<mark>Bilby</mark> und <mark>Straße</mark>'],
  ['call sess.opts.x here', 'opts.x', 'call sess.<mark>opts.x</mark> here'],
  ['call MyButton here', 'mybutton', 'call <mark>MyButton</mark> here'],
  ['我在北京大学学习', '大学', '我在北京<mark>大学</mark>学习'],
  ['我在北京大学学习', '学', '我在北京大<mark>学学</mark>习'],
  ['a key, the key', '"the key"', 'a key, <mark>the key</mark>'],
  ['**bold** and `co<de`', 'bold co', '<mark>bold</mark> and <mark>co</mark>&lt;de'],
])('the snippet of %j for %j', async (text, q, snippet) => {
  const channelId = await ada.creates();
  await ada.sends(channelId, text);
  const [edge] = (await ada.does(SEARCH, { q, c: channelId })).searchMessages.edges;
  expect(edge.node.snippet.replaceAll('</mark><mark>', '')).toBe(snippet);
});

test('snippets of long texts show matches at two places', async () => {
  const channelId = await ada.creates();
  const filler = 'lorem ipsum dolor sit amet '.repeat(40);
  await ada.sends(channelId, `${filler}ein Wombat, ${filler}zwei Kiwis. ${filler}`);
  const [edge] = (await ada.does(SEARCH, { q: 'wombat kiwi', c: channelId })).searchMessages.edges;
  expect(edge.node.snippet).toMatch(
    /^.{1,150} ein <mark>Wombat<\/mark>, .{1,150} … .{1,150} zwei <mark>Kiwis<\/mark>\. .{1,150}$/,
  );
});
