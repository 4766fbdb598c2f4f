// cspell:disable -- German words
/** Emotions of texts and messages, and suggested reactions, through the API. */
import { Moods, type Mood } from '@chat/kit/avatars/moods';
import { createLogger } from '@chat/kit/logging';
import { closeRedis, connectRedis, connectRedisSubscriber } from '@chat/kit/redis';
import { eventually } from '@chat/kit/testing/eventually';
import { startTestMessaging, type Person, type TestMessaging } from '../testing/test-messaging';

let messaging: TestMessaging;
let ada: Person;
let bob: Person;
let eve: Person;

beforeAll(async () => {
  messaging = await startTestMessaging();
});
afterAll(() => messaging[Symbol.asyncDispose]());
beforeEach(() => {
  [ada, bob, eve] = [messaging.person(), messaging.person(), messaging.person()];
});

const ANALYZE = `query ($text: String!, $locale: String) { analyzeEmotion(text: $text, locale: $locale) {
  label score language sentiment sentimentSource scores { label score }
  sentimentTerms { term polarity isNegated degree } expression { name weight } } }`;

const analyze = async (text: string, locale?: string) => (await ada.does(ANALYZE, { text, locale })).analyzeEmotion;

describe('analyzeEmotion', () => {
  test.each([
    ['I am so happy, thank you all!', 'en', 'JOY', 'HAPPY'],
    ['This is disgusting, I want to puke.', 'en', 'DISGUST', 'ANGRY'],
    ["I'm really scared of what comes next.", 'en', 'FEAR', 'SURPRISED'],
    ['I miss her so much, it makes me cry.', 'en', 'SADNESS', 'SAD'],
    ['Ich bin so glücklich, vielen Dank euch allen!', 'de', 'JOY', 'HAPPY'],
    ['Ich habe solche Angst vor morgen.', 'de', 'FEAR', 'SURPRISED'],
    ['Ich bin so traurig, ich könnte nur noch weinen.', 'de', 'SADNESS', 'SAD'],
    ['😡😡', 'en', 'ANGER', 'ANGRY'],
    ['😀👍', 'en', 'JOY', 'HAPPY'],
  ])('%s', async (text, language, label, name) => {
    const emotion = await analyze(text);
    expect(emotion).toMatchObject({ label, language, expression: { name } });
    expect(emotion.score).toBeGreaterThan(0.5);
    expect(emotion.scores[0]).toEqual({ label, score: emotion.score });
    expect(emotion.scores.map((score: { label: string }) => score.label).sort()).toEqual([
      'ANGER',
      'DISGUST',
      'FEAR',
      'JOY',
      'NEUTRAL',
      'SADNESS',
      'SURPRISE',
    ]);
  });

  test.each([
    ['not bad at all', 'en'],
    ['nicht schlecht', 'de'],
  ])('%s denies what its words mean alone', async (text, locale) => {
    const { label, score } = await analyze(text, locale);
    expect(['JOY', 'NEUTRAL', 'SURPRISE']).toContain(score >= 0.5 ? label : 'NEUTRAL');
  });

  test('says on which words a sentiment rests', async () => {
    expect(await analyze('nicht schlecht', 'de')).toMatchObject({
      sentiment: expect.any(Number),
      sentimentSource: 'WORDS',
      sentimentTerms: [{ term: 'schlecht', isNegated: true, degree: 1 }],
    });
  });

  test('follows the given language, or guesses it', async () => {
    expect(await analyze('super')).toMatchObject({ label: 'JOY' });
    expect(await analyze('super', 'de-AT')).toMatchObject({ language: 'de' });
    expect(await analyze('super', 'EN_us')).toMatchObject({ language: 'en' });
    expect(await ada.isRefused(ANALYZE, { text: 'super', locale: 'fr' })).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: { locale: expect.stringContaining('German') },
    });
  });

  test.each(['', ' \n\t', '[]', '42', '…', '👩🏽‍🚒', '\u200d', 'x'.repeat(100_000), '((('.repeat(30_000)])(
    'has an answer to unusual text (%#)',
    async (text) => {
      const { score, sentiment, scores } = await analyze(text);
      for (const number of [score, ...scores.map((one: { score: number }) => one.score)]) {
        expect(number).toBeGreaterThanOrEqual(0);
        expect(number).toBeLessThanOrEqual(1);
      }
      expect(Math.abs(sentiment)).toBeLessThanOrEqual(1);
    },
  );

  test('judges emoji alone, and nothing as neutral', async () => {
    expect((await analyze('😀')).sentiment).toBeGreaterThan(0.5);
    expect((await analyze('😡😡')).sentiment).toBeLessThan(-0.5);
    expect(await analyze('  ')).toMatchObject({ label: 'NEUTRAL', sentiment: 0, sentimentSource: 'NONE' });
  });

  test('refuses a text of a megabyte', async () => {
    expect(await ada.isRefused(ANALYZE, { text: 'so sad '.repeat(150_000) })).toMatchObject({ code: 'BAD_USER_INPUT' });
  });
});

describe('messages', () => {
  const MESSAGE = 'query ($id: ID!) { message(id: $id) { emotion { label sentiment } suggestedReactions } }';
  const UPDATE = 'mutation ($input: UpdateChannelInput!) { updateChannel(input: $input) { suggestsReactions } }';

  test('have an emotion for their readers, which follows edits and ends with deletion', async () => {
    const id = await ada.creates({ members: [bob] });
    const message = (await ada.sends(id, 'I love this, thank you!')).id;
    expect((await bob.does(MESSAGE, { id: message })).message.emotion.label).toBe('JOY');
    expect(await eve.isRefused(MESSAGE, { id: message })).toEqual({ code: 'NOT_FOUND' });
    await ada.does('mutation ($id: ID!, $body: String!) { editMessage(id: $id, body: $body) { id } }', {
      id: message,
      body: 'I am so sad, I miss her.',
    });
    expect((await bob.does(MESSAGE, { id: message })).message.emotion.label).toBe('SADNESS');
    await ada.does('mutation ($id: ID!) { deleteMessage(id: $id) { id } }', { id: message });
    expect((await bob.does(MESSAGE, { id: message })).message.emotion).toBeNull();
  });

  test('have suggested reactions only while their channel has them switched on', async () => {
    const id = await ada.creates({ members: [bob] });
    const message = (await ada.sends(id, 'I love this, thank you!')).id;
    const suggested = async () => (await bob.does(MESSAGE, { id: message })).message.suggestedReactions;
    expect(await suggested()).toEqual([]);
    const on = { input: { id, suggestsReactions: true } };
    expect(await bob.isRefused(UPDATE, on)).toEqual({ code: 'FORBIDDEN' });
    expect((await ada.does(UPDATE, on)).updateChannel.suggestsReactions).toBe(true);
    const emoji: string[] = await suggested();
    expect(emoji).toContain('🎉');
    for (const one of emoji)
      await bob.does('mutation ($id: ID!, $e: String!) { addReaction(messageId: $id, emoji: $e) { id } }', {
        id: message,
        e: one,
      });
    await ada.does(UPDATE, { input: { id, name: 'renamed' } });
    expect(await suggested()).toEqual(emoji);
    await ada.does(UPDATE, { input: { id, suggestsReactions: false } });
    expect(await suggested()).toEqual([]);
  });

  test('in a channel that is created with suggestions have them at once', async () => {
    const CREATE = 'mutation ($input: CreateChannelInput!) { createChannel(input: $input) { id suggestsReactions } }';
    const input = { name: 'moods', suggestsReactions: true };
    const { id, suggestsReactions } = (await ada.does(CREATE, { input })).createChannel;
    expect(suggestsReactions).toBe(true);
    expect((await ada.sends(id, 'We won, hooray!', { select: 'suggestedReactions' })).suggestedReactions).not.toEqual(
      [],
    );
  });
});

test('the mood of new messages is told to rooms that want it, and of nobody else', async () => {
  const { REDIS_URL, REDIS_PREFIX } = messaging.config;
  const log = createLogger('test', 'error');
  const [redis, subscriber] = [connectRedis(REDIS_URL, log), connectRedisSubscriber(REDIS_URL, log)];
  const moods = new Moods(redis, REDIS_PREFIX);
  const told: Mood[] = [];
  const end = moods.hear(subscriber, (mood) => told.push(mood));
  try {
    await moods.want(ada.id, 'a room', true);
    const id = await ada.creates({ members: [bob] });
    await eventually(async () => {
      await bob.sends(id, 'This makes me so angry!');
      await ada.sends(id, 'I am so happy, thank you all!');
      return told.length > 0;
    }, 'a mood');
    expect(told[0]).toEqual({ userId: ada.id, expression: 'happy' });
    await ada.sends(id, 'I miss her so much, it makes me cry.');
    await eventually(() => told.at(-1)!.expression === 'sad', 'the next mood');
    const before = told.length;
    await moods.want(ada.id, 'a room', false);
    await moods.want(bob.id, 'a room', true);
    await ada.sends(id, 'I am so happy, thank you all!');
    await bob.sends(id, 'This makes me so angry!');
    await eventually(() => told.length > before, "bob's mood");
    expect(told.slice(before)).toEqual([{ userId: bob.id, expression: 'angry' }]);
  } finally {
    await end();
    await Promise.all([closeRedis(redis), closeRedis(subscriber)]);
  }
});
