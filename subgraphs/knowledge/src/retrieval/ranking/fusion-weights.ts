/** The weights of the fusion. Written by `npm run train:retrieval`; not edited by hand. */
import type { FusionWeights } from './fusion';

export const FUSION: FusionWeights = {
  lexical: [2.024, 1.034, 1.988, 2.486, -0.665, 2.31, 0.247, 1.389, 1.206, 0.991],
  hybrid: [0.621, 0.219, 0.799, 2.958, 0.522, 1.626, -0.144, 1.485, 0.978, 1.517, 6.698],
};
