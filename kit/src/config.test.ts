/** Every problem of an environment is reported at once, with the purpose of the variable. */
import { z } from 'zod';
import { booleanVariable, ConfigError, integerVariable, listVariable, loadConfig } from './config';

const schema = z.object({
  PORT: integerVariable(0, 65_535).default(4000).describe('port to listen on'),
  SECRET_KEY: z.string().min(32).describe('signs tokens'),
  ORIGINS: listVariable().default([]),
  VERBOSE: booleanVariable().default(false),
  PAUSES: z
    .preprocess((text) => String(text).split(','), z.array(z.coerce.number()))
    .default([])
    .describe('seconds'),
});

test('reads, converts and fills in', () => {
  const env = { SECRET_KEY: 'x'.repeat(32), ORIGINS: 'a, b,', VERBOSE: 'yes', PORT: '', OTHER: 'ignored' };
  expect(loadConfig(schema, env)).toEqual({
    PORT: 4000,
    SECRET_KEY: 'x'.repeat(32),
    ORIGINS: ['a', 'b'],
    VERBOSE: true,
    PAUSES: [],
  });
});

test('names every problem at once', () => {
  const attempt = () => loadConfig(schema, { PORT: '99999', VERBOSE: 'perhaps', PAUSES: '5,soon' });
  expect(attempt).toThrow(ConfigError);
  try {
    attempt();
  } catch (error) {
    expect((error as ConfigError).problems).toEqual([
      expect.stringMatching(/^PORT: .*65535.*port to listen on/),
      expect.stringMatching(/^SECRET_KEY: is required but not set \(signs tokens\)/),
      expect.stringMatching(/^VERBOSE: /),
      expect.stringMatching(/^PAUSES\.1: (?!is required).* \(seconds\)$/),
    ]);
  }
});

test.each(['twelve', '1.5'])('does not take %s for a whole number', (PORT) => {
  const problem = 'PORT: must be a whole number (port to listen on)';
  expect(() => loadConfig(schema, { PORT, SECRET_KEY: 'x'.repeat(32) })).toThrow(problem);
});
