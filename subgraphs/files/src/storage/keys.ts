/** The keys of objects, by the file that they belong to. */

/** A whole upload by one PUT, not verified yet. */
export const putKey = (fileId: string): string => `put/${fileId}`;

/** A resumable upload, perhaps not complete. */
export const tusKey = (fileId: string): string => `tus/${fileId}`;

/** Verified bytes. Derived from the file, so that a completion that was cut off finds what it has moved. */
export const blobKey = (fileId: string): string => `blobs/${fileId}`;

/** The prefix of images and other objects that are made from a file. Its dot puts them into one folder of the local store. */
export const derivedPrefix = (fileId: string): string => `derived/${fileId}.`;
