/** The result of an inspection, and the messages between the supervisor and the process that reads the file. Holds no code that parses. */

export const UNKNOWN_TYPE = 'application/octet-stream';

export type DerivativeKind =
  /** A small image. */
  | 'THUMBNAIL'
  /** An image for a screen. */
  | 'PREVIEW'
  /** The text of a document, in UTF-8. */
  | 'TEXT'
  /** The file without its location, for everybody but its owner. */
  | 'SHARED';

/** A file that was made from the inspected one. */
export interface Derivative {
  kind: DerivativeKind;
  path: string;
  mimeType: string;
  width?: number;
  height?: number;
}

/** Facts that clients may see. Never the place where a photo was taken. */
export type Metadata = Record<string, unknown>;

export interface Inspection {
  /** Detected from the content. */
  mimeType: string;
  /** Whether a browser may show it: an image or a PDF that was read in full and is nothing else besides. */
  isInlineSafe: boolean;
  metadata: Metadata;
  derivatives: Derivative[];
  location: Location;
}

export type Location =
  | 'NONE'
  /** The derivative SHARED has none. */
  | 'REMOVED'
  /** It has one that cannot be removed, or that could not be looked for. Only the owner may get the file. */
  | 'PRESENT';

/** A task for the reading process. */
export interface ReadingTask {
  /** The file to read. */
  input: string;
  /** The folder for its results. */
  output: string;
  maxPixels: number;
  maxCharacters: number;
  /** Time limit for one image, in seconds. */
  seconds: number;
  /** Whether to prepare an image for text recognition. */
  isForOcr: boolean;
  /** The type of the input if it is known: then only its pictures are made. */
  picturesOf?: 'application/pdf' | 'image/png';
}

/** The first result, written before anything else is read. */
export interface DetectedType {
  mimeType: string;
  /** Whether the content is also something else, such as a GIF that is a script. */
  isPolyglot: boolean;
}

/** The facts of one reader. */
export interface Reading {
  metadata?: Metadata;
  derivatives?: Derivative[];
  /** The text of the document. */
  text?: string;
  isInlineSafe?: boolean;
}

/** Files that the reading process leaves in its output folder. */
export const TYPE_FILE = 'type.json';
export const READING_FILE = 'reading.json';
export const PICTURES_FILE = 'pictures.json';
export const OCR_IMAGE = 'ocr.png';
