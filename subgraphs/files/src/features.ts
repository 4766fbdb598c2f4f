/** All features of the files subgraph. A feature comes after the features that it depends on. */
import { defineFeatures } from '@chat/kit/graphql/feature';
import { downloadFeature } from './downloads/download.feature';
import { fileFeature } from './files/file.feature';
import { processingFeature } from './processing/processing.feature';
import { uploadFeature } from './uploads/upload.feature';

export const features = defineFeatures(fileFeature, uploadFeature, downloadFeature, processingFeature);
