/** The signed viewer header: valid, altered, foreign and expired. */
import type { Viewer } from './viewer';
import { ViewerHeader } from './viewer-header';

const viewer: Viewer = { id: 'u', sessionId: 's', roles: ['USER'], permissions: ['READ'], expiresAt: 1 };

describe('the viewer header', () => {
  const header = new ViewerHeader('one secret of thirty-two characters');

  test('carries a viewer, or nobody, to whoever has the same secret', () => {
    const other = new ViewerHeader('one secret of thirty-two characters');
    expect(other.verify(header.sign(viewer))).toEqual(viewer);
    expect(other.verify(header.sign(null))).toBeNull();
  });

  test('is refused when it is missing, changed, cut, or signed with another secret', () => {
    const signed = header.sign(viewer);
    const [payload, mac] = signed.split('.') as [string, string];
    const forged = Buffer.from(JSON.stringify({ viewer: { ...viewer, roles: ['ADMIN'] }, until: 9e9 })).toString(
      'base64url',
    );
    for (const bad of [
      undefined,
      '',
      'x',
      payload,
      `${payload}.`,
      `${forged}.${mac}`,
      `${signed}.x`,
      new ViewerHeader('another secret').sign(viewer),
    ])
      expect(header.verify(bad)).toBeUndefined();
  });

  test('is refused a minute later', () => {
    jest.useFakeTimers();
    const signed = header.sign({ ...viewer, id: 'late' });
    jest.setSystemTime(Date.now() + 61_000);
    expect(header.verify(signed)).toBeUndefined();
    jest.useRealTimers();
  });

  test.each([3_600_000, -3_600_000])('is signed again when the clock jumps by %i ms', (jump) => {
    jest.useFakeTimers();
    const before = header.sign(viewer);
    expect(header.sign(viewer)).toBe(before);
    jest.setSystemTime(Date.now() + jump);
    const after = header.sign(viewer);
    expect(after).not.toBe(before);
    expect(header.verify(after)).toEqual(viewer);
    jest.useRealTimers();
  });
});
