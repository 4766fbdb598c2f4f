/** Environment variables of the inspection of files. */
import { booleanVariable, integerVariable } from '@chat/kit/config';
import { z } from 'zod';

export const inspectionVariables = {
  INSPECTION_MEMORY_MB: integerVariable(256, 65_536)
    .default(1024)
    .describe('memory of the process that inspects one file, megabytes; a file that needs more gets no thumbnail'),
  INSPECTION_SECONDS: integerVariable(1, 3600)
    .default(60)
    .describe('time limit for each step of an inspection, seconds'),
  IMAGE_MAX_PIXELS: integerVariable(1)
    .default(100_000_000)
    .describe('maximum size of images, pixels; larger ones get no thumbnail'),
  DOCUMENT_MAX_CHARACTERS: integerVariable(0)
    .default(1_000_000)
    .describe('maximum length of the text that is kept of one document, characters'),
  FFMPEG_COMMAND: z
    .string()
    .default('ffmpeg')
    .describe('name or path of the program ffmpeg; videos get no thumbnail if it is not installed'),
  OCR_ENABLED: booleanVariable().default(false).describe('read the text in images with tesseract, if it is installed'),
  OCR_COMMAND: z.string().default('tesseract').describe('name or path of the program tesseract'),
  OCR_LANGUAGES: z
    .string()
    .regex(/^[A-Za-z_]+(\+[A-Za-z_]+)*$/, 'must be names such as eng+deu')
    .default('eng+deu')
    .describe('languages of tesseract, joined by +'),
};

export type InspectionConfig = z.output<z.ZodObject<typeof inspectionVariables>>;
