/** The manifest of a files feature, and the infrastructure that it may use. */
import type { Feature, FeatureShape } from '@chat/kit/graphql/feature';
import type { BaseParts } from '@chat/kit/graphql/feature-subgraph';
import type { FilesConfig } from './config';
import type { FileStore } from './storage/file-store';
import type { FileUrls } from '@chat/kit/auth/file-urls';

export interface FilesParts extends BaseParts<FilesConfig> {
  /** Holds the bytes of files. */
  store: FileStore;
  /** Signs the URLs of uploads and downloads. */
  urls: FileUrls;
}

export type FilesFeature<Shape extends FeatureShape = object> = Feature<FilesParts, Shape>;
