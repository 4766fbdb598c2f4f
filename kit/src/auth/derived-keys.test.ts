/** A change of the secret: headers and URLs of both sides are accepted while each has the other's secret as a fallback. */
import { DerivedKeys, type Secret } from './derived-keys';
import { FileUrls } from './file-urls';
import { ViewerHeader } from './viewer-header';

const [OLD, NEW] = ['the former secret of this installation', 'the coming secret of this installation'];
const viewer = { id: 'u', sessionId: 's', roles: ['USER'], permissions: ['READ'], expiresAt: 1 };

/** The stages of a process, in order; two neighbours run side by side. */
const STAGES: Secret[] = [OLD, [OLD, NEW], [NEW, OLD], NEW];
const neighbours = STAGES.slice(1).flatMap((stage, index): [Secret, Secret][] => [
  [STAGES[index]!, stage],
  [stage, STAGES[index]!],
]);

test.each(neighbours)('what %p signs, %p accepts', (signer, reader) => {
  expect(new ViewerHeader(reader).verify(new ViewerHeader(signer).sign(viewer))).toEqual(viewer);
  const url = new URL(new FileUrls(signer, 'http://gateway').sign('get', { file: 'f' }, new Date(Date.now() + 60_000)));
  expect(new FileUrls(reader, 'http://gateway').read(url.pathname)?.claims).toMatchObject({ file: 'f' });
});

test('without the fallback, nothing of the other secret is accepted', () => {
  expect(new ViewerHeader(NEW).verify(new ViewerHeader([OLD, NEW]).sign(viewer))).toBeUndefined();
  const url = new URL(new FileUrls(OLD, 'http://gateway').sign('get', { file: 'f' }, new Date(Date.now() + 60_000)));
  expect(new FileUrls(NEW, 'http://gateway').read(url.pathname)).toMatchObject({ claims: undefined });
  const keys = new DerivedKeys([NEW, OLD], 'purpose');
  expect(keys.isMac('text', new DerivedKeys(OLD, 'purpose').mac('text'))).toBe(true);
  expect(keys.isMac('text', new DerivedKeys(OLD, 'another purpose').mac('text'))).toBe(false);
  expect(keys.isMac('text', keys.mac('text').slice(0, 22))).toBe(false);
});
