/** The keys of bots outlive a change of SECRET_KEY. */
import { SecretBox } from './secret-box';

const [OLD, NEW] = ['the former secret of this installation', 'the coming secret of this installation'];

test('a key is opened with a fallback, and sealed again with the current secret', () => {
  const sealed = new SecretBox(OLD).seal('key of a bot');
  const during = new SecretBox([NEW, OLD]);
  expect(during.open(sealed)).toBe('key of a bot');
  const resealed = during.reseal(sealed)!;
  expect(new SecretBox(NEW).open(resealed)).toBe('key of a bot');
  expect(during.reseal(resealed)).toBeUndefined();
  expect(new SecretBox(NEW).open(sealed)).toBeUndefined();
  expect(new SecretBox(NEW).reseal(sealed)).toBeUndefined();
});
