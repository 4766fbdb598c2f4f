/** The URLs of downloads: for one viewer, one file and one of its objects. */
import type { Viewer } from '@chat/kit/auth/viewer';
import type { FileEntity } from '../files/file.entity';
import { FileStatus } from '../files/file.entity';
import { seesLocation } from '../files/file.rules';
import type { FileUrls } from '@chat/kit/auth/file-urls';

/** The objects of a file that can be downloaded. */
export type Variant = 'original' | Derived;

/** Objects that processing has derived from the file. */
export type Derived = 'thumbnail' | 'preview' | 'text';

/** The key of a derived object; null if the file has none. */
export const derivedKey = (file: FileEntity, variant: Derived): string | null => file[`${variant}Key`];

/** The claims of a download URL's token. Access is checked again at the download, with these permissions. */
export interface DownloadClaims {
  file: string;
  variant: Variant;
  viewer: Pick<Viewer, 'id' | 'roles' | 'permissions' | 'scope'>;
}

export class DownloadUrls {
  constructor(
    private readonly urls: FileUrls,
    private readonly lifetimeSeconds: number,
  ) {}

  /** Null unless the file is READY, and if its location is not for the viewer and could not be removed. */
  downloadUrl(viewer: Viewer | null, file: FileEntity): string | null {
    if (viewer && !seesLocation(viewer.id, file) && file.strippedKey === null) return null;
    return this.urlOf(viewer, file, 'original');
  }

  /** Null if the file has no such object. */
  derivedUrl(viewer: Viewer | null, file: FileEntity, variant: Derived): string | null {
    return derivedKey(file, variant) === null ? null : this.urlOf(viewer, file, variant);
  }

  private urlOf(viewer: Viewer | null, { id, status }: FileEntity, variant: Variant): string | null {
    if (!viewer || status !== FileStatus.READY) return null;
    const { scope, roles, permissions } = viewer;
    const claims: DownloadClaims = { file: id, variant, viewer: { id: viewer.id, roles, permissions, scope } };
    return this.urls.sign('get', claims, new Date(Date.now() + this.lifetimeSeconds * 1000));
  }
}
