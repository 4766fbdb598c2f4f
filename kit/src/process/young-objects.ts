/** Keeps objects of requests among the young ones. See docs/decisions/young-objects.md. */
import { setFlagsFromString } from 'node:v8';

setFlagsFromString('--no-allocation-site-pretenuring');
