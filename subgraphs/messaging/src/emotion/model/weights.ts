/** The trained models of this package, loaded on first use. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Language } from '@chat/kit/text-analysis/language';
import { LinearModel } from './linear-model';

export const LANGUAGES = ['en', 'de'] as const satisfies readonly Language[];

export const WEIGHTS_FOLDER = join(__dirname, '../weights');

export const weightsFile = (language: Language): string => `emotion.${language}.bin`;

export const loadWeights = (language: Language, folder = WEIGHTS_FOLDER): LinearModel =>
  LinearModel.read(readFileSync(join(folder, weightsFile(language))));
