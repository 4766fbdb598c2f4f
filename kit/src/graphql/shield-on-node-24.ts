/** graphql-shield 7.6 calls `util.isUndefined`, which Node 23 removed; it must exist before shield is loaded. */
import util from 'node:util';

const legacy = util as unknown as { isUndefined?: (value: unknown) => boolean };
legacy.isUndefined ??= (value) => value === undefined;
